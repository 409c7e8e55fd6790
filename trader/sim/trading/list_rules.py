"""How many order lists an account may have open, as exchangeInfo shows it."""

from __future__ import annotations

from collections.abc import Iterable

from trader.sim.query import ApiError
from trader.sim.trading.rules import Filter

MAX_LISTS = "MAX_NUM_ORDER_LISTS"


def refuse_more_lists(open_here: int, filters: Iterable[Filter]) -> None:
    """Raises ApiError where one more on a symbol would be too many."""
    if any(each["filterType"] == MAX_LISTS and open_here >= each["maxNumOrderLists"] for each in filters):
        raise ApiError(-2010, f"Filter failure: {MAX_LISTS}")
