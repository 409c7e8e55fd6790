"""Sentiment taken anew: the average of the recorded scores, and those scores against the stored headlines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from chalicelib.domain import Decision, Sentiment, close_of
from chalicelib.ports import NewsStore
from chalicelib.services.explained import FROM_FILE, LATE
from chalicelib.services.rolling_sentiment import newest_counting
from trader.replay.differences import Difference, compared


class SentimentCheck:
    """`windows` is how many headlines are averaged over, by the hash of the settings.

    `late` counts decisions to which a headline was added afterwards, `from_file` those that no headline stands behind.
    """

    def __init__(self, news: NewsStore, windows: Mapping[str, int], real_time: bool) -> None:
        self._news = news
        self._windows = windows
        self._real_time = real_time
        self.compared = 0
        self.late = 0
        self.from_file = 0

    def at(self, decision: Decision) -> Iterator[Difference]:
        """What of the decision's sentiment does not follow from its evidence, and its evidence from the headlines."""
        known = decision.sentiment
        value = mean_of(known)
        yield from compared(decision.minute_ms, decision.symbol, {"sentiment": known.value}, {"sentiment": value})
        if known.model.startswith(FROM_FILE):
            self.from_file += 1
            return
        self.compared += 1
        yield from self._against_headlines(decision)

    def _against_headlines(self, decision: Decision) -> Iterator[Difference]:
        evidence, max_age_ms = decision.sentiment.evidence, decision.sentiment.max_age_ms
        window = max(self._windows.get(decision.config_hash, 0), len(evidence))
        count, close_ms = window + (LATE if self._real_time else 0), close_of(decision.minute_ms)
        stored = newest_counting(self._news, decision.symbol, close_ms, count, max_age_ms)
        newest = tuple((news.id, news.score.value) for news in stored)
        if evidence == newest[:window]:
            return
        scores = dict(newest)
        for headline, score in evidence:
            if scores.get(headline) != score:
                what = f"score of headline {headline}"
                yield Difference(
                    decision.minute_ms, decision.symbol, what, score, scores.get(headline), "known at the close"
                )
                return
        left_out = [headline for headline, _ in newest if headline not in dict(evidence)]
        if self._real_time and [pair for pair in newest if pair[0] not in left_out] == list(evidence):
            self.late += 1
            return
        yield Difference(
            decision.minute_ms,
            decision.symbol,
            "headlines",
            tuple(headline for headline, _ in evidence),
            tuple(headline for headline, _ in newest[:window]),
            "known at the close",
        )


def mean_of(known: Sentiment) -> float:
    """The plain mean of the evidence, added up newest first as live; 0.0 where there is none."""
    total = 0.0
    for _, score in known.evidence:
        total += score
    return total / len(known.evidence) if known.evidence else 0.0
