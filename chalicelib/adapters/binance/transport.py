"""Requests to Binance over one session: paced by the weight ledger, bounded in time, repeated where that is safe."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import parse_qsl

import requests
from urllib3.exceptions import NewConnectionError

from chalicelib.adapters.binance.faults import LONGEST_SAID, HeldBack, KeepAway, TooManyOrders, failure
from chalicelib.adapters.binance.hosts import rest_url
from chalicelib.adapters.binance.timing import Timing, backoff_s
from chalicelib.adapters.binance.weights import WeightLedger
from chalicelib.errors import NothingDone, Unavailable
from chalicelib.foreign_text import one_line

T = TypeVar("T")
Query = Mapping[str, str | int]
Headers = Mapping[str, str]

_USED_WEIGHT = "X-MBX-USED-WEIGHT-1M"
_BACKOFF_BASE_S = 0.5
_BACKOFF_CAP_S = 10.0


class Transport:
    """Market data and trading share one of these, and with it session, ledger and manners."""

    def __init__(
        self,
        session: requests.Session,
        base_url: str,
        *,
        ledger: WeightLedger | None = None,
        timing: Timing | None = None,
        attempts: int = 5,
        patience_s: float = 75.0,
        timeout_s: tuple[float, float] = (5.0, 20.0),
    ) -> None:
        """`attempts` bounds repeats, `patience_s` any single pause, `timeout_s` is (connect, read).

        The default patience outlasts a minute of weight; a Lambda takes less. Raises BadInput for a base URL that is
        no address.
        """
        self.base_url = rest_url(base_url)
        self.ledger = ledger or WeightLedger()
        self._session = session
        self._timing = timing or Timing()
        self._attempts = attempts
        self._patience_s = patience_s
        self._timeout_s = timeout_s

    def get(self, path: str, query: Query, *, weight: int, read: Callable[[object], T]) -> T:
        """What `read` makes of the answer; repeated while Unavailable, an answer that `read` finds corrupt included."""
        return self.repeat(lambda: read(self.once("GET", path, query, weight=weight)))

    def repeat(self, attempt: Callable[[], T]) -> T:
        """Call until it does not raise Unavailable, or attempts or patience end. Only for what may happen twice."""
        failures = 0
        while True:
            try:
                return attempt()
            except KeepAway:
                raise
            except Unavailable as error:
                failures += 1
                asked_s = error.retry_after_s or 0.0
                if failures >= self._attempts or asked_s > self._patience_s:
                    raise
                jitter_s = backoff_s(failures, _BACKOFF_BASE_S, _BACKOFF_CAP_S, self._timing.chance())
                self._timing.sleep(asked_s + jitter_s)

    def once(
        self,
        method: str,
        path: str,
        query: Query | Callable[[], str],
        *,
        weight: int,
        headers: Headers | None = None,
        hear: Callable[[Headers], None] | None = None,
    ) -> object:
        """One request, never repeated; its JSON answer. `hear` gets the headers of whatever answer comes.

        A query that is a function is called when the request may go out, as a signature ages while it waits; its text
        goes out as it is. Raises Unavailable (outcome unknown), BadInput, Rejected or Conflict (refused). A wait for
        the exchange's limits comes first. Raises NothingDone where that is longer than the patience, where the query
        cannot be made, and where the other side takes no connection: nothing was sent then.
        """
        self._await_turn(weight)
        sent = _made(query)
        try:
            response = self._session.request(
                method,
                self.base_url + path,
                params=sent,
                headers=headers,
                timeout=self._timeout_s,
                allow_redirects=False,  # a redirect would carry the API key to another host
            )
        except requests.RequestException as error:
            kind = NothingDone if _is_unconnected(error) else Unavailable
            raise kind(f"{self.base_url} does not answer: {_cause(error)}") from error
        now_s, wall_ms = self._timing.monotonic(), self._timing.wall_ms()
        self.ledger.record(response.headers.get(_USED_WEIGHT), weight, now_s, wall_ms)
        asked = f"{self.base_url}{path}{_described(sent)}"
        if hear is not None:
            hear(response.headers)
        if response.status_code != 200:
            error_found = failure(response.status_code, response.headers, response.content, asked, wall_ms)
            bars_address = response.status_code in (418, 429) and not isinstance(error_found, TooManyOrders)
            if bars_address and isinstance(error_found, Unavailable):
                self.ledger.close(error_found.retry_after_s or 0.0, now_s)
            raise error_found
        return _parsed(response.content, asked)

    def _await_turn(self, weight: int) -> None:
        wait_s = self.ledger.wait_s(weight, self._timing.monotonic())
        if wait_s > self._patience_s:
            raise HeldBack(f"{self.base_url} asked to be left alone for another {wait_s:.0f} s", wait_s)
        if wait_s > 0.0:
            self._timing.sleep(wait_s)


def _made(query: Query | Callable[[], str]) -> Query | str:
    if not callable(query):
        return query
    try:
        return query()
    except NothingDone:
        raise
    except KeepAway as error:
        raise HeldBack(f"{error}; nothing was sent", error.retry_after_s) from error
    except Unavailable as error:
        raise NothingDone(f"{error}; nothing was sent", error.retry_after_s) from error


def _is_unconnected(error: requests.RequestException) -> bool:
    """Whether there was no connection over which anything could have been sent."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.ConnectTimeout) or isinstance(reason, NewConnectionError)


def _parsed(content: bytes, asked: str) -> object:
    try:
        parsed: object = json.loads(content, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        beginning = one_line(content[:200].decode("utf-8", "replace"), 60)
        raise Unavailable(f"{asked}: the answer is not JSON: {beginning!r}") from error
    return parsed


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")


def _described(sent: Query | str) -> str:
    """The part of a query that helps a reader; a signed one has more in it than may be shown.

    >>> _described({"symbol": "BTCUSDT", "interval": "1m", "signature": "x"})
    ' (symbol=BTCUSDT, interval=1m)'
    """
    query = dict(parse_qsl(sent)) if isinstance(sent, str) else sent
    shown = [f"{name}={one_line(str(query[name]), 40)}" for name in ("symbol", "interval") if name in query]
    return f" ({', '.join(shown)})" if shown else ""


def _cause(error: BaseException) -> str:
    """The innermost reason: `Connection refused` instead of four nested reprs."""
    innermost = error
    while (deeper := innermost.__cause__ or innermost.__context__) is not None:
        innermost = deeper
    strerror = innermost.strerror if isinstance(innermost, OSError) else None
    return one_line(strerror or str(innermost) or type(innermost).__name__, LONGEST_SAID)
