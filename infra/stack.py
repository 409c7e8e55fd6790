"""`make stack`: the whole of it on this machine, on the emulator and, unless told otherwise, on a simulated market."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import requests

from chalicelib.config import Deployment
from chalicelib.errors import BadInput, Unavailable
from infra import parameters
from infra.account import LOCAL_IDENTITY, current, in_one_line
from infra.deploy import ROOT, Tell, Wishes, deploy
from infra.destroy import destroy
from infra.processes import Server

STAGE = "local"
STACK_PYTHON = ROOT / ".venv-stack" / "bin" / "python"
DEFAULT_ENDPOINT = "http://127.0.0.1:4566"
LOOPBACK = ("127.0.0.1", "localhost")
SIM_READY = re.compile(r"ready on (http://127\.0\.0\.1:\d+) ")


def up(names: Deployment, folder: Path, endpoint: str, agent_files: Sequence[Path], tell: Tell) -> None:
    """Start what does not run yet, deploy, and write `stack.json` with the URL and the tokens. Raises TraderError."""
    folder.mkdir(parents=True, exist_ok=True)
    account = current(_emulator(folder, endpoint, tell))
    files = agent_files or [_agent_on_simulated_market(folder, tell)]
    url = deploy(account, names, folder / "app", Wishes(agent_files=files), tell)
    with in_one_line("tokens"):
        tokens = {
            name.replace("-", "_"): parameters.read_token(account, names, name).reveal() for name in parameters.TOKENS
        }
    target = folder / "stack.json"
    target.touch(mode=0o600)
    target.chmod(0o600)
    target.write_text(json.dumps({"url": url, **tokens}, indent=2) + "\n", "utf-8")
    tell(f"{url} answers; the tokens are in {target}; make stack-down ends it")


def down(folder: Path, endpoint: str, tell: Tell) -> None:
    """End what `up` started: our emulator forgets everything; from another one the stage is taken away."""
    if endpoint and not Server(folder, "emulator").url() and _answers(endpoint):
        destroy(current(endpoint), Deployment(STAGE), folder / "app", tell)
    ended = [name for name in ("sim", "emulator") if Server(folder, name).stop()]
    (folder / "stack.json").unlink(missing_ok=True)
    for leftover in ("app", "tmp"):
        shutil.rmtree(folder / leftover, ignore_errors=True)
    tell(f"ended: {', '.join(ended)}" if ended else "nothing runs")


def _emulator(folder: Path, endpoint: str, tell: Tell) -> str:
    """The endpoint of ours, started if need be; one that answers at a given AWS_ENDPOINT_URL is used as it is."""
    server = Server(folder, "emulator")
    running = server.url()
    if running and endpoint in ("", running):
        return running
    if running:
        raise BadInput(f"the emulator runs at {running}, not at {endpoint}: make stack-down first")
    address = endpoint or DEFAULT_ENDPOINT
    if _answers(address):
        if endpoint:
            tell(f"emulator: {endpoint}, which is there already")
            return endpoint
        raise BadInput(f"something answers at {address}: set AWS_ENDPOINT_URL={address} to use it, or to another port")
    parts = urlsplit(address)
    if parts.scheme != "http" or parts.hostname not in LOOPBACK:
        raise Unavailable(f"AWS_ENDPOINT_URL: nothing answers at {address}")
    started = _start_emulator(server, address.rstrip("/"), parts.port or 80)
    tell(f"emulator: started at {started}")
    return started


def _start_emulator(server: Server, address: str, port: int) -> str:
    if not STACK_PYTHON.exists():
        raise BadInput(f"{STACK_PYTHON}: there is no emulator yet: make stack sets it up")
    unpacked = server.folder / "tmp"
    shutil.rmtree(unpacked, ignore_errors=True)  # Lambdas of an emulator that was killed
    unpacked.mkdir(parents=True)
    kept = {name: value for name, value in os.environ.items() if name in ("LANG", "LC_ALL", "PATH")}
    place = str(unpacked.resolve())  # a home of its own: the Lambdas must not find this person's ~/.aws
    environment = {**kept, **LOCAL_IDENTITY, "GATEWAY_PORT": str(port), "HOME": place, "TMPDIR": place}
    command = [str(STACK_PYTHON), "-m", "infra.emulator"]
    return server.start(command, environment, ROOT, lambda: address if _answers(address) else "")


def _agent_on_simulated_market(folder: Path, tell: Tell) -> Path:
    """An agent.toml with the simulated exchange, started if need be, for its market and its news."""
    server = Server(folder, "sim")
    url = server.url()
    if not url:
        command = [str(Path(sys.executable).with_name("trader")), "sim", "--port", "0"]
        url = server.start(command, os.environ, ROOT, lambda: _first_group(SIM_READY, server.log))
        tell(f"market and news: simulated at {url}")
    file = folder / "agent.toml"
    file.write_text(f'[exchange]\nbase_url = "{url}"\n[news]\nfeeds = ["{url}/news.rss"]\n', "utf-8")
    return file


def _first_group(pattern: re.Pattern[str], file: Path) -> str:
    found = pattern.search(file.read_text("utf-8", "replace"))
    return found[1] if found else ""


def _answers(url: str) -> bool:
    try:
        requests.get(url, timeout=2.0)
    except requests.RequestException:
        return False
    return True
