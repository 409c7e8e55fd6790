"""Runs on disk: continued, started anew, recovered from any crash, pruned, and one process per agent."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from chalicelib import wiring
from chalicelib.config import load_config
from chalicelib.errors import BadInput, TraderError
from chalicelib.services.liveness import Pulse
from trader.runtime.runs import KEPT_SIMULATIONS, AgentPointer, Run, RunFolder
from trader.runtime.stored_rules import stored

RULES = stored(wiring.rules(load_config(None, ["agent.symbols=BTCUSDT"]), {}))


def opened(home: Path, now_ms: int = 1, agent: str = "default", **identity: object) -> Run:
    folder = RunFolder(home)
    run = folder.simulated(agent, "sim", {"config": "c", **identity}, now_ms)
    folder.clear_up_after(run)
    return run


def with_store(home: Path, run: Run) -> Path:
    database = RunFolder(home).database(run)
    database.write_text("stored")
    return database


def point(home: Path, run: Run, agent: str = "default", started_ms: int = 1) -> None:
    RunFolder(home).point(AgentPointer(agent, run.id, started_ms, "paper", 10_000.0, RULES))


def test_an_unfinished_run_is_continued(tmp_path: Path) -> None:
    first = opened(tmp_path)
    store = with_store(tmp_path, first)
    assert opened(tmp_path, now_ms=2) == first
    assert store.exists()


def test_a_finished_run_starts_anew_and_goes_once_the_new_one_stands(tmp_path: Path) -> None:
    first = opened(tmp_path)
    store = with_store(tmp_path, first)
    folder = RunFolder(tmp_path)
    folder.finish(first)
    again = folder.simulated("default", "sim", {"config": "c"}, 2)
    assert (again.start_ms, again.finished) == (2, False)
    assert not folder.database(again).exists()
    assert store.exists()
    folder.clear_up_after(again)
    assert not store.exists()
    assert folder.simulated("default", "sim", {"config": "c"}, 3) == again


def test_another_identity_or_agent_is_another_run(tmp_path: Path) -> None:
    runs = [opened(tmp_path), opened(tmp_path, config="d"), opened(tmp_path, agent="other")]
    assert len({run.id for run in runs}) == 3


def test_the_run_in_real_time_is_shared_and_stays(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    first = folder.real_time("sim", {"seed": 1}, 1)
    assert folder.real_time("sim", {"seed": 1}, 2) == first
    assert folder.real_time("sim", {"seed": 2}, 2).id != first.id


def test_death_at_any_file_operation_leaves_what_the_next_start_handles(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.support.dying_runs", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    found = json.loads(done.stdout)
    assert found["wrong"] == []
    assert all(count >= 4 for count in found["deaths"].values()), found["deaths"]


def test_pruning_keeps_the_newest_finished_runs_and_all_that_may_go_on(tmp_path: Path) -> None:
    live = RunFolder(tmp_path).real_time("sim", {"seed": 1}, 0)
    paused = opened(tmp_path, now_ms=0, number=-1)
    for number in range(KEPT_SIMULATIONS + 5):
        RunFolder(tmp_path).finish(opened(tmp_path, now_ms=number + 1, number=number))
    newest = opened(tmp_path, now_ms=1_000, number=-2)

    kept = [RunFolder(tmp_path).find(path.parent.name) for path in (tmp_path / "runs").glob("*/run.json")]
    assert {live, paused, newest} <= set(kept)
    ended = sorted(run.start_ms for run in kept if run.finished)
    assert ended == list(range(6, KEPT_SIMULATIONS + 6))


def test_a_pointer_whose_run_was_pruned_is_no_agent(tmp_path: Path) -> None:
    run = opened(tmp_path)
    point(tmp_path, run)
    assert RunFolder(tmp_path).pointer(None).run_id == run.id
    (tmp_path / "runs" / run.id / "run.json").unlink()
    with pytest.raises(BadInput, match="no agent has run here yet"):
        RunFolder(tmp_path).pointer(None)


def test_the_agent_started_last_is_the_one_meant(tmp_path: Path) -> None:
    run = opened(tmp_path)
    point(tmp_path, run, "old", 1)
    point(tmp_path, run, "new", 2)
    folder = RunFolder(tmp_path)
    assert folder.pointer(None).agent_id == "new"
    assert folder.pointer("old").agent_id == "old"
    assert [pointer.agent_id for pointer in folder.pointers()] == ["new", "old"]
    with pytest.raises(BadInput, match="agent absent has not run here yet"):
        folder.pointer("absent")


def test_one_process_per_agent(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    message = r"^agent default is already running \(process \d+\)$"
    with (
        folder.only_process("default"),
        folder.only_process("other"),
        pytest.raises(BadInput, match=message),
        folder.only_process("default"),
    ):
        raise AssertionError("two processes of one agent")
    with folder.only_process("default"):
        pass


def folder_in_place_of_the_lock(home: Path) -> None:
    (home / "agents" / "default.lock").mkdir(parents=True)


def file_in_place_of_the_runs(home: Path) -> None:
    (home / "runs").write_text("")


def file_in_place_of_a_run(home: Path) -> None:
    run = opened(home)
    point(home, run)
    shutil.rmtree(home / "runs" / run.id)
    (home / "runs" / run.id).write_text("")


def folder_in_place_of_a_run_file(home: Path) -> None:
    run = opened(home)
    point(home, run)
    (home / "runs" / run.id / "run.json").unlink()
    (home / "runs" / run.id / "run.json").mkdir()


def binary_run_file(home: Path) -> None:
    run = opened(home)
    point(home, run)
    (home / "runs" / run.id / "run.json").write_bytes(b"\xff\x00\xfe")


def binary_pointer(home: Path) -> None:
    point(home, opened(home))
    (home / "agents" / "default.json").write_bytes(b"\xff\x00\xfe")


def foreign_pointer(home: Path) -> None:
    point(home, opened(home))
    (home / "agents" / "default.json").write_text('{"agent_id": 3}\n')


@pytest.mark.parametrize(
    "damage",
    [
        folder_in_place_of_the_lock,
        file_in_place_of_the_runs,
        file_in_place_of_a_run,
        folder_in_place_of_a_run_file,
        binary_run_file,
        binary_pointer,
        foreign_pointer,
    ],
)
def test_a_damaged_folder_is_one_line_that_names_the_place(damage: Callable[[Path], None], tmp_path: Path) -> None:
    damage(tmp_path)
    folder = RunFolder(tmp_path)
    with pytest.raises(TraderError) as caught:  # noqa: PT012 (whichever of them meets the damage first)
        folder.pointer("default")
        with folder.only_process("default"):
            opened(tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("damage", [file_in_place_of_the_runs, file_in_place_of_a_run])
def test_a_file_where_a_folder_should_be_does_not_start_a_run(damage: Callable[[Path], None], tmp_path: Path) -> None:
    damage(tmp_path)
    with pytest.raises(TraderError, match=str(tmp_path)):
        opened(tmp_path)


def test_a_pointer_of_an_older_version_is_read(tmp_path: Path) -> None:
    run = opened(tmp_path)
    point(tmp_path, run)
    file = tmp_path / "agents" / "default.json"
    written = json.loads(file.read_text("utf-8"))
    del written["config_file"]  # as commit 031d62e wrote it
    file.write_text(json.dumps(written), "utf-8")
    folder = RunFolder(tmp_path)
    pointer = folder.pointer("default")
    assert (pointer.run_id, pointer.mode, pointer.cash) == (run.id, "paper", 10_000.0)
    assert folder.rules_of(pointer) == RULES
    assert [decider.rules for decider in folder.deciders(run, "default")] == [RULES]


def test_a_pulse_tells_a_living_process_from_one_that_died_and_when_it_last_lived(tmp_path: Path) -> None:
    """Looking is no holding: the agent starts though somebody looks; who holds it is seen from its own process, too."""
    folder = RunFolder(tmp_path)
    run = folder.real_time("sim", {"seed": 1}, 1)
    point(tmp_path, run)
    [pointer] = folder.pointers()
    assert folder.pulse_of(pointer) == Pulse(running=False)
    with folder.only_process("default") as beat:
        begun = folder.pulse_of(pointer)
        beat(begun.lived_ms + 3_600_000 if begun.lived_ms else None)
        alive = folder.pulse_of(pointer)
        assert (begun.running, alive.running) == (True, True)
        assert alive.now_ms is not None
        assert alive.lived_ms is not None
        assert alive.now_ms - alive.lived_ms == pytest.approx(3_600_000, abs=2_000)  # the market's time, an hour ahead
        with (
            pytest.raises(BadInput, match=rf"already running \(process {os.getpid()}\)"),
            folder.only_process("default"),
        ):
            pass
    assert folder.pulse_of(pointer).running is False
    lock = tmp_path / "agents" / "default.lock"
    os.utime(lock, (5, 5))
    dead = folder.pulse_of(pointer)
    assert (dead.running, dead.lived_ms) == (False, 5_000)
    lock.write_text("4711")  # as a version before wrote it
    assert folder.pulse_of(pointer).now_ms is not None


def test_a_simulation_has_no_time_to_be_behind(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    point(tmp_path, opened(tmp_path))
    [pointer] = folder.pointers()
    with folder.only_process("default"):
        assert folder.pulse_of(pointer).now_ms is None
