"""A strategy file before it is run: that it can be read, what it may not use, and its form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from chalicelib.errors import BadInput
from chalicelib.foreign_text import printable
from chalicelib.strategy.allowed import impurities
from chalicelib.strategy.loader import from_source, source_in
from chalicelib.strategy.purity.exits import reasons_in_place
from chalicelib.strategy.purity.source import source_of
from chalicelib.strategy.rule import Strategy


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """What one look came to."""

    name: str
    holds: bool | None
    """None where there was nothing to hold, or nothing to look at."""
    words: str
    """Where it does not hold, a line that says what is wrong without the name."""
    figures: Mapping[str, object] = field(default_factory=dict)


def file_findings(path: Path) -> Iterator[CheckFinding]:
    """Whether it can be read, each line that it may not use, and whether it has the form of a strategy."""
    try:
        source = source_in(path)
    except BadInput as error:
        yield CheckFinding("file", False, str(error))
        return
    yield CheckFinding("file", True, f"{len(source.splitlines()):,} lines, {len(source.encode()):,} bytes")
    refused = [
        CheckFinding("pure", False, f"{printable(str(path))}, line {each.line}: {each.words}", {"line": each.line})
        for each in impurities(source)
    ]
    yield from refused or [CheckFinding("pure", True, "every line gives the same bits in both engines")]
    if not refused:
        yield _form(source, path)
        yield from _exits(source)


def _form(source: str, path: Path) -> CheckFinding:
    try:
        return form_finding(from_source(source, path.name, str(path)))
    except BadInput as error:
        return CheckFinding("form", False, str(error))


def _exits(source: str) -> Iterator[CheckFinding]:
    """What an int in the first place of `leave` is, as it might be meant for the part that stays."""
    for line, code, number in reasons_in_place(source_of(source)):
        words = f"line {line}: `{code}` sells all for reason {number}; a part that stays is leave(keep=0.5)"
        yield CheckFinding("exits", None, words, {"line": line})


def form_finding(strategy: Strategy) -> CheckFinding:
    """What a strategy that was loaded defines."""
    form = strategy.form
    parts = {"settings": form.settings._fields, "inputs": form.inputs._fields, "values": form.values._fields}
    words = "; ".join(f"{name} {', '.join(fields)}" for name, fields in parts.items() if fields)
    return CheckFinding("form", True, words, {**parts, "reasons": form.reasons, "hash": strategy.hash})
