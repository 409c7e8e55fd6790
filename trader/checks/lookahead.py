"""The whole market against the same market cut after every minute, and what differed first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from chalicelib.errors import BadInput
from trader.checks.blind import Blind
from trader.checks.columns import Column, Columns, Fingerprints, Known, Values, fingerprint, first_difference
from trader.checks.cuts import Cuts
from trader.checks.market import CheckedMarket
from trader.checks.subjects import Subject

Advance = Callable[[int], object]
STREAMED_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Leak:
    """A value that came out otherwise when what lies behind its minute was not there yet."""

    subject: str
    column: str
    symbol: int
    """The row of the market, -1 for the whole account."""
    time_ms: int
    """open_ms of the bar."""
    full: float | None
    """None where there is no value."""
    truncated: float | None
    cut_ms: int
    """open_ms of the last bar that was there."""
    how: str
    """cut: what lies behind it was missing. streamed: it was fed bar by bar. open, range: the rest of its own bar was
    another."""
    words: str = ""
    """What went wrong, where nothing came out at all."""


@dataclass(slots=True)
class Checked:
    """What was compared of one subject."""

    name: str
    columns: int = 0
    streamed: int = 0
    """Minutes of which every value was compared with the kernel fed bar by bar; 0 where there is no such stream."""
    cut: int = 0
    """Minutes after which history was cut and everything run from scratch."""
    around: int = 0
    """Of these, right behind a minute in which something was decided."""
    too_short: int = 0
    """Minutes of the longest history that was too short for it."""
    rounded: int = 0
    """Columns that a cut changed by no more than the subject's tolerance."""
    values: int = 0
    """Values that were compared, over all cuts."""
    leaks: list[Leak] = field(default_factory=list)
    """The first of every column that leaks."""


@dataclass(frozen=True, slots=True)
class LookaheadPlan:
    """One subject and where to cut for it. `streamed`: its columns are also those of the kernel fed bar by bar."""

    subject: Subject
    cuts: Cuts
    streamed: bool


