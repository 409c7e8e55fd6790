"""What a deployed agent uses, as metered and assumed in metered.toml: per event, and how often each event happens.

llama.toml has the same of the container function.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

FILE = Path(__file__).with_name("metered.toml")
LLAMA_FILE = Path(__file__).with_name("llama.toml")


class Amount(NamedTuple):
    """A quantity that grows with the number of symbols."""

    first: float
    """With one symbol."""
    further: float = 0.0
    """What each further symbol adds."""

    def at(self, symbols: int) -> float:
        """The quantity with so many symbols.

        >>> Amount(3.0, 0.5).at(1), Amount(3.0, 0.5).at(10)
        (3.0, 7.5)
        """
        return self.first + self.further * (symbols - 1)


NONE = Amount(0.0)


@dataclass(frozen=True, slots=True)
class Work:
    """What one function does in one event."""

    invocations: Amount = NONE
    cpu_ms: Amount = NONE
    """On a whole vCPU."""
    init_ms: Amount = NONE
    """Of the INIT phase, in which Lambda gives a whole vCPU whatever the memory size."""
    calls: Mapping[str, Amount] = field(default_factory=dict)
    """Requests by what is asked, each waited for."""
    connections: Mapping[str, Amount] = field(default_factory=dict)
    """Connections by what is asked, if none outlives an invocation."""
    log_bytes: Amount = NONE
    bytes_out: Amount = NONE
    """Sent to the internet."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens so many times a day, and what each time uses."""

    a_day: Amount
    functions: Mapping[str, Work]
    writes: Mapping[str, Amount]
    """Write request units by table."""
    reads: Mapping[str, Amount]
    """Read request units by table."""
    stored_bytes: Mapping[str, Amount]
    """What stays, by table, indexing overhead included."""
    others: Mapping[str, Amount]
    """Whatever else is billed, by the name of its price."""


@dataclass(frozen=True, slots=True)
class Table:
    """How long a table keeps what is written, None for good, and whether it is backed up continuously."""

    kept_days: float | None
    backed_up: bool


@dataclass(frozen=True, slots=True)
class Assumed:
    """What cannot be metered without an AWS account."""

    wait_ms: Mapping[str, float]
    """For an answer, by what is asked."""
    connect_ms: Mapping[str, float]
    """For a new connection, by what is asked."""
    connect_cpu_ms: Mapping[str, float]
    """CPU of a new TLS connection, by what is asked; metered."""
    runtime_cpu_ms: float
    """What Lambda's own runtime takes of each invocation."""
    new_connections: float
    """The fraction of connections that did not outlive the pause before an invocation."""
    logs_kept_days: float
    log_compression: float
    """Archived over ingested bytes."""
    together: Mapping[str, float] = field(default_factory=dict)
    """How many requests of a kind wait at the same time, where that is more than one."""


@dataclass(frozen=True, slots=True)
class Figures:
    """All of metered.toml."""

    assumed: Assumed
    memory_mb: Mapping[str, int]
    """By function."""
    tables: Mapping[str, Table]
    events: Mapping[str, Event]
    monthly: Mapping[str, float]
    """What is billed by the month, by the name of its price."""
    series: Event | None = None
    """A series of one's own, where one symbol is decided: each minute, for each of the symbols."""
    hourly: Event | None = None
    """A minute of an agent that decides by bars of an hour and holds nothing, the closes among them."""

    def by_hours(self) -> Figures:
        """The same for such an agent: its feeds are looked at less often, so whole pages come less often, too.

        Raises KeyError where it was not metered.
        """
        minute, hourly = self.events["minute"], self.hourly
        if hourly is None:
            raise KeyError("hourly")
        looks = [event.functions["poll_news"].calls["feed"].first for event in (hourly, minute)]
        changed = replace(self, events={**self.events, "minute": hourly})
        return changed.more_often("feed_page", looks[0] / looks[1])

    def slower(self, factor: float) -> Figures:
        """The same with every wait so many times as long."""
        waits = {kind: wait_ms * factor for kind, wait_ms in self.assumed.wait_ms.items()}
        connects = {kind: wait_ms * factor for kind, wait_ms in self.assumed.connect_ms.items()}
        return replace(self, assumed=replace(self.assumed, wait_ms=waits, connect_ms=connects))

    def on_slower_processor(self, factor: float) -> Figures:
        """The same with every piece of work taking so many times the CPU time."""
        connects = {kind: cpu_ms * factor for kind, cpu_ms in self.assumed.connect_cpu_ms.items()}
        return replace(
            self,
            assumed=replace(self.assumed, connect_cpu_ms=connects),
            events={name: _slower_work(event, factor) for name, event in self.events.items()},
        )

    def with_new_connections(self, fraction: float) -> Figures:
        """The same with this part of the connections not outliving the pause before an invocation."""
        return replace(self, assumed=replace(self.assumed, new_connections=fraction))

    def more_often(self, name: str, factor: float) -> Figures:
        """The same with this event so many times as often."""
        event = self.events[name]
        more = Amount(event.a_day.first * factor, event.a_day.further * factor)
        return replace(self, events={**self.events, name: replace(event, a_day=more)})


def read_figures(file: Path = FILE) -> Figures:
    """The figures in the file; one that is malformed is a defect of the project and raises KeyError or TypeError."""
    document: dict[str, Any] = tomllib.loads(file.read_text("utf-8"))
    return _figures(document, Assumed(**document["assumed"], **document["metered"]))


def read_llama_figures(figures: Figures, file: Path = LLAMA_FILE) -> Figures:
    """Those of the container function and of the waiting for it alone, with what `figures` assume. Raises as above."""
    document: dict[str, Any] = tomllib.loads(file.read_text("utf-8"))
    waits = {**figures.assumed.wait_ms, **document["wait_ms"]}
    return _figures(document, replace(figures.assumed, wait_ms=waits))


def _figures(document: dict[str, Any], assumed: Assumed) -> Figures:
    often, events = document["times_a_day"], dict(document["event"])
    hourly, series = events.pop("hourly_minute", None), events.pop("series", None)
    return Figures(
        assumed,
        document["memory_mb"],
        {name: Table(table.get("kept_days"), table["backed_up"]) for name, table in document["table"].items()},
        {name: _event(Amount(*often[name]), event) for name, event in events.items()},
        document["monthly"],
        None if series is None else _event(Amount(often["minute"][0], often["minute"][0]), series),
        None if hourly is None else _event(Amount(*often["minute"]), hourly),
    )


def _event(a_day: Amount, document: Mapping[str, Any]) -> Event:
    parts = {name: _amounts(document.get(name, {})) for name in ("writes", "reads", "stored_bytes", "others")}
    return Event(a_day, {name: _work(work) for name, work in document.get("function", {}).items()}, **parts)


def _work(document: Mapping[str, Any]) -> Work:
    parts: dict[str, Any] = {
        name: _amounts(value) if isinstance(value, dict) else Amount(*value) for name, value in document.items()
    }
    return Work(**parts)


def _amounts(document: Mapping[str, Any]) -> Mapping[str, Amount]:
    return {name: Amount(*value) for name, value in document.items()}


def _slower_work(event: Event, factor: float) -> Event:
    functions = {
        name: replace(
            work,
            cpu_ms=Amount(work.cpu_ms.first * factor, work.cpu_ms.further * factor),
            init_ms=Amount(work.init_ms.first * factor, work.init_ms.further * factor),
        )
        for name, work in event.functions.items()
    }
    return replace(event, functions=functions)
