"""The container function as the agent sees it: scores, or Unavailable in one line, whatever it answers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import pytest
from urllib3.exceptions import SSLError

from chalicelib.adapters.lambda_sentiment import LambdaAnalyzer
from chalicelib.errors import Unavailable
from chalicelib.partly_scored import PartlyScored
from tests.fakes.web_server import Answer, Received, WebServer, dead_url, serving
from tests.support.aws import aws_at
from tests.support.container_faults import PATH, WRONG_ANSWERS, Edit
from tests.support.container_worker import HashAnalyzer

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

TITLES = ["Bitcoin rallies", "Exchange hacked"]
SCORES = HashAnalyzer().score(TITLES)
GOOD = {
    "model": HashAnalyzer.model,
    "scores": [
        {"value": each.value, "label": each.label, "confidence": each.confidence, "flags": list(each.flags)}
        for each in SCORES
    ],
}
Make = Callable[..., LambdaAnalyzer]


@pytest.fixture
def lambdas() -> Iterator[WebServer]:
    with serving() as server:
        server.otherwise = Answer(200, json.dumps(GOOD))
        yield server


def analyzer_at(
    url: str,
    monkeypatch: pytest.MonkeyPatch,
    deadline_s: float = 5.0,
    elapsed_s: Callable[[], float] = time.monotonic,
) -> LambdaAnalyzer:
    clients = aws_at(url, monkeypatch)
    function, waiting = "ai-trader-local-llama", lambda: clients.waiting_functions(deadline_s)
    return LambdaAnalyzer(function, "crypto", waiting, deadline_s, elapsed_s)


def test_scores_come_back_with_all_that_explains_them(lambdas: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert analyzer_at(lambdas.url, monkeypatch).score(TITLES) == SCORES
    [request] = lambdas.received
    assert (request.method, request.target) == ("POST", PATH)
    assert request.json() == {"domain": "crypto", "headlines": TITLES, "within_ms": 3_750}


def test_nothing_is_asked_about_nothing(lambdas: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert analyzer_at(lambdas.url, monkeypatch).score([]) == []
    assert lambdas.received == []


def test_a_headline_without_a_score_is_told_apart(lambdas: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    scores = [GOOD["scores"][0], {"error": "cannot read"}]
    lambdas.otherwise = Answer(200, json.dumps({**GOOD, "scores": scores}))
    with pytest.raises(PartlyScored, match="1 of 2 headlines not scored: cannot read") as raised:
        analyzer_at(lambdas.url, monkeypatch).score(TITLES)
    assert raised.value.scores == (SCORES[0], "cannot read")


@pytest.mark.parametrize("edit", [pytest.param(edit, id=name) for name, edit in WRONG_ANSWERS.items()])
def test_a_wrong_answer_is_believed_in_nothing(lambdas: WebServer, monkeypatch: pytest.MonkeyPatch, edit: Edit) -> None:
    given: dict[str, Any] = json.loads(json.dumps(GOOD))
    lambdas.otherwise = Answer(200, json.dumps(edit(given)))
    assert_unavailable(analyzer_at(lambdas.url, monkeypatch))


@pytest.mark.parametrize("body", ["", "{", "<html>", "\x00", "[" * 100_000, '{"model": "m", "scores": [1e999]}'])
def test_what_is_no_answer_at_all_is_unavailable(
    lambdas: WebServer, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    lambdas.otherwise = Answer(200, body)
    assert_unavailable(analyzer_at(lambdas.url, monkeypatch))


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500, 503])
def test_a_refusal_is_unavailable_and_not_repeated(
    lambdas: WebServer, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    lambdas.otherwise = Answer(status, "{}", {"x-amzn-errortype": "NoSuchThing"})
    assert_unavailable(analyzer_at(lambdas.url, monkeypatch))
    assert len(lambdas.received) == 1


def test_a_function_that_failed_is_unavailable_by_its_kind_alone(
    lambdas: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = json.dumps({"errorType": "Sandbox.Timedout", "errorMessage": "a headline\nof 100 kB"})
    lambdas.otherwise = Answer(200, body, {"X-Amz-Function-Error": "Unhandled"})
    with pytest.raises(Unavailable, match=r"^scoring: the function failed \(Sandbox.Timedout\)$"):
        analyzer_at(lambdas.url, monkeypatch).score(TITLES)


def test_a_connection_that_died_meanwhile_is_replaced_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Lambda is frozen between its calls, and what it keeps open may be closed by then."""
    with closing(answered=1) as (url, asked):
        assert analyzer_at(url, monkeypatch).score(TITLES) == SCORES
    assert len(asked) == 2
    with closing(answered=99) as (url, asked):
        assert_unavailable(analyzer_at(url, monkeypatch))
    assert len(asked) == 2


def test_a_connection_that_closed_late_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else two deadlines would pass before anything is stored."""
    times = iter([0.0, 1.5])
    with closing(answered=1) as (url, asked):
        assert_unavailable(analyzer_at(url, monkeypatch, elapsed_s=lambda: next(times)))
    assert len(asked) == 1


@contextmanager
def closing(answered: int) -> Iterator[tuple[str, list[Received]]]:
    """A server that closes the connection, without a word, until it was asked more than so many times."""
    asked: list[Received] = []

    def take(request: Received) -> Answer:
        asked.append(request)
        if len(asked) <= answered:
            server.ended.set()  # what is silent closes the connection then
            return Answer(silent=True)
        return Answer(200, json.dumps(GOOD))

    with serving() as server:
        server.routes[PATH] = take
        yield server.url, asked


@pytest.mark.parametrize("body", ["", json.dumps(GOOD)[:40], json.dumps(GOOD)])
def test_an_answer_that_breaks_off_on_its_way_is_unavailable(
    lambdas: WebServer, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    """Not even one that could be read is believed."""
    lambdas.otherwise = Answer(200, body, missing_bytes=10)
    assert_unavailable(analyzer_at(lambdas.url, monkeypatch), "ResponseStreamingError")
    assert len(lambdas.received) == 1


class Unencrypted:
    """A client of Lambda, and the answer whose encryption breaks: botocore passes that on as it is."""

    def invoke(self, **given: object) -> dict[str, object]:
        return {"Payload": self}

    def read(self) -> bytes:
        raise SSLError("bad record\nmac")


def test_an_answer_whose_encryption_breaks_is_unavailable() -> None:
    analyzer = LambdaAnalyzer("ai-trader-local-llama", "crypto", lambda: cast("LambdaClient", Unencrypted()), 5.0)
    assert_unavailable(analyzer, "the answer broke off (SSLError)")


def test_nobody_is_waited_for_longer_than_the_deadline(lambdas: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    lambdas.otherwise = Answer(silent=True)
    begin_s = time.monotonic()
    assert_unavailable(analyzer_at(lambdas.url, monkeypatch, deadline_s=0.3))
    assert time.monotonic() - begin_s < 2.0
    assert len(lambdas.received) == 1


def test_a_dead_address_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    assert_unavailable(analyzer_at(dead_url(), monkeypatch))


def assert_unavailable(analyzer: LambdaAnalyzer, why: str = "") -> None:
    with pytest.raises(Unavailable) as raised:
        analyzer.score(TITLES)
    assert not isinstance(raised.value, PartlyScored)
    assert str(raised.value).startswith(f"scoring: {why}")
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 400
