"""Numbers of candles that a strategy has to see before each of its values is known."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from math import isnan
from types import MappingProxyType

from chalicelib.domain import MINUTE_MS
from chalicelib.kernel.bar import Bar
from chalicelib.strategy.form import FIRST_BAR
from chalicelib.strategy.rule import StrategyRule, named_values

MOST_CANDLES = 5_000
"""So many are tried: a value that is unknown for longer may be so for another reason than warming up."""


def candles_until_known(rule: StrategyRule) -> Mapping[str, int]:
    """Candles until each value is known for the first time; a value that is never known in 5,000 is left out."""
    return _until_known(rule.key, rule)


@lru_cache(maxsize=32)
def _until_known(key: str, rule: StrategyRule) -> Mapping[str, int]:
    found: dict[str, int] = {}
    try:
        state = rule.start()
        for count in range(1, MOST_CANDLES + 1):
            state, values = rule.observe(state, _candle(count))
            named = named_values(values)
            found |= {name: count for name, value in named.items() if name not in found and not isnan(value)}
            if len(found) == len(named):
                break
    except Exception:  # the user's own code: whoever decides by it is told, whoever only asks this needs no answer
        found = {}
    return MappingProxyType(found)


def _candle(count: int) -> Bar:
    """Candles that go up and down, so that no average of moves is one of nothing."""
    close = FIRST_BAR.close + (1.0 if count % 2 else -1.0)
    return FIRST_BAR._replace(time_ms=count * MINUTE_MS, close=close, high=close + 1.0, low=close - 1.0)
