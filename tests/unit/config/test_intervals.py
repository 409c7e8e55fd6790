"""Lengths of candles: which there are, and where only minutes are traded."""

import pytest

from chalicelib.config import load_config
from chalicelib.config.intervals import INTERVALS_MS, refuse_longer_candles
from chalicelib.domain import DAY_MS, MINUTE_MS
from chalicelib.errors import BadInput

LONGER = [name for name in INTERVALS_MS if name != "1m"]


def test_every_interval_is_of_whole_minutes_and_divides_a_day() -> None:
    assert all(length % MINUTE_MS == 0 and DAY_MS % length == 0 for length in INTERVALS_MS.values())


def test_a_candle_is_a_minute_unless_said_otherwise() -> None:
    assert load_config().agent.step_ms == MINUTE_MS
    assert load_config(overrides=["agent.interval=4h"]).agent.step_ms == 240 * MINUTE_MS


@pytest.mark.parametrize("interval", LONGER)
def test_longer_candles_are_refused_where_trades_happen_by_the_key_and_with_what_is_meant(interval: str) -> None:
    with pytest.raises(BadInput, match=f"^agent.toml: agent.interval = {interval}: .* strategy.interval = {interval} "):
        refuse_longer_candles(interval, "agent.toml")
    refuse_longer_candles("1m", "agent.toml")
