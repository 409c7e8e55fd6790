"""One alert, one POST. The address is a secret: whoever has it can post, so no error and no log names any of it."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

import requests
from urllib3.exceptions import HTTPError

from chalicelib.adapters.webhook.answers import reason, refusal, retry_after
from chalicelib.adapters.webhook.formats import CARD, FORMS, form_name, mistake, target
from chalicelib.domain import Alert
from chalicelib.errors import BadInput, Rejected, Unavailable
from chalicelib.redact import Redactor
from chalicelib.secret import Secret

TIMEOUT_S = (3.0, 5.0)
"""Connect, and silence while answering."""
LONGEST_RETRY_AFTER_S = 86_400.0
READ_BYTES = 4096
READ_S = 5.0
TOKEN_LENGTH = 8
SHOWN_REASON = 240
"""Characters of what is told of an answer."""
HEADERS = {"Accept-Encoding": "identity"}
"""A packed body could be anything when unpacked; one that comes packed all the same says nothing."""


class WebhookNotifier:
    """Implements ports.Notifier."""

    def __init__(self, url: Secret, *, timeout_s: tuple[float, float] = TIMEOUT_S) -> None:
        """Raises BadInput, without the URL, for one that cannot be posted to."""
        problem = _mistake(url)
        if problem:
            raise BadInput(f"webhook: {problem}")
        self._url = url
        self._timeout_s = timeout_s
        # at DEBUG urllib3 writes the path of every request
        logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)

    def notify(self, alert: Alert) -> None:
        """Raises Unavailable unless the service took it: naming the status and its reason, or the kind of failure.

        Raises Rejected for a 202, which says that something else will see to it: sent again it could be told twice.
        """
        address = urlsplit(self._url.reveal())
        form = form_name(address)
        problem = ""
        try:
            # Each alert connects anew: minutes lie between two.
            with requests.post(
                target(address),
                json=FORMS[form](alert, address),
                headers=HEADERS,
                timeout=self._timeout_s,
                allow_redirects=False,
                stream=True,
            ) as response:
                status, headers, body = response.status_code, response.headers, _start_of_body(response)
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            problem = _failure(error)
        if problem:  # raised out here, for the libraries' errors quote the URL and would come along as the context
            raise Unavailable(f"webhook: {problem}")
        trouble = _trouble(status, body)
        if trouble:
            shown = _redactor(self._url, address).clean(trouble)
            shown = shown if len(shown) <= SHOWN_REASON else f"{shown[:SHOWN_REASON]}…"
            raise Unavailable(f"webhook: answered {shown}", _retry_after_s(status, headers, body))
        if status == requests.codes.accepted and form != CARD:
            raise Rejected("webhook: answered 202: taken for later, which does not say that anybody sees it")


def _trouble(status: int, body: str) -> str:
    """The status, and what is known of why the alert was not taken; empty where it was."""
    if 200 <= status < 300:
        denied = refusal(body)
        return "" if denied is None else f"{status}, but refused it: {denied}"
    why = "a redirect, and none is followed" if 300 <= status < 400 else reason(body)
    return f"{status}: {why}" if why else str(status)


def _start_of_body(response: requests.Response) -> str:
    """As much of the body as a reason needs; what of it does not come in time is done without."""
    found, end_s = b"", time.monotonic() + READ_S
    try:
        for byte in response.raw.stream(1, decode_content=False):
            found += byte
            if len(found) >= READ_BYTES or time.monotonic() >= end_s:
                break
    except (requests.RequestException, HTTPError, OSError, ValueError):
        pass
    return found.decode("utf-8", "replace")


def _redactor(url: Secret, address: SplitResult) -> Redactor:
    """Hides the address, and every part of it long enough to be a token, however the service repeats it."""
    told = f"{address.path} {address.query} {address.username} {address.password}"
    parts = re.findall(rf"[\w-]{{{TOKEN_LENGTH},}}", told)
    return Redactor(url, *map(Secret, parts))


def _mistake(url: Secret) -> str:
    try:
        address = urlsplit(url.reveal())
        valid = address.scheme in ("http", "https") and bool(address.hostname) and (address.port or 1) > 0
    except ValueError:
        valid = False
    if not valid or any(character <= " " for character in url.reveal()):
        return "must be an http(s) URL"
    return mistake(address)


def _failure(error: Exception) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "no safe connection, its certificate or protocol is not accepted"
    if isinstance(error, requests.Timeout):
        return "did not answer in time"
    if isinstance(error, requests.ConnectionError):
        return "cannot be reached"
    return f"failed ({type(error).__name__})"


def _retry_after_s(status: int, headers: Mapping[str, str], body: str) -> float | None:
    """Of `Retry-After` in seconds, with a fraction at Discord, or of the body, as Telegram says it.

    None for a date, and for what nobody would wait for.

    >>> _retry_after_s(429, {"Retry-After": "1.5"}, ""), _retry_after_s(503, {"Retry-After": "nan"}, "")
    (1.5, None)
    >>> _retry_after_s(429, {}, '{"parameters": {"retry_after": 7}}'), _retry_after_s(500, {"Retry-After": "1"}, "")
    (7.0, None)
    """
    if status not in (429, 503):
        return None
    try:
        seconds = float(headers.get("Retry-After") or str(retry_after(body)))
    except ValueError:
        return None
    return seconds if 0.0 <= seconds <= LONGEST_RETRY_AFTER_S else None
