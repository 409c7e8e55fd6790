"""A machine's clock that is set back by an hour: nothing waits that hour, and no age is negative."""

from __future__ import annotations

import pytest

from chalicelib.adapters.binance.weights import WeightLedger
from chalicelib.domain import FeedPage, FeedState
from chalicelib.errors import Unavailable
from chalicelib.services.poll_news import PollNews
from trader.backtest.memory_news import MemoryFeedStore

HOUR_MS = 3_600_000
NOW_MS = 1_760_000_000_000


def test_a_ban_lasts_as_long_as_it_was_told() -> None:
    ledger = WeightLedger()
    ledger.record("1", 1, 100.0, NOW_MS)
    ledger.close(120.0, 100.0)
    assert ledger.wait_s(1, 100.0) == 120.0
    ledger.record("1", 1, 160.0, NOW_MS - HOUR_MS)
    assert ledger.wait_s(1, 160.0) == 60.0
    assert ledger.wait_s(1, 220.0) == 0.0


@pytest.mark.parametrize("jump_ms", [-HOUR_MS, HOUR_MS, -30_000])
def test_a_full_minute_ends_within_a_minute(jump_ms: int) -> None:
    ledger = WeightLedger(limit=100)
    ledger.record("95", 1, 0.0, NOW_MS)
    assert 0.0 < ledger.wait_s(1, 0.0) <= 60.0
    ledger.record("95", 1, 10.0, NOW_MS + jump_ms)
    assert 0.0 < ledger.wait_s(1, 10.0) <= 60.0
    assert ledger.wait_s(1, 70.0) == 0.0


class _Silent:
    """Asks to be left alone for an hour, and counts."""

    asked = 0

    def fetch(self, feed: str, state: FeedState, now_ms: int) -> FeedPage:
        self.asked += 1
        raise Unavailable("later", 3600.0)


def test_a_feed_is_not_left_alone_for_longer_than_it_asked() -> None:
    source = _Silent()
    poll = PollNews(source, ["f"], MemoryFeedStore(), None, {})  # type: ignore[arg-type]
    poll.run(NOW_MS)
    poll.run(NOW_MS + HOUR_MS - 1)
    assert source.asked == 1
    poll.run(NOW_MS - 1)
    assert source.asked == 2
    poll.run(NOW_MS + HOUR_MS)
    assert source.asked == 3
