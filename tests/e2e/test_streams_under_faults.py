"""What streams into a pipe, through faults of every kind and an exchange that is killed and comes back."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path

from chalicelib.domain import DAY_MS, MINUTE_MS, FeedState, NewsItem
from tests.e2e.exchange import SEED, START_MS, exchange_time_ms, generated, market, running, simulated_exchange
from trader.sim.headlines import HeadlineFeed
from trader.sim.news import SimulatedNews

FAULTS = "error=0.1,429=0.03:1s,cut=0.03,garbage=0.03,missing=0.02:20s,duplicate=0.1,delay=0.1:50ms"
SPEED = 600
SHOWN_FIRST = 10
PAGE = 50
"""Headlines that the exchange's feed holds."""


def through_a_restart(home: Path, watch: list[str], before: int, after: int) -> list[dict[str, object]]:
    """The objects that a watching command prints: `before` or more from one exchange, `after` or more from the next.

    Both serve one market on one port, and the clock of the second goes on where the first was killed.
    """
    with ExitStack() as first, ExitStack() as second:
        url = first.enter_context(simulated_exchange(home, *generated(START_MS, "BTCUSDT", SPEED, FAULTS)))
        command = second.enter_context(running(home, *(argument.format(url=url) for argument in watch)))
        command.wait_until(lambda: len(command.lines()) >= before)
        resumed_ms = exchange_time_ms(url) // MINUTE_MS * MINUTE_MS + 2 * MINUTE_MS
        first.close()
        command.wait_until(lambda: bool(command.said()), 30.0)  # it noticed, or this proves nothing
        shown = len(command.lines())
        again = generated(resumed_ms, "BTCUSDT", SPEED, FAULTS)
        second.enter_context(simulated_exchange(home, *again, port=int(url.rpartition(":")[2])))
        command.wait_until(lambda: len(command.lines()) >= shown + after)
        assert "Traceback" not in command.said()
        return [json.loads(line) for line in command.lines()]


def test_streamed_candles_are_the_market_s_own_each_once_and_in_order(tmp_path: Path) -> None:
    watch = ["klines", "BTCUSDT", "--stream", "--json", "--base-url", "{url}"]
    shown = through_a_restart(tmp_path, watch, before=10, after=10)

    opens = [row["open_time"] for row in shown]
    assert isinstance(opens[0], int)
    assert isinstance(opens[-1], int)
    candles = market(["BTCUSDT"])["BTCUSDT"].forward(opens[0], opens[-1])
    assert shown == [
        {
            "open_time": candle.open_ms,
            "open": candle.open,
            "high": candle.high,
            "low": candle.low,
            "close": candle.close,
            "volume": candle.volume,
            "close_time": candle.close_ms,
        }
        for candle in candles
    ]


def test_watched_headlines_are_the_feed_s_own_each_once_and_in_order(tmp_path: Path) -> None:
    watch = ["news", "--watch", "--every", "0.2", "--json", "-k", str(SHOWN_FIRST), "--feed", "{url}/news.rss"]
    shown = through_a_restart(tmp_path, watch, before=SHOWN_FIRST + 4, after=5)

    titles = [row["title"] for row in shown]
    times = [row["published_ms"] for row in shown]
    assert all(isinstance(time_ms, int) for time_ms in times)
    assert times == sorted(times, key=str)  # of one length
    assert len(set(titles)) == len(titles)
    published: list[tuple[object, object]] = [(item.published_ms, item.title) for item in all_headlines()]
    assert set(zip(times, titles, strict=True)) <= set(published)
    first = published.index((times[0], titles[0]))
    last = published.index((times[-1], titles[-1]))
    earlier = {title for _, title in published[max(first - PAGE, 0) : first]}  # a title read before is a duplicate
    assert {title for _, title in published[first : last + 1]} <= {*titles, *earlier}


def all_headlines() -> tuple[NewsItem, ...]:
    """A day and more of what the exchange publishes, oldest first."""
    source = SimulatedNews(HeadlineFeed(SEED, market(["BTCUSDT"])))
    return source.fetch("", FeedState(etag="0"), START_MS + DAY_MS).items
