"""What a run prints of each minute: which condition failed, what is unknown yet, and nothing that is no number."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.config import load_config
from chalicelib.services.trade import TradeReport
from tests.support.desk import SETTINGS, after_close, desk
from tests.support.world import AGENT
from trader.cli.minute_lines import MinuteLines

CLOSES = (100.0, 99.0, 98.0, 97.0, 96.5)


def lines_of(counts_candles: bool, first: int = 0, settings: Sequence[str] = ()) -> list[str]:
    """What is said of five falling minutes, the first so many unheard."""
    lines: list[str] = []
    with desk(settings=settings) as agent:
        told = MinuteLines([load_config(None, [*SETTINGS, *settings])], lines.append, counts_candles)
        for change in agent.minutes(0, *CLOSES)[first:]:
            told({AGENT: TradeReport((change,))})
    return lines


def test_a_line_says_why_nothing_is_wanted() -> None:
    lines = lines_of(counts_candles=True, settings=["strategy.settings.rsi_buy=0"])
    assert lines[0].endswith("|  AAAUSDT 100 hold: rsi unknown, 2 more candles needed")
    assert lines[1].endswith("|  AAAUSDT 99 hold: rsi unknown, 1 more candle needed")
    assert lines[2].endswith("|  AAAUSDT 98 hold: rsi 0 below 0: no; sentiment 0 above -1: yes")
    assert not any("nan" in line for line in lines)


def test_an_order_and_its_fill_are_told_with_the_conditions() -> None:
    lines = lines_of(counts_candles=True)
    assert lines[2].endswith("enter: ordered (rsi 0 below 30: yes; sentiment 0 above -1: yes)")
    assert "  |  BUY " in lines[3]


def test_candles_that_nobody_counted_are_not_made_up() -> None:
    assert lines_of(counts_candles=False)[0].endswith("rsi unknown before 3 candles")
    assert lines_of(counts_candles=True, first=1)[0].endswith("rsi unknown before 3 candles")


def test_a_halt_and_a_resume_by_another_process_each_leave_a_line_and_a_halted_minute_says_so() -> None:
    lines: list[str] = []
    with desk() as agent:
        told = MinuteLines([load_config(None, SETTINGS)], lines.append, counts_candles=True)

        def minute(number: int, close: float) -> list[str]:
            lines.clear()
            for change in agent.minutes(number, close):
                told({AGENT: TradeReport((change,))})
            return [*lines]

        assert len(minute(0, 100.0)) == 1
        agent.halt.run(AGENT, "odd", False, after_close(0, 4))
        halted = minute(1, 99.0)
        assert halted[0] == "halted: the rule orders nothing until `trader resume`; `trader status` says why"
        assert "  halted  |  AAAUSDT 99 " in halted[1]
        assert len(minute(2, 98.0)) == 1
        agent.resume.run(AGENT)
        resumed = minute(3, 97.0)
        assert resumed[0] == "resumed: the rule orders again"
        assert "halted" not in resumed[1]
