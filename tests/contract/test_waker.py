"""What every Waker keeps, over the wire: the Lambda API as a loopback server answers it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from chalice.app import CloudWatchEvent

from chalicelib.adapters.lambda_waker import SOURCE, LambdaWaker
from chalicelib.errors import Unavailable
from chalicelib.events import asked_ms_of, event_time_ms, failure_of
from tests.fakes.web_server import Answer, WebServer, dead_url, serving
from tests.support.aws import REGION, aws_at

NOW_MS = 1_735_689_661_234


@pytest.fixture
def lambdas() -> Iterator[WebServer]:
    with serving() as server:
        server.otherwise = Answer(202)
        yield server


def waker_at(url: str, monkeypatch: pytest.MonkeyPatch) -> LambdaWaker:
    return LambdaWaker("ai-trader-dev", REGION, aws_at(url, monkeypatch).functions)


def test_a_wake_up_is_one_asynchronous_invocation_of_the_stage(
    lambdas: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    waker_at(lambdas.url, monkeypatch).wake("trade", NOW_MS)
    [request] = lambdas.received
    assert (request.method, request.target) == ("POST", "/2015-03-31/functions/ai-trader-dev-trade/invocations")
    assert request.headers["X-Amz-Invocation-Type"] == "Event"


def test_the_stage_reads_it_as_an_event_of_its_schedule(lambdas: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    waker_at(lambdas.url, monkeypatch).wake("trade", NOW_MS)
    event = CloudWatchEvent(lambdas.received[0].json(), None)
    assert event_time_ms(event.time) == NOW_MS
    assert (event.source, event.region, event.detail, event.resources) == (SOURCE, REGION, {}, [])


def test_a_failure_is_told_by_an_event_that_says_nothing_else(
    lambdas: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    waker_at(lambdas.url, monkeypatch).tell("trade", NOW_MS, "poll_news: Unavailable: silent")
    event = CloudWatchEvent(lambdas.received[0].json(), None)
    assert lambdas.received[0].headers["X-Amz-Invocation-Type"] == "Event"
    assert (event_time_ms(event.time), event.detail) == (NOW_MS, {"failed": "poll_news: Unavailable: silent"})
    assert (failure_of(event.detail), asked_ms_of(event.detail)) == ("poll_news: Unavailable: silent", None)


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_refusal_is_unavailable_by_its_code_alone(
    lambdas: WebServer, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    lambdas.otherwise = Answer(status, '{"Message": "arn:aws:x"}', {"x-amzn-errortype": "NoSuchThing"})
    with pytest.raises(Unavailable, match=r"^wake trade: NoSuchThing$"):
        waker_at(lambdas.url, monkeypatch).wake("trade", NOW_MS)


def test_a_dead_address_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unavailable, match=r"^wake trade: EndpointConnectionError$"):
        waker_at(dead_url(), monkeypatch).wake("trade", NOW_MS)


def test_a_lost_answer_is_asked_for_once_more(lambdas: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    lambdas.script.extend([Answer(500)])
    waker_at(lambdas.url, monkeypatch).wake("trade", NOW_MS)
    assert len(lambdas.received) == 2


def test_a_silent_service_costs_two_attempts_and_no_more(lambdas: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    lambdas.otherwise = Answer(silent=True)
    waker = LambdaWaker("ai-trader-dev", REGION, aws_at(lambdas.url, monkeypatch, read_s=0.1).functions)
    with pytest.raises(Unavailable, match="ReadTimeoutError"):
        waker.wake("trade", NOW_MS)
    assert len(lambdas.received) == 2
