"""What Binance's refusals mean to us: status and error body in, one of our errors out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from chalicelib.adapters.binance.hosts import PUBLIC_DATA_URL
from chalicelib.errors import (
    BadInput,
    Conflict,
    KeyRefused,
    NoSuchOrder,
    NothingDone,
    Rejected,
    TraderError,
    Unavailable,
)
from chalicelib.foreign_text import one_line

_UNKNOWN_OUTCOME = frozenset({-1000, -1001, -1003, -1006, -1007, -1008, -1016})
"""Codes after which the same request may well succeed, or already did."""
_BAD_SYMBOL, _TOO_MANY_ORDERS, _REFUSED_ORDER = -1121, -1015, -2010
_DUPLICATE = "Duplicate order"
_NOT_SERVED, _FIREWALL = "not served in this region (HTTP 451)", "refused by the exchange's firewall (HTTP 403)"
KEPT_OUT = (_NOT_SERVED, _FIREWALL)
"""What a message says of an exchange that does not answer whoever asks from here."""
LONGEST_SAID = 160
"""Characters of the exchange's own words in a message."""


class KeepAway(Unavailable):
    """Unavailable, and repeating it soon makes it worse: a ban, the firewall, or a pause longer than we wait."""


class HeldBack(KeepAway, NothingDone):
    """Not sent: the exchange asked to be left alone for longer than we wait."""


class TooManyOrders(NothingDone):
    """Nothing was placed: the account has as many unfilled orders as it may have in a time."""


class LedgerFull(TooManyOrders):
    """By our own count: nothing was sent."""


class LateRequest(Rejected):
    """Refused before it was looked at, by its time: the clocks differ, or it was long on its way (-1021)."""


class Unexplained(BadInput):
    """A refusal that is not in the exchange's words: who gave it, and what became of the request, nobody knows."""


_OVERDONE: Mapping[int | None, type[Unavailable]] = {_TOO_MANY_ORDERS: TooManyOrders}
_REFUSALS: Mapping[int, type[Rejected]] = {
    -1002: KeyRefused,
    -1021: LateRequest,
    -1022: KeyRefused,
    -2011: NoSuchOrder,
    -2013: NoSuchOrder,
    -2014: KeyRefused,
    -2015: KeyRefused,
    -2026: NoSuchOrder,
}


def failure(status: int, headers: Mapping[str, str], body: bytes, asked: str, now_ms: int) -> TraderError:
    """The error that an answer other than 200 stands for. `asked` names the request in the message."""
    code, message = error_body(body)
    pause_s = retry_after_s(headers)
    if status == 451:
        return BadInput(
            f"{asked}: {_NOT_SERVED}; set the base URL to {PUBLIC_DATA_URL} (market data only) or to a trader sim"
        )
    if status == 418:
        return KeepAway(f"{asked}: this address is banned{_until(pause_s, now_ms)}; {message}", pause_s)
    if status == 403:
        return KeepAway(f"{asked}: {_FIREWALL}; wait some minutes, then ask less")
    if status == 429:
        kind = _OVERDONE.get(code, Unavailable)
        return kind(f"{asked}: too many requests{_until(pause_s, now_ms)}; {message}", pause_s)
    if status >= 500 or status in (408, 425) or code in _UNKNOWN_OUTCOME:
        return Unavailable(f"{asked}: HTTP {status}; {message}", pause_s)
    if 300 <= status < 400:
        return Unavailable(f"{asked}: HTTP {status} leads elsewhere, which no exchange does (a proxy or portal?)")
    if code is None:
        words = f"HTTP {status} without an error of Binance's; is the base URL that of an exchange?"
        return Unexplained(f"{asked}: {words}")
    return _refusal(code, message, asked)


def _refusal(code: int, message: str, asked: str) -> TraderError:
    """The error that the exchange's own code stands for."""
    if code == _BAD_SYMBOL:
        return BadInput(f"{asked}: there is no such symbol")
    if -1200 < code <= -1100:
        return BadInput(f"{asked}: {message} ({code})")
    if code == _TOO_MANY_ORDERS:
        return TooManyOrders(f"{asked}: {message} ({code})")
    if code == _REFUSED_ORDER and message.startswith(_DUPLICATE):
        return Conflict(f"{asked}: an order of this client id is open already ({code})")
    return _REFUSALS.get(code, Rejected)(f"{asked}: {message} ({code})")


def error_body(body: bytes) -> tuple[int | None, str]:
    """Code and message of {"code": .., "msg": ".."}; no code and the beginning of the text for anything else.

    >>> error_body(b'{"code":-1121,"msg":"Invalid symbol."}')
    (-1121, 'Invalid symbol.')
    """
    text = body[:2000].decode("utf-8", "replace")
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = None
    if isinstance(told, dict) and isinstance(told.get("code"), int):
        return told["code"], one_line(str(told.get("msg", "")), LONGEST_SAID)
    return None, one_line(text, LONGEST_SAID) or "no explanation"


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """The Retry-After header in seconds, None where it is absent or no plain number."""
    told = headers.get("Retry-After", "").strip()
    return float(told) if told.isdecimal() and len(told) < 10 else None


def _until(pause_s: float | None, now_ms: int) -> str:
    if pause_s is None:
        return ""
    end = datetime.fromtimestamp(min(now_ms / 1000 + pause_s, 32_503_680_000), UTC)  # year 3000: far enough
    return f" for {pause_s:.0f} s, until {end:%Y-%m-%d %H:%M:%S}Z"
