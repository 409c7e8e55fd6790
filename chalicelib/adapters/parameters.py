"""Parameters of AWS Systems Manager: agents' configurations and the secrets, as deploy scripts or a person set them.

Powertools reads (paging, decryption); how long a value is good for is decided here, because Powertools' own cache can
neither be asked for something fresher nor go on with what it knew while the service is down.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from aws_lambda_powertools.utilities.parameters.ssm import SSMProvider
from botocore.exceptions import ClientError

from chalicelib.errors import BadInput, Unavailable
from chalicelib.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

OLDEST_MS = 3_600_000
"""Values older than this are not used even when the service is down: a revoked token must end some time."""
RETRY_MS = 60_000
"""A service found down is not asked again for this long while there is something to go on with."""
BAD_PATH = {"ValidationException", "InvalidFilterKey", "InvalidFilterValue"}


@dataclass(frozen=True, slots=True)
class _Read:
    texts: Mapping[str, str]
    read_ms: int
    tried_ms: int


class SsmParameters:
    """Implements ports.ParameterSource."""

    def __init__(self, client: Callable[[], SSMClient], clock: Clock) -> None:
        """`client` is called at the first read."""
        self._client = client
        self._clock = clock
        self._known: dict[str, _Read] = {}

    def texts(self, path: str, max_age_ms: int = 300_000) -> Mapping[str, str]:
        """Raises Unavailable, BadInput; both name the path only."""
        if not path.startswith("/"):
            raise BadInput(f"parameters {path}: a path begins with /")
        now_ms = self._clock.now_ms()
        known = self._known.get(path)
        if known is not None:
            failed = known.tried_ms > known.read_ms
            if now_ms - known.read_ms < max_age_ms or (failed and now_ms - known.tried_ms < RETRY_MS):
                return known.texts
        try:
            texts = self._read(path)
        except Unavailable:
            if known is None or now_ms - known.read_ms >= OLDEST_MS:
                raise
            self._known[path] = _Read(known.texts, known.read_ms, now_ms)
            return known.texts
        self._known[path] = _Read(texts, now_ms, now_ms)
        return texts

    def _read(self, path: str) -> Mapping[str, str]:
        failure: Exception
        try:
            provider = SSMProvider(boto3_client=self._client())
            found = provider.get_multiple(path.rstrip("/"), max_age=0, decrypt=True, force_fetch=True)
            return {name: str(text) for name, text in found.items()}
        except GetParameterError as error:  # of whatever the client raised
            failure = _explained(path, error.__context__)
        raise failure  # out here it drags along nothing that could quote an answer


def _explained(path: str, error: BaseException | None) -> Exception:
    if not isinstance(error, ClientError):
        return Unavailable(f"parameters {path}: {type(error).__name__}")
    code = error.response.get("Error", {}).get("Code", "refused")
    return (BadInput if code in BAD_PATH else Unavailable)(f"parameters {path}: {code}")
