"""What is odd about a market is told, on one line whatever there is of it, and nothing of an ordinary one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.config import load_config
from tests.support.markets import START_MS, wave
from tests.support.reports import lengthened, report, without
from trader.backtest.market import tape_of
from trader.backtest.oddities import LEAST_FACTOR, dead_fills, dead_fills_line, oddities
from trader.data.arrays import Floats
from trader.data.candles import CandleColumns
from trader.report.page import page_of

MINUTES = 400


def lines(*markets: CandleColumns, overrides: Sequence[str] = ()) -> list[str]:
    symbols = [each.symbol for each in markets]
    config = load_config(None, [f"agent.symbols={','.join(symbols)}", *overrides])
    return list(oddities(symbols, tape_of(markets, config.agent.step_ms), config))


def jump_lines(market: CandleColumns) -> list[str]:
    return [line for line in lines(market) if "the price of " in line]


def times_from(market: CandleColumns, first: int, factor: float) -> CandleColumns:
    """The market with all prices from a minute on so many times as high."""
    scale = np.where(np.arange(len(market.open_ms)) < first, 1.0, factor)
    return market._replace(**{name: getattr(market, name) * scale for name in ("open", "high", "low", "close")})


@pytest.mark.parametrize("gap", [0, 3])
def test_a_jump_of_days_is_told_across_what_is_missing_alone(gap: int) -> None:
    days = times_from(lengthened(without(wave("BNXUSDT", MINUTES + gap, 1), 200, 200 + gap), 1440), 200, 10.0)
    [line] = [line for line in lines(days, overrides=["agent.interval=1d"]) if "the price of " in line]
    assert (" across a gap of 3 candles of 1d: " in line) == (gap > 0)
    assert (" gap " in line) == (gap > 0)


def priced(closes: Floats, volume: float = 1.0) -> CandleColumns:
    opens = np.concatenate((closes[:1], closes[:-1]))
    times = START_MS + 60_000 * np.arange(len(closes))
    high, low = np.maximum(opens, closes), np.minimum(opens, closes)
    return CandleColumns("BTCUSDT", times, opens, high, low, closes, np.full(len(closes), volume))


def test_of_an_ordinary_market_nothing_is_told() -> None:
    assert lines(wave("BTCUSDT", MINUTES, 1), wave("ETHUSDT", MINUTES, 2, frozenset(range(50, 200)))) == []


@given(factor=st.floats(6.0, 1e5), is_up=st.booleans(), first=st.integers(1, MINUTES - 1), gap=st.integers(0, 90))
def test_a_price_many_times_its_neighbour_is_told_with_symbol_time_and_factor(
    factor: float, is_up: bool, first: int, gap: int
) -> None:
    market = without(wave("BNXUSDT", MINUTES + gap, 1), first, first + gap)
    [line] = [
        line for line in lines(times_from(market, first, factor if is_up else 1.0 / factor)) if " price of " in line
    ]
    words = line.replace(",", "").split()
    said = (
        float(words[words.index("times") - 1]) if is_up else float(words[words.index("of", 5) - 1].removeprefix("1/"))
    )
    assert said == pytest.approx(factor, rel=0.15)
    moment = np.datetime64(int(market.open_ms[first]), "ms").astype("datetime64[m]")
    assert line.startswith(f"BNXUSDT: the price of {str(moment).replace('T', ' ')} UTC, ")
    assert (f" across a gap of {gap} minutes: " in line) == (gap > 0)
    assert line.endswith("likely a redenomination, or a ticker given to another coin; nobody earned or lost that")


def test_many_jumps_are_one_line_of_the_largest() -> None:
    market = wave("BTCUSDT", MINUTES, 1)
    for minute, factor in ((50, 10.0), (100, 0.1), (200, 1000.0), (300, 0.001)):
        market = times_from(market, minute, factor)
    [line] = jump_lines(market)
    assert "3 more such jumps" in line


def test_a_large_move_that_no_redenomination_makes_is_not_told() -> None:
    assert lines(times_from(wave("BTCUSDT", MINUTES, 1), 200, LEAST_FACTOR - 0.5)) == []


def test_a_few_ticks_are_no_redenomination() -> None:
    found = lines(priced(np.tile([1e-8, 5e-8, 2e-8, 9e-8], 20)))
    assert len(found) == 1
    assert "a tick (0.00000001) is" in found[0]


def test_a_tick_coarser_than_the_nearest_level_is_told_and_one_that_is_finer_is_not() -> None:
    market = priced(np.tile([2e-8, 3e-8], 50))
    [line] = lines(market)
    assert line == (
        "BTCUSDT: a tick (0.00000001) is 40.0% of the price in 100 of 100 bars, coarser than the stop or target of"
        " 2.00%: ticks are not modelled, fills lie between them, at prices that nobody can trade"
    )
    off = ("risk.stop_loss=0", "risk.take_profit=0", "risk.trailing_stop=0")
    assert lines(market, overrides=off) == []
    assert "of 1.00%" in lines(market, overrides=("risk.trailing_stop=0.01",))[0]
    assert lines(priced(np.tile([2.0001e-8, 3e-8], 50))) == []


def test_bars_without_volume_are_counted_over_all_symbols_on_one_line() -> None:
    markets = [
        wave(f"{name}USDT", 100, 1)._replace(volume=np.where(np.arange(100) < dead, 0.0, 1.0))
        for name, dead in (("A", 10), ("B", 90), ("C", 0), ("D", 20), ("E", 1))
    ]
    assert lines(*markets) == [
        "nothing was traded (volume 0) of BUSDT in 90 of 100 bars, DUSDT in 20 of 100 bars, AUSDT in 10 of 100 bars"
        " and 1 more: orders of any size fill there all the same"
    ]


def test_a_quote_that_is_not_known_is_told_where_a_cash_is_shared() -> None:
    unknown = wave("XYZABC", 100, 1)
    assert lines(unknown) == []
    assert lines(unknown, wave("BTCUSDT", 100, 2)) == [
        "XYZABC: the name tells no quote currency that is known; taken to share one cash with the others"
    ]


def test_fills_in_dead_bars_are_counted_and_the_report_tells_them_and_what_is_assumed() -> None:
    market = wave("BTCUSDT", 2_000, 1)
    dead = np.arange(2_000) % 2 == 0
    shown = report(market._replace(volume=np.where(dead, 0.0, 1.0)))
    dead_times = set(market.open_ms[dead].tolist())
    trades = shown.result.trades
    moments = [time for trade in trades for time in (trade.entry_ms, trade.exit_ms)]
    assert dead_fills(shown.data.tape, shown.result) == sum(moment in dead_times for moment in moments)
    line = dead_fills_line(shown.data.tape, shown.result)
    page = page_of(shown)
    assert f"{line[0].upper()}{line[1:]}." in page
    assert "Nothing was traded (volume 0) of BTCUSDT in 1,000 of 2,000 bars" in page
    assert "orders of any size fill at the price of their bar" in page
    assert dead_fills_line(report(market).data.tape, report(market).result) == ""
