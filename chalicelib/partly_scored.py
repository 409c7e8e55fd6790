"""What is known of headlines of which only some could be scored: a score each, or in one line why there is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chalicelib.domain import Score
from chalicelib.errors import Unavailable


class PartlyScored(Unavailable):
    """Some titles of a call could not be scored: in their places stands in one line why."""

    def __init__(self, message: str, scores: Sequence[Score | str]) -> None:
        """`scores` has one member for each title of the call, in order."""
        super().__init__(message)
        self.scores = tuple(scores)


def complete(found: Sequence[Score | str]) -> list[Score]:
    """The scores if there is one for each. Raises PartlyScored, and Unavailable where there is none at all."""
    scores = [each for each in found if isinstance(each, Score)]
    if len(scores) == len(found):
        return scores
    first = next(each for each in found if isinstance(each, str))
    if not scores:
        raise Unavailable(first)
    raise PartlyScored(f"{len(found) - len(scores)} of {len(found)} headlines not scored: {first}", found)


def scores_or_reasons(score: Callable[[Sequence[str]], list[Score]], titles: Sequence[str]) -> list[Score | str]:
    """What `score` says of each title, whatever it raises of Unavailable."""
    try:
        return [*score(titles)]
    except PartlyScored as error:
        return [*error.scores]
    except Unavailable as error:
        return [str(error)] * len(titles)
