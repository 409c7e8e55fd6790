"""`make stack`: the whole of it on this machine, on the emulator and, unless told otherwise, on a simulated market."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from chalicelib.config import Deployment, load_secrets
from chalicelib.errors import BadInput, Unavailable
from infra import parameters
from infra.account import LOCAL_IDENTITY, in_one_line
from infra.deploy import ROOT, DeployOptions, Tell, deploy
from infra.destroy import destroy
from infra.endpoint import current, emulator_at
from infra.processes import Server
from infra.strategies import read_strategies

STAGE = "local"
STACK_PYTHON = ROOT / ".venv-stack" / "bin" / "python"
DEFAULT_ENDPOINT = "http://127.0.0.1:4566"
LOOPBACK = ("127.0.0.1", "localhost")
"""Where our emulator listens; not on ::1."""
SIM_READY = re.compile(r"ready on (http://127\.0\.0\.1:\d+) ")


@dataclass(frozen=True, slots=True)
class Places:
    """Where a stack keeps what is its own."""

    folder: Path
    """Logs, what was rendered, and what runs."""
    file: Path
    """URL and tokens, as JSON that only its owner may read."""


def up(names: Deployment, places: Places, endpoint: str, agent_files: Sequence[Path], tell: Tell) -> None:
    """Start what does not run yet, deploy, and write the URL and the tokens to the file. Raises TraderError.

    Nothing is started for agents or secrets that cannot be used.
    """
    folder = places.folder
    load_secrets()
    agents = parameters.read_agents(names, agent_files) if agent_files else {}
    folder.mkdir(parents=True, exist_ok=True)
    account = current(_emulator(folder, endpoint, tell))
    agents = agents or parameters.read_agents(names, [_agent_on_simulated_market(folder, tell)])
    options = DeployOptions(agents, strategies=read_strategies(agent_files))
    url = deploy(account, names, folder / "app", options, tell)
    with in_one_line("tokens"):
        tokens = {
            name.replace("-", "_"): parameters.read_token(account, names, name).reveal() for name in parameters.TOKENS
        }
    write_told(places.file, {"url": url, **tokens})
    tell(farewell(url, places.file, next(iter(agents))))


def write_told(file: Path, told: Mapping[str, str]) -> None:
    """Write it for nobody else's eyes, whatever the file was before."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.chmod(0o600)
    file.write_text(json.dumps(told, indent=2) + "\n", "utf-8")


def farewell(url: str, file: Path, agent_id: str) -> str:
    """What to do next, to be copied. The token does not go by the arguments, which every user of a machine can see."""
    trader = Path(os.path.relpath(Path(sys.executable).with_name("trader")))
    token = f'sed -n \'s/.*"operator_token": "\\(.*\\)".*/\\1/p\' {shlex.quote(str(file))}'
    where = f"--agent {agent_id} --url {shlex.quote(url.rstrip('/'))}"
    ask = f'TRADER_TOKEN="$({token})" {shlex.quote(str(trader))} status {where}'
    return (
        f"\nIt runs, and trades its first minute within two minutes. URL and tokens are in {file}.\n\n"
        f"See what {agent_id} does (halt and resume go the same way):\n  {ask}\n"
        f"End it:\n  make stack-down"
    )


def down(places: Places, endpoint: str, tell: Tell) -> None:
    """End what `up` started: our emulator forgets everything; from another one the stage is taken away."""
    folder = places.folder
    if endpoint and not Server(folder, "emulator").url() and (other := emulator_at(endpoint)):
        destroy(other, Deployment(STAGE), folder / "app", tell)
    ended = [name for name in ("sim", "emulator") if Server(folder, name).stop()]
    places.file.unlink(missing_ok=True)
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
    if emulator_at(address):
        if endpoint:
            tell(f"emulator: {endpoint}, which is there already")
            return endpoint
        raise BadInput(f"an emulator is at {address}: set AWS_ENDPOINT_URL={address} to use it, or to another port")
    parts = urlsplit(address)
    if parts.scheme != "http" or parts.hostname not in LOOPBACK:
        raise Unavailable(f"AWS_ENDPOINT_URL: nothing answers at {address}")
    started = _start_emulator(server, address, parts.port or 80)
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


def _answers(address: str) -> bool:
    try:
        return emulator_at(address) is not None
    except BadInput:  # it listens already, and is not done with starting
        return False
