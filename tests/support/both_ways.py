"""The same minutes traded twice, as Lambdas over DynamoDB and in one process over SQLite, and what each left behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from chalicelib import codec, wiring
from chalicelib.config import read_config
from chalicelib.domain import MINUTE_MS, Decision, EquityPoint, Fill, Trade
from chalicelib.services.trade_story import all_trades
from chalicelib.wiring import aws
from chalicelib.wiring.scoring import Scorer
from tests.support.account import SCHEDULED, Account
from tests.support.world import AGENT, Silent

KEPT = 50
"""Minutes of candles that the tables keep at least."""
SYMBOLS = ("BTCUSDT", "ETHUSDT")


@dataclass(frozen=True)
class Kept:
    """What a run left behind, headlines by their titles instead of the ids that a store gave them."""

    fills: list[Fill]
    trades: list[Trade]
    equity: list[EquityPoint]
    decisions: list[str]


def kept(stores: wiring.Stores) -> Kept:
    titles = {news.id: news.item.title for symbol in SYMBOLS for news in stores.news.known(symbol, 2**60, 10**6)}
    decisions: list[Decision] = []
    before = None
    while True:
        page, before = stores.journal.decisions(AGENT, 500, before)
        decisions += page
        if before is None:
            break
    told = [
        replace(
            d,
            sentiment=replace(d.sentiment, evidence=tuple((titles[key], score) for key, score in d.sentiment.evidence)),
        )
        for d in decisions
    ]
    return Kept(
        stores.journal.fills(AGENT),
        list(all_trades(stores.journal, AGENT)),
        stores.journal.equity(AGENT, 0, 2**60),
        [codec.dump(decision) for decision in told],
    )


def closes(start_ms: int, minutes: int) -> Iterator[int]:
    return iter(range(start_ms + MINUTE_MS, start_ms + (minutes + 1) * MINUTE_MS, MINUTE_MS))


def as_lambdas(stage: Account, start_ms: int, minutes: int) -> Kept:
    for number, close_ms in enumerate(closes(start_ms, minutes)):
        stage.minute(close_ms, SCHEDULED if number % 10 == 0 else SCHEDULED[:2])
        if number % KEPT == 0:
            stage.expire(close_ms - KEPT * MINUTE_MS)
    return kept(aws.stores())


def as_one_process(stage: Account, start_ms: int, minutes: int, settings: str, scorer: Scorer | None = None) -> Kept:
    """`scorer` None: as the settings say."""
    config = read_config(settings, "settings")
    with wiring.sqlite_stores(":memory:") as stores:
        market, clock = wiring.binance(config.exchange.base_url)
        rules = wiring.rules(config, {name: market.symbol(name) for name in config.agent.symbols})
        outside = wiring.Outside(market, wiring.rss(), config.news.feeds, Silent(), scorer=scorer)
        use_cases = wiring.use_cases(config, stores, outside, rules, wiring.real_time(config))
        news = wiring.news(config, stores, outside, clock)
        for close_ms in closes(start_ms, minutes):
            stage.clock.set(close_ms)
            news.run(clock.now_ms())
            use_cases.fetch_klines.run().raise_first()
            use_cases.update_indicators.run()
            use_cases.trade.run(clock.now_ms())
        return kept(stores)
