"""A threshold to enter at below the one to leave at: told on one line, left out of grids, and never refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalicelib.config import Config, load_config
from chalicelib.errors import BadInput
from chalicelib.kernel.codes import ENTER, EXIT
from chalicelib.strategy.chosen import odd_lines, rule_of
from chalicelib.strategy.loader import built_in
from chalicelib.strategy.settings import crossing_lines
from infra.parameters import odd_settings
from trader.tuning.axes import read_axes
from trader.tuning.sets import full_grid, keys_of

BUY, SELL = "strategy.settings.sentiment_buy", "strategy.settings.sentiment_sell"


def config(*overrides: str) -> Config:
    return load_config(Path("/dev/null"), overrides)


def lines(*overrides: str) -> list[str]:
    return list(crossing_lines(rule_of(config(*overrides))))


@pytest.mark.parametrize(
    ("overrides", "buy", "sell"),
    [((f"{BUY}=-1",), "-1.0", "0"), ((f"{SELL}=0.25",), "0.0", "0.25"), ((f"{BUY}=0.1", f"{SELL}=0.2"), "0.1", "0.2")],
)
def test_one_line_names_both_and_what_would_not_trade_in_turn(overrides: tuple[str, ...], buy: str, sell: str) -> None:
    words = f"it buys and sells in turn, a fee each time, unless this is at least {SELL}, which is {sell}"
    assert lines(*overrides) == [f"{BUY} = {buy}: {words}"]


@pytest.mark.parametrize("overrides", [(), (f"{BUY}=-1", f"{SELL}=-1"), (f"{BUY}=0.3", f"{SELL}=-0.3")])
def test_thresholds_that_meet_or_lie_apart_are_fine(overrides: tuple[str, ...]) -> None:
    assert lines(*overrides) == []


@pytest.mark.parametrize("sentiment", [-0.4, 0.1])
def test_it_is_told_where_one_sentiment_makes_it_enter_and_leave(sentiment: float) -> None:
    """The strategy asked: flat it enters and held it leaves, at one and the same close."""
    rule = rule_of(config(f"{BUY}=-0.5", f"{SELL}=0.2"))
    oversold = rule.undefined._replace(rsi=10.0)  # type: ignore[attr-defined]
    asked = [rule.decide(oversold, 100.0, (sentiment,), held).action for held in (False, True)]
    assert asked == [ENTER, EXIT]
    assert lines(f"{BUY}=-0.5", f"{SELL}=0.2")


def grid(base: Config, *axes: str) -> tuple[list[tuple[object, ...]], int]:
    read = read_axes(axes, built_in("rsi_sentiment"))
    sets, left_out = full_grid(keys_of(base, read), read)
    return [tuple(values) for values in sets], left_out


def test_a_grid_leaves_such_sets_out_and_counts_them() -> None:
    assert grid(config(), f"{BUY}=-0.5,0,0.5") == ([(0.0,), (0.5,)], 1)
    assert grid(config(), f"{BUY}=-0.5,0.5", f"{SELL}=-0.7,0.7") == ([(-0.5, -0.7), (0.5, -0.7)], 2)
    with pytest.raises(BadInput, match=f"in the first, {BUY} must be at least {SELL}, which is 0"):
        grid(config(), f"{BUY}=-0.5,-0.1")


def test_settings_that_have_it_are_searched_where_no_set_moves_it() -> None:
    assert grid(config(f"{BUY}=-1"), "strategy.settings.rsi_buy=20,30") == ([(20.0,), (30.0,)], 0)


def test_a_deploy_tells_it_and_goes_on() -> None:
    [line] = odd_settings({"a": "[strategy.settings]\nsentiment_buy = -1\n", "b": '[agent]\nid = "b"\n'})
    assert line.startswith(f"agent a: {BUY} = -1.0: it buys and sells in turn")


def test_it_changes_no_hash_of_the_strategy() -> None:
    """The pairs of ours stand beside the files, whose texts are in every record."""
    assert "NOT_ABOVE" not in built_in("rsi_sentiment").source
    assert built_in("rsi_sentiment").form.not_above == (("sentiment_sell", "sentiment_buy"),)
    assert built_in("ema_cross").form.not_above == ()


FRACTION, MOST = "risk.position_fraction", "risk.max_exposure"


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        ((f"{FRACTION}=1",), [f"{FRACTION} = 1: an entry is cut to {MOST}, which is 0.5 of equity"]),
        (
            (f"{FRACTION}=0.3", f"{MOST}=0.25"),
            [f"{FRACTION} = 0.3: an entry is cut to {MOST}, which is 0.25 of equity"],
        ),
        ((f"{FRACTION}=1", f"{MOST}=0"), []),
        ((f"{FRACTION}=0.5",), []),
        ((), []),
    ],
)
def test_an_entry_that_is_always_cut_is_told_on_one_line(overrides: tuple[str, ...], told: list[str]) -> None:
    settings = config(*overrides)
    assert list(odd_lines(settings, rule_of(settings))) == list(odd_lines(settings, None)) == told
