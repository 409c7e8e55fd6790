"""A strategy gives the same bits everywhere: ours, and files of others that are not part of the package.

The local runtime over SQLite, `kernel.run`, the plain and the compiled engine, and `trader replay` over the same
minutes; tests/integration/test_strategies_as_lambdas.py has the Lambdas.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.domain import MINUTE_MS, Change, IndicatorRecord, Portfolio, Tick
from chalicelib.kernel.choice import Choice
from chalicelib.kernel.rule import Inputs, Values
from chalicelib.strategy.rule import StrategyRule
from tests.support.candle_reading import read_candles
from tests.support.effort import repeats, sample
from tests.support.every_way import Ways, ways_of
from tests.support.lasting_market import START_MS, candle_files
from tests.support.replays import replayed
from tests.support.strategy_cases import CASES, FILES, SYMBOLS, overrides, strategy
from tests.support.world import World, Wrap, as_it_is
from trader.backtest import single
from trader.backtest.compiled_strategy import compiled
from trader.backtest.engine import PLAIN, ParameterSet, fastest
from trader.backtest.walk import Walked
from trader.data.candles import between

DAY, WEEK = 1_440, 7 * 1_440
WHOLE = "ema_cross"
"""What trades a week even where the others trade a day."""
ENGINES = (PLAIN, fastest())


def opened(folder: Path, name: str, minutes: int, *more: str) -> World:
    """A world of three symbols with gaps, the last of which ends early, with the lot steps of its exchange."""
    files = [read_candles(path) for path in candle_files(folder, SYMBOLS, minutes)]
    files[2] = between(files[2], START_MS, START_MS + (minutes - minutes // 20) * MINUTE_MS)
    world = World(files, (*overrides(name), *more), usual=())
    steps = {symbol: world.market.source.symbol(symbol) for symbol in SYMBOLS}
    world.rules = wiring.rules(world.config, steps)
    world.executor = wiring.executor("paper", world.rules.symbols, world.rules.params)
    return world


def ways(world: World, wrap: Wrap = as_it_is) -> Ways:
    """The ways through the world's market once it has run."""
    tried = ParameterSet(world.rules.rule, world.rules.params)
    with world.database.transaction():
        world.run(wrap=wrap)
    return ways_of(world.record(), tried, SYMBOLS, world.files if tried.rule.has_longer_bars else ())


LONGER = {
    "15m": ["three_targets", "two_intervals", *sample(sorted(set(CASES) - {"three_targets", "two_intervals"}), 3)],
    "1h": ["ema_cross"],
}
"""By bars, which strategies decide at their closes."""
FOLDS = ("strategy.settings.bar=15", "strategy.settings.higher=240")
"""Settings of the one that folds a higher interval itself."""


@pytest.mark.parametrize(("interval", "name"), [(interval, name) for interval in LONGER for name in LONGER[interval]])
def test_longer_bars_give_the_same_bits_live_and_in_backtests(interval: str, name: str, tmp_path: Path) -> None:
    own = FOLDS if name == "two_intervals" else ()
    world = opened(tmp_path, name, repeats(DAY, WEEK), f"strategy.interval={interval}", *own)
    gone = ways(world)
    again = replayed(world.database, world.rules)
    world.close()
    stepped = gone.stepped()
    assert list(gone.disagreements(stepped, ENGINES)) == []
    assert (again.differing, again.notes) == (0, [])
    assert len(gone.live.marks) <= len(gone.market.times)
    assert stepped.paths["ordered"], stepped.paths


@pytest.mark.parametrize("name", CASES)
def test_live_backtest_and_replay_agree_to_the_bit(name: str, tmp_path: Path) -> None:
    world = opened(tmp_path, name, WEEK if name == WHOLE else repeats(DAY, WEEK))
    gone = ways(world)
    again = replayed(world.database, world.rules, to_ms=START_MS + repeats(DAY, WEEK) * MINUTE_MS)
    world.close()
    stepped = gone.stepped()
    assert list(gone.disagreements(stepped, ENGINES)) == []
    assert (again.differing, again.notes) == (0, [])
    assert again.minutes in (DAY + 1, len(gone.market.times))
    assert not {path for path in CASES[name].always | CASES[name].met if not stepped.paths[path]}, stepped.paths


