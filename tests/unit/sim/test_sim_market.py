"""What is visible of a tape at a moment, in every interval, and what lock-step runs rely on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from chalicelib.domain import DAY_MS, MINUTE_MS, Candle, Ticker
from chalicelib.errors import BadInput, Unavailable
from tests.shared_data import shared
from tests.support.candle_reading import read_candles
from trader.sim.listing import generated_listing
from trader.sim.market import SimulatedMarket
from trader.sim.tape import MarketPath, generated_tapes, recorded_tapes
from trader.sim.view import INTERVALS, MarketView, so_far

START_MS = 1_700_006_400_000
assert START_MS % DAY_MS == 0
LISTING = generated_listing("BTCUSDT")


@dataclass
class Hands:
    """A clock that stands where it was put."""

    time_ms: int

    def now_ms(self) -> int:
        return self.time_ms


def tape(*minutes: int) -> MarketPath:
    """Candles at these minutes after START_MS; prices tell which."""
    candles = [
        Candle("BTCUSDT", START_MS + k * MINUTE_MS, 100.0 + k, 102.0 + k, 99.0 + k, 101.0 + k, 2.0) for k in minutes
    ]
    return MarketPath(LISTING, ((candle, float(candle.close)) for candle in candles))


def market(*minutes: int, now_ms: int) -> SimulatedMarket:
    return SimulatedMarket({"BTCUSDT": tape(*minutes)}, Hands(now_ms))


def at(minute: float) -> int:
    return START_MS + int(minute * MINUTE_MS)


def opens(source: SimulatedMarket, interval: str = "1m", start_ms: int | None = None, limit: int = 10) -> list[float]:
    found = source.candles("BTCUSDT", interval, start_ms=start_ms, end_ms=None, limit=limit)
    return [(candle.open_ms - START_MS) / MINUTE_MS for candle in found]


def test_a_candle_is_seen_from_its_last_millisecond_on() -> None:
    assert opens(market(0, 1, 2, now_ms=at(2) - 2)) == [0]
    assert opens(market(0, 1, 2, now_ms=at(2) - 1)) == [0, 1]


def test_gaps_stay_gaps_and_limits_count_candles() -> None:
    source = market(0, 1, 5, 6, 9, now_ms=at(10))
    assert opens(source, limit=3) == [5, 6, 9]
    assert opens(source, start_ms=at(1), limit=3) == [1, 5, 6]


def test_wide_bars_are_the_sum_of_their_minutes() -> None:
    [first, second] = market(0, 1, 4, 5, 8, now_ms=at(10)).candles(
        "BTCUSDT", "5m", start_ms=None, end_ms=None, limit=10
    )
    assert first == Candle("BTCUSDT", at(0), 100.0, 106.0, 99.0, 105.0, 6.0, 5 * MINUTE_MS)
    assert second == Candle("BTCUSDT", at(5), 105.0, 110.0, 104.0, 109.0, 4.0, 5 * MINUTE_MS)


def test_a_wide_bar_that_still_runs_is_left_out_in_process() -> None:
    assert opens(market(*range(12), now_ms=at(9.5)), "5m") == [0]
    assert opens(market(*range(12), now_ms=at(10)), "5m") == [0, 5]


@pytest.mark.parametrize("interval", INTERVALS)
def test_every_interval_begins_where_utc_has_it(interval: str) -> None:
    clock = Hands(START_MS + 3 * DAY_MS)
    source = SimulatedMarket(generated_tapes(1, ["BTCUSDT"], START_MS), clock)
    bars = source.candles("BTCUSDT", interval, start_ms=START_MS + 1, end_ms=None, limit=50)
    assert all(bar.open_ms % INTERVALS[interval] == 0 for bar in bars)
    assert bars[0].open_ms == START_MS + INTERVALS[interval]
    newest = source.candles("BTCUSDT", interval, start_ms=None, end_ms=None, limit=2)
    assert newest == source.candles("BTCUSDT", interval, start_ms=newest[0].open_ms, end_ms=None, limit=9)


def test_the_running_minute_goes_from_open_over_both_extremes_to_close() -> None:
    candle = Candle("BTCUSDT", at(0), 100.0, 104.0, 98.0, 103.0, 6.0)
    walked = [so_far(candle, elapsed_ms, LISTING) for elapsed_ms in (0, 20_000, 40_000, 59_999)]
    assert [(part.high, part.low, part.close) for part in walked] == [
        (100.0, 100.0, 100.0),
        (100.0, 98.0, 98.0),
        (104.0, 98.0, 104.0),
        (104.0, 98.0, 103.0),
    ]
    assert [part.volume for part in walked[:3]] == [0.0, 2.0, 4.0]


def test_the_ticker_is_the_running_minutes_price() -> None:
    assert market(0, 1, now_ms=at(1)).ticker("BTCUSDT") == Ticker("BTCUSDT", 101.0, at(1))
    assert market(0, 3, now_ms=at(2)).ticker("BTCUSDT").price == 101.0


def test_before_the_first_candle_there_is_no_price() -> None:
    with pytest.raises(Unavailable, match="BTCUSDT has not traded yet"):
        market(5, now_ms=at(2)).ticker("BTCUSDT")


def test_lock_step_meets_every_close_of_every_symbol_once() -> None:
    source = SimulatedMarket({"A": tape(0, 1, 4), "B": tape(1, 2)}, Hands(at(0)))
    closes, after_ms = [], at(0)
    while (after := source.next_close_ms(after_ms)) is not None:
        closes.append((after + 1 - START_MS) // MINUTE_MS)
        after_ms = after
    assert closes == [1, 2, 3, 5]


def test_what_the_market_does_not_have_is_explained() -> None:
    source = market(0, now_ms=at(2))
    with pytest.raises(BadInput, match="lists BTCUSDT"):
        source.symbol("NOPE")
    with pytest.raises(BadInput, match="interval '7m': the simulated exchange has 1m, 3m"):
        source.candles("BTCUSDT", "7m", start_ms=None, end_ms=None, limit=1)


def test_the_mood_of_a_minute_knows_no_candle_that_closes_later() -> None:
    moods = tape(0, 1, 2)
    assert moods.mood(at(0)) == 0.0
    assert moods.mood(at(1)) == 101.0
    assert moods.mood(at(2)) == 102.0


def test_bars_of_another_time_zone_begin_at_its_hours() -> None:
    view = MarketView(generated_tapes(1, ["BTCUSDT"], START_MS)["BTCUSDT"], START_MS + 3 * DAY_MS)
    half_hour_ms = 30 * MINUTE_MS
    [minutes] = view.groups(INTERVALS["1h"], START_MS + 1, None, 1, offset_ms=half_hour_ms)
    assert minutes[0].open_ms == START_MS + half_hour_ms


def test_a_file_is_replayed_as_it_stands() -> None:
    path: Path = shared("klines/BTCUSDT_spot_1m_2025-05-20_2025-08-18.parquet")
    columns = read_candles(path)
    replayed = recorded_tapes([columns])["BTCUSDT"]
    assert replayed.listing.symbol.tick_size == 0.01
    assert replayed.listing.symbol.lot_step == 0.00001
    candles = list(replayed.forward(0, int(columns.open_ms[4_999])))
    assert [candle.open_ms for candle in candles] == columns.open_ms[:5_000].tolist()
    assert [candle.close for candle in candles] == columns.close[:5_000].tolist()
    assert replayed.next_open(int(columns.open_ms[-1])) is None


def test_the_mood_of_a_file_depends_on_its_past_only() -> None:
    columns = read_candles(shared("klines/BTCUSDT_spot_1m_2025-05-20_2025-08-18.parquet"))
    cut = columns._replace(**{name: getattr(columns, name)[:1_500] for name in columns._fields[1:]})
    whole, part = recorded_tapes([columns])["BTCUSDT"], recorded_tapes([cut])["BTCUSDT"]
    minutes = columns.open_ms[:1_500].tolist()
    assert [whole.mood(minute) for minute in minutes] == [part.mood(minute) for minute in minutes]
