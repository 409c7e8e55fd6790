"""Where `make stack` finds or starts what it needs, without deploying anything."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from chalicelib.config import load_config
from chalicelib.errors import BadInput, Unavailable
from infra import stack
from infra.processes import Server
from tests.fakes.web_server import serving
from tests.support.emulator import ROOT, free_port
from tests.support.processes import until
from tests.support.sts import IDENTITY


def quiet(line: str) -> None:
    """Nobody listens."""


def test_an_emulator_that_is_there_is_used(tmp_path: Path) -> None:
    with serving() as other:
        other.otherwise = IDENTITY
        assert stack._emulator(tmp_path, other.url, quiet) == other.url
    assert list(tmp_path.iterdir()) == []


def test_what_holds_the_default_port_is_not_taken_for_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as other:
        monkeypatch.setattr(stack, "DEFAULT_ENDPOINT", other.url)
        with pytest.raises(BadInput, match=f"what answers at {other.url} is no emulator of AWS"):
            stack._emulator(tmp_path, "", quiet)
        other.otherwise = IDENTITY
        with pytest.raises(BadInput, match=f"an emulator is at {other.url}: set AWS_ENDPOINT_URL={other.url}"):
            stack._emulator(tmp_path, "", quiet)


def test_nothing_is_started_for_another_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "LOOPBACK", ())
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(Unavailable, match="AWS_ENDPOINT_URL: nothing answers"):
        stack._emulator(tmp_path, url, quiet)


def test_ours_is_started_once_found_again_and_ended(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    try:
        assert stack._emulator(tmp_path, url, quiet) == url
        assert stack._emulator(tmp_path, "", quiet) == url
        assert stack._emulator(tmp_path, url, quiet) == url
        with pytest.raises(BadInput, match="make stack-down first"):
            stack._emulator(tmp_path, "http://127.0.0.1:1", quiet)
        assert requests.get(url, timeout=5).status_code < 500
    finally:
        stack.down(stack.Places(tmp_path, tmp_path / "stack.json"), url, quiet)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["emulator.log"]
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.support.emulator import AS_IT_COMES, WITH_FIXES, emulator
with emulator(Path(sys.argv[1]) / "a") as one, emulator(Path(sys.argv[1]) / "b", AS_IT_COMES) as other:
    print(one.url, other.url, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_test_that_is_killed_leaves_no_emulator_behind(tmp_path: Path) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    urls = killed.stdout.split()
    assert len(urls) == 2
    until(lambda: not any(map(stack._answers, urls)))


def test_an_agent_without_settings_gets_a_simulated_market(tmp_path: Path) -> None:
    said: list[str] = []
    try:
        first = load_config(stack._agent_on_simulated_market(tmp_path, said.append))
        again = load_config(stack._agent_on_simulated_market(tmp_path, said.append))
        assert first == again
        assert requests.get(f"{first.exchange.base_url}/api/v3/time", timeout=5).ok
        assert requests.get(first.news.feeds[0], timeout=5).ok
        assert len(said) == 1
    finally:
        assert Server(tmp_path, "sim").stop()
