"""What a deploy lets through fits into DynamoDB: minutes of the real rules, as large as they come, are stored."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from chalicelib import wiring
from chalicelib.adapters.dynamodb import DynamoPortfolioStore, Tables
from chalicelib.adapters.dynamodb.head import read_head
from chalicelib.adapters.dynamodb.items import LARGEST_ITEM_BYTES, size_bytes
from chalicelib.config import Config, Deployment, config_of
from chalicelib.domain import MINUTE_MS, Candle, Sentiment, Tick
from chalicelib.errors import BadInput
from chalicelib.kernel.step import UNTHROWN
from chalicelib.services.minute import MinuteInput, trade_minute
from chalicelib.services.portfolios import new_portfolio
from chalicelib.strategies.rsi_sentiment import Values
from infra import fitting, parameters
from tests.contract.samples import START_MS
from tests.support.moto_dynamodb import tables_in_memory

MOST = 25
"""Symbols with the widest window that docs/aws.md names."""
SMALL_ENTRIES = {"position_fraction": 0.001, "max_exposure": 0.0, "stop_loss": 0.9, "take_profit": 9.0}


def settings(symbols: int, window: int) -> Config:
    names = [f"S{number:03d}USDT" for number in range(symbols)]
    document = {
        "agent": {"symbols": names},
        "strategy": {"settings": {"rsi_buy": 99.0, "rsi_sell": 100.0}},
        "inputs": {"sentiment_window": window},
        "risk": SMALL_ENTRIES,
    }
    return config_of(document, "a.toml")


class NoisyNews:
    """A window full of headlines of each symbol's own at any time, with scores of many digits."""

    def __init__(self, window: int, random: Random) -> None:
        self._window, self._random = window, random

    def at(self, symbol: str, close_ms: int) -> Sentiment:
        ids = sorted((self._random.randrange(10**7) for _ in range(self._window)), reverse=True)
        evidence = tuple((f"{number:08d}", self._random.uniform(-1.0, 1.0)) for number in ids)
        return Sentiment(0.1 + self._random.random(), evidence, "a model")


def stored_bytes(tables: Tables, config: Config) -> int:
    """The largest that the agent's item was, in two minutes in which every symbol is bought and then held."""
    random, rules = Random(1), wiring.rules(config, {})
    store, portfolio = DynamoPortfolioStore(tables), new_portfolio(rules, config.agent.cash)
    executor, news = (
        wiring.executor("paper", rules.symbols, rules.params),
        NoisyNews(config.inputs.sentiment_window, random),
    )
    largest = 0
    for minute in range(2):
        open_ms = START_MS + minute * MINUTE_MS
        ticks = {}
        for symbol in rules.symbols:
            price = 100.0 + random.random()
            candle = Candle(symbol, open_ms, price, price + random.random(), price - random.random(), price, price)
            ticks[symbol] = Tick(candle, {name: random.random() for name in Values._fields})
        given = MinuteInput(open_ms, ticks, open_ms + MINUTE_MS)
        change = trade_minute(rules, portfolio, given, UNTHROWN, executor, news)
        store.commit(change)
        portfolio = change.portfolio
        assert len(portfolio.orders) == (len(rules.symbols) if minute == 0 else 0)
        item = read_head(tables, config.agent.id)
        assert item is not None
        largest = max(largest, size_bytes(item))
    return largest


def test_as_many_symbols_as_a_deploy_lets_through_fit() -> None:
    config = settings(MOST, 1000)
    fitting.check(Path("a.toml"), config, wiring.rules(config, {}))
    with tables_in_memory() as tables:
        stored = stored_bytes(tables, config)
    assert stored * (MOST + 1) / MOST > 0.9 * LARGEST_ITEM_BYTES  # symbols are whole: one more is refused
    assert stored <= LARGEST_ITEM_BYTES


def test_a_deploy_refuses_one_symbol_more_before_anything_is_made(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    names = ", ".join(f'"S{number:03d}USDT"' for number in range(MOST + 1))
    file.write_text(f'[agent]\nid = "wide"\nsymbols = [{names}]\n[inputs]\nsentiment_window = 1000\n', "utf-8")
    words = rf"a\.toml: agent\.symbols: agent wide lists {MOST + 1} symbols; .* where at most {MOST} fit: S000USDT to "
    with pytest.raises(BadInput, match=words):
        parameters.read_agents(Deployment("dev"), [file])


@pytest.mark.parametrize(("symbols", "window"), [(1, 1), (5, 20), (60, 20), (12, 300)])
def test_what_is_stored_is_never_larger_than_was_reckoned(symbols: int, window: int) -> None:
    config = settings(symbols, window)
    with tables_in_memory() as tables:
        stored = stored_bytes(tables, config)
    bound = fitting.largest_bytes(config, wiring.rules(config, {}), config.agent.symbols)
    assert bound / 2 < stored <= bound + 1024  # lines wait in the item until it costs a write unit more
