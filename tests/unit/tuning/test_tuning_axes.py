"""What `--grid` takes, and what it refuses in words."""

from __future__ import annotations

import pytest

from chalicelib.config.keys import HaltAction
from chalicelib.errors import BadInput
from chalicelib.strategy.chosen import config_hash, rule_of
from tests.support.tuning import axes_of, settings
from trader.tuning.axes import Choices, Range, size_of
from trader.tuning.sets import full_grid, keys_of


def test_lists_and_ranges_are_read_as_their_keys_take_them() -> None:
    axes = axes_of(
        (
            " strategy.settings.rsi_period = 7, 14 ",
            "strategy.settings.rsi_buy=20,25.5",
            "risk.halt_action=freeze,flatten",
            "risk.cooldown_bars=0..30",
            "fees.rate=0..0.001",
        )
    )
    assert axes == (
        Choices("strategy.settings.rsi_period", (7, 14)),
        Choices("strategy.settings.rsi_buy", (20.0, 25.5)),
        Choices("risk.halt_action", (HaltAction.FREEZE, HaltAction.FLATTEN)),
        Range("risk.cooldown_bars", 0, 30),
        Range("fees.rate", 0.0, 0.001),
    )
    assert [type(value) for value in (axes[3].low, axes[4].low)] == [int, float]
    assert (size_of(axes), size_of(axes[:3])) == (None, 8)


@pytest.mark.parametrize(
    ("grid", "words"),
    [
        ((), "at least one key must vary"),
        (("strategy.settings.rsi_buy",), "must be section.key=a,b,c"),
        (("strategy.settings.rsi_buy=",), "must be section.key=a,b,c"),
        (("strategy.rsi_bye=1",), "did you mean strategy.settings.rsi_buy?"),
        (("strategy.settings.rsi_bye=1",), "unknown setting: rsi_sentiment has rsi_period, rsi_buy, "),
        (("rsi_buy=1",), "unknown section"),
        (("strategy.settings.rsi_buy=20,,30",), 'strategy.settings.rsi_buy = "": must be a number'),
        (("strategy.settings.rsi_buy=20,lots",), "must be a number, true or false"),
        (("strategy.settings.rsi_buy=20,101",), "must be a number from 0 to 100"),
        (("strategy.settings.rsi_buy=20,true",), "must be a number from 0 to 100"),
        (("strategy.settings.rsi_period=7,7.5",), "must be a whole number from 2 to 1000"),
        (("risk.stop_loss=-0.1,0.1",), "must be a number from 0 up to but not including 1"),
        (("strategy.settings.rsi_buy=20,20.0",), "listed twice"),
        (("strategy.settings.rsi_buy=20", "strategy.settings.rsi_buy=30"), "given twice"),
        (("strategy.settings.rsi_buy=40..20",), "the first end must be below the second"),
        (("risk.halt_action=freeze..flatten",), "only numbers have a range"),
        (("agent.cash=1,2",), "is not tuned"),
        (("news.feeds=1,2",), "is not tuned"),
    ],
)
def test_what_is_no_axis_is_refused_in_words(grid: tuple[str, ...], words: str) -> None:
    with pytest.raises(BadInput, match="--grid") as caught:
        axes_of(grid)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_secret_is_not_repeated() -> None:
    with pytest.raises(BadInput) as caught:
        axes_of(("alerts.webhook=https://hooks.example/T0KEN",))
    assert "T0KEN" not in str(caught.value)


def test_contradictory_sets_are_left_out_and_counted() -> None:
    axes = axes_of(("strategy.settings.rsi_buy=20,65", "strategy.settings.rsi_sell=60,70"))
    sets, left_out = full_grid(keys_of(settings(), axes), axes)
    assert (sets, left_out) == ([(20.0, 60.0), (20.0, 70.0), (65.0, 70.0)], 1)


@pytest.mark.parametrize(
    ("grid", "words"),
    [
        (
            ("strategy.settings.rsi_buy=90", "strategy.settings.rsi_sell=60,70"),
            "every set contradicts itself; in the first, strategy.settings.rsi_buy",
        ),
        (("strategy.settings.rsi_buy=20..30",), "add --trials N"),
        (
            tuple(
                f"{key}={','.join(map(str, range(60)))}"
                for key in ("risk.cooldown_bars", "strategy.settings.rsi_buy", "risk.take_profit")
            ),
            "216000 sets; 100000 at most",
        ),
    ],
)
def test_a_grid_that_cannot_be_tried_is_refused(grid: tuple[str, ...], words: str) -> None:
    axes = axes_of(grid)
    with pytest.raises(BadInput) as caught:
        full_grid(keys_of(settings(), axes), axes)
    assert words in str(caught.value)


def test_the_settings_of_a_set_are_the_base_with_its_values() -> None:
    axes = axes_of(("strategy.settings.rsi_buy=25", "risk.stop_loss=0.05", "risk.halt_action=flatten"))
    base = settings("risk.take_profit=0.5")
    (values,), _ = full_grid(keys_of(base, axes), axes)
    made = keys_of(base, axes).settings(values)
    assert made == settings(
        "risk.take_profit=0.5", "strategy.settings.rsi_buy=25", "risk.stop_loss=0.05", "risk.halt_action=flatten"
    )
    assert config_hash(made, rule_of(made)) != config_hash(base, rule_of(base))
