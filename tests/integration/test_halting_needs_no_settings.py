"""Each setting that may be broken, at each door that halts or reads: whatever is wrong, the agent can be stopped."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from io import StringIO
from pathlib import Path
from typing import TextIO

import boto3
import pytest

from chalicelib import wiring
from chalicelib.adapters.parameters import OLDEST_MS, SsmParameters
from chalicelib.api.messages import HttpRequest, Response
from chalicelib.config import load_config
from chalicelib.errors import Unavailable
from chalicelib.ports import Notifier, ParameterSource
from chalicelib.wiring import aws, aws_desk, invocations
from tests.fakes.web_server import serving
from tests.integration.test_invocations import SETTINGS, told  # noqa: F401 (a fixture)
from tests.support.account import STAGE, Account, account, put_agent
from tests.support.shop import Shop, make_shop
from trader.cli import run
from trader.runtime.desks import alerting_of_halts
from trader.runtime.http_server import local_api
from trader.runtime.runs import RunFolder
from trader.runtime.tokens import tokens_file

READS = ("/agents", "/status", "/positions", "/trades", "/equity", "/decisions", "/metrics")


def pointer(home: Path, **changes: object) -> None:
    file = home / "agents" / "default.json"
    file.write_text(json.dumps({**json.loads(file.read_text("utf-8")), **changes}), "utf-8")


def of_another_version(home: Path) -> None:
    pointer(home, rules={"what": "an edited rule makes of this"})


BROKEN_HERE: dict[str, Callable[[Path], object]] = {
    "a webhook of an unknown form": lambda home: os.environ.update(TRADER_WEBHOOK="https://example.com/hook#teams"),
    "a webhook with a space": lambda home: os.environ.update(TRADER_WEBHOOK="has space"),
    "another secret with a space": lambda home: Path(".env").write_text('BINANCE_API_SECRET="has space"'),
    "a token with a space": lambda home: os.environ.update(TRADER_TOKEN="has space"),
    "secrets in UTF-16": lambda home: Path(".env").write_bytes("TRADER_WEBHOOK=x".encode("utf-16")),
    "settings that are no TOML": lambda home: Path("agent.toml").write_text("[agent"),
    "settings in UTF-16": lambda home: Path("agent.toml").write_bytes("[agent]".encode("utf-16")),
    "a symbol that is none": lambda home: Path("agent.toml").write_text('[agent]\nsymbols = ["no such symbol"]'),
    "settings that are gone": lambda home: pointer(home, config_file=str(home / "gone.toml")),
    "rules of another version": of_another_version,
}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """An agent that traded, in a folder of its own; what a test puts into the environment goes with it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRADER_HOME", str(tmp_path / "var"))
    for name in ("TRADER_WEBHOOK", "TRADER_TOKEN"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    yield make_shop(tmp_path / "var")
    for name in ("TRADER_WEBHOOK", "TRADER_TOKEN"):
        os.environ.pop(name, None)


def shut_here(shop: Shop) -> list[str]:
    """The doors on this machine that do not open: commands, and the routes of a run."""
    said: list[str] = []
    shut = [" ".join(words) for words in COMMANDS if run(list(words)) != 0]
    with alerting_of_halts(RunFolder(shop.home), said.append) as notifier:
        api = local_api(shop.home, shop.run, tokens_file(shop.home), notifier, said.append)
        headers = {"Authorization": f"Bearer {shop.operator}"}
        for method, path in (("POST", "/halt"), *(("GET", path) for path in READS)):
            response = api.answer(HttpRequest(method, path, {}, headers))
            shut += [f"{method} {path}"] if response.status != 200 else []
    return shut


COMMANDS = (("status",), ("halt",), ("halt", "--agent", "default"), ("status", "--json"), ("resume",))


@pytest.mark.parametrize("broken", BROKEN_HERE)
def test_every_door_of_this_machine_opens_whatever_is_broken(
    broken: str, shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    BROKEN_HERE[broken](shop.home)
    assert shut_here(shop) == []
    assert json.loads(shop.ask("GET", "/status").body)["halted"]
    assert capsys.readouterr().err.count("alert not") <= 2 * 2  # one line a halt, for each of both channels


@pytest.mark.parametrize("lose", [partial(Path.write_text, data="{"), Path.unlink])
def test_lost_tokens_shut_the_routes_with_words_and_leave_the_command(
    lose: Callable[[Path], object], shop: Shop
) -> None:
    lose(tokens_file(shop.home))
    response = shop.ask("POST", "/halt")
    assert response.status == 503
    for word in ("tokens.json", "remove it", "`trader halt` works"):
        assert word in response.body
    assert run(["halt"]) == 0
    [line] = shop.reported
    assert str(tokens_file(shop.home)) in line
    tokens_file(shop.home).write_text(
        f'{{"viewer_token": "{shop.viewer}", "operator_token": "{shop.operator}"}}', "utf-8"
    )
    assert json.loads(shop.ask("GET", "/status").body)["halted"]


def test_another_agents_damaged_file_is_a_line_beside_the_status(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    other = shop.home / "agents" / "other.json"
    other.write_text("{", "utf-8")
    assert run(["status", "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["agent"] == "default"
    [line] = printed.err.splitlines()
    assert str(other) in line
    for given in (["news"], ["replay"]):
        assert run(given) == 0, given
        [line] = [line for line in capsys.readouterr().err.splitlines() if str(other) in line]
    assert run(["status", "--agent", "other"]) == 1
    (shop.home / "agents" / "default.json").unlink()
    assert run(["status"]) == 1
    assert all(str(other) in line for line in capsys.readouterr().err.splitlines())


def test_a_kill_switch_that_makes_its_alerts_first_is_found_out(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted defect: as it was, the address is wanted before the halt."""

    @contextmanager
    def eager(files: object, stream: TextIO, say: wiring.Say) -> Iterator[Notifier]:
        with wiring.alerting(load_config(None), stream, say) as notifier:
            yield notifier

    monkeypatch.setattr(wiring, "alerting_of_halts", eager)
    found = 0
    for broken in ("a webhook of an unknown form", "a webhook with a space"):
        BROKEN_HERE[broken](shop.home)
        try:
            found += "halt" in shut_here(shop)
        except Exception:
            found += 1
        os.environ.pop("TRADER_WEBHOOK")
    assert found == 2


def test_the_webhook_of_the_settings_hears_of_every_halt_by_hand(shop: Shop) -> None:
    with serving() as server:
        file = shop.home / "elsewhere.toml"
        file.write_text(f'[alerts]\nwebhook = "{server.url}/fromtoml"\n')
        pointer(shop.home, config_file=str(file))
        assert shut_here(shop) == []
    assert [request.target for request in server.received] == ["/fromtoml"] * 3  # two commands, one route


class NoParameters(ParameterSource):
    """Systems Manager, which does not answer for this folder."""

    def __init__(self, inner: ParameterSource, folder: str) -> None:
        self._inner = inner
        self._folder = folder

    def texts(self, path: str, max_age_ms: int = 300_000) -> dict[str, str]:
        if path.endswith(self._folder):
            raise Unavailable(f"parameters {path}: ThrottlingException")
        return dict(self._inner.texts(path, max_age_ms))


def without(folder: str) -> Callable[[pytest.MonkeyPatch, str], None]:
    def break_it(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
        source = NoParameters(aws.parameters(), folder)
        monkeypatch.setattr(aws, "parameters", lambda: source)

    return break_it


BROKEN_THERE: dict[str, Callable[[pytest.MonkeyPatch, str], None]] = {
    "settings that are no TOML": lambda monkeypatch, text: put_agent("default", "[agent"),
    "a symbol that the exchange has not": lambda monkeypatch, text: put_agent(
        "default", f'[agent]\nsymbols = ["GONEUSDT"]\n{text}'
    ),
    "the id of another": lambda monkeypatch, text: put_agent("default", f'[agent]\nid = "other"\n{text}'),
    "a mode that cannot trade": lambda monkeypatch, text: put_agent("default", f'[agent]\nmode = "live"\n{text}'),
    "no settings to be had": without("/agents"),
    "a level that no log has": lambda monkeypatch, text: monkeypatch.setenv("TRADER_LOG_LEVEL", "loud"),
    "a switch that is no 0 and no 1": lambda monkeypatch, text: monkeypatch.setenv("TRADER_METRICS", "yes"),
    "language models that may be there": lambda monkeypatch, text: monkeypatch.setenv("TRADER_LLAMA", "maybe"),
    "no topic": lambda monkeypatch, text: monkeypatch.setenv("TRADER_TOPIC_ARN", f"{aws.this_stage().topic_arn}-gone"),
}


@pytest.fixture(scope="module")
def stage() -> Iterator[tuple[Account, str]]:
    with pytest.MonkeyPatch.context() as monkeypatch, account(SETTINGS, monkeypatch, symbols="BTCUSDT") as opened:
        running, text = opened
        put_agent("default", f'[agent]\nsymbols = ["BTCUSDT"]\n{text}')
        for name in ("viewer-token", "operator-token"):
            boto3.client("ssm").put_parameter(Name=f"/ai-trader/{STAGE}/api/{name}", Value=name, Type="SecureString")
        Account.new_process()
        running.minute(running.clock.now_ms())
        yield running, f'[agent]\nsymbols = ["BTCUSDT"]\n{text}'


def ask(method: str, path: str, **query: str) -> Response:
    return invocations.answer(method, path, query, {"Authorization": "Bearer operator-token"}, b"")


def shut_there() -> list[str]:
    """The routes of a new process of the stage that do not answer."""
    asked = [("POST", "/halt", {}), ("POST", "/halt", {"agent": "default"}), *(("GET", path, {}) for path in READS)]
    found = [(f"{method} {path}", ask(method, path, **query)) for method, path, query in asked]
    return [door for door, response in found if response.status != 200]


@pytest.mark.parametrize("broken", BROKEN_THERE)
def test_every_route_of_a_stage_answers_whatever_is_broken(
    broken: str,
    stage: tuple[Account, str],
    told: StringIO,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, text = stage
    BROKEN_THERE[broken](monkeypatch, text.replace('[agent]\nsymbols = ["BTCUSDT"]\n', ""))
    Account.new_process()
    try:
        assert shut_there() == []
        assert [flag.reason for flag in aws.stores().halts.flags("default")]
        if broken == "no topic":
            assert told.getvalue().count("alert not delivered: alert topic: NotFound") == 2
    finally:
        put_agent("default", text)


@pytest.fixture
def no_settings(stage: tuple[Account, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A new process of the stage, to which Systems Manager gives no settings."""
    Account.new_process()
    without("/agents")(monkeypatch, "")


@pytest.mark.usefixtures("no_settings")
def test_a_desk_that_wants_the_settings_is_found_out(
    told: StringIO,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The planted defect: as it was, the routes worked on the agents that are configured."""
    monkeypatch.setattr(aws_desk, "_settings", lambda store: (aws.fleet().settings(), None))
    assert "POST /halt" in shut_there()


@pytest.mark.usefixtures("no_settings")
def test_without_settings_an_agent_is_halted_by_an_id_of_the_right_form(
    told: StringIO,  # noqa: F811
) -> None:
    assert ask("POST", "/halt", agent="never-traded").status == 200
    assert [flag.scope for flag in aws.stores().halts.flags("never-traded") if flag.scope != "*"] == ["never-traded"]
    assert ask("POST", "/halt", agent="no id/").status == 404
    assert told.getvalue().count("settings cannot be read") == 2


class Clock:
    def __init__(self, now_ms: int) -> None:
        self.at_ms = now_ms

    def now_ms(self) -> int:
        return self.at_ms


def test_tokens_read_within_the_hour_halt_while_systems_manager_is_down(
    stage: tuple[Account, str],
    told: StringIO,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Account.new_process()
    clock = Clock(time.time_ns() // 1_000_000)
    parameters = SsmParameters(aws.clients().parameters, clock)
    monkeypatch.setattr(aws, "parameters", lambda: parameters)
    assert ask("GET", "/status").status == 200
    monkeypatch.setattr(parameters, "_client", lambda: boto3.client("ssm", endpoint_url="http://127.0.0.1:9"))
    clock.at_ms += OLDEST_MS - 1
    assert ask("POST", "/halt").status == 200
    clock.at_ms += 61_000
    assert ask("POST", "/halt").status == 503


@pytest.mark.parametrize("variable", ["TRADER_LOG_LEVEL", "TRADER_METRICS", "TRADER_LLAMA"])
def test_a_function_begins_whatever_its_environment_says_and_tells_it_in_one_line(variable: str) -> None:
    """In a process of its own, for it is the import that failed."""
    program = "import app; from chalicelib.wiring import aws; [aws.log('api').warn('on') for _ in range(2)]"
    environ = {**os.environ, "TRADER_STAGE": "dev", variable: "loud"}
    done = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=True)
    first, *others = [json.loads(line)["message"] for line in done.stdout.splitlines()]
    assert first.startswith(f"{variable}: 'loud' given, ")
    assert others == ["on", "on"]
