"""The metered part of trader/cost/metered.toml: averages, how they combine, how they are written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from tests.support.metering_stage import CHALICE, Reading
from trader.cost.figures import FILE

MARK = "# ---- metered: written by `python -m tests.support.metering`, not by hand ----\n"
FEW, MANY = 1, 10
Numbers = Mapping[str, float]


@dataclass
class PerFunction:
    """What one function did, added up or on average."""

    invocations: float = 0.0
    cpu_ms: float = 0.0
    init_ms: float = 0.0
    log_bytes: float = 0.0
    bytes_out: float = 0.0
    calls: dict[str, float] = field(default_factory=dict)
    connections: dict[str, float] = field(default_factory=dict)

    def add(self, reading: Reading) -> None:
        self.invocations += 1
        self.cpu_ms += reading.cpu_ms
        self.log_bytes += reading.log_bytes
        self.bytes_out += reading.meter.bytes_out
        for sums, counts in ((self.calls, reading.meter.calls), (self.connections, reading.meter.connections)):
            for kind, count in counts.items():
                sums[kind] = sums.get(kind, 0.0) + count

    def beyond(self, usual: PerFunction) -> PerFunction:
        """What this has more than the usual."""
        plain = {name: max(0.0, getattr(self, name) - getattr(usual, name)) for name in _PLAIN}
        return PerFunction(
            **plain,
            calls=_beyond(self.calls, usual.calls),
            connections=_beyond(self.connections, usual.connections),
        )

    def times(self, factor: float) -> PerFunction:
        plain = {name: getattr(self, name) * factor for name in _PLAIN}
        return PerFunction(**plain, calls=_times(self.calls, factor), connections=_times(self.connections, factor))


_PLAIN = tuple(each.name for each in fields(PerFunction) if each.name not in ("calls", "connections"))


@dataclass(frozen=True)
class Measured:
    """What something uses on average, by function, by table and by what else is billed."""

    functions: Mapping[str, PerFunction]
    writes: Numbers
    reads: Numbers
    stored_bytes: Numbers
    others: Numbers

    def beyond(self, usual: Measured) -> Measured:
        """What this uses more than the usual."""
        none = PerFunction()
        return Measured(
            {name: work.beyond(usual.functions.get(name, none)) for name, work in self.functions.items()},
            *(_beyond(mine, theirs) for mine, theirs in zip(self._tables(), usual._tables(), strict=True)),
        )

    def times(self, factor: float) -> Measured:
        return Measured(
            {name: work.times(factor) for name, work in self.functions.items()},
            *(_times(mine, factor) for mine in self._tables()),
        )

    def and_also(self, others: Numbers) -> Measured:
        """With what is billed outside the functions."""
        return replace(self, others={**self.others, **others})

    def _tables(self) -> tuple[Numbers, Numbers, Numbers, Numbers]:
        return self.writes, self.reads, self.stored_bytes, self.others


def flat(measured: Measured) -> dict[str, float]:
    """Every figure under its name in the file.

    >>> flat(Measured({"trade": PerFunction(1.0, calls={"ssm": 0.2})}, {"money": 1.0}, {}, {}, {}))["writes.money"]
    1.0
    """
    found: dict[str, float] = {}
    for name, work in measured.functions.items():
        found |= {f"function.{name}.{plain}": getattr(work, plain) for plain in _PLAIN}
        found |= {f"function.{name}.calls.{kind}": count for kind, count in work.calls.items()}
        found |= {f"function.{name}.connections.{kind}": count for kind, count in work.connections.items()}
    for part, numbers in zip(("writes", "reads", "stored_bytes", "others"), measured._tables(), strict=True):
        found |= {f"{part}.{name}": number for name, number in numbers.items()}
    return found


def write_file(
    one: Measured,
    ten: Measured,
    hourly: tuple[Measured, Measured],
    events: Mapping[str, Measured],
    used_mb: Numbers,
    connect_ms: Numbers,
    file: Path = FILE,
) -> None:
    """Put the figures in place of those in the file; what stands before the mark stays."""
    assumed, mark, _ = file.read_text("utf-8").partition(MARK)
    lines = [
        "[metered.connect_cpu_ms]  # CPU of a new TLS connection, by what is asked",
        *(f"{name} = {_rounded(cpu_ms)}" for name, cpu_ms in connect_ms.items()),
        "",
        "[memory_mb]  # .chalice/config.json",
        *(f"{name} = {size}" for name, size in memory_sizes().items()),
        "",
        "[used_mb]  # the most that a process of the function ever had, on the machine of the metering",
        *(f"{name} = {round(used)}" for name, used in used_mb.items()),
        *_event("minute", flat(one), flat(ten)),
        *hourly_event(*hourly),
    ]
    for name, event in events.items():
        lines += _event(name, flat(event), None)
    file.write_text(assumed + mark + "\n" + "\n".join(lines) + "\n", encoding="utf-8")


def memory_sizes() -> dict[str, int]:
    """By function, as it is deployed."""
    settings = CHALICE["lambda_functions"]
    return {name.replace("api_handler", "api"): each["lambda_memory_size"] for name, each in settings.items()}


def hourly_event(one: Measured, two: Measured) -> Iterator[str]:
    """Sections of a minute by bars of an hour, with one symbol and with two: with ten, moto would take too long."""
    few, more = flat(one), flat(two)
    names = {*few, *more}
    ten = {name: few.get(name, 0.0) + (more.get(name, 0.0) - few.get(name, 0.0)) * (MANY - FEW) for name in names}
    return _event("hourly_minute", few, ten)


def _event(name: str, first: Numbers, tenth: Numbers | None) -> Iterator[str]:
    """Sections of one event; each figure is [with one symbol, what each further symbol adds]."""
    section = ""
    names = sorted({*first, *(tenth or {})})
    for each in sorted(names, key=lambda each: each.rpartition(".")[0]):
        here, last = each.rpartition(".")[::2]
        one = first.get(each, 0.0)
        further = 0.0 if tenth is None else (tenth.get(each, 0.0) - one) / (MANY - FEW)
        amounts = [_rounded(one), _rounded(further)]
        if amounts == [0.0, 0.0]:
            continue
        if here != section:
            section = here
            yield ""
            yield f"[event.{name}.{section}]"
        yield f"{last} = {json.dumps(amounts)}"


def _rounded(number: float) -> float:
    """Four significant digits; CPU and bytes are not known better, and units are exact in them."""
    return float(f"{number:.4g}") if abs(number) > 1e-9 else 0.0


def _times(numbers: Numbers, factor: float) -> dict[str, float]:
    return {name: number * factor for name, number in numbers.items()}


def _beyond(numbers: Numbers, usual: Numbers) -> dict[str, float]:
    return {name: max(0.0, number - usual.get(name, 0.0)) for name, number in numbers.items()}
