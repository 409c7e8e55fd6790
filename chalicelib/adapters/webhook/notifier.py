"""One alert, one POST. The address is a secret: whoever has it can post, so no error and no log names any of it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from chalicelib.adapters.webhook.formats import FORMS, form_name, mistake, target
from chalicelib.domain import Alert
from chalicelib.errors import BadInput, Unavailable
from chalicelib.secret import Secret

TIMEOUT_S = (3.0, 5.0)
"""Connect, and silence while answering."""
LONGEST_RETRY_AFTER_S = 86_400.0


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
        """Raises Unavailable unless the answer is a 2xx: naming the status, or the kind of failure."""
        address = urlsplit(self._url.reveal())
        message = FORMS[form_name(address)](alert, address)
        problem = ""
        try:
            # Each alert connects anew: minutes lie between two. The body of the answer is never read.
            with requests.post(
                target(address), json=message, timeout=self._timeout_s, allow_redirects=False, stream=True
            ) as response:
                status, headers = response.status_code, response.headers
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            problem = _reason(error)
        if problem:  # raised out here, for the libraries' errors quote the URL and would come along as the context
            raise Unavailable(f"webhook: {problem}")
        if not 200 <= status < 300:
            raise Unavailable(f"webhook: answered {status}", _retry_after_s(headers) if status == 429 else None)


def _mistake(url: Secret) -> str:
    try:
        address = urlsplit(url.reveal())
        valid = address.scheme in ("http", "https") and bool(address.hostname) and (address.port or 1) > 0
    except ValueError:
        valid = False
    if not valid or any(character <= " " for character in url.reveal()):
        return "must be an http(s) URL"
    return mistake(address)


def _reason(error: Exception) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "no safe connection, its certificate or protocol is not accepted"
    if isinstance(error, requests.Timeout):
        return "did not answer in time"
    if isinstance(error, requests.ConnectionError):
        return "cannot be reached"
    return f"failed ({type(error).__name__})"


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Of `Retry-After` in seconds, with a fraction at Discord; None for a date, or what nobody would wait for.

    >>> _retry_after_s({"Retry-After": "1.5"}), _retry_after_s({"Retry-After": "nan"}), _retry_after_s({})
    (1.5, None, None)
    """
    try:
        seconds = float(headers.get("Retry-After", ""))
    except ValueError:
        return None
    return seconds if 0.0 <= seconds <= LONGEST_RETRY_AFTER_S else None