class LookAhead:
    """Checks several subjects in one pass over the market."""

    def __init__(self, market: CheckedMarket, plans: Sequence[LookaheadPlan], blind: Blind) -> None:
        self._market = market
        self._plans = plans
        self._blind = blind
        self._tolerances = {plan.subject.name: plan.subject.tolerance for plan in plans}
        self._full: list[Columns] = []
        self._prints: list[dict[str, Fingerprints]] = []
        self._checked = [Checked(plan.subject.name) for plan in plans]

    def run(self, advance: Advance = lambda runs: None) -> list[Checked]:
        """What was compared, subject by subject; `advance` hears of runs from scratch."""
        for plan in self._plans:
            with np.errstate(all="ignore"):
                columns = plan.subject.give(self._market)
            self._full.append(columns)
            self._prints.append({name: Fingerprints(column.values) for name, column in columns.items()})
        for plan, checked, columns in zip(self._plans, self._checked, self._full, strict=True):
            checked.columns, checked.around = len(columns), plan.cuts.around
            self._check_length(checked, columns)
        streams = any(plan.streamed for plan in self._plans)
        wanted = [frozenset(plan.cuts.counts) for plan in self._plans]
        known = 0
        for count in self._stops():
            streamed = self._blind.extend(self._market.between(known, count), streams)
            self._compare_stream(known, count, streamed)
            for index in range(len(self._plans)):
                if count in wanted[index]:
                    self._cut(index, count)
                    advance(1)
            known = count
        return self._checked

    def _stops(self) -> list[int]:
        """Where to stop and compare: at every cut, and often enough for what is streamed to stay small."""
        steps = range(STREAMED_AT_ONCE, len(self._market), STREAMED_AT_ONCE)
        return sorted({*steps, len(self._market), *(count for plan in self._plans for count in plan.cuts.counts)})

    def _check_length(self, checked: Checked, columns: Columns) -> None:
        for name, column in columns.items():
            if len(column.values) != len(self._market):
                words = f"{len(column.values)} values for {len(self._market)} bars"
                self._add(checked, name, column, len(self._market) - 1, None, len(self._market), "cut", words)

    def _compare_stream(self, start: int, end: int, streamed: Columns) -> None:
        """What the whole run gave for these minutes against the kernel fed bar by bar."""
        for plan, checked, columns in zip(self._plans, self._checked, self._full, strict=True):
            if not plan.streamed:
                continue
            checked.streamed += end - start
            for name in self._open_names(checked, columns):
                checked.values += end - start
                row = first_difference(columns[name].values[start:end], streamed[name].values)
                if row is not None:
                    value = streamed[name].values[row]
                    self._add(checked, name, columns[name], start + row, value, start + row + 1, "streamed")

    def _cut(self, index: int, count: int) -> None:
        """One subject from scratch over the first `count` minutes."""
        checked, columns = self._checked[index], self._full[index]
        try:
            prints = self._blind.prints(index, None)
        except BadInput as error:
            self._fail(checked, count, str(error))
            return
        if not prints:  # no bar of any symbol is there yet
            return
        checked.cut += 1
        if other := [name for name in columns if name not in prints and has_value(columns[name].values[:count])]:
            checked.leaks.append(self._failure(checked, count, f"gives no {', '.join(other)}"))
        elif other := [name for name in prints if name not in columns]:
            checked.leaks.append(self._failure(checked, count, f"gives {', '.join(other)}, which it did not"))
        for name in self._open_names(checked, prints):
            checked.values += count
            if prints[name] != self._prints[index][name].at(count):
                self._explain(checked, name, columns[name], count, "cut")
        for symbol, known, bar in self._other_ends(columns, count):
            self._cut_within(index, count, symbol, known, bar)

    def _cut_within(self, index: int, count: int, symbol: int, known: Known, bar: tuple[float, float, float]) -> None:
        """One subject with another end of the last bar: what is known before that end must not change."""
        checked, columns = self._checked[index], self._full[index]
        prints = self._blind.prints(index, (symbol, *bar))
        for name in self._open_names(checked, prints):
            column = columns[name]
            if column.symbol == symbol and (column.known is Known.OPEN or column.known is known):
                checked.values += 1
                if prints[name] != fingerprint(column.values[count - 1 : count]):
                    self._explain(checked, name, column, count, known.value)

    def _other_ends(self, columns: Columns, count: int) -> Iterator[tuple[int, Known, tuple[float, float, float]]]:
        """Other ends for the last bar of every symbol of which something is told that is known before its close.

        What is filled at the open is always asked for again over a bar that is nothing but its open: an order that a
        look at this bar kept from being decided comes out then. A fill within the bar only where there is one.
        """
        tape = self._market.tape
        row = count - 1
        for symbol in range(len(tape.open)):
            own = [column for column in columns.values() if column.symbol == symbol]
            open_, high, low, close = (rows[symbol, row] for rows in (tape.open, tape.high, tape.low, tape.close))
            if not high > low:
                continue
            if any(column.known is Known.OPEN for column in own):
                yield symbol, Known.OPEN, (open_, open_, open_)
            if any(column.known is not Known.CLOSE and is_told(column.values[row]) for column in own):
                yield symbol, Known.RANGE, (high, low, low if close > (high + low) / 2.0 else high)

    def _explain(self, checked: Checked, name: str, column: Column, count: int, how: str) -> None:
        """Find the first minute that differs in the column of the last run."""
        truncated = self._blind.column(name)
        if how != "cut":
            self._add(checked, name, column, count - 1, truncated[-1], count, how)
            return
        row = first_difference(column.values[:count], truncated, self._tolerances[checked.name])
        if row is None:
            checked.rounded += 1
            return
        if len(truncated) != count:
            self._add(checked, name, column, count - 1, None, count, how, f"{len(truncated)} values for {count} bars")
            return
        self._add(checked, name, column, row, truncated[row], count, how)

    def _add(
        self,
        checked: Checked,
        name: str,
        column: Column,
        row: int,
        truncated: float | None,
        count: int,
        how: str,
        words: str = "",
    ) -> None:
        times = self._market.tape.times
        full = column.values[row] if row < len(column.values) else None
        checked.leaks.append(
            Leak(
                checked.name,
                name,
                column.symbol,
                int(times[row]),
                number(full),
                number(truncated),
                int(times[count - 1]),
                how,
                words,
            )
        )

    def _failure(self, checked: Checked, count: int, words: str) -> Leak:
        time_ms = int(self._market.tape.times[count - 1])
        return Leak(checked.name, "", -1, time_ms, None, None, time_ms, "cut", words)

    def _fail(self, checked: Checked, count: int, words: str) -> None:
        """Too little history is no leak; too little after a shorter one was enough, or at the end, is a mistake."""
        if checked.cut or count == len(self._market):
            checked.leaks.append(self._failure(checked, count, words))
        else:
            checked.too_short = count

    def _open_names(self, checked: Checked, columns: Iterable[str]) -> list[str]:
        """The columns that have not leaked yet; none of a subject that failed."""
        leaked = {leak.column for leak in checked.leaks}
        return [] if "" in leaked else [name for name in columns if name not in leaked]


EFFECTS = ("wanted", "action", "reason", "verdict", "order side", "order quantity", "order fill", "protective fill")
MARKS = ("cash", "equity")


def first_cause_first(leaks: Iterable[Leak]) -> list[Leak]:
    """By time, and in one minute what decides before what follows from it: inputs, wishes, orders, fills, marks."""

    def rank(leak: Leak) -> int:
        found = [place for place, name in enumerate((*EFFECTS, *MARKS), 1) if leak.column.startswith(name)]
        return found[0] if found else 0

    return sorted(leaks, key=lambda leak: (leak.time_ms, rank(leak)))


def is_told(value: float) -> bool:
    """Whether there is a value: neither 0 nor undefined."""
    return bool(value == value and value != 0.0)


def has_value(values: Values) -> bool:
    """Whether any is defined."""
    return bool((values == values).any())


def number(value: float | None) -> float | None:
    """As a Python float, None for nothing and for undefined."""
    return None if value is None or value != value else float(value)
