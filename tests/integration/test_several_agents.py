"""Several agents in one run: each trades as if it were alone, in whatever order they are named."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from chalicelib.errors import BadInput
from tests.support.interrupted import command
from trader.runtime.desks import open_run
from trader.runtime.runs import RunFolder

FIRST = '[agent]\nid = "first"\nsymbols = ["BTCUSDT"]\n[news]\nanalyzer = "lexicon"\n'
SECOND = (
    '[agent]\nid = "second"\nsymbols = ["ETHUSDT", "BTCUSDT"]\ncash = 5000\n'
    '[strategy]\nname = "ema_cross"\n[strategy.settings]\nfast = 3\nslow = 7\n[news]\nanalyzer = "lexicon"\n'
)
RUN = ("paper", "run", "--speed", "max", "--ticks", "120", "--json")


@pytest.fixture
def settings(tmp_path: Path) -> Mapping[str, str]:
    """The settings files by agent."""
    files = {"first": tmp_path / "first.toml", "second": tmp_path / "second.toml"}
    for (name, file), text in zip(files.items(), (FIRST, SECOND), strict=True):
        assert name in text
        file.write_text(text, "utf-8")
    return {name: str(file) for name, file in files.items()}


def run(home: Path, *files: str, code: int = 0) -> str:
    """Sentiment is of a file: the headlines of a generated market are of all of its symbols."""
    home.mkdir(exist_ok=True)
    (home / "sentiment.csv").write_text("time,score\n0,0.5\n1735690000000,-0.5\n1735692000000,0.25\n", "utf-8")
    found, printed = command(home, *RUN, "--sentiment", str(home / "sentiment.csv"), "--config", ",".join(files))
    assert found == code, printed
    return printed


def told(printed: str) -> dict[str, object]:
    """The JSON object among what was printed."""
    (line,) = [line for line in printed.splitlines() if line.startswith("{")]
    found: dict[str, object] = json.loads(line)
    return found


def records(home: Path, agent_id: str) -> tuple[object, ...]:
    """Everything that the agent recorded, and what it holds."""
    folder = RunFolder(home)
    pointer = folder.pointer_of(agent_id)
    assert pointer is not None
    with open_run(folder, folder.find(pointer.run_id)) as stores:
        journal = stores.journal
        kept = journal.decisions(agent_id, 1000)[0], journal.fills(agent_id), journal.equity(agent_id, 0, 2**62)
        return (*kept, stores.portfolios.load(agent_id))


def test_each_trades_as_if_alone_in_either_order(tmp_path: Path, settings: Mapping[str, str]) -> None:
    together = told(run(tmp_path / "a", settings["first"], settings["second"]))
    turned = told(run(tmp_path / "b", settings["second"], settings["first"]))
    alone = {name: told(run(tmp_path / name, file)) for name, file in settings.items()}
    assert together == {"agents": [alone["first"], alone["second"]]}
    assert turned == {"agents": [alone["second"], alone["first"]]}
    assert all(each["trades"] for each in alone.values())
    for name in settings:
        assert records(tmp_path / "a", name) == records(tmp_path / "b", name) == records(tmp_path / name, name)


def test_a_halt_of_one_stops_that_one_alone(tmp_path: Path, settings: Mapping[str, str]) -> None:
    home = tmp_path / "home"
    run(home, *settings.values())
    assert command(home, "halt", "--agent", "second")[0] == 0
    assert run(home, *settings.values()).count("halted") == 1
    outcomes = {name: {each.outcome for each in records(home, name)[0]} for name in settings}  # type: ignore[attr-defined]
    assert "ordered" in outcomes["first"]
    assert "ordered" not in outcomes["second"]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ('id = "first"', "agent.id = 'first': two of the settings have it"),
        ('id = "second"\nseed = 2', "agent second: agent.seed = 2: agents of one run share the market; first has 1"),
    ],
)
def test_agents_that_cannot_share_a_run_are_refused(
    changed: str, why: str, tmp_path: Path, settings: Mapping[str, str]
) -> None:
    Path(settings["second"]).write_text(SECOND.replace('id = "second"', changed), "utf-8")
    home = tmp_path / "home"
    assert why in run(home, *settings.values(), code=1)
    with pytest.raises(BadInput, match="no agent has run here"):
        RunFolder(home).pointer(None)
