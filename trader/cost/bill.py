"""The monthly bill: figures times prices, everything counted, no free tier."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from chalicelib.addition import added
from trader.cost.figures import Amount, Event, Figures, Work
from trader.cost.prices import Prices

MONTH_DAYS = 30.4
GB = 2.0**30
WHOLE_CPU_MB = 1769.0
"""The memory size at which Lambda gives one whole vCPU; the share is proportional below."""
ROUNDING_MS = 0.5
"""An invocation is billed by whole milliseconds, rounded up."""
FULL_AFTER_DAYS = 365.0
"""Storage is billed as after a year, when all that expires expires as fast as it comes."""


@dataclass(frozen=True, slots=True)
class BillLine:
    """One line of the bill, USD a month."""

    kind: str
    """The name of its price."""
    resource: str
    """What it is for: a function, a table, or nothing in particular."""
    quantity: float
    unit: str
    usd: float


def bill(figures: Figures, prices: Prices, symbols: int, age_days: float = FULL_AFTER_DAYS) -> list[BillLine]:
    """Every charge of a month with so many symbols, for an agent that has run for so many days.

    Raises KeyError for a figure that has no price.
    """
    return [
        BillLine(kind, resource, quantity, prices.each[kind].unit, prices.each[kind].of(quantity))
        for kind, resource, quantity in _quantities(figures, symbols, age_days)
    ]


def total(charges: Iterable[BillLine]) -> float:
    """USD a month."""
    return added(charge.usd for charge in charges)


def by_kind(charges: Iterable[BillLine]) -> dict[str, float]:
    """USD a month by the name of the price, in the order of the bill."""
    return _summed((charge.kind, charge.usd) for charge in charges)


def by_resource(charges: Iterable[BillLine]) -> dict[str, float]:
    """USD a month by what it is for, the dearest first."""
    sums = _summed((_resource_name(charge), charge.usd) for charge in charges)
    return dict(sorted(sums.items(), key=lambda item: -item[1]))


def stored_bytes(figures: Figures, symbols: int, age_days: float) -> dict[str, float]:
    """Bytes by table after so many days: a table that forgets holds at most what its days bring."""
    stored = dict.fromkeys(figures.tables, 0.0)
    for event in figures.events.values():
        for table, amount in event.stored_bytes.items():
            kept_days = figures.tables[table].kept_days
            days = age_days if kept_days is None else min(age_days, kept_days)
            stored[table] += event.a_day.at(symbols) * days * amount.at(symbols)
    return stored


def duration_ms(figures: Figures, function: str, work: Work, symbols: int) -> float:
    """Billed milliseconds of this work: CPU at the share that the memory buys, the waits, INIT, and the rounding.

    Opening a connection takes CPU and a wait; so does Lambda's runtime take CPU for each invocation.
    """
    assumed = figures.assumed
    opened = {kind: amount.at(symbols) * assumed.new_connections for kind, amount in work.connections.items()}
    invocations = work.invocations.at(symbols)
    cpu_ms = (
        work.cpu_ms.at(symbols)
        + added(count * assumed.connect_cpu_ms[kind] for kind, count in opened.items())
        + invocations * assumed.runtime_cpu_ms
    )
    waits = [(kind, amount.at(symbols) * assumed.wait_ms[kind]) for kind, amount in work.calls.items()]
    waits += [(kind, count * assumed.connect_ms[kind]) for kind, count in opened.items()]
    waits_ms = added(wait_ms / assumed.together.get(kind, 1.0) for kind, wait_ms in waits)
    share = min(1.0, figures.memory_mb[function] / WHOLE_CPU_MB)
    return cpu_ms / share + waits_ms + work.init_ms.at(symbols) + invocations * ROUNDING_MS


def gb_seconds(figures: Figures, function: str, work: Work, symbols: int) -> float:
    """What Lambda bills of this work."""
    return duration_ms(figures, function, work, symbols) / 1000.0 * figures.memory_mb[function] / 1024.0


def _quantities(figures: Figures, symbols: int, age_days: float) -> Iterator[tuple[str, str, float]]:
    """(price, resource, quantity a month)."""
    yield from _lambda(figures, symbols)
    yield from _tables(figures, symbols, age_days)
    log_gb = added(_monthly(event, symbols, _log_bytes(event)) for event in figures.events.values()) / GB
    yield "logs_ingested", "", log_gb
    kept = figures.assumed.logs_kept_days / MONTH_DAYS * figures.assumed.log_compression
    yield "logs_stored", "", log_gb * kept
    for kind, quantity in figures.monthly.items():
        yield kind, "", quantity
    for kind, amounts in _others(figures).items():
        yield kind, "", added(_monthly(event, symbols, [amount]) for event, amount in amounts)
    out = [(event, work.bytes_out) for event in figures.events.values() for work in event.functions.values()]
    yield "data_out", "", added(_monthly(event, symbols, [amount]) for event, amount in out) / GB


def _lambda(figures: Figures, symbols: int) -> Iterator[tuple[str, str, float]]:
    for function in figures.memory_mb:
        works = [(event, event.functions[function]) for event in figures.events.values() if function in event.functions]
        yield "lambda_requests", function, added(_monthly(event, symbols, [work.invocations]) for event, work in works)
        used = added(event.a_day.at(symbols) * gb_seconds(figures, function, work, symbols) for event, work in works)
        yield "lambda_duration", function, used * MONTH_DAYS


def _tables(figures: Figures, symbols: int, age_days: float) -> Iterator[tuple[str, str, float]]:
    stored = stored_bytes(figures, symbols, age_days)
    for name, table in figures.tables.items():
        written = [(event, event.writes[name]) for event in figures.events.values() if name in event.writes]
        read = [(event, event.reads[name]) for event in figures.events.values() if name in event.reads]
        yield "dynamodb_writes", name, added(_monthly(event, symbols, [amount]) for event, amount in written)
        yield "dynamodb_reads", name, added(_monthly(event, symbols, [amount]) for event, amount in read)
        yield "dynamodb_storage", name, stored[name] / GB
        if table.backed_up:
            yield "dynamodb_backups", name, stored[name] / GB


def _others(figures: Figures) -> Mapping[str, list[tuple[Event, Amount]]]:
    found: dict[str, list[tuple[Event, Amount]]] = {}
    for event in figures.events.values():
        for kind, amount in event.others.items():
            found.setdefault(kind, []).append((event, amount))
    return found


def _log_bytes(event: Event) -> list[Amount]:
    return [work.log_bytes for work in event.functions.values()]


def _monthly(event: Event, symbols: int, amounts: Iterable[Amount]) -> float:
    return event.a_day.at(symbols) * MONTH_DAYS * added(amount.at(symbols) for amount in amounts)


def _resource_name(charge: BillLine) -> str:
    service = charge.kind.partition("_")[0]
    return f"{service} {charge.resource}" if charge.resource else charge.kind


def _summed(pairs: Iterable[tuple[str, float]]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for name, usd in pairs:
        sums[name] = sums.get(name, 0.0) + usd
    return sums
