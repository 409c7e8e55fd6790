"""What a later version adds to a stored type has a default, so that what an earlier one wrote still reads.

`trader halt` reads some of these: a field without a default would cost the kill switch.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from enum import Enum
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from chalicelib.domain import (
    Decision,
    EquityPoint,
    FeedState,
    Fill,
    HaltFlag,
    IndicatorRecord,
    Order,
    Portfolio,
    RuleSources,
    ScoredNews,
    Tick,
    Trade,
)
from trader.runtime.runs import AgentPointer, AgentRun, Run

STORED = (
    *(Decision, EquityPoint, FeedState, Fill, HaltFlag, IndicatorRecord, Order, Portfolio, RuleSources),
    *(ScoredNews, Tick, Trade, AgentPointer, AgentRun, Run),
)
"""Types whose fields stores and files keep, with all that they are made of."""
KNOWN = {
    "Account": "cash equity peak day day_base halt",
    "AgentPointer": "agent_id run_id started_ms mode cash rules flatten",
    "Candle": "symbol open_ms open high low close volume interval_ms",
    "Costs": "fee_rate slippage",
    "Decision": "agent_id symbol minute_ms candle snapshot sentiment signals "
    "in_position action outcome reason quantity equity config_hash decided_ms",
    "EquityPoint": "time_ms equity cash drawdown",
    "FeedState": "etag last_modified",
    "Fill": "client_id symbol side quantity price fee time_ms reason exact",
    "HaltFlag": "scope reason since_ms flatten",
    "IndicatorRecord": "key version state cursor_ms",
    "Limits": "stop_loss take_profit trailing_stop position_fraction min_notional max_notional "
    "daily_loss_limit max_drawdown max_exposure max_open_positions cooldown_bars flatten",
    "NewsItem": "published_ms fetched_ms source title url guid symbols",
    "Order": "side quantity reason client_id agent_id symbol decided_ms",
    "Params": "rule limits costs lot_steps ticks min_notionals",
    "Portfolio": "agent_id version account slots orders minute_ms",
    "Position": "quantity entry_price entry_fee entry_ms highest",
    "Run": "id market identity start_ms real_time finished",
    "Score": "value label model degraded confidence flags",
    "ScoredNews": "id item score known_ms",
    "Sentiment": "value evidence model",
    "Slot": "position order close cooldown",
    "Tick": "candle snapshot",
    "Trade": "symbol quantity entry_ms entry_price exit_ms exit_price "
    "entry_fee exit_fee pnl return_fraction reason exact",
}
"""Their fields as commit 031d62e wrote them; orders of the kernel and recorded ones share a name."""
NEW = {
    "AgentRun": "agent_id run_id started_ms mode cash",
    "FeedHealth": "name asked_ms answered_ms newest_ms read skipped stopped failures reason silent_until_ms",
    "KnownValue": "name value",
    "RuleSources": "hash name parts",
    "ProfitTarget": "distance keep",
    "Terms": "trailing break_even max_bars",
    "WarmUp": "bars needed",
    "StoredRules": "agent_id symbols params config_hash",
}
"""Types that came later, as they came."""


def members(kind: Any) -> dict[str, bool]:
    """Whether each field of a dataclass or NamedTuple has a default, by its name; empty for anything else."""
    if dataclasses.is_dataclass(kind):
        missing = dataclasses.MISSING
        return {f.name: f.default is not missing or f.default_factory is not missing for f in dataclasses.fields(kind)}
    return {name: name in kind._field_defaults for name in getattr(kind, "_fields", ())}


def reached(kind: Any, seen: set[Any]) -> Iterator[Any]:
    """The stored types that a type is made of, itself first."""
    if get_origin(kind) is not None:
        for argument in get_args(kind):
            yield from reached(argument, seen)
    elif isinstance(kind, type) and not issubclass(kind, Enum) and members(kind) and kind not in seen:
        seen.add(kind)
        yield kind
        for hint in get_type_hints(kind).values():
            yield from reached(hint, seen)


def without_default(kind: Any) -> list[str]:
    """The later fields of a type that have none."""
    known = f"{KNOWN.get(kind.__name__, '')} {NEW.get(kind.__name__, '')}".split()
    return [name for name, has_default in members(kind).items() if not has_default and name not in known]


def all_stored() -> list[Any]:
    seen: set[Any] = set()
    return [kind for root in STORED for kind in reached(root, seen)]


@pytest.mark.parametrize("kind", all_stored(), ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_every_later_field_has_a_default(kind: Any) -> None:
    assert kind.__name__ in KNOWN or kind.__name__ in NEW, "list it as it comes"
    assert without_default(kind) == []


def test_a_later_field_without_a_default_is_seen() -> None:
    planted = dataclasses.make_dataclass("Account", [("cash", float), ("margin", float), ("held", float, 0.0)])
    assert without_default(planted) == ["margin"]
