"""What a run trades against: a generated market, candle files, or a real exchange; each as the ports of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

from chalicelib.config import Config
from chalicelib.domain import MINUTE_MS, FeedPage, FeedState, Symbol, close_of
from chalicelib.errors import BadInput, TraderError
from chalicelib.ports import Clock, MarketDataSource, NewsSource, SentimentHistory
from chalicelib.services.fetch_klines import INTERVAL
from trader.data.candles import CandleColumns
from trader.data.news_file import NewsFile
from trader.data.sentiment_file import SentimentFile
from trader.runtime.lockstep import Timeline
from trader.sim.headlines import HeadlineFeed
from trader.sim.market import SimulatedMarket
from trader.sim.news import SimulatedNews
from trader.sim.tape import MarketPath, generated_tapes, recorded_tapes

GENERATED_FEED = "simulated"


@dataclass(frozen=True, slots=True)
class RunHeadlines:
    """Sources of a run's sentiment: feeds of a news source, or by the largest age a history in their place."""

    news: NewsSource
    feeds: tuple[str, ...]
    history: Callable[[int | None], SentimentHistory] | None = None
    generated: bool = False
    """Whether a seed made them up."""


@dataclass(frozen=True, slots=True)
class RunMarket:
    """A market as a run needs it. `symbols` lacks those that have no lot step (candle files)."""

    source: MarketDataSource
    headlines: RunHeadlines
    symbols: Mapping[str, Symbol]


class NoNews:
    """Stands where nothing is ever polled, since there are no feeds."""

    def fetch(self, feed: str, state: FeedState, now_ms: int) -> FeedPage:
        return FeedPage((), state)


def headlines_of(news: Path | None, sentiment: Path | None) -> RunHeadlines | None:
    """The headlines or the sentiment of a file, None where neither is given. Raises BadInput."""
    if news is not None:
        return RunHeadlines(NewsFile(news), (str(news),))
    if sentiment is not None:
        return RunHeadlines(NoNews(), (), SentimentFile(sentiment).of_age)
    return None


def generated_market(
    config: Config, symbols: Sequence[str], start_ms: int, clock: Clock, headlines: RunHeadlines | None
) -> tuple[RunMarket, Timeline]:
    """The built-in exchange: the market of these symbols and the headlines of the configured seed, from `start_ms`."""
    tapes = generated_tapes(config.agent.seed, symbols, start_ms)
    source = SimulatedMarket(tapes, clock)
    listed = {name: source.symbol(name) for name in symbols}
    return RunMarket(source, headlines or _generated_headlines(config, tapes), listed), _timeline(source)


def recorded_market(
    config: Config, files: Sequence[CandleColumns], clock: Clock, headlines: RunHeadlines | None
) -> tuple[RunMarket, Timeline]:
    """The candles of files, with headlines generated from their past unless given. No lot steps: files have none."""
    tapes = recorded_tapes(files)
    source = SimulatedMarket(tapes, clock)
    return RunMarket(source, headlines or _generated_headlines(config, tapes), {}), _timeline(source)


def binance_market(config: Config, headlines: RunHeadlines | None) -> tuple[RunMarket, Clock]:
    """Public market data and the configured feeds. Raises Unavailable, BadInput for a symbol that is not listed."""
    from chalicelib import wiring

    source, clock = wiring.binance(config.exchange.base_url)
    feeds = RunHeadlines(wiring.rss(), config.news.feeds)
    return RunMarket(source, headlines or feeds, {name: source.symbol(name) for name in config.agent.symbols}), clock


def refuse_mixed_quotes(config: Config, listed: Mapping[str, Symbol]) -> None:
    """Raises BadInput for an agent whose pairs the exchange lists in several quote currencies: its cash is of one."""
    quotes = {name: listed[name].quote for name in config.agent.symbols if name in listed}
    if len(set(quotes.values())) > 1:
        priced = ", ".join(f"{name} in {quote}" for name, quote in quotes.items())
        raise BadInput(
            f"agent {config.agent.id}: {priced}: agent.symbols must be pairs of one quote currency, they share one cash"
        )


def watch_closes(config: Config, wake: Event, say: Callable[[str], None]) -> None:
    """Set `wake` at every closed candle that the exchange streams, in a thread that dies with the process."""
    from chalicelib import wiring

    address, symbols = config.exchange.base_url, config.agent.symbols
    stream = wiring.kline_stream(address, symbols, INTERVAL, since_ms=None, tell=say)

    def follow() -> None:
        try:
            for _ in stream:
                wake.set()
        except TraderError as error:  # trading goes on by the clock
            say(f"stream: {error}")

    Thread(target=follow, name="stream", daemon=True).start()


def _generated_headlines(config: Config, tapes: Mapping[str, MarketPath]) -> RunHeadlines:
    return RunHeadlines(SimulatedNews(HeadlineFeed(config.agent.seed, tapes)), (GENERATED_FEED,), generated=True)


def _timeline(source: SimulatedMarket) -> Timeline:
    """From minute to minute of a market's candles."""

    def following(minute_ms: int | None) -> int | None:
        close_ms = source.next_close_ms(-1 if minute_ms is None else close_of(minute_ms))
        return None if close_ms is None else close_ms + 1 - MINUTE_MS

    return following
