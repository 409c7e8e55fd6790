"""Objects in a bucket of S3."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.errors import Rejected, Unavailable
from trader.data.files import replace_file

ATTEMPTS = 5
ABSENT = frozenset({"404", "NoSuchKey", "NotFound"})
GONE = frozenset({"NoSuchBucket", "AccessDenied", "403", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken"})


def s3_client() -> Any:
    """Of the environment's region, credentials and AWS_ENDPOINT_URL. botocore alone: boto3 adds to every cold start."""
    retries = {"total_max_attempts": ATTEMPTS, "mode": "standard"}
    settings = Config(connect_timeout=5, read_timeout=60, retries=retries)  # type: ignore[arg-type]
    return botocore.session.get_session().create_client("s3", config=settings)


class S3Objects:
    """Implements remote.objects.Objects. The client repeats what S3 asks it to repeat."""

    def __init__(self, client: Any, bucket: str) -> None:
        """`client` is botocore's, whose methods are made at run time."""
        self._client = client
        self._bucket = bucket

    def has(self, key: str) -> bool:
        with self._explained(key):
            return self._found("head_object", key) is not None

    def read(self, key: str) -> bytes | None:
        with self._explained(key):
            answer = self._found("get_object", key)
            return None if answer is None else cast("bytes", answer["Body"].read())

    def write(self, key: str, content: bytes, kind: str = "application/octet-stream") -> None:
        with self._explained(key):
            self._client.put_object(Bucket=self._bucket, Key=key, Body=content, ContentType=kind)

    def upload(self, key: str, file: Path, kind: str = "application/octet-stream") -> None:
        with self._explained(key), file.open("rb") as body:
            self._client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType=kind)

    def download(self, key: str, file: Path) -> bool:
        with self._explained(key):
            answer = self._found("get_object", key)
            if answer is None:
                return False
            replace_file(file, lambda path: _poured(answer, path))
            return True

    def _found(self, operation: str, key: str) -> Mapping[str, Any] | None:
        try:
            answer: Mapping[str, Any] = getattr(self._client, operation)(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if code_of(error) in ABSENT:
                return None
            raise
        return answer

    @contextmanager
    def _explained(self, key: str) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            said = " ".join(str(error.response.get("Error", {}).get("Message", "")).split())
            line = f"s3://{self._bucket}/{key}: {code_of(error)}: {said}"
            raise (Rejected if code_of(error) in GONE else Unavailable)(line) from error
        except BotoCoreError as error:
            raise Unavailable(f"s3://{self._bucket}/{key}: {' '.join(str(error).split())}") from error


def code_of(error: ClientError) -> str:
    """AWS's short name of what went wrong."""
    return str(error.response.get("Error", {}).get("Code", ""))


def _poured(answer: Mapping[str, Any], path: Path) -> None:
    with path.open("wb") as file:
        shutil.copyfileobj(answer["Body"], file, 1 << 20)
