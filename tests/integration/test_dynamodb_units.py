"""What an ordinary minute costs in DynamoDB, metered over the real use cases; a change that makes it dearer fails."""

from __future__ import annotations

from dataclasses import replace
from math import sin

import pytest

from chalicelib import codec
from chalicelib.adapters.dynamodb import DynamoIndicatorStore
from chalicelib.adapters.dynamodb.items import integer, size_bytes
from chalicelib.adapters.dynamodb.tables import INDICATORS
from chalicelib.domain import Candle, IndicatorRecord, ScoredNews, Tick, close_of
from chalicelib.services.closings import bar_of
from chalicelib.services.warm_up import indicator_key
from chalicelib.strategy.rule import StrategyRule, named_values
from chalicelib.strategy.settings import rule_with
from tests.contract.backends import dynamodb_stores
from tests.contract.samples import SYMBOL, candle, full_change, news_item, score
from tests.kernel_cases import RULE
from tests.support.markets import START_MS, wave
from tests.support.moto_dynamodb import tables_in_memory
from tests.support.strategy_cases import strategy
from tests.support.units import Meter, Units
from tests.support.world import AGENT, World
from trader.sim.bars import generated_bars

WARM_UP, MINUTES = 8, 20
NEVER = ("strategy.settings.rsi_buy=0.001", "strategy.settings.rsi_sell=99.999")
"""An ordinary minute: nothing is ordered."""


class Deaf:
    """A watch that gives the tables a connection of their own."""

    def before(self, operation: str) -> None:
        pass

    def after(self, operation: str) -> None:
        pass


def metered(symbols: int) -> Units:
    """What MINUTES ordinary minutes of warm processes cost together: candles, indicators and trading, 20 headlines."""
    with tables_in_memory(Deaf()) as tables:
        meter = Meter(tables)
        stores = dynamodb_stores(tables)
        files = [wave(f"S{seed:02d}USDT", WARM_UP + MINUTES, seed) for seed in range(symbols)]
        for number in range(40):
            [(news_id, item)] = stores.news.add([news_item(number, (files[0].symbol,) * (number % 2))])
            stores.news.record([ScoredNews(news_id, item, score(0.137), START_MS - 1)])
        world = World(files, NEVER, stores=stores)
        use_cases = world.use_cases()

        def trade(minutes: int) -> None:
            portfolio = stores.portfolios.load(AGENT)
            minute_ms = world.timeline(portfolio.minute_ms if portfolio else None)
            for _ in range(minutes):
                assert minute_ms is not None
                world.clock.set(close_of(minute_ms))
                use_cases.fetch_klines.run().raise_first()
                use_cases.update_indicators.run()
                assert len(use_cases.trade.run(world.clock.now_ms()).changes) == 1
                minute_ms = world.timeline(minute_ms)

        trade(WARM_UP)
        with meter.counting() as units:
            trade(MINUTES)
        world.close()
        return units


@pytest.mark.parametrize(
    ("symbols", "most_writes", "most_reads", "most_requests"), [(1, 3.3, 6.5, 8.5), (10, 24.5, 35.0, 56.0)]
)
def test_an_ordinary_minute_costs_no_more_than_that(
    symbols: int, most_writes: float, most_reads: float, most_requests: float
) -> None:
    units = metered(symbols)
    requests, writes, reads = units.totals()
    told = f"{requests / MINUTES} requests, {units}"
    assert writes / MINUTES <= most_writes, told
    assert reads / MINUTES <= most_reads, told
    assert requests / MINUTES <= most_requests, told


def folded(closes: int) -> tuple[IndicatorRecord, list[Tick]]:
    """So many candles with prices of many digits, folded at once."""
    state, ticks = RULE.start(), []
    for number in range(closes):
        price = 60_000.0 + 1000.0 * sin(number) / 7
        open_ms, volume = START_MS + number * 60_000, 12.3456789 * number
        bar = Candle("BTCUSDT", open_ms, price, price * 1.01, price * 0.99, price, volume)
        state, values = RULE.observe(state, bar_of(bar))
        ticks.append(Tick(bar, named_values(values)))
    return IndicatorRecord(indicator_key("BTCUSDT", RULE), 1, codec.plain(state), ticks[-1].candle.open_ms), ticks


