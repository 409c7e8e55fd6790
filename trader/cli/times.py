"""Moments on the command line, and what a day, a month or a year comes to where a range begins or ends."""

from __future__ import annotations

import click

from chalicelib.moments import span_ms


class IsoTime(click.ParamType[int]):
    """An ISO 8601 time as UTC epoch milliseconds, without a zone it is UTC; of a day, month or year its first."""

    name = "ISO"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            first_ms, last_ms = span_ms(str(value).strip())
        except ValueError:
            self.fail(
                f"{value!r} must be a day, a month or a time such as 2025-05-20, 2025-05 or 2025-05-20T13:45:00Z",
                param,
                ctx,
            )
        if first_ms < 0:
            self.fail(f"{value!r} lies before 1970", param, ctx)
        return self.edge_ms(first_ms, last_ms)

    def edge_ms(self, first_ms: int, last_ms: int) -> int:
        return first_ms


class IsoEnd(IsoTime):
    """As `IsoTime`, but of a day, month or year its last millisecond: a range that ends with it has the whole of it."""

    def edge_ms(self, first_ms: int, last_ms: int) -> int:
        return last_ms


ISO, END = IsoTime(), IsoEnd()


def refuse_backwards(from_ms: int | None, to_ms: int | None) -> None:
    """Raises UsageError when the range ends before it begins."""
    if from_ms is not None and to_ms is not None and from_ms > to_ms:
        raise click.UsageError("--from lies after --to")
