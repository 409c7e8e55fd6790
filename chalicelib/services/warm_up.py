"""How far a strategy has come with a symbol that it began with: bars that it has seen, of those that it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan

from chalicelib.domain import Tick, WarmUp
from chalicelib.errors import BadInput
from chalicelib.ports import IndicatorStore
from chalicelib.services.strategy_faults import guarded
from chalicelib.strategy.rule import StrategyRule
from chalicelib.strategy.warm_up import MOST_CANDLES, candles_until_known


@dataclass(frozen=True, slots=True)
class Begun:
    """What a strategy has seen of a symbol so far."""

    bars: int
    is_first: bool = True
    """Whether it began just now."""
    of_exchange: bool = False
    """Whether it began with bars of the exchange's own, not folded from candles."""


def indicator_key(symbol: str, rule: StrategyRule) -> str:
    """The name of what a strategy keeps of a symbol: agents whose strategies observe alike share it."""
    return f"{symbol}/{rule.key}"


def kept_key(symbol: str, rule: StrategyRule, indicators: IndicatorStore) -> str:
    """The name under which it is kept as yet: an earlier version's until this one has taken it over."""
    key = indicator_key(symbol, rule)
    is_former = rule.former_key and indicators.load(key).version == 0
    return f"{symbol}/{rule.former_key}" if is_former else key


def bars_seen(indicators: IndicatorStore, symbol: str, rule: StrategyRule, most: int = MOST_CANDLES) -> int:
    """The number of bars of the symbol that the strategy has seen, as far as they are kept, up to so many."""
    return len(indicators.ticks(kept_key(symbol, rule, indicators), None, most))


def bars_needed(rule: StrategyRule) -> int:
    """The number of bars after which each value is known that is ever known; 1 where the strategy fails at them."""
    try:
        with guarded(rule.strategy, "observe"):
            return max(candles_until_known(rule).values(), default=1)
    except BadInput:
        return 1


def warming(
    rule: StrategyRule, ticks: Mapping[str, Tick], before: Mapping[str, WarmUp], indicators: IndicatorStore
) -> dict[str, WarmUp]:
    """The symbols whose values are not all known yet; one without a bar in these ticks stands where it stood before."""
    if not rule.has_longer_bars:
        return {}
    found = dict(before)
    for symbol, tick in ticks.items():
        if tick.bar is not None:
            found.pop(symbol, None)
            if any(map(isnan, tick.snapshot.values())) and (needed := bars_needed(rule)) > 1:
                seen = bars_seen(indicators, symbol, rule, needed)
                found |= {symbol: WarmUp(seen, needed)} if seen < needed else {}
    return found


def begun_words(rule: StrategyRule, begun: Begun) -> str:
    """A line for a symbol that a strategy begins with, or begins anew after an edit; until it has seen enough bars."""
    needed = bars_needed(rule)
    kind = f"bars of {rule.interval}" if rule.has_longer_bars else "stored candles"
    count = f"{begun.bars} {kind}" if begun.bars >= needed else f"{begun.bars} of the {needed} {kind} that it needs"
    if not begun.is_first:
        return f"{rule.strategy.name} has seen {count}"
    whose = ", the exchange's own" if begun.of_exchange else ""
    rest = ": there are no more yet, it goes on with each that closes" if whose and begun.bars < needed else ""
    return f"{rule.strategy.name} ({rule.strategy.hash}) begins with {count}{whose}{rest}"
