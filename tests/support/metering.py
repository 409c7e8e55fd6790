"""Meters what a deployed agent uses and writes it into trader/cost/metered.toml and docs/cost.md.

python -m tests.support.metering        takes some minutes; what is assumed in the file stays as it stands
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from chalicelib.adapters.dynamodb import DynamoSeriesStore, connect
from chalicelib.adapters.dynamodb.client import Tables
from chalicelib.domain import SeriesValue
from tests.sim_server import START_MS
from tests.support.metering_file import Measured, PerFunction, write_file
from tests.support.metering_page import write_page
from tests.support.metering_stage import PREFIX, REGION, SCHEDULED, TOKEN, Reading, Stage, schedule_event, stage
from tests.support.metering_tls import connection_cpu_ms

QUIET = "[strategy.settings]\nsentiment_buy = 1.0\n"
"""No average is above 1: the rule never enters."""
BUSY = "[strategy.settings]\nrsi_period = 3\nrsi_buy = 48\nrsi_sell = 52\nsentiment_buy = -1.0\nsentiment_sell = -1.0\n"
"""In and out every few minutes."""
HOURLY = f'[strategy]\ninterval = "1h"\n{QUIET}'
TWO_SERIES = Path(__file__).resolve().parents[1] / "strategies" / "two_series.py"
SECOND = "    mood: float = nan\n"
"""The line that declares one of them."""
HOURLY_HISTORY = 70
"""Minutes of candles before, so that a bar of an hour has closed when the metering begins."""
WARM_UP_MINUTES = 12
"""Until the first headlines are scored, the history is traded and every process is warm."""
MINUTES = 120
BUSY_MINUTES = 120
NEWS_MINUTES = 20
STATUS = {"method": "GET", "path": "/status", "headers": {"Authorization": f"Bearer {TOKEN}"}}
FUNCTIONS = ("fetch_klines", "update_indicators", "trade", "poll_news", "sentiment")
"""Those that are warm most of the time."""


@dataclass
class Sums:
    """Readings added up."""

    count: int = 1
    """What an average is over."""
    functions: dict[str, PerFunction] = field(default_factory=dict)
    writes: dict[str, float] = field(default_factory=dict)
    reads: dict[str, float] = field(default_factory=dict)
    others: dict[str, float] = field(default_factory=dict)

    def add(self, readings: Iterable[Reading]) -> None:
        for reading in readings:
            self.functions.setdefault(reading.function, PerFunction()).add(reading)
            for sums, units in ((self.writes, reading.writes), (self.reads, reading.reads)):
                for table, count in units.items():
                    sums[table] = sums.get(table, 0.0) + count
            parameters = reading.meter.calls.get("ssm", 0)
            counts = {"sns": reading.meter.published, "kms": reading.meter.decryptions, "parameters": parameters}
            for name, count in counts.items():
                self.others[name] = self.others.get(name, 0.0) + count

    def average(self, stored: Mapping[str, float]) -> Measured:
        """Of these readings, `stored` being what all of them left behind."""
        return Measured(
            self.functions,
            self.writes,
            self.reads,
            {table: size for table, size in stored.items() if size},
            {name: times for name, times in self.others.items() if times},
        ).times(1.0 / self.count)


def measured(played: Sequence[Sequence[Reading]], stored: Mapping[str, float]) -> Measured:
    """What one of these (each a list of readings) used on average; `stored` is what all of them left behind.

    CPU is the lower quartile of times alike, by how much was asked: the machine has other things to do, too, and they
    cost its caches, while a close that comes once an hour is no disturbance.
    """
    sums = Sums(len(played))
    for readings in played:
        sums.add(readings)
    found = sums.average(stored)
    cpu_ms = {
        name: _cpu_ms([[r for r in readings if r.function == name] for readings in played]) for name in sums.functions
    }
    functions = {name: replace(work, cpu_ms=cpu_ms[name]) for name, work in found.functions.items()}
    return replace(found, functions=functions)


def _cpu_ms(played: Sequence[Sequence[Reading]]) -> float:
    """Of one function, on average."""
    alike: dict[int, list[float]] = {}
    for readings in played:
        asked = sum(reading.meter.calls.total() for reading in readings)
        alike.setdefault(asked, []).append(sum(reading.cpu_ms for reading in readings))
    return sum(len(times) * _lower_quartile(times) for times in alike.values()) / len(played)


def _lower_quartile(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 4]


def quiet_minute(symbols: int, minutes: int = MINUTES, settings: str = QUIET, history: int = 30) -> Measured:
    """A minute in which nothing happens but candles."""
    with stage(symbols, settings, history) as running:
        return _played(running, minutes, running.minute).and_also({"schedules": float(len(SCHEDULED))})


def hourly_minute(symbols: int, minutes: int = MINUTES) -> Measured:
    """A minute of an agent that decides by bars of an hour and holds nothing, the closes among them."""
    return quiet_minute(symbols, minutes, HOURLY, HOURLY_HISTORY)


def _played(running: Stage, count: int, play: Callable[[], list[Reading]]) -> Measured:
    for _ in range(WARM_UP_MINUTES):
        running.minute()
    before = running.cloud.units.stored()
    played = [play() for _ in range(count)]
    after = running.cloud.units.stored()
    return measured(played, {table: max(0.0, after[table] - before[table]) for table in after})


def trade(quiet: Measured, minutes: int = BUSY_MINUTES) -> Measured:
    """What entering and leaving a position uses beside the minutes that pass anyway; no other function notices."""
    with stage(1, BUSY) as running:
        entered = _trades(running)
        busy = _played(running, minutes, running.minute)
        round_trips = _trades(running) - entered
    assert round_trips > 3, "the busy rule hardly trades"
    found = busy.beyond(quiet).times(minutes / round_trips)
    return replace(found, functions={"trade": found.functions["trade"]})


def _trades(running: Stage) -> int:
    return running.count("money", "trades#")


def series(minutes: int = MINUTES) -> Measured:
    """What one more series of one's own uses where one symbol is decided; its value stands in the stage's table."""
    with tempfile.TemporaryDirectory() as folder:
        two, one = Path(folder) / "two.py", Path(folder) / "one.py"
        two.write_text(TWO_SERIES.read_text("utf-8"), "utf-8")
        one.write_text(two.read_text("utf-8").replace(SECOND, "").replace("inputs.mood", "nan"), "utf-8")
        more, fewer = (_series_minute(file, minutes) for file in (two, one))
    found = more.beyond(fewer)
    return replace(found, functions={"trade": found.functions["trade"]})


def _series_minute(file: Path, minutes: int) -> Measured:
    with stage(1, f'[strategy]\nfile = "{file}"\n') as running:
        store = DynamoSeriesStore(Tables(connect(REGION), PREFIX))
        store.put([SeriesValue(name, "", -1.0, START_MS, "a desk") for name in ("funding", "mood")])
        return _played(running, minutes, running.minute)


def headline(quiet: Measured) -> Measured:
    """What a minute with one new headline uses more than one without."""
    with stage(1, QUIET) as running:

        def play() -> list[Reading]:
            running.cloud.published["feed-a.example"] += 1
            return running.minute()

        return _played(running, NEWS_MINUTES, play).beyond(quiet)


def whole_page(quiet: Measured) -> Measured:
    """What a feed that sends its whole page unasked, with nothing new in it, uses more than one that says so."""
    with stage(1, QUIET) as running:
        running.cloud.always_whole.add("feed-a.example")
        return _played(running, NEWS_MINUTES, running.minute).beyond(quiet)


def calls(running: Stage) -> tuple[Measured, Measured]:
    """An alert on its way to the webhook, and a call of the API, each in a new process: they are rare."""

    def played(function: str, event: Callable[[], Mapping[str, object]]) -> Measured:
        tries = [running.cold(function, event()) for _ in range(3)]
        init_ms, reading = min(tries, key=lambda each: each[1].cpu_ms)
        assert reading.meter.calls["webhook"] or "200" in str(reading.answer), f"{function} did not do its work"
        found = measured([[reading]], {})
        return replace(found, functions={function: replace(found.functions[function], init_ms=init_ms)})

    alert, api_call = played("notify", lambda: sns_event(running.now_ms)), played("api", lambda: STATUS)
    return alert.and_also({"sns": 1.0, "emails": 1.0}), api_call.and_also({"api": 1.0})


def cold_start(running: Stage) -> tuple[Measured, dict[str, float]]:
    """What a new process of every function uses more than a warm one, and the most memory that each ever had."""
    cold, warm = Sums(), Sums()
    init_ms: dict[str, float] = {}
    used_mb: dict[str, float] = {}
    for function in FUNCTIONS:
        event = schedule_event(function, running.now_ms)
        tries = [running.cold(function, event) for _ in range(3)]
        cold.add([min((reading for _, reading in tries), key=lambda reading: reading.cpu_ms)])
        warm.add([reading := running.invoke(function, event)])
        init_ms[function], used_mb[function] = min(init for init, _ in tries), reading.used_mb
    more = cold.average({}).beyond(warm.average({}))
    functions = {name: replace(work, init_ms=init_ms[name]) for name, work in more.functions.items()}
    return replace(more, functions=functions), used_mb


def sns_event(now_ms: int) -> dict[str, object]:
    """What SNS delivers to a function."""
    text = json.dumps({"subject": "default halted", "body": "daily loss", "time_ms": now_ms})
    told = {"Message": text, "Subject": "default halted", "MessageAttributes": {}}
    return {"Records": [{"EventSource": "aws:sns", "Sns": told}]}


def main() -> int:
    """Meter everything and write the files."""
    told: Callable[[str], None] = lambda text: print(text, file=sys.stderr, flush=True)  # noqa: T201, E731
    told("a quiet minute, 1 symbol")
    one = quiet_minute(1)
    told("a quiet minute, 10 symbols")
    ten = quiet_minute(10)
    told("a minute by bars of an hour, 1 and 2 symbols")
    hourly = hourly_minute(1), hourly_minute(2)
    told("trades")
    events = {"trade": trade(one)}
    told("series")
    events["series"] = series()
    told("headlines and feeds")
    events["headline"], events["feed_page"] = headline(one), whole_page(one)
    told("alerts, API calls, cold starts")
    with stage(1, QUIET) as running:
        for _ in range(3):
            running.minute()
        events["alert"], events["api_call"] = calls(running)
        events["cold_start"], used_mb = cold_start(running)
    with tempfile.TemporaryDirectory() as folder:
        connect_ms = connection_cpu_ms(Path(folder))
    write_file(one, ten, hourly, events, used_mb, connect_ms)
    write_page()
    return 0


if __name__ == "__main__":
    sys.exit(main())
