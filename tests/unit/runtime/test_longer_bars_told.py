"""What a run in real time says of bars that close seldom."""

from __future__ import annotations

import re

from chalicelib.config import load_config
from trader.runtime.runs import Run
from trader.runtime.session import RunRequest, _what_trades

RUN = Run("run", "sim", "{}", 0, real_time=True)


def told(*overrides: str) -> list[str]:
    return list(_what_trades(RunRequest([load_config(None, overrides)], None), RUN))


def test_an_agent_of_hours_says_when_it_decides_next() -> None:
    trades, decides, lines = told("strategy.interval=1h", "agent.symbols=BTCUSDT")
    assert trades == "agent default trades BTCUSDT on paper (sim)"
    assert re.fullmatch(r"default decides at closes of 1h bars, the next at \d{4}-\d\d-\d\dT\d\d:00Z", decides)
    assert lines == "a line a close, and a minute while something is held"


def test_an_agent_of_minutes_says_what_it_said() -> None:
    assert told("agent.symbols=BTCUSDT") == ["agent default trades BTCUSDT on paper (sim)", "a line a minute"]
