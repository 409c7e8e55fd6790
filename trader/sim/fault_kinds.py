"""The kinds of faults: what each does, to which requests, and how long it lasts unless said otherwise."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

ORDERS = r"(POST|PUT|DELETE) /api/v3/(order(?!/test)|orderList|openOrders)\S*"
"""Requests that change something."""
PLACEMENTS = r"POST /api/v3/(order(?!/test)|orderList)\S*"
ONE_ORDER = r"GET /api/v3/order"
READS = r"GET /api/v3/(account|openOrders|allOrders|myTrades)"
PAGES = r"GET /api/v3/(allOrders|myTrades|openOrders)"
ANSWERS = r"\S+ /api/v3/(order|openOrders|allOrders|exchangeInfo)\S*"
USER_DATA = "userDataStream"
"""In place of an endpoint: what user data brings."""
ANY = r".*"


class FaultKind(NamedTuple):
    """One thing that can go wrong."""

    says: str
    endpoints: str = ANY
    """A pattern of the requests, such as `POST /api/v3/order`, that it strikes unless one is named."""
    default_s: float | None = None
    """How long it lasts; None where that means nothing."""

    def strikes(self, endpoint: str) -> bool:
        return re.fullmatch(self.endpoints, endpoint) is not None


FAULT_KINDS: Mapping[str, FaultKind] = {
    "delay": FaultKind("answers and messages wait that long", default_s=0.5),
    "cut": FaultKind("the connection breaks within an answer or instead of a message"),
    "error": FaultKind("HTTP 500, 502, 503 or 504, and nothing is done"),
    "429": FaultKind("HTTP 429 with that Retry-After (whole seconds)", default_s=2.0),
    "garbage": FaultKind("JSON broken off in the middle, status 200"),
    "missing": FaultKind(
        "a one-minute candle never comes over WebSocket; REST has it that much simulated time late", default_s=20.0
    ),
    "duplicate": FaultKind("a WebSocket message comes twice"),
    "timeout_before": FaultKind("no answer for that long, then 504; nothing is done", ORDERS, 600.0),
    "timeout_after": FaultKind("no answer for that long, then 504; it is done", ORDERS, 600.0),
    "error_after": FaultKind("HTTP 500, 502, 503 or 504, and yet it is done", ORDERS),
    "late": FaultKind("504 with -1007 at once; it is done that much later", ORDERS, 1.0),
    "twice": FaultKind("the request comes twice; the second answer is given", ORDERS),
    "ban": FaultKind("HTTP 418 to every request for that long", ANY, 120.0),
    "unknown": FaultKind("an order is not known (-2013) for that much simulated time", ONE_ORDER, 5.0),
    "lag": FaultKind("account, orders and trades as they stood that much simulated time ago", READS, 5.0),
    "empty": FaultKind("account, orders and trades come back empty", READS),
    "short": FaultKind("a page has half of its rows", PAGES),
    "skew_ahead": FaultKind("the clock that judges a request, or is asked for, is ahead by that", default_s=10.0),
    "skew_behind": FaultKind("the same, behind", default_s=10.0),
    "counts": FaultKind("other keys of the account use up its order counts: -1015", PLACEMENTS),
    "slow": FaultKind("a resting order is filled a tenth at a time, three times a minute at most", PLACEMENTS),
    "self_trade": FaultKind("an order meets one of its owner's from another account: EXPIRED_IN_MATCH", PLACEMENTS),
    "price_range": FaultKind("what an order would take is too far from the reference price: EXPIRED", PLACEMENTS),
    "deaf": FaultKind("user data is lost for that long, while its connection stays open", USER_DATA, 60.0),
    "half_replace": FaultKind(
        "the old order is cancelled and the new one refused (-2021)", r"POST /api/v3/order/cancelReplace"
    ),
    "halt": FaultKind("the pair stands still (HALT) for that much simulated time", r"POST /api/v3/order", 300.0),
    "maintenance": FaultKind("all that rests is ended, and requests are 503 for that long", ORDERS, 10.0),
    "enum_status": FaultKind("the first status of an answer is a word that nobody knows", ANSWERS),
    "enum_type": FaultKind("the same of the first order type", ANSWERS),
    "enum_filter": FaultKind("the same of the first filter", r"GET /api/v3/exchangeInfo"),
}
