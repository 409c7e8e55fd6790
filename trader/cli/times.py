"""Moments on the command line."""

from __future__ import annotations

from datetime import UTC, datetime

import click


class IsoTime(click.ParamType[int]):
    """An ISO 8601 date or time as UTC epoch milliseconds; without a zone it is UTC."""

    name = "ISO"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            moment = datetime.fromisoformat(str(value).strip())
        except ValueError:
            self.fail(f"{value!r} must be a date or time such as 2025-05-20 or 2025-05-20T13:45:00Z", param, ctx)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        time_ms = round(moment.timestamp() * 1000)
        if time_ms < 0:
            self.fail(f"{value!r} lies before 1970", param, ctx)
        return time_ms


ISO = IsoTime()


def refuse_backwards(from_ms: int | None, to_ms: int | None) -> None:
    """Raises UsageError when the range ends before it begins."""
    if from_ms is not None and to_ms is not None and from_ms > to_ms:
        raise click.UsageError("--from lies after --to")