def test_an_indicator_minute_is_one_write_unit_and_the_warm_up_fits_into_one_item() -> None:
    record, ticks = folded(1_000)
    with tables_in_memory() as tables:
        store = DynamoIndicatorStore(tables)
        store.commit(record, ticks)
        store.commit(replace(record, version=2), ticks[-1:])
        minute, warm_up = tables.query(INDICATORS, record.key, newest_first=True)
        assert size_bytes(minute) < 1024
        assert size_bytes(warm_up) < 400_000
        assert list(map(codec.dump, store.ticks(record.key, None, 2_000))) == list(map(codec.dump, ticks))


def committed(store: DynamoIndicatorStore, rule: StrategyRule, minutes: int) -> IndicatorRecord:
    """The last record of as many minutes, one after the other, of which the store sees plain values as it does live."""
    state, key = rule.start(), indicator_key("BTCUSDT", rule)
    record = store.load(key)
    for version, bar in enumerate(generated_bars(minutes), 1):
        state, values = rule.observe(state, bar)
        closed = Candle("BTCUSDT", START_MS + version * 60_000, *bar[1:])
        record = IndicatorRecord(key, version, codec.plain(state), closed.open_ms)
        store.commit(record, [Tick(closed, named_values(values))])
    return record


@pytest.mark.parametrize(("length", "most_writes"), [(20, 1.0), (200, 1.15), (1_000, 1.6)])
def test_a_minute_of_long_windows_costs_hardly_more(length: int, most_writes: float) -> None:
    """Whole, a state with three windows of 200 is three kilobytes however well it is packed, of 1,000 fourteen."""
    rule = rule_with(strategy("channel"), {"entry": length, "exit": length, "back": length})
    with tables_in_memory(Deaf()) as tables:
        meter = Meter(tables)
        store = DynamoIndicatorStore(tables)
        with meter.counting() as units:
            record = committed(store, rule, 1_200)
        assert repr(DynamoIndicatorStore(tables).load(record.key)) == repr(record)
        _, writes, _ = units.totals()
        assert writes / 1_200 <= most_writes


def test_a_base_that_expired_leaves_a_state_that_is_folded_anew() -> None:
    """Not a state that is wrong, nor an error for ever."""
    rule = rule_with(strategy("channel"), {"entry": 200, "exit": 200, "back": 200})
    key = indicator_key("BTCUSDT", rule)
    with tables_in_memory() as tables:
        committed(DynamoIndicatorStore(tables), rule, 300)
        newest, *older = tables.query(INDICATORS, key, newest_first=True)
        assert "base" in newest
        for item in older:
            if "base" not in item:
                tables.delete(INDICATORS, key, integer(item, "version"))
        loaded = DynamoIndicatorStore(tables).load(key)
        assert (loaded.version, loaded.state) == (300, None)


def test_a_base_is_written_anew_long_before_it_expires() -> None:
    """Days apart, as bars may be; an item lives for 14."""
    rule = rule_with(strategy("channel"), {"entry": 200, "exit": 200, "back": 200})
    key, now = indicator_key("BTCUSDT", rule), [0.0]
    with tables_in_memory() as tables:
        tables._now_s = lambda: now[0]
        store, state = DynamoIndicatorStore(tables, kept_days=14), rule.start()
        for version, bar in enumerate(generated_bars(230), 1):
            now[0] = version * 86_400.0
            state, _ = rule.observe(state, bar)
            store.commit(IndicatorRecord(key, version, codec.plain(state), version), [])
        items = {integer(item, "version"): item for item in tables.query(INDICATORS, key)}
        ages = [version - integer(item, "base") for version, item in items.items() if "base" in item]
        assert 0 < max(ages) < 7


def test_the_meter_counts_as_the_rules_say() -> None:
    with tables_in_memory(Deaf()) as tables:
        meter = Meter(tables)
        stores = dynamodb_stores(tables)
        with meter.counting() as units:
            stores.portfolios.commit(full_change(1))
        # the agent's item, two flags looked at, an intent, fills, trades, the index of agents: twice each
        assert units.totals() == (2, 14, 1)
        with meter.counting() as units:
            stores.candles.append([candle(0)])
            stores.candles.append([candle(0)])
            stores.candles.last(SYMBOL, 1)
            stores.feeds.load("https://desk.example/rss")
        assert units.by_table() == {"candles": (2, 1), "news": (0, 0.5)}
