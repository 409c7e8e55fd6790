"""What can go wrong with the container function, and what a headline's score must be then."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Any

from chalicelib.domain import Score, fallback_score
from chalicelib.ports import SentimentAnalyzer
from tests.fakes.lambda_function import LambdaFunction, Outcome
from tests.fakes.web_server import Answer, Received, WebServer
from tests.support.container_worker import HashAnalyzer

PATH = "/2015-03-31/functions/ai-trader-local-llama/invocations"
Edit = Callable[[dict[str, Any]], Any]


@dataclass
class Faults:
    """The function's faults, as a test switches them on and off; `wakened` ends what is being delayed."""

    function: LambdaFunction
    lambdas: WebServer
    ended: Event = field(default_factory=Event)

    def heal(self) -> None:
        """No fault."""
        self.function.before = lambda: None
        self.function.meddle = lambda event, outcome: outcome
        self.lambdas.routes[PATH] = self.function.invoke

    def killed(self) -> None:
        """The process dies with every call in hand."""
        process = self.function

        def kill() -> None:
            assert process.process is not None
            process.process.kill()

        self.function.before = kill

    def delayed(self) -> None:
        """It answers right, long after anybody waits for it."""
        self.function.before = lambda: self._wait(20.0)

    def silent(self) -> None:
        """Lambda itself never answers."""
        self._answer(Answer(silent=True))

    def throttled(self) -> None:
        """No process is free."""
        self._answer(Answer(429, '{"Reason": "x"}', {"x-amzn-errortype": "TooManyRequestsException"}))

    def missing(self) -> None:
        """There is no such function."""
        self._answer(Answer(404, "{}", {"x-amzn-errortype": "ResourceNotFoundException"}))

    def corrupt(self, edit: Edit) -> None:
        """The answer is changed on its way."""

        def meddle(event: bytes, outcome: Outcome) -> Outcome:
            return Outcome(json.dumps(edit(json.loads(outcome.body))).encode())

        self.function.meddle = meddle

    def cut(self) -> None:
        """Only half of the answer arrives."""
        self.function.meddle = lambda event, outcome: Outcome(outcome.body[: len(outcome.body) // 2])

    def partial(self) -> None:
        """Some headlines have no score, and say why."""

        def meddle(event: bytes, outcome: Outcome) -> Outcome:
            answer, titles = json.loads(outcome.body), json.loads(event)["headlines"]
            for place, title in enumerate(titles):
                if unlucky(title):
                    answer["scores"][place] = {"error": "bad luck"}
            return Outcome(json.dumps(answer).encode())

        self.function.meddle = meddle

    def _answer(self, answer: Answer) -> None:
        def give(request: Received) -> Answer:
            return answer

        self.lambdas.routes[PATH] = give

    def _wait(self, seconds: float) -> None:
        self.ended.wait(seconds)


def unlucky(title: str) -> bool:
    """Whether a partial answer leaves this headline out."""
    return zlib.crc32(title.encode()) % 2 == 0


def each_score(**changed: object) -> Edit:
    """Every score with these members instead."""
    return lambda answer: {**answer, "scores": [{**each, **changed} for each in answer["scores"]]}


def last_score(**changed: object) -> Edit:
    """The last score with these members instead."""

    def edit(answer: dict[str, Any]) -> Any:
        return {**answer, "scores": [*answer["scores"][:-1], {**answer["scores"][-1], **changed}]}

    return edit


WRONG_ANSWERS: Mapping[str, Edit] = {
    "no number": each_score(value=float("nan")),
    "no number in one": last_score(value=float("nan")),
    "infinite": each_score(value=float("inf")),
    "too large": last_score(value=1.0000001),
    "no float": last_score(value=10**400),
    "far too small": each_score(value=-7),
    "a text": each_score(value="0.5"),
    "a truth": last_score(value=True),
    "null": each_score(value=None),
    "an unknown label": last_score(label="great"),
    "an impossible confidence": last_score(confidence=1.5),
    "no confidence": lambda answer: {**answer, "scores": [{"value": 0.9, "label": "positive", "flags": []}]},
    "flags that are none": each_score(flags="hidden"),
    "a flag that is none": last_score(flags=[1]),
    "a flood of flags": last_score(flags=["x"] * 1000),
    "too many": lambda answer: {**answer, "scores": answer["scores"] * 2},
    "one too many": lambda answer: {**answer, "scores": [*answer["scores"], answer["scores"][0]]},
    "one too few": lambda answer: {**answer, "scores": answer["scores"][:-1]},
    "none": lambda answer: {**answer, "scores": []},
    "no list": lambda answer: {**answer, "scores": {}},
    "no model": lambda answer: {"scores": answer["scores"]},
    "an empty model": lambda answer: {**answer, "model": ""},
    "an endless model": lambda answer: {**answer, "model": "m" * 10_000},
    "a list": lambda answer: [answer],
    "a number": lambda answer: 0.9,
    "nothing": lambda answer: None,
}
"""Answers of which nothing may be believed."""


@dataclass(frozen=True)
class Documented:
    """A SentimentAnalyzer that says what docs/news.md promises: the model's score, or the weakened lexicon's."""

    lexicon: SentimentAnalyzer
    falls_back: Callable[[str], bool]
    model: str = "as documented"

    def score(self, titles: Sequence[str]) -> list[Score]:
        return [
            fallback_score(self.lexicon.score([title])[0])
            if self.falls_back(title)
            else HashAnalyzer().score([title])[0]
            for title in titles
        ]
