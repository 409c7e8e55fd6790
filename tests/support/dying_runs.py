"""Dies at every file operation of making, removing, finishing and pruning runs, and starts again after each.

python -m tests.support.dying_runs FOLDER   prints one JSON object: how often each scenario died, and what went wrong.
A process of its own, since it forks and its audit hook cannot be taken off.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from chalicelib.errors import TraderError
from trader.runtime.runs import KEPT_SIMULATIONS, Run, RunFolder

FILE_EVENTS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree", "fcntl.flock"}
DIED = 9
AGENT = "default"
IDENTITY = {"config": "1"}


def opened(home: Path, number: int = 0) -> Run:
    """What every start of the command does with runs."""
    folder = RunFolder(home)
    run = folder.simulated(AGENT, "sim", {**IDENTITY, "number": number}, now_ms=number)
    folder.clear_up_after(run)
    return run


def recorded(home: Path, number: int = 0) -> Run:
    """A run with something in its store."""
    run = opened(home, number)
    database = RunFolder(home).database(run)
    database.write_text("old")
    (database.parent / "more").mkdir(exist_ok=True)
    return run


def finished(home: Path, number: int = 0) -> Run:
    run = recorded(home, number)
    RunFolder(home).finish(run)
    return run


def fresh(home: Path) -> str:
    """What is wrong after a start that must begin with an empty store."""
    run = opened(home)
    if run.finished or RunFolder(home).find(run.id) != run:
        return "the run is not open"
    return "an old store is gone on with" if RunFolder(home).database(run).exists() else ""


def fresh_or_gone_on(home: Path) -> str:
    """What is wrong after a start that begins anew if the run was finished and goes on if it was not."""
    [path] = (home / "runs").glob("*/run.json")
    ended = RunFolder(home).find(path.parent.name).finished
    run = opened(home)
    if RunFolder(home).database(run).exists() == ended:
        return "the store of an unfinished run is lost" if not ended else "an old store is gone on with"
    return ""


def many(home: Path) -> None:
    for number in range(KEPT_SIMULATIONS + 4):
        finished(home, number)


def few_left(home: Path) -> str:
    opened(home)
    kept = [RunFolder(home).find(path.parent.name) for path in (home / "runs").glob("*/run.json")]
    count = sum(run.finished for run in kept)
    return "" if count <= KEPT_SIMULATIONS else f"{count} finished runs are kept"


SCENARIOS: dict[str, tuple[Callable[[Path], object], Callable[[Path], object], Callable[[Path], str]]] = {
    "making": (lambda home: None, opened, fresh),
    "removing": (finished, opened, fresh),
    "finishing": (recorded, lambda home: RunFolder(home).finish(opened(home)), fresh_or_gone_on),
    "pruning": (many, lambda home: opened(home, 10_000), few_left),
}


def died(act: Callable[[Path], object], home: Path, at: int) -> bool:
    """Whether a child that dies at its file operation number `at` got that far."""
    process = os.fork()
    if not process:
        count = 0

        def hook(event: str, _: object) -> None:
            nonlocal count
            if event in FILE_EVENTS:
                if count == at:
                    os._exit(DIED)
                count += 1

        sys.addaudithook(hook)
        act(home)
        os._exit(0)
    _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status) == DIED


def main(folder: Path) -> None:
    """Play every scenario to its end, one operation further each time."""
    deaths: dict[str, int] = {}
    wrong: list[str] = []
    for name, (prepare, act, verdict) in SCENARIOS.items():
        number = 0
        while True:
            home = folder / name / str(number)
            prepare(home)
            got_so_far = died(act, home, number)
            try:
                problem = verdict(home)
            except (TraderError, OSError) as error:
                problem = repr(error)
            if problem:
                wrong.append(f"{name}, dead at operation {number}: {problem}")
            if not got_so_far:
                break
            number += 1
        deaths[name] = number
    print(json.dumps({"deaths": deaths, "wrong": wrong}))  # noqa: T201 (its result)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
