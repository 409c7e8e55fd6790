"""What every ParameterSource keeps: the one of AWS over moto, and the one in memory that tests use."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from chalicelib.adapters.aws_clients import AwsClients
from chalicelib.adapters.parameters import OLDEST_MS, RETRY_MS, SsmParameters
from chalicelib.errors import BadInput, Unavailable
from chalicelib.ports import ParameterSource
from tests.fakes.clock import HandClock
from tests.fakes.parameters import StoredParameters
from tests.fakes.web_server import Answer, WebServer, dead_url, serving
from tests.support.aws import aws_at, mocked_aws

SECRETS = "/ai-trader/dev/secrets"
AGENTS = "/ai-trader/dev/agents"


@dataclass(frozen=True, slots=True)
class Shelf:
    """A source, and the hand that fills it."""

    source: ParameterSource
    put: Callable[[str, str], object]


@pytest.fixture(params=["ssm", "memory"])
def shelf(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    if request.param == "memory":
        stored = StoredParameters()
        yield Shelf(stored, stored.values.__setitem__)
        return
    with mocked_aws(monkeypatch) as clients:
        yield Shelf(SsmParameters(clients.parameters, HandClock()), put_with(clients))


def put_with(clients: AwsClients) -> Callable[[str, str], object]:
    def put(name: str, text: str) -> object:
        return clients.parameters().put_parameter(Name=name, Value=text, Type="SecureString", Overwrite=True)

    return put


def test_a_path_gives_what_lies_right_below_it_decrypted_by_last_name(shelf: Shelf) -> None:
    shelf.put(f"{SECRETS}/viewer-token", "abc")
    shelf.put(f"{SECRETS}/webhook", 'https://x.example/ü?a="b"')
    shelf.put(f"{SECRETS}/old/webhook", "deeper")
    shelf.put("/ai-trader/dev/secrets-of-others/webhook", "elsewhere")
    assert shelf.source.texts(SECRETS) == {"viewer-token": "abc", "webhook": 'https://x.example/ü?a="b"'}


def test_all_pages_are_read(shelf: Shelf) -> None:
    for number in range(23):
        shelf.put(f"{AGENTS}/agent-{number:02d}", f'[agent]\nid = "agent-{number:02d}"\n')
    assert len(shelf.source.texts(AGENTS)) == 23


def test_an_empty_path_is_empty(shelf: Shelf) -> None:
    assert shelf.source.texts(AGENTS) == {}


def test_a_slash_at_the_end_changes_nothing(shelf: Shelf) -> None:
    shelf.put(f"{AGENTS}/desk", "x")
    assert shelf.source.texts(f"{AGENTS}/") == {"desk": "x"}


def test_what_is_no_path_is_explained(shelf: Shelf) -> None:
    with pytest.raises(BadInput, match="no-slash"):
        shelf.source.texts("no-slash")


class TestAges:
    """How long the values of AWS are good for; time passes by hand."""

    @pytest.fixture
    def server(self) -> Iterator[WebServer]:
        with serving() as started:
            yield started

    @pytest.fixture
    def clock(self) -> HandClock:
        return HandClock()

    @pytest.fixture
    def source(self, server: WebServer, clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> SsmParameters:
        return SsmParameters(aws_at(server.url, monkeypatch).parameters, clock)

    def test_values_are_asked_for_once_in_five_minutes(
        self, server: WebServer, clock: HandClock, source: SsmParameters
    ) -> None:
        server.otherwise = page(AGENTS, desk="1")
        for _ in range(5):
            source.texts(AGENTS)
            clock.pass_ms(60_000)
        assert len(server.received) == 1
        server.otherwise = page(AGENTS, desk="2")
        assert source.texts(AGENTS) == {"desk": "2"}

    def test_whoever_wants_it_fresher_gets_it_and_not_more_often(
        self, server: WebServer, clock: HandClock, source: SsmParameters
    ) -> None:
        server.otherwise = page(SECRETS, token="old")
        source.texts(SECRETS)
        server.otherwise = page(SECRETS, token="new")
        assert source.texts(SECRETS, 60_000) == {"token": "old"}
        clock.pass_ms(60_000)
        assert [source.texts(SECRETS, 60_000) for _ in range(9)] == [{"token": "new"}] * 9
        assert len(server.received) == 2

    def test_while_the_service_is_down_the_last_values_go_on(
        self, server: WebServer, clock: HandClock, source: SsmParameters
    ) -> None:
        server.otherwise = page(AGENTS, desk="1")
        source.texts(AGENTS)
        server.otherwise = refusal("InternalServerError", 500)
        clock.pass_ms(OLDEST_MS - RETRY_MS)
        assert source.texts(AGENTS) == {"desk": "1"}
        asked = len(server.received)
        assert source.texts(AGENTS) == {"desk": "1"}
        assert len(server.received) == asked, "asked again within a minute"
        clock.pass_ms(RETRY_MS)
        with pytest.raises(Unavailable):
            source.texts(AGENTS)

    def test_values_never_read_are_unavailable_by_path_and_code_alone(
        self, server: WebServer, source: SsmParameters
    ) -> None:
        server.otherwise = refusal("AccessDeniedException", 400, "not for arn:aws:iam::1:user/x")
        with pytest.raises(Unavailable) as caught:
            source.texts(SECRETS)
        assert str(caught.value) == f"parameters {SECRETS}: AccessDeniedException"
        assert caught.value.__context__ is None

    def test_no_log_of_a_library_tells_values(
        self, server: WebServer, source: SsmParameters, caplog: pytest.LogCaptureFixture
    ) -> None:
        server.otherwise = page(SECRETS, token="hunter2-hunter2")
        with caplog.at_level(logging.DEBUG):
            source.texts(SECRETS)
            assert "hunter2" not in caplog.text
            logging.getLogger("botocore").setLevel(logging.DEBUG)  # the planted defect
            source.texts(SECRETS, 0)
            assert "hunter2" in caplog.text

    def test_a_dead_service_is_unavailable(self, monkeypatch: pytest.MonkeyPatch, clock: HandClock) -> None:
        source = SsmParameters(aws_at(dead_url(), monkeypatch).parameters, clock)
        with pytest.raises(Unavailable, match="EndpointConnectionError"):
            source.texts(SECRETS)


def page(path: str, **texts: str) -> Answer:
    found = [{"Name": f"{path}/{name}", "Type": "String", "Value": text} for name, text in texts.items()]
    return Answer(200, json.dumps({"Parameters": found}), {"Content-Type": "application/x-amz-json-1.1"})


def refusal(code: str, status: int, message: str = "") -> Answer:
    return Answer(status, f'{{"__type": "{code}", "message": "{message}"}}')
