"""Keys of a grid that cannot make a difference, each refused in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from chalicelib.errors import BadInput
from tests.support.markets import wave
from tests.support.tuning import Given, axes_of, market, settings
from trader.backtest.engine import PLAIN
from trader.backtest.rule_signals import without_levels
from trader.tuning.axes import Choices
from trader.tuning.idle import refuse_idle, refuse_idle_staleness, refuse_idle_window
from trader.tuning.sets import keys_of
from trader.tuning.sweep import Study


@pytest.mark.parametrize("key", ["risk.error_limit", "risk.max_open_positions"])
def test_a_key_that_cannot_matter_is_refused(key: str) -> None:
    with pytest.raises(BadInput, match=f"{key}: cannot make a difference here"):
        refuse_idle(axes_of((f"{key}=1,2",)), settings(), market())


def test_positions_can_be_limited_where_there_are_several_symbols() -> None:
    refuse_idle(
        axes_of(("risk.max_open_positions=1,2",)), settings(), market(wave("BTCUSDT", 50, 1), wave("ETHUSDT", 50, 2))
    )


@pytest.mark.parametrize(
    "own",
    ["strategy.settings.sentiment_buy=0,0.1", "strategy.settings.sentiment_sell=0,0.1", "inputs.sentiment_window=5,10"],
)
def test_sentiment_keys_need_sentiment(own: str) -> None:
    data = market(wave("BTCUSDT", 50, 1))
    with pytest.raises(BadInput, match="nothing is known of sentiment"):
        refuse_idle(axes_of((own,)), settings(), data)
    refuse_idle(axes_of((own,)), settings(), replace(data, sentiment="headlines"))


def test_no_rule_key_matters_beside_signals() -> None:
    data = market(wave("BTCUSDT", 50, 1))
    nothing = np.zeros(data.tape.close.shape, np.int8)
    given = replace(data, signals=without_levels(nothing, nothing))
    with pytest.raises(BadInput, match="the signals stand in place of the strategy"):
        refuse_idle(axes_of(("strategy.settings.rsi_buy=20,30",)), settings(), given)
    refuse_idle(axes_of(("risk.stop_loss=0.01,0.02",)), settings(), given)


@pytest.mark.parametrize("values", ["5,20", "5..20"])
def test_a_window_over_ready_made_sentiment_is_refused(values: str) -> None:
    data = market(wave("BTCUSDT", 50, 1))
    axes = axes_of((f"inputs.sentiment_window={values}",))
    moody = np.full(data.tape.close.shape, 0.5)
    same, other = {5: moody, 20: moody.copy()}, {5: moody, 20: moody * 0.9}
    with pytest.raises(BadInput, match="sentiment is the same for every value"):
        refuse_idle_window(Study(Given(data, same), keys_of(settings(), axes), PLAIN), axes)
    refuse_idle_window(Study(Given(data, other), keys_of(settings(), axes), PLAIN), axes)


TARGETS = "risk.take_profits=0.02:0.5 0.04:0.5"
BESIDE = [
    ("risk.take_profit=0.02,0.04", (TARGETS,), "risk.take_profits takes its place"),
    ("risk.entry_amount=100,200", (), 'it counts where risk.sizing = "amount"'),
    ("risk.risk_per_trade=0.01,0.02", ("risk.sizing=fraction",), 'it counts where risk.sizing = "risk"'),
    ("risk.position_fraction=0.1,0.2", ("risk.sizing=risk",), 'it counts where risk.sizing = "fraction"'),
    ("risk.stale_after_s=60,600", (), "only bars longer than a candle are late: add strategy.interval"),
    ("risk.stale_after_s=60,600", ("agent.interval=1h",), "only bars longer than a candle are late"),
]


@pytest.mark.parametrize(("own", "overrides", "words"), BESIDE)
def test_a_key_whose_place_another_takes_is_refused(own: str, overrides: tuple[str, ...], words: str) -> None:
    with pytest.raises(BadInput) as caught:
        refuse_idle(axes_of((own,)), settings(*overrides), market(wave("BTCUSDT", 50, 1)))
    assert f"{own.partition('=')[0]}: cannot make a difference here: " in str(caught.value)
    assert words in str(caught.value)


MATTERS = [
    (("risk.take_profit=0.02,0.04",), ()),
    (("risk.take_profit=0.02,0.04", "risk.take_profits=off,0.02:0.5"), ()),
    (("risk.entry_amount=100,200",), ("risk.sizing=amount", "risk.entry_amount=1")),
    (("risk.entry_amount=100,200", "risk.sizing=amount,fraction"), ()),
    (("risk.stale_after_s=60,600",), ("strategy.interval=15m",)),
    (("risk.stale_after_s=60,600", "strategy.interval=1m,15m"), ()),
]


@pytest.mark.parametrize(("grid", "overrides"), MATTERS)
def test_a_key_that_matters_in_one_set_is_tried(grid: tuple[str, ...], overrides: tuple[str, ...]) -> None:
    refuse_idle(axes_of(grid), settings(*overrides), market(wave("BTCUSDT", 50, 1)))


def test_how_old_bars_may_be_matters_beside_no_signals() -> None:
    data = market(wave("BTCUSDT", 50, 1))
    nothing = np.zeros(data.tape.close.shape, np.int8)
    given = replace(data, signals=without_levels(nothing, nothing))
    with pytest.raises(BadInput, match="the signals stand in place of the strategy"):
        refuse_idle(axes_of(("risk.stale_after_s=60,600",)), settings("strategy.interval=15m"), given)


def test_how_old_bars_may_be_needs_one_that_is_late() -> None:
    axes = axes_of(("risk.stale_after_s=60,600", "strategy.interval=3m,5m"))
    whole, gapped = (market(wave("BTCUSDT", 50, 1, missing)) for missing in (frozenset[int](), frozenset({14, 15})))
    keys = keys_of(settings(), axes)
    with pytest.raises(BadInput, match="every bar of this market is over with its own last candle"):
        refuse_idle_staleness(Study(Given(whole), keys, PLAIN), axes, whole)
    refuse_idle_staleness(Study(Given(gapped), keys, PLAIN), axes, gapped)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_how_old_bars_may_be_is_kept_beside_their_length(order: tuple[int, int]) -> None:
    grid = ("risk.stale_after_s=7", "strategy.interval=1d")
    axes = axes_of([grid[at] for at in order])
    made = keys_of(settings(), axes).settings(tuple(axis.values[0] for axis in axes if isinstance(axis, Choices)))
    assert (made.risk.stale_after_s, made.strategy.interval) == (7, "1d")
