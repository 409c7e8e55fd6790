"""How well an analyzer scores labelled headlines, without intervals."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.ports import SentimentAnalyzer
from trader.sentiment.evaluation import Quality, opinions, quality
from trader.sentiment.labelled import Labelled


def quality_of(analyzer: SentimentAnalyzer, rows: Sequence[Labelled]) -> Quality:
    """Score the headlines and compare."""
    found, seconds = opinions(analyzer, [row.headline for row in rows])
    return quality([row.label for row in rows], found, seconds)
