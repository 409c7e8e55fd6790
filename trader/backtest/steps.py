"""Backtests over candles longer than a minute: which are read, and what has to be said of them."""

from __future__ import annotations

from chalicelib.config import Config
from chalicelib.config.intervals import MINUTE, interval_of
from chalicelib.domain import MINUTE_MS
from chalicelib.errors import BadInput
from trader.data.spacing import Step

SETTING = "--set agent.interval="


def step_of(config: Config) -> Step:
    """The candles that files have to hold."""
    return Step(config.agent.step_ms, SETTING)


def refuse_without_files(config: Config, where: str) -> None:
    """Raises BadInput, naming the candles that there are, for longer ones where no file gives them."""
    interval = config.agent.interval
    if interval != MINUTE:
        raise BadInput(
            f"agent.interval = {interval}: it is for --candles with files of such candles, and {where} are minutes;"
            f" strategy.interval = {interval} decides on bars of {interval} made of them"
        )


def step_line(step_ms: int) -> str:
    """What is said first of a backtest over longer candles, empty for minutes.

    >>> step_line(3_600_000), step_line(60_000)
    ('candles of 1h: orders, stops and targets meet these; live ones would meet minutes', '')
    """
    longer = f"candles of {interval_of(step_ms)}: orders, stops and targets meet these; live ones would meet minutes"
    return "" if step_ms == MINUTE_MS else longer


def candles_word(step_ms: int) -> str:
    """Many of the candles.

    >>> candles_word(60_000), candles_word(3_600_000)
    ('minutes', 'candles of 1h')
    """
    return "minutes" if step_ms == MINUTE_MS else f"candles of {interval_of(step_ms)}"
