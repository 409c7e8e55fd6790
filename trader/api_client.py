"""The deployed API, or that of a run on some machine, as the commands see it."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass
from queue import Empty, Queue
from threading import Thread
from types import MappingProxyType
from typing import TypeVar
from urllib.parse import urlsplit

import requests

from chalicelib import codec
from chalicelib.api.switch import HaltBody, ResumeBody
from chalicelib.domain import ALL_AGENTS, Trade
from chalicelib.errors import BadInput, Rejected, Unavailable
from chalicelib.foreign_text import one_line
from chalicelib.secret import Secret
from chalicelib.services.status import AgentStatus
from chalicelib.services.trade_story import TradeStory

TIMEOUT_S = (5.0, 30.0)
TOTAL_S = 40.0
"""From looking up the name to the last byte; API Gateway answers within 29 s."""
LARGEST_ANSWER_BYTES = 10_000_000
PAGE = "1000"
"""Rows of a list that are asked for at once: the most there are."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TradeRow:
    """A trade in the columns of trades.csv, of which `return` is no name of a field."""

    symbol: str
    quantity: float
    entry_time: int
    entry_price: float
    exit_time: int
    exit_price: float
    entry_fee: float
    exit_fee: float
    pnl: float
    reason: str
    exact: Mapping[str, str]
    position: int = 0

    @property
    def trade(self) -> Trade:
        return Trade(
            self.symbol,
            self.quantity,
            self.entry_time,
            self.entry_price,
            self.exit_time,
            self.exit_price,
            self.entry_fee,
            self.exit_fee,
            self.pnl,
            self.pnl / (self.quantity * self.entry_price),
            self.reason,
            self.exact,
            self.position,
        )


@dataclass(frozen=True, slots=True)
class TradesPage:
    """The body of GET /trades."""

    trades: tuple[TradeRow, ...]
    next: int | None


class ApiClient:
    """The routes that commands use.

    Every method raises Unavailable when nobody answers or the outcome is unknown, Rejected when the API refuses, and
    BadInput when what answers is not this API.
    """

    def __init__(
        self, url: str, token: Secret, timeout_s: tuple[float, float] = TIMEOUT_S, total_s: float = TOTAL_S
    ) -> None:
        """`url` is that of the API, without a route. Raises BadInput for what is no URL, and without a token."""
        try:
            parts = urlsplit(url)
            is_url = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            is_url = False
        if not is_url or not url.isprintable() or " " in url or parts.username or parts.query or parts.fragment:
            raise BadInput("--url: must be an http(s) URL without user name and query, as https://….amazonaws.com/api")
        if not token:
            raise BadInput("--url needs a token: put it into TRADER_TOKEN (environment or .env), or give --token")
        self._url = url.rstrip("/")
        host = urlsplit(url).hostname or ""
        self._no_proxy = {"no_proxy": host} if _is_loopback(host) else {}
        self._token = token
        self._timeout_s = timeout_s
        self._total_s = total_s

    def status(self, agent_id: str | None) -> AgentStatus:
        """GET /status."""
        return self._call(AgentStatus, "GET", "/status", agent_id)

    def why(self, agent_id: str | None, trade: str) -> TradeStory:
        """GET /why."""
        return self._call(TradeStory, "GET", "/why", agent_id, more={"trade": trade})

    def trades(self, agent_id: str | None) -> list[Trade]:
        """GET /trades, page by page, oldest first."""
        found: list[TradeRow] = []
        more: dict[str, str] = {"limit": PAGE}
        while True:
            page = self._call(TradesPage, "GET", "/trades", agent_id, more=more)
            found += page.trades
            if page.next is None:
                return [row.trade for row in reversed(found)]
            more["before"] = str(page.next)

    def halt(self, agent_id: str | None, reason: str, flatten: bool | None) -> HaltBody:
        """POST /halt; `flatten` None: as each agent's configuration says."""
        body = {"reason": reason} if flatten is None else {"reason": reason, "flatten": flatten}
        return self._call(HaltBody, "POST", "/halt", agent_id, body)

    def resume(self, agent_id: str | None) -> ResumeBody:
        """POST /resume, confirmed; all agents where none is named."""
        return self._call(ResumeBody, "POST", "/resume", agent_id, {"confirm": agent_id or ALL_AGENTS})

    def _call(
        self,
        kind: type[T],
        method: str,
        path: str,
        agent_id: str | None,
        body: Mapping[str, object] | None = None,
        more: Mapping[str, str] = MappingProxyType({}),
    ) -> T:
        query = {**more, **({} if agent_id is None else {"agent": agent_id})}
        status, text = self._send(method, path, query, body)
        if status == 200:
            try:
                return codec.load(kind, text)
            except BadInput:
                raise BadInput(f"{self._url}{path} answers something else: is this the URL of the API?") from None
        said = f"{self._url}{path} answers {status}: {_error_of(text)}"
        raise Rejected(said) if 300 <= status < 500 else Unavailable(said)

    def _send(
        self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, object] | None
    ) -> tuple[int, str]:
        """Status and text, within the time that there is in all: a timeout of requests starts anew with each byte."""
        found: Queue[tuple[int, str] | Unavailable] = Queue(1)

        def ask() -> None:
            try:
                found.put(self._exchange(method, path, query, body))
            except Unavailable as error:
                found.put(error)

        Thread(target=ask, name="api", daemon=True).start()
        try:
            answer = found.get(timeout=self._total_s)
        except Empty:
            text = f"{self._url}{path}: no whole answer in {self._total_s:g} s; nothing is known of the outcome"
            raise Unavailable(text) from None
        if isinstance(answer, Unavailable):
            raise answer
        return answer

    def _exchange(
        self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, object] | None
    ) -> tuple[int, str]:
        """Redirects are not followed: the token is for this host."""
        try:
            with requests.request(
                method,
                self._url + path,
                params=query,
                json=body,
                auth=self._authorize,  # a header of our own would lose against a .netrc
                timeout=self._timeout_s,
                allow_redirects=False,
                stream=True,
                proxies=self._no_proxy,
            ) as answer:
                content = answer.raw.read(LARGEST_ANSWER_BYTES, decode_content=True)
                return answer.status_code, content.decode("utf-8", "replace")
        except (requests.RequestException, OSError, ValueError) as error:
            raise Unavailable(f"{self._url}{path}: {_why(error)}") from None
        except Exception as error:  # urllib3's own, met while the body is read
            raise Unavailable(f"{self._url}{path}: the answer broke off ({type(error).__name__})") from None

    def _authorize(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        prepared.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        return prepared


def _is_loopback(host: str) -> bool:
    """Whether it is this machine, which is never behind a proxy."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _error_of(text: str) -> str:
    """What the body says is wrong, on one line."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return "no explanation"
    words = (
        next((said[name] for name in ("error", "message", "Message") if name in said), "") if _is_object(said) else ""
    )
    return one_line(str(words)) or "no explanation"


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _why(error: Exception) -> str:
    """A dead network in a few words: what `requests` says holds addresses of objects, and may hold the query."""
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not good"
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.ConnectionError):
        return "cannot be reached"
    return f"cannot be asked ({type(error).__name__})"
