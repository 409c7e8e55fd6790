"""What each minute appended: its decisions and equity point, as lines that are kept and moved without being read.

A minute's line is committed inside the agent's own item, with the portfolio: one write, all or nothing. Lines wait
there until the item would cost one write unit more, then they are copied to the table of minutes as one block and left
out of the next commit. The copy comes first, so a crash in between leaves a line in both places, never in none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from chalicelib import codec
from chalicelib.adapters.dynamodb.client import Tables, attribute
from chalicelib.adapters.dynamodb.faults import ConditionFailed
from chalicelib.adapters.dynamodb.items import number, packed, text, unpacked
from chalicelib.adapters.dynamodb.tables import MINUTES
from chalicelib.domain import Change, Decision, EquityPoint

_FIRST_BLOCKS = 16
"""Blocks that a read begins with: a page of decisions of one symbol, in about four read units."""

_NO_LIMIT = ',"max_age_ms":null'
"""What is read where nothing stands. It would take some 10 bytes of a packed line, and a block of one write unit would
often hold two lines in place of three. A text in JSON never holds it: its quotation marks are escaped there."""


class Line(NamedTuple):
    """One minute as JSON text, with the time by which it is found."""

    minute_ms: int
    body: str


@dataclass(frozen=True, slots=True)
class Minute:
    """What a line says."""

    decisions: tuple[Decision, ...]
    equity: EquityPoint | None


def line_of(change: Change) -> Line | None:
    """What the change appends to its minute, None if it appends nothing."""
    if change.equity is not None:
        minute_ms = change.equity.time_ms
    elif change.decisions:
        minute_ms = change.decisions[0].minute_ms
    else:
        return None
    return Line(minute_ms, codec.dump(Minute(change.decisions, change.equity)).replace(_NO_LIMIT, ""))


def minute_of(line: Line) -> Minute:
    return codec.load(Minute, line.body)


def written(lines: Sequence[Line]) -> str:
    """The lines as one text.

    >>> read(written([Line(60000, "{}"), Line(120000, "{}")]))
    (Line(minute_ms=60000, body='{}'), Line(minute_ms=120000, body='{}'))
    """
    return "\n".join(f"{line.minute_ms} {line.body}" for line in lines)


def read(block: str) -> tuple[Line, ...]:
    """The lines of a text that `written` made; the codec's JSON never holds a line break."""
    parts = (line.partition(" ") for line in block.split("\n") if line)
    return tuple(Line(int(minute_ms), body) for minute_ms, _, body in parts)


def copy_out(tables: Tables, agent_id: str, lines: Sequence[Line], kept_days: int) -> None:
    """Store the lines as one block. Safe to repeat, and for a run that fell asleep: a block only ever grows."""
    newest = number(lines[-1].minute_ms)
    item = {
        "agent_id": text(agent_id),
        "minute_ms": number(lines[0].minute_ms),
        "newest_ms": newest,
        "body": packed(written(lines)),
        **tables.expiry(kept_days),
    }
    try:
        tables.put(MINUTES, item, attribute("agent_id").does_not_exist() | (attribute("newest_ms") < newest))
    except ConditionFailed:
        return  # it is there


def lines_backwards(tables: Tables, agent_id: str, waiting: Sequence[Line], until_ms: int | None) -> Iterator[Line]:
    """All lines up to a time, newest first: those that `waiting` in the agent's item, then the stored blocks."""
    bounds = None if until_ms is None else attribute("minute_ms") <= number(until_ms)
    blocks = tables.query(MINUTES, agent_id, bounds, newest_first=True, page=_FIRST_BLOCKS)
    last_ms = None if until_ms is None else until_ms + 1
    for lines in _chain(waiting, blocks):
        for line in reversed(lines):
            if last_ms is None or line.minute_ms < last_ms:
                yield line
                last_ms = line.minute_ms


def _chain(waiting: Sequence[Line], blocks: Iterator[dict[str, dict[str, str]]]) -> Iterator[Sequence[Line]]:
    yield waiting
    for item in blocks:
        yield read(unpacked(item, "body"))