def test_one_of_them_runs_in_plain_python() -> None:
    plain = {name for name in FILES if compiled(strategy(name)).obstacle}
    assert plain == {"uncompiled"}
    assert fastest().name == "numba"


class Forgetful:
    """A portfolio store that drops the stop of every order."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def commit(self, change: Change) -> None:
        self._store.commit(replace(change, portfolio=self._without_stops(change.portfolio)))

    @staticmethod
    def _without_stops(portfolio: Portfolio) -> Portfolio:
        slots = {name: slot._replace(order=slot.order._replace(stop=0.0)) for name, slot in portfolio.slots.items()}
        return replace(portfolio, slots=slots)

    def load(self, agent_id: str) -> Portfolio | None:
        stored: Portfolio | None = self._store.load(agent_id)
        return stored


class Rounding:
    """An indicator store that keeps ten digits of a value."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def commit(self, record: IndicatorRecord, ticks: Any) -> None:
        rounded: list[Tick] = [
            replace(tick, snapshot={name: float(f"{value:.10g}") for name, value in tick.snapshot.items()})
            for tick in ticks
        ]
        self._store.commit(record, rounded)


class Inverted(StrategyRule):
    """A rule that takes what is held for what is not."""

    def decide(self, values: Values, close: float, inputs: Inputs, in_position: bool) -> Choice:
        return super().decide(values, close, inputs, not in_position)


def standing(port: str, stands: Callable[[Any], Any]) -> Wrap:
    """A wrap that has something else stand in one port's place."""
    return lambda name, store: stands(store) if name == port else store


@pytest.mark.parametrize(("port", "stands"), [("portfolios", Forgetful), ("indicators", Rounding)])
def test_a_store_that_keeps_less_would_be_noticed(port: str, stands: Callable[[Any], Any], tmp_path: Path) -> None:
    """Planted: the stop of an order is not stored; values are rounded as they are."""
    world = opened(tmp_path, "atr_stop", 300)
    gone = ways(world, standing(port, stands))
    found = list(gone.disagreements(gone.stepped(), ENGINES))
    again = replayed(world.database, world.rules)
    world.close()
    assert [each for each in found if each.startswith(("decisions", "kernel.run"))], found
    assert again.differing


def test_asking_for_what_is_not_held_would_be_noticed(tmp_path: Path) -> None:
    """Planted: live, a strategy is asked as if it held what it does not."""
    world = opened(tmp_path, "atr_stop", 300)
    rule = world.rules.rule
    tried = ParameterSet(rule, world.rules.params)
    world.rules = replace(world.rules, rule=Inverted(rule.strategy, rule.settings))
    gone = replace(ways(world), tried=tried)
    world.close()
    assert any(each.startswith("decisions") for each in gone.disagreements(gone.stepped(), ENGINES))


def unmoved(cash: float, tape: Any, signals: Any, params: Any, equity: Any) -> Walked:
    """A walk of one symbol that leaves every stop where the entry put it."""
    still = signals._replace(held_stop=signals.held_stop[:, :0])
    return single.walk_single(cash, tape, still, params, equity)


def test_an_engine_that_moves_no_stop_would_be_noticed(tmp_path: Path) -> None:
    """Planted: the walk of one symbol does not adjust what is held."""
    world = opened(tmp_path, "ema_cross", 300)
    gone = ways(world)
    world.close()
    planted = PLAIN._replace(walk_single=unmoved)
    found = list(gone.disagreements(gone.stepped(), [planted]))
    assert found
    assert all("alone" in each for each in found)
