"""Feeds over HTTP: conditional, and bounded in size, time and redirects whatever the server does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from email.message import Message
from logging import ERROR, getLogger
from urllib.parse import urljoin, urlsplit

import requests
from requests.cookies import extract_cookies_to_jar
from urllib3.exceptions import HTTPError, LocationParseError

from chalicelib.adapters.rss.deadline import Deadline, WatchedAdapter
from chalicelib.adapters.rss.document import Document, DocumentLimits
from chalicelib.adapters.rss.retry_after import retry_after_s
from chalicelib.domain import FeedState
from chalicelib.errors import BadInput, TraderError, Unavailable
from chalicelib.redact import shown_address

getLogger("urllib3.connection").setLevel(ERROR)  # its warning about odd headers shows the whole address

_HEADERS = {
    "User-Agent": "ai-trader/0.1 (feed reader)",
    "Accept": "application/rss+xml, application/atom+xml, application/xml;q=0.9, */*;q=0.5",
    "Connection": "close",
}
_CHUNK_BYTES = 65_536
_VALIDATOR_LIMIT = 1024  # characters of an ETag that are worth remembering
_GONE_S = 86_400.0
"""After "410 Gone", which a server says of what will not come back."""
_BAD_ADDRESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    LocationParseError,
    UnicodeError,
)


def download(feed: str, state: FeedState, limits: DocumentLimits, now_ms: int) -> Document:
    """What the address serves, or no body when the server says that it did not change.

    Raises Unavailable for no, a late, a broken or an error answer, BadInput for an address that cannot be asked and
    for more data than the limit.
    """
    with Deadline(limits.total_s) as deadline, requests.Session() as session:
        for prefix in ("http://", "https://"):
            session.mount(prefix, WatchedAdapter(deadline))
        try:
            document = _follow(session, feed, state, limits, now_ms)
        except TraderError:
            raise
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            raise _explained(feed, error, deadline, limits) from error
        if deadline.passed:  # a cut body without a length looks like a whole one
            raise _too_late(feed, limits)
        return document


def _follow(session: requests.Session, feed: str, state: FeedState, limits: DocumentLimits, now_ms: int) -> Document:
    """Follows redirects itself: requests would read a redirect's whole body into memory first."""
    conditions = {"If-None-Match": state.etag, "If-Modified-Since": state.last_modified}
    headers = _HEADERS | {name: value for name, value in conditions.items() if value}
    url = feed
    for _ in range(limits.redirects + 1):
        prepared = session.prepare_request(requests.Request("GET", url, headers=headers))
        with _ask(session, prepared, limits.silence_s) as response:
            if response.status_code == requests.codes.not_modified:
                return Document(None, state)
            target = session.get_redirect_target(response)
            if target is None:
                return _document(feed, response, limits, now_ms)
            extract_cookies_to_jar(session.cookies, prepared, response.raw)  # type: ignore[no-untyped-call]
        left, url = url, _redirected(feed, url, target)
        headers = _for_next(session, headers, prepared, left, url)
    raise Unavailable(f"feed {shown_address(feed)}: more than {limits.redirects} redirects")


def _redirected(feed: str, url: str, target: str) -> str:
    new = urljoin(url, target)
    if urlsplit(new).scheme not in ("http", "https"):
        raise BadInput(f"feed {shown_address(feed)}: redirects to {shown_address(new)}, which is not http or https")
    return new


def _for_next(
    session: requests.Session, headers: Mapping[str, str], asked: requests.PreparedRequest, left: str, url: str
) -> dict[str, str]:
    """The headers of the next hop; what names the user stays with the host that it is for, as requests has it."""
    kept = {name: value for name, value in headers.items() if name != "Authorization"}
    own = asked.headers.get("Authorization")
    leaves = session.should_strip_auth(left, url)  # type: ignore[no-untyped-call]
    return kept | ({"Authorization": own} if own and not leaves else {})


def _ask(session: requests.Session, prepared: requests.PreparedRequest, silence_s: float) -> requests.Response:
    address = prepared.url or ""
    settings = session.merge_environment_settings(address, {}, True, None, None)
    return session.get_adapter(address).send(
        prepared,
        stream=True,
        timeout=(silence_s, silence_s),
        verify=settings["verify"] or True,
        cert=settings["cert"],
        proxies=settings["proxies"],
    )


def _document(feed: str, response: requests.Response, limits: DocumentLimits, now_ms: int) -> Document:
    if response.status_code != requests.codes.ok:
        stay_away_s = retry_after_s(response.headers.get("Retry-After", ""), now_ms)
        if response.status_code == requests.codes.gone:
            stay_away_s = max(stay_away_s or 0.0, _GONE_S)
        raise Unavailable(f"feed {shown_address(feed)}: answered {response.status_code}", stay_away_s)
    chunks = []
    size = 0
    for chunk in _chunks(response):
        size += len(chunk)
        if size > limits.size_bytes:
            raise BadInput(f"feed {shown_address(feed)}: larger than {limits.size_bytes} bytes")
        chunks.append(chunk)
    state = FeedState(_validator(response.headers, "ETag"), _validator(response.headers, "Last-Modified"))
    host = urlsplit(response.url).hostname or ""
    return Document(b"".join(chunks), state, response.url, host, _charset(response.headers), feed)


def _chunks(response: requests.Response) -> Iterator[bytes]:
    chunks: Iterator[bytes] = response.iter_content(_CHUNK_BYTES)
    return chunks


def _validator(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name, "")
    return value if len(value) <= _VALIDATOR_LIMIT else ""


def _charset(headers: Mapping[str, str]) -> str:
    message = Message()
    message["Content-Type"] = headers.get("Content-Type", "")
    return message.get_content_charset("") or ""


def _explained(feed: str, error: Exception, deadline: Deadline, limits: DocumentLimits) -> TraderError:
    name = f"feed {shown_address(feed)}"
    if deadline.passed:
        return _too_late(feed, limits)
    if isinstance(error, requests.Timeout):
        return Unavailable(f"{name}: silent for {limits.silence_s:g} s")
    if isinstance(error, _BAD_ADDRESS):
        return BadInput(f"{name}: not a valid address")
    if isinstance(error, requests.exceptions.SSLError):
        return Unavailable(f"{name}: no safe connection, its certificate or protocol is not accepted")
    return Unavailable(f"{name}: {_system_reason(error) or 'the answer broke off or is garbled'}")


def _too_late(feed: str, limits: DocumentLimits) -> Unavailable:
    return Unavailable(f"feed {shown_address(feed)}: took longer than {limits.total_s:g} s")


def _system_reason(error: BaseException | None) -> str:
    """What the operating system said (`Connection refused`), which requests wraps several times."""
    while error is not None:
        if isinstance(error, OSError) and error.strerror:
            return error.strerror
        error = error.__cause__ or error.__context__
    return ""
