"""A simulated exchange, agents on it and what they stored: each in a real process, talking over real HTTP."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import requests

from chalicelib import wiring
from chalicelib.domain import MINUTE_MS, Decision, EquityPoint, Fill, NewsItem, Portfolio, Score
from tests.e2e.commands import COMMAND, ROOT, environment
from trader.runtime.runs import RunFolder
from trader.sim.tape import MarketPath, generated_tapes

SEED = 3
START_MS = 1_748_779_200_000
"""2025-06-01 12:00, where generated exchanges start unless told otherwise."""
HISTORY_MINUTES = 1440
READY = re.compile(r"ready on http://127\.0\.0\.1:(\d+) ")
EAGER = {
    "strategy.settings": {"rsi_period": 2, "rsi_buy": 95, "rsi_sell": 96, "sentiment_buy": -1, "sentiment_sell": -1},
    "risk": {"stale_after_s": 3600},
    "alerts": {"silent_after_s": 3600},
}
"""Enters at almost any price, so that a few minutes see orders; an hour of simulated time is a minute of real time."""


@dataclass(frozen=True, slots=True)
class Command:
    """A `trader` command that runs in the background and writes to files."""

    process: subprocess.Popen[bytes]
    stdout: Path
    stderr: Path

    def wait_until(self, condition: Callable[[], bool], within_s: float = 15.0) -> None:
        """Look until the condition holds; fails when the command ends or the time is up before."""
        deadline = time.monotonic() + within_s
        while not condition():
            assert self.process.poll() is None, f"ended with {self.process.returncode}: {self.tail()}"
            assert time.monotonic() < deadline, f"did not come within {within_s} s: {self.tail()}"
            time.sleep(0.05)

    def interrupt(self) -> str:
        """Ctrl-C; it must end well and without a traceback. What it printed."""
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(timeout=15) == 0, self.tail()
        assert "Traceback" not in self.said(), self.tail()
        return self.stdout.read_text("utf-8")

    def lines(self) -> list[str]:
        """The complete lines on stdout so far."""
        return self.stdout.read_text("utf-8").rpartition("\n")[0].splitlines()

    def said(self) -> str:
        """Its diagnostics so far."""
        return self.stderr.read_text("utf-8")

    def tail(self) -> str:
        """The end of them, for a failure's message."""
        return self.said()[-2000:]


@contextmanager
def running(home: Path, *arguments: str) -> Iterator[Command]:
    """The command, killed at the end if it has not ended by then. Its output lies beside the store."""
    folder = home / "output" / f"{time.monotonic_ns()}"
    folder.mkdir(parents=True)
    stdout, stderr = folder / "stdout", folder / "stderr"
    with stdout.open("wb") as out, stderr.open("wb") as errors:
        process = subprocess.Popen(
            [COMMAND, *arguments], env=environment(home), cwd=ROOT, stdout=out, stderr=errors, stdin=subprocess.DEVNULL
        )
    try:
        yield Command(process, stdout, stderr)
    finally:
        process.kill()
        process.wait()


@contextmanager
def simulated_exchange(home: Path, *arguments: str, port: int = 0) -> Iterator[str]:
    """The base URL of a `trader sim`, ready for clients."""
    with running(home, "sim", "--port", str(port), *arguments) as command:
        command.wait_until(lambda: bool(READY.search(command.stdout.read_text("utf-8"))))
        found = READY.search(command.stdout.read_text("utf-8"))
        assert found is not None
        yield f"http://127.0.0.1:{found[1]}"


def generated(
    start_ms: int = START_MS, symbols: str = "BTCUSDT,ETHUSDT", speed: int = 60, faults: str = ""
) -> list[str]:
    """Arguments of a generated exchange whose clock starts then; its market is the same whenever that is."""
    history = HISTORY_MINUTES + (start_ms - START_MS) // MINUTE_MS
    moment = datetime.fromtimestamp(start_ms / 1000, UTC).isoformat()
    market = ["--seed", str(SEED), "--symbol", symbols, "--start", moment, "--history", str(history)]
    return [*market, "--speed", str(speed), *(["--faults", faults] if faults else [])]


def market(symbols: Sequence[str] = ("BTCUSDT", "ETHUSDT")) -> dict[str, MarketPath]:
    """What `generated` serves."""
    return generated_tapes(SEED, symbols, START_MS - HISTORY_MINUTES * MINUTE_MS)


def exchange_time_ms(url: str) -> int:
    """The exchange's clock, asked until it answers: faults may get in the way."""
    for _ in range(50):
        with suppress(requests.RequestException):
            answer = requests.get(f"{url}/api/v3/time", timeout=5)
            if answer.ok and answer.text.endswith("}"):
                return int(answer.json()["serverTime"])
    raise AssertionError(f"{url} does not tell the time")


def write_config(path: Path, base_url: str, symbols: Sequence[str], feeds: Sequence[str]) -> None:
    """An eager agent on that exchange with those feeds; its time runs too fast for language models to keep up."""
    sections: dict[str, Mapping[str, object]] = {
        "agent": {"symbols": list(symbols)},
        "exchange": {"base_url": base_url},
        "news": {"feeds": list(feeds), "analyzer": "lexicon"},
        "inputs": {"sentiment_max_age": "off"},  # recorded headlines are older than the exchange's time
        **EAGER,
    }
    lines = []
    for section, values in sections.items():
        lines.append(f"[{section}]")
        lines += [f"{name} = {value!r}" for name, value in values.items()]
    path.write_text("\n".join(lines) + "\n", "utf-8")


@dataclass(frozen=True, slots=True)
class Record:
    """What an agent has stored, oldest first."""

    portfolio: Portfolio | None
    equity: list[EquityPoint]
    decisions: list[Decision]
    fills: list[Fill]
    news: list[tuple[NewsItem, Score | None]]


def record_of(home: Path) -> Record:
    """The record of the agent in this store; empty while there is none."""
    folder = RunFolder(home)
    pointers = folder.pointers()
    if not pointers:
        return Record(None, [], [], [], [])
    agent_id = pointers[0].agent_id
    with wiring.sqlite_stores(folder.database(folder.find(pointers[0].run_id))) as stores:
        decisions, _ = stores.journal.decisions(agent_id, 10_000)
        return Record(
            stores.portfolios.load(agent_id),
            stores.journal.equity(agent_id, 0, 2**62),
            decisions[::-1],
            stores.journal.fills(agent_id),
            stores.news.latest(1000)[::-1],
        )
