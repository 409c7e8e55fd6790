"""Scores from the container function, which holds the language models: asked synchronously, within a deadline."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from botocore.exceptions import BotoCoreError, ClientError, ConnectionClosedError

from chalicelib.domain import Score
from chalicelib.errors import Unavailable
from chalicelib.foreign_text import one_line
from chalicelib.partly_scored import complete

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

MOST_FLAGS = 20
LONGEST_TEXT = 200
_MARGIN_S = 5.0
"""How much earlier than we stop waiting the function is asked to answer with what it has: it does not see how long
Lambda takes to start it."""
_AT_ONCE_S = 1.0
"""Within which a connection fails that had died before it was used."""


class LambdaAnalyzer:
    """Implements ports.SentimentAnalyzer: `function` is given headlines and answers with their scores.

    Request: `{"domain", "headlines": [text], "within_ms"}`. Answer: `{"model", "scores": [score]}` in order, where a
    score is `{"value", "label", "confidence", "flags"}`, or `{"error": why}` for a headline that it could not score.
    An answer with anything else in it is believed in nothing.
    """

    def __init__(
        self,
        function: str,
        domain: str,
        client: Callable[[], LambdaClient],
        deadline_s: float,
        elapsed_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """`client` is made at the first call; it must not wait longer than `deadline_s`, and not try again."""
        self._elapsed_s = elapsed_s
        self._function = function
        self._domain = domain
        self._client = client
        self._within_ms = round((deadline_s - min(_MARGIN_S, deadline_s / 4)) * 1000)

    @property
    def model(self) -> str:
        """The function; each score names the model that made it."""
        return self._function

    def score(self, titles: Sequence[str]) -> list[Score]:
        """One score per title, in order. Raises PartlyScored, and Unavailable for no answer, a late or a wrong one."""
        if not titles:
            return []
        request = {"domain": self._domain, "headlines": list(titles), "within_ms": self._within_ms}
        return complete(self._read(self._ask(json.dumps(request).encode()), len(titles)))

    def _ask(self, request: bytes) -> bytes:
        try:
            answer = self._invoke(request)
            content: bytes = answer["Payload"].read()
        except ClientError as error:
            raise Unavailable(f"scoring: {error.response.get('Error', {}).get('Code', 'refused')}") from None
        except BotoCoreError as error:
            raise Unavailable(f"scoring: {type(error).__name__}") from None
        except Exception as error:  # urllib3's own, met while the answer is read
            raise Unavailable(f"scoring: the answer broke off ({type(error).__name__})") from None
        if answer.get("FunctionError"):
            raise Unavailable(f"scoring: the function failed ({_failure(content)})")
        return content

    def _invoke(self, request: bytes) -> Mapping[str, Any]:
        """The answer; asked again where the connection closed at once, as one does that died while we were frozen."""
        client, begun_s = self._client(), self._elapsed_s()
        try:
            return client.invoke(FunctionName=self._function, Payload=request)
        except ConnectionClosedError:
            if self._elapsed_s() - begun_s > _AT_ONCE_S:
                raise
            return client.invoke(FunctionName=self._function, Payload=request)

    def _read(self, content: bytes, count: int) -> list[Score | str]:
        """What the answer says of each headline. Raises Unavailable unless it is exactly what was asked for."""
        try:
            answer = json.loads(content, parse_constant=_refuse)
            model, scores = _text(answer["model"]), _list(answer["scores"])
            if len(scores) != count:
                raise ValueError(f"{len(scores)} scores for {count} headlines")
            return [_score(each, model) for each in scores]
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
            said = one_line(str(error), LONGEST_TEXT)
            raise Unavailable(f"scoring: an answer that cannot be used ({type(error).__name__}: {said})") from None


def _score(given: object, model: str) -> Score | str:
    if not isinstance(given, Mapping):
        raise ValueError("a score that is no object")
    if given.keys() == {"error"}:
        return _text(given["error"])
    value, confidence = _number(given["value"]), _number(given["confidence"])
    flags = _list(given["flags"])
    if len(flags) > MOST_FLAGS:
        raise ValueError(f"{len(flags)} flags")
    score = Score(value, _text(given["label"]), model, False, confidence, tuple(map(_text, flags)))
    if not score.is_sound:
        raise ValueError(f"an impossible score: {value!r}, {score.label}, confidence {confidence!r}")
    return score


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a number that is none")
    return float(value)


def _text(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_TEXT or not value.isprintable():
        raise ValueError("a text that is none, or too long")
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise ValueError("a list that is none")
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _failure(content: bytes) -> str:
    """What kind of failure the function reports; its text may hold anything."""
    try:
        kind = json.loads(content)["errorType"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return "for no reason given"
    return one_line(str(kind), 40)
