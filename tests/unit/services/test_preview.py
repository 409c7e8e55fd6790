"""What the agent would decide now; asking changes nothing."""

from __future__ import annotations

import pytest

from chalicelib.errors import BadInput
from tests.support.desk import FALLING, after_close, desk, open_of

PAIR = ("AAAUSDT", "BBBUSDT")


def test_without_a_candle_there_is_nothing_to_judge_from() -> None:
    with desk(PAIR) as shop, pytest.raises(BadInput, match="no candles of AAAUSDT, BBBUSDT are stored yet"):
        shop.preview.run(0)


def test_it_decides_as_the_next_trade_will_and_writes_nothing() -> None:
    with desk() as shop:
        shop.minutes(0, 100.0)
        shop.feed("AAAUSDT", 1, 99.0, 98.0)
        before = shop.portfolio()
        [foreseen] = shop.preview.run(after_close(2, 3))
        assert shop.portfolio() == before
        assert (foreseen.action, foreseen.outcome) == ("enter", "ordered")
        assert foreseen.minute_ms == open_of(2)

        shop.trade(after_close(2, 3))
        [done] = shop.stores.journal.decisions("default", 1)[0]
        assert done == foreseen


def test_an_agent_without_a_portfolio_is_judged_flat() -> None:
    with desk() as shop:
        shop.feed("AAAUSDT", 0, *FALLING)
        [decision] = shop.preview.run(after_close(2, 3))
        assert (decision.in_position, decision.outcome, decision.equity) == (False, "ordered", 10_000.0)
        assert shop.stores.portfolios.load("default") is None


def test_a_stale_candle_a_halt_and_a_missing_candle_are_said() -> None:
    with desk(PAIR) as shop:
        shop.feed("AAAUSDT", 0, *FALLING)
        assert [d.outcome for d in shop.preview.run(after_close(2, 181))] == ["stale", "missing"]
        shop.halt.run("default", "test", False, 0)
        assert [d.outcome for d in shop.preview.run(after_close(2, 3))] == ["halted", "missing"]


def test_a_symbol_that_lags_behind_is_missing_not_decided_on_an_old_candle() -> None:
    with desk(PAIR) as shop:
        shop.feed("AAAUSDT", 0, *FALLING)
        shop.feed("BBBUSDT", 0, 100.0, 99.0)
        lagging = shop.preview.run(after_close(2, 3))[1]
        assert (lagging.symbol, lagging.candle, lagging.outcome) == ("BBBUSDT", None, "missing")
