"""Keys of a grid that cannot change what a backtest comes to: refused before any set is tried, with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from chalicelib.config import Config
from chalicelib.config.intervals import INTERVALS_MS
from chalicelib.config.keys import Sizing, value_of, with_value
from chalicelib.config.values import OFF
from chalicelib.errors import BadInput
from chalicelib.strategy.chosen import unchecked_rule_of
from trader.backtest.data import Data
from trader.backtest.folding import bars_seen, late_by_ms
from trader.tuning.axes import GRID, OF_SENTIMENT, Axis, Choices
from trader.tuning.sets import keys_of
from trader.tuning.sweep import Study

OF_HEADLINES = ("inputs.sentiment_window", "inputs.sentiment_max_age")
"""What sentiment is averaged over."""
INTERVAL, STALE = "strategy.interval", "risk.stale_after_s"

Matters = tuple[str, Callable[[object, Config], bool], str]
"""Another key, whether a value of it lets this one matter with these settings, and what is said where none does."""
BESIDE: Mapping[str, Matters] = {
    STALE: (
        INTERVAL,
        lambda interval, base: INTERVALS_MS[str(interval)] > base.agent.step_ms,
        "only bars longer than a candle are late: add strategy.interval, as in --set strategy.interval=15m",
    ),
    "risk.take_profit": (
        "risk.take_profits",
        lambda targets, base: targets == OFF,
        "risk.take_profits takes its place",
    ),
    "risk.position_fraction": (
        "risk.sizing",
        lambda sizing, base: sizing == Sizing.FRACTION,
        'it counts where risk.sizing = "fraction"',
    ),
    "risk.entry_amount": (
        "risk.sizing",
        lambda sizing, base: sizing == Sizing.AMOUNT,
        'it counts where risk.sizing = "amount"',
    ),
    "risk.risk_per_trade": (
        "risk.sizing",
        lambda sizing, base: sizing == Sizing.RISK,
        'it counts where risk.sizing = "risk"',
    ),
}
"""Keys that matter by what another says, in the settings or in the same grid."""


def refuse_idle(axes: Sequence[Axis], base: Config, data: Data) -> None:
    """Raises BadInput for the first key that cannot change what a backtest over this market comes to."""
    for axis in axes:
        for reason in (*_reasons(axis.key, data), *_beside(axis.key, axes, base)):
            raise _idle(axis.key, reason)


def _idle(key: str, reason: str) -> BadInput:
    return BadInput(f"{GRID}: {key}: cannot make a difference here: {reason}")


def _reasons(key: str, data: Data) -> Iterator[str]:
    if key == "risk.error_limit":
        yield "only a running agent meets errors"
    if data.signals is not None and (key.startswith("strategy.") or key == STALE):
        yield "the signals stand in place of the strategy"
    if key.startswith(OF_SENTIMENT) and not data.sentiment:
        yield "nothing is known of sentiment; give --news or --sentiment"
    if key == "risk.max_open_positions" and len(data.symbols) == 1:
        yield "a market of one symbol has one position at most"


def _beside(key: str, axes: Sequence[Axis], base: Config) -> Iterator[str]:
    if key not in BESIDE:
        return
    other, lets, words = BESIDE[key]
    if not any(lets(value, base) for value in _values(other, axes, base)):
        yield words


def _values(key: str, axes: Sequence[Axis], base: Config) -> Sequence[object]:
    """The values that the sets have of a key of words."""
    for axis in axes:
        if axis.key == key and isinstance(axis, Choices):
            return axis.values
    return (value_of(base, key),)


def refuse_idle_window(study: Study, axes: Sequence[Axis]) -> None:
    """Raises BadInput if sentiment is the same whatever is averaged over: it came as it is from a file, say."""
    for axis in axes:
        if axis.key not in OF_HEADLINES:
            continue
        keys = keys_of(study.keys.base, [axis])
        ends = axis.values if isinstance(axis, Choices) else (axis.low, axis.high)
        first, *others = (study.market.data(keys.settings((end,))).tape.inputs for end in ends)
        if others and all(np.array_equal(first, other) for other in others):
            raise _idle(axis.key, "sentiment is the same for every value")


def refuse_idle_staleness(study: Study, axes: Sequence[Axis], data: Data) -> None:
    """Raises BadInput for how old a late bar may be where this market has none that is late."""
    if not any(axis.key == STALE for axis in axes):
        return
    base = study.keys.base
    rules = [unchecked_rule_of(with_value(base, INTERVAL, value)) for value in _values(INTERVAL, axes, base)]
    for rule in rules:
        for symbol in range(len(data.symbols)):
            bars = bars_seen(data.tape, symbol, rule, study.engine.fold_candles)
            if np.any(late_by_ms(data.tape, bars, rule) > 0):
                return
    raise _idle(STALE, "every bar of this market is over with its own last candle, none is late")
