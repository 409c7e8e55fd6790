"""How many order lists an account may have open, as exchangeInfo shows it."""

from __future__ import annotations

from collections.abc import Iterable

from trader.sim.query import ApiError
from trader.sim.trading.rules import Filter

MAX_LISTS = "MAX_NUM_ORDER_LISTS"


def refuse_more_lists(open_here: int, open_anywhere: int, filters: Iterable[Filter]) -> None:
    """Raises ApiError where one more on a symbol, or of an account, would be too many."""
    there = {MAX_LISTS: open_here, f"EXCHANGE_{MAX_LISTS}": open_anywhere}
    for each in filters:
        kind = each["filterType"]
        if kind in there and there[kind] >= int(each["maxNumOrderLists"]):
            raise ApiError(-2010, f"Filter failure: {kind}")
