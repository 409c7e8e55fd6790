"""The health of feeds: when one is left alone, and what is remembered of how it fares; one rule for whoever polls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.domain import DAY_MS, HOUR_MS, MINUTE_MS, FeedHealth, FeedPage, FeedState
from chalicelib.errors import TraderError, Unavailable
from chalicelib.redact import shown_address

LONGEST_PAUSE_MS = HOUR_MS
"""Between two tries of a feed that fails and does not say when to come back."""
LONGEST_SILENCE_MS = DAY_MS
"""What a feed may ask for at most."""
STOPPED_AFTER_MS = DAY_MS
"""A feed whose newest headline is older has stopped."""
KEPT_FOR_MS = HOUR_MS
"""How long what is stored of a feed that just answers stands: writing it each minute would have its price."""
_DOUBLINGS = 32  # of any time between polls no more is needed to reach the longest pause


def is_silent(health: FeedHealth, now_ms: int) -> bool:
    """Whether the feed is to be left alone now; a clock that was set back ends that rather than make it longer.

    >>> is_silent(FeedHealth(asked_ms=1_000, silent_until_ms=5_000), 4_999), is_silent(FeedHealth(), 0)
    (True, False)
    """
    if health.silent_until_ms is None or health.asked_ms is None:
        return False
    return health.asked_ms <= now_ms < min(health.silent_until_ms, health.asked_ms + LONGEST_SILENCE_MS)


def after_failure(
    health: FeedHealth, feed: str, error: TraderError, now_ms: int, every_ms: int = MINUTE_MS
) -> FeedHealth:
    """The health of a feed once it has failed: it is left alone for as long as it asked for, and for twice as long as
    after the failure before; after a single one it is asked again as ever, which is `every_ms`.

    >>> [after_failure(FeedHealth(failures=before), "a", Unavailable("x"), 0).silent_until_ms for before in (0, 2, 99)]
    [0, 210000, 3570000]
    """
    pause_ms = 0
    if health.failures:
        pause_ms = min(every_ms << min(health.failures, _DOUBLINGS), LONGEST_PAUSE_MS)
        pause_ms -= every_ms // 2  # a poll may come a little before its time
    asked_for_s = error.retry_after_s if isinstance(error, Unavailable) and error.retry_after_s else 0.0
    silence_ms = max(pause_ms, min(round(asked_for_s * 1000), LONGEST_SILENCE_MS))
    name = shown_address(feed)
    return replace(
        health,
        name=name,
        asked_ms=now_ms,
        failures=health.failures + 1,
        reason=str(error).removeprefix(f"feed {name}: "),
        silent_until_ms=now_ms + silence_ms,
    )


def after_page(state: FeedState, feed: str, page: FeedPage, has_new: bool, now_ms: int) -> FeedState:
    """The state of a feed once it has answered; `has_new` is whether any headline of the page was unknown.

    Of a feed without dates the newest headline is as old as it was when it was first seen.
    """
    before = state.health
    times_ms = [item.published_ms for item in page.items if item.published_ms is not None]
    if has_new and not times_ms:
        times_ms = [now_ms]
    newest_ms = max(filter(None, [before.newest_ms, *times_ms]), default=None)
    read, skipped = _counts(page) or (before.read, before.skipped)
    health = FeedHealth(
        name=shown_address(feed),
        asked_ms=now_ms,
        answered_ms=now_ms,
        newest_ms=newest_ms,
        read=read,
        skipped=skipped,
        stopped=newest_ms is not None and now_ms - newest_ms > STOPPED_AFTER_MS,
    )
    return replace(page.state, health=health)


def polled(known: Sequence[FeedHealth]) -> tuple[FeedHealth, ...]:
    """Those of the feeds that are still polled: one that was asked, or is left alone, about when the others were.

    >>> left, asked = FeedHealth("a", asked_ms=0), FeedHealth("b", asked_ms=9_000_000)
    >>> [health.name for health in polled([left, asked, FeedHealth("c", asked_ms=0, silent_until_ms=8_000_000)])]
    ['b', 'c']
    """
    newest_ms = max((health.asked_ms or 0 for health in known), default=0)
    since_ms = newest_ms - 2 * KEPT_FOR_MS
    return tuple(each for each in known if max(each.asked_ms or 0, each.silent_until_ms or 0) >= since_ms)


def _counts(page: FeedPage) -> tuple[int, int] | None:
    """Headlines and skipped items, None where nothing was read."""
    if page.reading is not None:
        return page.reading.read, page.reading.skipped
    return (len(page.items), 0) if page.items else None


def is_worth_saving(before: FeedState, after: FeedState, now_ms: int) -> bool:
    """Whether what is known of a feed differs from what is stored by more than the time at which it was asked."""
    old, new = before.health, after.health
    if (before.etag, before.last_modified) != (after.etag, after.last_modified) or new.failures or old.failures:
        return True
    if old.asked_ms is None or not 0 <= now_ms - old.asked_ms < KEPT_FOR_MS:
        return True
    return old.newest_ms != new.newest_ms
