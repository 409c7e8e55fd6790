"""Replay of an agent whose strategy began with the exchange's own bars: it begins with them again, as recorded."""

from __future__ import annotations

import json

from chalicelib.adapters.sqlite import Database
from chalicelib.domain import MINUTE_MS
from chalicelib.services.exchange_bars import ExchangeBars
from tests.support.desk import Desk, after_close
from tests.support.markets import START_MS, wave
from tests.support.replays import REAL_TIME, first_words, replayed, write
from trader.runtime.lockstep import StepClock
from trader.sim.market import SimulatedMarket
from trader.sim.tape import recorded_tapes

BAR = 120
LENGTH = 12 * BAR
SETTINGS = ("strategy.interval=2h", "risk.daily_loss_limit=0")


def traded(database: Database) -> Desk:
    """A desk over some hours of a market of which it begins with the first half as bars."""
    desk = Desk(database, settings=SETTINGS)
    clock = StepClock()
    market = SimulatedMarket(recorded_tapes([wave("AAAUSDT", LENGTH, 1)]), clock)
    desk.indicators.history = ExchangeBars(market, desk.stores.candles)
    for minute in range(LENGTH // 2, LENGTH):
        clock.set(START_MS + (minute + 1) * MINUTE_MS - 1)
        desk.stores.candles.append(market.candles("AAAUSDT", "1m", start_ms=None, end_ms=None, limit=5))
        desk.indicators.run()
        desk.trade(after_close(minute, 3))
    return desk


def test_it_replays_clean_and_compares_every_value() -> None:
    with Database(":memory:") as database:
        desk = traded(database)
        result = replayed(database, desk.rules, REAL_TIME)
        assert first_words(result) == ""
        assert result.indicator_values > 0
        assert not [note for note in result.notes if "not compared" in note]


def test_a_recorded_bar_that_was_changed_is_seen() -> None:
    with Database(":memory:") as database:
        desk = traded(database)
        [(key, open_ms, body)] = database.query("SELECT key, open_ms, body FROM tick ORDER BY open_ms LIMIT 1 OFFSET 3")
        tick = json.loads(body)
        assert tick["of_exchange"] is True
        tick["bar"]["close"] += 0.5
        write(database, "UPDATE tick SET body = ? WHERE key = ? AND open_ms = ?", json.dumps(tick), key, open_ms)
        assert first_words(replayed(database, desk.rules, REAL_TIME)) != ""
