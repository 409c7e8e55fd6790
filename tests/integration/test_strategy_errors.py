"""A strategy can never disarm a stop: whatever its code does, the minute is traded, and no other agent notices.

Two agents run beside each other over the same stores. The one that fails holds a position whose stop is touched in the
very minute in which its code fails first.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from chalicelib import wiring, words
from chalicelib.config import load_config
from chalicelib.domain import MINUTE_MS, Decision, Reason
from tests.contract.backends import Stores, make_backend
from tests.support.markets import START_MS
from tests.support.moto_dynamodb import served
from tests.support.world import Silent
from trader.data.candles import CandleColumns
from trader.runtime.lockstep import LockStep, StepClock
from trader.runtime.markets import recorded_market

SYMBOL = "AAAUSDT"
STOP = 97.0
TOUCHED = 5
"""Number of the minute whose low is below the stop, and in which the code begins to fail."""
SOURCE = '''"""Holds from the first close on, with a stop at 97, and fails once the close is below 98."""

from typing import NamedTuple

from chalicelib.strategy import WAIT, Bar, Choice, Inputs, enter


class Settings(NamedTuple):
    pass


class State(NamedTuple):
    closes: int
    half: float


class Values(NamedTuple):
    close: float


def start(settings: Settings) -> State:
    return State(0, 0.0)


def observe(state: State, bar: Bar, settings: Settings) -> tuple[State, Values]:
    {observe}
    return State(state.closes + 1, bar.close / 2.0), Values(bar.close)


def decide(values: Values, close: float, inputs: Inputs, in_position: bool, settings: Settings) -> Choice:
    {decide}
    return WAIT if in_position else enter(stop=97.0, take_profit=200.0)
'''
FAULTS = {
    "observe raises": ("if bar.close < 98.0:\n        raise ValueError('odd')", "pass"),
    "observe divides by zero": ("nothing = 1.0 / max(bar.close - 98.0, 0.0)", "pass"),
    "observe returns no state": ("if bar.close < 98.0:\n        return Values(1.0)", "pass"),
    "observe returns an infinite value": ("if bar.close < 98.0:\n        return state, Values(1e308 * 10.0)", "pass"),
    "observe returns a whole number that no float is": (
        "if bar.close < 98.0:\n        return State(state.closes + 9007199254740991, 0.0), Values(1.0)",
        "pass",
    ),
    "decide raises": ("pass", "if close < 98.0:\n        raise ValueError('odd')"),
    "decide returns a number": ("pass", "if close < 98.0:\n        return 5"),
    "decide gives a stop below 0": ("pass", "if close < 98.0:\n        return enter(stop=-1.0)"),
    "decide gives an unknown reason": ("pass", "if close < 98.0:\n        return enter(reason=7)"),
    "decide gives an infinite size": ("pass", "if close < 98.0:\n        return enter(size=1e308 * 10.0)"),
}
NEIGHBOUR = (
    *("agent.id=neighbour", "strategy.settings.rsi_period=2", "strategy.settings.rsi_buy=99"),
    *("strategy.settings.rsi_sell=100", "strategy.settings.sentiment_buy=-1", "strategy.settings.sentiment_sell=-1"),
)


def candles() -> CandleColumns:
    closes = np.array([100.0, 100.5, 101.0, 100.0, 99.0, 97.5, 97.4, 97.3, 97.2, 97.1, 97.0, 96.9])
    lows = closes.copy()
    lows[TOUCHED] = 96.0
    times = START_MS + MINUTE_MS * np.arange(len(closes), dtype=np.int64)
    opens = np.concatenate(([100.0], closes[:-1]))
    return CandleColumns(SYMBOL, times, opens, np.maximum(opens, closes), np.minimum(opens, lows), closes, closes)


@dataclass(frozen=True)
class Ran:
    """What is left of a run of these agents."""

    stores: Stores
    alerts: list[str]

    def decisions(self, agent_id: str) -> list[Decision]:
        found, _ = self.stores.journal.decisions(agent_id, 100)
        return found[::-1]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with served() as found:
        yield found


@contextmanager
def stores_of(name: str, folder: Path, endpoint: str) -> Iterator[Stores]:
    folder.mkdir(exist_ok=True)
    with make_backend(name, folder, lambda: endpoint).open() as opened:
        yield opened


def run(stores: Stores, *settings: tuple[str, ...]) -> Ran:
    """Agents with these settings over the candles, together."""
    clock, told = StepClock(), Silent()
    configs = [load_config(None, [f"agent.symbols={SYMBOL}", *given]) for given in settings]
    market, timeline = recorded_market(configs[0], [candles()], clock, None)
    agents = [wiring.RunningAgent(config, wiring.rules(config, {}), told) for config in configs]
    outside = wiring.Outside(market.source, market.headlines.news, market.headlines.feeds, told)
    made = wiring.every_minute(agents, configs[0], stores, outside, lambda config: wiring.SIMULATED_TIME)
    assert LockStep(made, clock, timeline, stores.transaction, 0.0).run(None, None, Event(), lambda reports: None)
    return Ran(stores, [f"{alert.subject}: {alert.body}" for alert in told.alerts])


def failing(folder: Path, fault: str, *more: str) -> tuple[str, ...]:
    file = folder / "odd.py"
    observe, decide = FAULTS[fault]
    file.write_text(SOURCE.format(observe=observe, decide=decide), "utf-8")
    return ("agent.id=odd", f"strategy.file={file}", "risk.max_exposure=0", *more)


@pytest.mark.parametrize("backend", ["sqlite", "dynamodb"])
@pytest.mark.parametrize("fault", FAULTS)
def test_the_stop_is_met_in_the_minute_in_which_the_strategy_fails(
    fault: str, backend: str, tmp_path: Path, endpoint: str
) -> None:
    with stores_of(backend, tmp_path, endpoint) as stores:
        ran = run(stores, failing(tmp_path, fault, "risk.error_limit=0"), NEIGHBOUR)
        [trade] = stores.journal.trades("odd", 10)[0]
        assert (trade.reason, trade.exit_price) == (Reason.STOP_LOSS, STOP)
        assert trade.exit_ms == START_MS + TOUCHED * MINUTE_MS
        decided = ran.decisions("odd")
        assert [each.outcome for each in decided[TOUCHED:]] == [words.STRATEGY_ERROR] * (len(decided) - TOUCHED)
        assert decided[TOUCHED].error.startswith("odd.py")
        assert fault.split()[0] in decided[TOUCHED].error
        assert {each.action for each in decided[TOUCHED:]} == {"hold"}
        assert len([alert for alert in ran.alerts if "strategy error" in alert]) == 1
        assert len(stores.journal.equity("odd", 0, 2**62)) == len(candles().close)
        beside = ran.decisions("neighbour")
    with stores_of(backend, tmp_path / "alone", endpoint) as stores:
        alone = run(stores, NEIGHBOUR).decisions("neighbour")
    assert beside == alone
    assert not any(each.error for each in beside)


@pytest.mark.parametrize("fault", ["observe raises", "decide raises"])
def test_errors_in_a_row_halt_the_agent_and_no_other(fault: str, tmp_path: Path) -> None:
    with stores_of("sqlite", tmp_path, "") as stores:
        ran = run(stores, failing(tmp_path, fault, "risk.error_limit=3"), NEIGHBOUR)
        [flag] = stores.halts.flags("odd")
        assert "the strategy failed in 3 minutes in a row, the last: odd.py, line" in flag.reason
        assert stores.halts.flags("neighbour") == []
        assert any("odd halted" in alert or ("odd" in alert and "3 minutes in a row" in alert) for alert in ran.alerts)


def test_a_strategy_that_is_not_there_settles_protects_and_decides_nothing(tmp_path: Path) -> None:
    """As a function whose package lacks the file that the settings name: it says so, and is not halted for it."""
    with stores_of("sqlite", tmp_path, "") as stores:
        settings = failing(tmp_path, "decide raises", "risk.error_limit=2", "strategy.hash=0123456789abcdef")
        ran = run(stores, settings, NEIGHBOUR)
        decided = ran.decisions("odd")
        assert {each.outcome for each in decided} == {words.NOT_DEPLOYED}
        assert len(decided) == len(candles().close)
        assert stores.halts.flags("odd") == []
        assert len([alert for alert in ran.alerts if "rule not deployed" in alert]) == 1
