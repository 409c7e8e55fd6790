"""Where runs live: TRADER_HOME/runs/<run>/ holds a database and what the run is, TRADER_HOME/agents/ points to it.

A run in simulated time is a market and a configuration: the same command continues a killed run, and begins another in
place of a finished one. A run in real time is a market that all agents trade in together; it never ends. What halts an
agent stands in TRADER_HOME/halts.sqlite, whatever it runs.

A start makes what it needs beside what is there; `point` is the one step by which it takes effect.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import TextIO, TypeVar

from chalicelib import codec, wiring
from chalicelib.domain import MINUTE_MS
from chalicelib.errors import BadInput, TraderError, Unavailable
from chalicelib.services.liveness import Pulse
from trader.runtime.stored_rules import StoredRules, with_old_settings

T = TypeVar("T")

KEPT_SIMULATIONS = 20
LOOKS, LOOK_S = 3, 0.01
AHEAD = re.compile("-?[0-9]{1,18}")

Beat = Callable[[int | None], None]
"""Shows that a process lives; hears the market's time, where that goes on by itself."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run on disk. `identity` is what makes it this run and no other; `start_ms` the wall clock at its creation."""

    id: str
    market: str
    identity: str
    start_ms: int
    real_time: bool
    finished: bool = False


@dataclass(frozen=True, slots=True)
class AgentRun:
    """Which run an agent is in and how it is halted: what is read of a pointer, whatever became of its rules."""

    agent_id: str
    run_id: str
    started_ms: int
    mode: str
    cash: float
    flatten: bool = False
    """Whether a halt closes positions unless it says otherwise (risk.halt_action)."""
    config_file: str = ""
    """The settings that it was started with, empty where there was no file or an older version started it."""


@dataclass(frozen=True, slots=True)
class AgentPointer:
    """An agent as it was started: `AgentRun` and the rules that it decides by, as they are stored."""

    agent_id: str
    run_id: str
    started_ms: int
    mode: str
    cash: float
    rules: StoredRules
    flatten: bool = False
    config_file: str = ""


