"""What AWS_ENDPOINT_URL may be, and how a person's own settings are kept out of `make stack`."""

from __future__ import annotations

import json
import os
import shlex
import socket
import stat
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from chalicelib.errors import BadInput
from infra import __main__ as command
from infra import endpoint, stack
from infra.account import LOCAL_REGION, AwsAccount
from tests.fakes.web_server import Answer, dead_url, serving
from tests.support.sts import IDENTITY

ROOT = Path(__file__).resolve().parents[3]


def lines_of(arguments: list[str], environment: dict[str, str], home: Path) -> list[str]:
    """What `python -m infra` says on stderr when it must fail; it starts in a folder without agent.toml and .env."""
    bare = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(ROOT), "AWS_EC2_METADATA_DISABLED": "true"}
    done = subprocess.run(
        [sys.executable, "-m", "infra", *arguments],
        env={**bare, **environment},
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stderr.splitlines()


@pytest.mark.parametrize("target", ["stack", "stack-down"])
@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:99999", "127.0.0.1:4566", "http://", "http://me:s3cret@127.0.0.1:4566", "http://h:1/path"]
)
def test_an_endpoint_that_is_no_url_is_one_line(target: str, url: str, tmp_path: Path) -> None:
    (line,) = lines_of([target], {"AWS_ENDPOINT_URL": url}, tmp_path)
    assert line == (
        f"make {target}: AWS_ENDPOINT_URL: must be an http(s) URL of host and port, as http://127.0.0.1:4566"
    )


@pytest.mark.parametrize("target", ["stack", "stack-down"])
def test_a_web_server_is_not_taken_for_an_emulator(target: str, tmp_path: Path) -> None:
    with serving() as other:
        (line,) = lines_of([target], {"AWS_ENDPOINT_URL": other.url}, tmp_path)
        assert line == f"make {target}: what answers at {other.url} is no emulator of AWS"
    assert not (tmp_path / "var" / "stack" / "sim.json").exists()


@pytest.mark.parametrize(
    "answer",
    [Answer(200), Answer(200, "<html/>"), Answer(200, "{}"), Answer(404, "no"), Answer(501, "<p>"), Answer(503, "x")],
)
def test_whatever_else_it_answers(answer: Answer) -> None:
    with serving() as other:
        other.otherwise = answer
        with pytest.raises(BadInput, match="is no emulator"):
            endpoint.emulator_at(other.url)
        other.otherwise = IDENTITY
        assert endpoint.emulator_at(other.url) == AwsAccount("000000000000", LOCAL_REGION, "aws", other.url)
    assert endpoint.emulator_at(other.url) is None


def test_what_does_not_speak_http_is_no_emulator() -> None:
    def answer() -> None:
        with other.accept()[0] as connection:
            connection.sendall(b"SSH-2.0-other\r\n")

    with socket.create_server(("127.0.0.1", 0)) as other:
        url = f"http://127.0.0.1:{other.getsockname()[1]}"
        thread = Thread(target=answer, daemon=True)
        thread.start()
        with pytest.raises(BadInput, match="is no emulator"):
            endpoint.emulator_at(url)
        thread.join()


def test_a_person_s_settings_do_not_matter_to_an_emulator(tmp_path: Path) -> None:
    """It gets as far as the emulator's next answer, past a profile that does not exist and a proxy that is dead."""
    dead = dead_url()
    settings = {"AWS_PROFILE": "nobody", "AWS_USE_FIPS_ENDPOINT": "true", "HTTP_PROXY": dead, "http_proxy": dead}
    with serving() as emulator:
        emulator.script.append(IDENTITY)
        emulator.otherwise = Answer(400, '{"__type": "Planted", "message": "as far as this"}')
        told = {"AWS_ENDPOINT_URL": emulator.url, **settings}
        (line,) = lines_of(["deploy", "--stage", "dev"], told, tmp_path)
    assert line == "make deploy: parameters: Planted: as far as this"


def test_proxies_stay_for_others() -> None:
    own = endpoint.without_settings(
        {"HTTP_PROXY": "http://p", "no_proxy": "a.example", "AWS_PROFILE": "x", "PATH": "y"}
    )
    assert own["HTTP_PROXY"] == "http://p"
    assert own["no_proxy"] == own["NO_PROXY"] == "a.example,127.0.0.1,localhost,::1"
    assert "AWS_PROFILE" not in own
    assert own["PATH"] == "y"


def test_agents_are_looked_at_before_anything_is_started(tmp_path: Path) -> None:
    (tmp_path / "agent.toml").write_text("[strategy]\nrsi_buy = 200\n", "utf-8")
    url = dead_url()
    (line,) = lines_of(["stack", "--config", "agent.toml"], {"AWS_ENDPOINT_URL": url}, tmp_path)
    assert line.startswith("make stack: agent.toml: strategy.settings.rsi_buy")
    assert endpoint.emulator_at(url) is None
    assert not (tmp_path / "var").exists()


def test_agents_are_looked_at_before_credentials(tmp_path: Path) -> None:
    (line,) = lines_of(["deploy", "--stage", "dev", "--config", "none.toml"], {}, tmp_path)
    assert line.startswith("make deploy: none.toml: ")


@pytest.mark.parametrize("target", ["stack", "stack-down"])
def test_make_tells_url_and_tokens_in_var_stack_json(target: str) -> None:
    said = subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    (line,) = [line for line in said.splitlines() if f"infra {target} " in line]
    arguments = shlex.split(line)[3:]
    for asked in (arguments, [target]):
        assert command._parser().parse_args(asked).file == Path("var/stack.json")


def test_nobody_else_reads_the_tokens(tmp_path: Path) -> None:
    file = tmp_path / "var" / "stack.json"
    for mode in (0o644, 0o600):
        stack.write_told(file, {"url": "u", "viewer_token": "v", "operator_token": "o"})
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        file.chmod(mode)
    assert json.loads(file.read_text("utf-8")) == {"url": "u", "viewer_token": "v", "operator_token": "o"}


def test_the_command_at_the_end_can_be_copied(tmp_path: Path) -> None:
    """The shell takes it as it stands, with the token from the file, and the command asks where the stack is."""
    file = tmp_path / "a folder" / "stack.json"
    with serving() as api:
        stack.write_told(file, {"url": f"{api.url}/", "viewer_token": "v-1", "operator_token": "o_2"})
        said = stack.farewell(f"{api.url}/", file, "second")
        (line,) = [line for line in said.splitlines() if "trader status" in line]
        subprocess.run(["sh", "-c", line], cwd=Path.cwd(), capture_output=True, check=False, timeout=60)
        (asked,) = api.received
    assert (asked.target, asked.headers["Authorization"]) == ("/status?agent=second", "Bearer o_2")
    assert "o_2" not in said
    assert "v-1" not in said
