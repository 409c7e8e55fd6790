"""Words about the reading of a feed, so that nothing is skipped or assumed in silence."""

from __future__ import annotations

from chalicelib.domain import FeedReading


def notes(reading: FeedReading) -> str:
    """One line of what its reader should know; empty when every item was read as it is.

    >>> notes(FeedReading(read=2, from_text=2, without_text=1))
    '2 of 3 items read: 2 from their text for want of a title, 1 skipped without any text'
    >>> notes(FeedReading(read=5))
    ''
    """
    looked_at = reading.read + reading.without_text + reading.unreadable
    told = (
        (reading.from_text, "from their text for want of a title"),
        (reading.undated, "with a date that is not understood, taken as of now"),
        (reading.without_text, "skipped without any text"),
        (reading.unreadable, "skipped that cannot be read"),
        (reading.beyond_limit, f"left out below the first {looked_at:,}"),
    )
    said = ", ".join(f"{count:,} {words}" for count, words in told if count)
    return f"{reading.read:,} of {looked_at + reading.beyond_limit:,} items read: {said}" if said else ""