class RunFolder:
    """The runs and agents under one TRADER_HOME."""

    def __init__(self, home: Path) -> None:
        self._runs = home / "runs"
        self._agents = home / "agents"
        self.halts = wiring.HomeHalts(home / "halts.sqlite", self._databases)
        self.series = home / "series.sqlite"
        """The SQLite file with the flags that halt agents."""

    def database(self, run: Run) -> Path:
        """The run's SQLite file."""
        return self._runs / run.id / "trader.sqlite"

    def real_time(self, market: str, identity: Mapping[str, object], now_ms: int) -> Run:
        """The one run of this market in real time, made when it is not there yet."""
        run = _identified(market, market, identity, now_ms, real_time=True)
        with self._changing():
            return self._read(run.id) or self._made(run)

    def found_in_real_time(self, market: str, identity: Mapping[str, object]) -> Run | None:
        """The one run of this market in real time, None while there is none."""
        return self._read(_identified(market, market, identity, 0, real_time=True).id)

    def simulated(self, agent_id: str, market: str, identity: Mapping[str, object], now_ms: int) -> Run:
        """The run of this agent with this identity that is to go on, a new one where none is unfinished."""
        run = _identified(agent_id, market, {"agent": agent_id, **identity}, now_ms, real_time=False)
        with self._changing():
            for found in self._all():
                if found.identity == run.identity and not found.finished:
                    return found
            return self._made(next(free for free in _numbered(run) if self._read(free.id) is None))

    def left_by(self, agent_id: str, run: Run) -> Run | None:
        """The unfinished simulation that the agent was in last, where that is another than this run."""
        pointer = self.pointer_of(agent_id)
        last = None if pointer is None else self._read(pointer.run_id)
        return None if last is None or last.real_time or last.finished or last.id == run.id else last

    def clear_up_after(self, run: Run) -> None:
        """Remove what the run, now that it has been pointed to, stands in place of, and the oldest simulations."""
        with self._changing():
            for other in self._finished():
                if other.identity == run.identity and other.id != run.id:
                    self._remove(other.id)
            for other in self._finished()[KEPT_SIMULATIONS:]:
                if other.id != run.id:
                    self._remove(other.id)

    def finish(self, run: Run) -> None:
        """A finished run starts anew the next time."""
        _write(self._runs / run.id / "run.json", codec.dump(replace(run, finished=True)))

    def find(self, run_id: str) -> Run:
        """Raises BadInput if there is no such run."""
        run = self._read(run_id) if Path(run_id).name == run_id else None
        if run is None:
            raise BadInput(f"run {run_id}: not found under {self._runs}")
        return run

    def point(self, pointer: AgentPointer) -> None:
        """From now on this is the agent's run, which keeps all rules that were ever decided by in it."""
        rules = self._rules_folder(pointer.run_id) / f"{pointer.agent_id}-{_digest(codec.dump(pointer.rules))}.json"
        if not rules.exists():
            _write(rules, codec.dump(pointer))
        _write(self._pointer_file(pointer.agent_id), codec.dump(pointer))

    def deciders(self, run: Run, agent_id: str) -> list[AgentPointer]:
        """The agent's rules in this run, each as it was first started with, oldest first; empty where none is kept."""
        kept = [_load_pointer(path) for path in _files(self._rules_folder(run.id), f"{agent_id}-*.json")]
        found = [pointer for pointer in kept if pointer is not None and pointer.agent_id == agent_id]
        now = _load_pointer(self._pointer_file(agent_id))
        if now is not None and now.run_id == run.id and all(pointer.rules != now.rules for pointer in found):
            found.append(now)
        return sorted(found, key=lambda pointer: pointer.started_ms)

    def agents(self) -> list[str]:
        """Ids of the agents that ever ran here, sorted."""
        return sorted(path.stem for path in _files(self._agents, "*.json"))

    def config_files(self, agent_id: str | None) -> list[Path]:
        """The files with the settings of this agent, or of all, none twice; what cannot be read names none."""
        found: dict[Path, None] = {}
        with suppress(TraderError):
            for name in self.agents() if agent_id is None else [agent_id]:
                with suppress(TraderError):
                    pointer = self.pointer_of(name)
                    if pointer is not None and pointer.config_file:
                        found[Path(pointer.config_file)] = None
        return list(found)

    def pointers(self, say: Callable[[str], None] = lambda line: None) -> list[AgentRun]:
        """The agents whose run is still kept, the one started last first; `say` hears of others that are damaged.

        Raises BadInput naming a damaged file where none is left that can be read.
        """
        kept, damaged = [], []
        for agent_id in self.agents():
            try:
                pointer = self.pointer_of(agent_id)
            except BadInput as error:
                damaged.append(error)
            else:
                kept += [] if pointer is None else [pointer]
        if damaged and not kept:
            raise damaged[0]
        for one in damaged:
            say(str(one))
        return sorted(kept, key=lambda pointer: pointer.started_ms, reverse=True)

    def pointer_of(self, agent_id: str) -> AgentRun | None:
        """This agent's, None if it has no run that is still kept. Only its own file is read, but for its rules."""
        pointer = _load(AgentRun, self._pointer_file(agent_id))
        return pointer if pointer is not None and self._read(pointer.run_id) is not None else None

    def rules_of(self, pointer: AgentRun) -> StoredRules:
        """The rules that the agent was started with. Raises BadInput where this version cannot read them any more."""
        started = _load_pointer(self._pointer_file(pointer.agent_id))
        if started is None:
            raise BadInput(f"{self._pointer_file(pointer.agent_id)}: not there any more")
        return started.rules

    def agents_in(self, run: Run) -> list[str]:
        """The agents whose newest run is this one. A damaged file of another agent is no reason to find nobody."""
        found = []
        for agent_id in self.agents():
            with suppress(BadInput):
                pointer = self.pointer_of(agent_id)
                found += [agent_id] if pointer is not None and pointer.run_id == run.id else []
        return found

    def pointer(self, agent_id: str | None, say: Callable[[str], None] = lambda line: None) -> AgentRun:
        """This agent's, or the one started last of `pointers`. Raises BadInput if there is none."""
        found = self.pointers(say) if agent_id is None else [self.pointer_of(agent_id)]
        for pointer in found:
            if pointer is not None:
                return pointer
        raise self.nobody(agent_id)

    def nobody(self, agent_id: str | None) -> BadInput:
        """The error that says that this agent, or any, never ran here."""
        who = "no agent has" if agent_id is None else f"agent {agent_id} has not"
        return BadInput(f"{who} run here yet ({self._agents}): start one with `trader paper run`")

    @contextmanager
    def only_process(self, agent_id: str) -> Iterator[Beat]:
        """Held while an agent runs; the system frees it when the process dies. Raises BadInput if another holds it.

        What it gives shows, each time it is called, that the process lives.
        """
        with _opened(self._lock_file(agent_id)) as file:
            if not _locked(file, fcntl.LOCK_EX, LOOKS):
                file.seek(0)
                process = file.read().partition(" ")[0].strip()
                raise BadInput(f"agent {agent_id} is already running (process {process})")
            beat = partial(_beat, file)
            beat(None)
            yield beat

    def pulse_of(self, pointer: AgentRun, interval_ms: int = MINUTE_MS) -> Pulse:
        """Whether a process has the agent's run, and when one last showed itself. Raises Unavailable."""
        try:
            with self._lock_file(pointer.agent_id).open(encoding="utf-8") as file:
                lived_ms = os.fstat(file.fileno()).st_mtime_ns // 1_000_000
                running = not _locked(file, fcntl.LOCK_SH, 1)
                _, _, ahead = file.read().partition(" ")
        except FileNotFoundError:
            return Pulse(running=False)
        except OSError as error:
            raise Unavailable(f"{error.filename}: cannot be read ({error.strerror})") from error
        run = self._read(pointer.run_id)
        has_time = run is not None and run.real_time
        ahead_ms = int(ahead) if AHEAD.fullmatch(ahead) else 0
        return Pulse(running, lived_ms, _wall_ms() + ahead_ms if has_time else None, interval_ms)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Held while runs are made or removed: of two agents that open one run at once the second finds it made."""
        with _opened(self._runs / "runs.lock") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _made(self, run: Run) -> Run:
        self._remove(run.id)  # what a crash left of making or removing it
        _write(self._runs / run.id / "run.json", codec.dump(run))
        return run

    def _lock_file(self, agent_id: str) -> Path:
        return self._agents / f"{agent_id}.lock"

    def _pointer_file(self, agent_id: str) -> Path:
        return self._agents / f"{agent_id}.json"

    def _rules_folder(self, run_id: str) -> Path:
        return self._runs / run_id / "rules"

    def _databases(self) -> list[Path]:
        return _files(self._runs, "*/trader.sqlite")

    def _read(self, run_id: str) -> Run | None:
        return _load(Run, self._runs / run_id / "run.json")

    def _remove(self, run_id: str) -> None:
        folder = self._runs / run_id
        try:
            (folder / "run.json").unlink(missing_ok=True)  # first: without it the rest is known to be left over
        except OSError as error:
            raise Unavailable(f"{folder}: cannot be removed ({error.strerror})") from error
        shutil.rmtree(folder, ignore_errors=True)

    def _finished(self) -> list[Run]:
        """The finished simulations, the newest first."""
        return sorted((run for run in self._all() if run.finished), key=lambda run: run.start_ms, reverse=True)

    def _all(self) -> list[Run]:
        found = [self._read(path.parent.name) for path in _files(self._runs, "*/run.json")]
        return [run for run in found if run is not None]


def _identified(name: str, market: str, identity: Mapping[str, object], now_ms: int, real_time: bool) -> Run:
    text = json.dumps(identity, sort_keys=True)
    return Run(f"{name}-{_digest(text)}", market, text, now_ms, real_time)


def _numbered(run: Run) -> Iterator[Run]:
    """The run under its own id, then with a number behind it, without end."""
    yield run
    for number in count(2):
        yield replace(run, id=f"{run.id}-{number}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(
            f"{folder}: cannot be made ({error.strerror}); TRADER_HOME names the folder to use"
        ) from error


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    """The file that a lock is held on, made with its folder."""
    _make(path.parent)
    try:
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), "r+", encoding="utf-8")
    except OSError as error:
        raise Unavailable(f"{path}: cannot be opened ({error.strerror})") from error
    with file:
        yield file


def _locked(file: TextIO, kind: int, looks: int) -> bool:
    """Whether the lock was free. Worth several looks: whoever only wants to know takes it for a moment, too."""
    for left in reversed(range(looks)):
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(LOOK_S if left else 0.0)
        else:
            return True
    return False


def _beat(file: TextIO, now_ms: int | None) -> None:
    """Write who lives, and by how many ms the market's time is ahead of this machine's; the file's time says when."""
    ahead_ms = 0 if now_ms is None else now_ms - _wall_ms()
    with suppress(OSError):  # a full disk shows in what is traded
        os.truncate(file.fileno(), os.pwrite(file.fileno(), f"{os.getpid()} {ahead_ms}".encode(), 0))


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


def _files(folder: Path, pattern: str) -> list[Path]:
    """The files in the folder, none where there is no such folder."""
    try:
        return sorted(folder.glob(pattern))
    except OSError as error:
        raise Unavailable(f"{folder}: cannot be read ({error.strerror})") from error


def _load(kind: type[T], path: Path) -> T | None:
    """What the file holds, None where there is no such file. Raises BadInput naming a damaged one."""
    try:
        return codec.load(kind, path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise Unavailable(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: damaged: it is not UTF-8 text") from error
    except BadInput as error:
        raise BadInput(f"{path}: damaged: {error}") from error


def _load_pointer(path: Path) -> AgentPointer | None:
    """The agent in a file, one of a version with another form of rules too. Raises BadInput naming a damaged file."""
    pointer = _load(AgentPointer, path)
    if pointer is None or pointer.rules.rule_hash:
        return pointer
    return replace(pointer, rules=with_old_settings(pointer.rules, path.read_text("utf-8")))


def _write(path: Path, text: str) -> None:
    """Replace the file in one step."""
    _make(path.parent)
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        draft.write_text(text, "utf-8")
        draft.replace(path)
    except OSError as error:
        raise Unavailable(f"{path}: cannot be written ({error.strerror})") from error
