"""Words for what a decision rests on, as commands show it: values, conditions, headlines by title."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isnan
from typing import TYPE_CHECKING

from chalicelib.domain import HOUR_MS
from trader.cli import output

if TYPE_CHECKING:
    from chalicelib.domain import Decision, ScoredNews
    from chalicelib.services.explained import Explained

SHOWN_VALUES = 3


def would(decision: Decision, conditions: Iterable[str]) -> str:
    """Words for what was wanted and what came of it, with why: `hold: level 55 below 30: no; pace 0.3 above 0: yes`.

    That nothing was wanted is said by its reasons, where these are known.
    """
    reasons = "; ".join(conditions)
    if reasons and decision.outcome == "nothing wanted":
        return f"{decision.action}: {reasons}"
    return f"{decision.action}: {decision.outcome}" + (f" ({reasons})" if reasons else "")


def values_line(values: Mapping[str, float]) -> str:
    """Values that the strategy saw, in short: the first ones, as many as fit into a line."""
    seen = list(values.items())[:SHOWN_VALUES]
    return ", ".join(f"{name} {value_text(value)}" for name, value in seen) or "-"


def value_text(value: float, digits: int = 6) -> str:
    """A value as a person reads it.

    >>> value_text(18.4), value_text(float("nan"))
    ('18.4', 'unknown')
    """
    return "unknown" if isnan(value) else f"{value:.{digits}g}"


def sentiment_facts(explained: Explained) -> dict[str, output.Cell]:
    """The sentiment with its headlines, or that the strategy reads none, whatever was known then."""
    known = explained.decision.sentiment
    if not explained.reads_sentiment:
        return {"sentiment": "not read by this strategy"}
    return {
        "sentiment": f"{known.value:+.4f}" + (f" by {known.model}" if known.model else ""),
        "headlines": headlines_fact(explained),
        **headline_facts(explained.headlines),
    }


def headlines_fact(explained: Explained) -> str:
    """The number of headlines that a sentiment rests on, how old they could be, and how many are not kept."""
    known = explained.decision.sentiment
    of_age = "" if known.max_age_ms is None else f" of the last {known.max_age_ms / HOUR_MS:g} hours"
    gone = f", {explained.gone} of them not kept any more" if explained.gone else ""
    return f"{len(known.evidence)}{of_age}{gone}"


def headline_facts(headlines: Iterable[ScoredNews]) -> dict[str, output.Cell]:
    """Each headline on a line of its own, newest first."""
    return {f"headline {place}": headline_words(headline) for place, headline in enumerate(headlines, 1)}


def headline_words(headline: ScoredNews) -> str:
    """Its score, what it says, where it stood and from when on it counted."""
    item, score = headline.item, headline.score
    weak = " by the fallback" if score.degraded else ""
    dated = "" if item.published_ms is None else f", published {output.utc(item.published_ms)}"
    return f"{score.value:+.2f}{weak}: {item.title} ({item.source}{dated}, known {output.utc(headline.known_ms)})"


def condition_facts(conditions: Iterable[str]) -> dict[str, output.Cell]:
    """Each condition on a line of its own, in the order in which they were asked."""
    return {f"condition {place}": words for place, words in enumerate(conditions, 1)}


def headline_dict(headline: ScoredNews) -> dict[str, object]:
    """A headline as an object of `--json`."""
    item, score = headline.item, headline.score
    return {
        "id": headline.id,
        "title": item.title,
        "source": item.source,
        "url": item.url,
        "published_ms": item.published_ms,
        "known_ms": headline.known_ms,
        "score": score.value,
        "model": score.made_by,
    }
