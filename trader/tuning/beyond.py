"""What lies beyond the end of an axis, as values to try next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TypeAlias

from chalicelib.config.values import duration_ms
from chalicelib.domain import MINUTE_MS
from trader.tuning.axes import BETWEEN, Axis, Range, Value

OFFERED = 2
"""Values that are named beyond an end."""
FACTORS = (2, 3, 4, 5, 6, 8, 10, 12, 15, 24)
"""Of a duration: as intervals and waits are usually graded."""
HALVINGS = 20
"""How often what lies beyond is moved nearer until it is allowed."""

Number: TypeAlias = int | float
Allowed = Callable[[str, Value], bool]
"""Whether a key takes a value."""


def rank(value: Value) -> float | None:
    """Where a value stands among others: a number, a duration by its length; None for what has no order.

    >>> rank(0.5), rank("4h"), rank("freeze")
    (0.5, 14400000.0, None)
    """
    if isinstance(value, str):
        return float(duration_ms(value) or 0) or None
    return None if isinstance(value, bool) else float(value)


def beyond(axis: Axis, is_highest: bool, allowed: Allowed) -> str:
    """Values past this end, as --grid takes them; empty where the key takes none.

    >>> beyond(Range("risk.stop_loss", 0.01, 0.05), True, lambda key, value: True)
    '0.05..0.09'
    """
    if isinstance(axis, Range):
        end, other = (axis.high, axis.low) if is_highest else (axis.low, axis.high)
        far = _nearest_allowed(axis.key, end, end - other, allowed)
        return BETWEEN.join(map(written, sorted((end, far)))) if far is not None else ""
    ordered = sorted(axis.values, key=lambda value: rank(value) or 0.0, reverse=not is_highest)
    before, last = ordered[-2:]
    if isinstance(before, str) or isinstance(last, str):
        further = _durations(str(last), is_highest)
        return ",".join(islice((value for value in further if allowed(axis.key, value)), OFFERED))
    offered = [value for value in _numbers(before, last, is_highest) if allowed(axis.key, value)]
    nearest = None if offered else _nearest_allowed(axis.key, last, last - before, allowed)
    return ",".join(map(written, offered if nearest is None else [nearest]))


def _numbers(before: Number, last: Number, is_highest: bool) -> Iterator[Number]:
    step, factor = last - before, _factor(before, last, is_highest)
    for _ in range(OFFERED):
        following = _alike(last, last * factor if factor else last + step)
        if following == last:
            return
        last = following
        yield last


def _factor(before: float, last: float, is_highest: bool) -> float:
    """What values are multiplied by where they grow or shrink by a factor of 2 or more, 0.0 where steps are added.

    Downwards they are halved where steps would lead to 0 or past it.
    """
    if before and (last / before >= 2.0 or 0.0 < last / before <= 0.5):
        return last / before
    return 0.5 if not is_highest and last > 0.0 >= last + OFFERED * (last - before) else 0.0


def _durations(last: str, is_highest: bool) -> Iterator[str]:
    minutes = (duration_ms(last) or 0) // MINUTE_MS
    for factor in FACTORS:
        if is_highest:
            yield _duration(minutes * factor)
        elif minutes % factor == 0:
            yield _duration(minutes // factor)


def _duration(minutes: int) -> str:
    """As settings write it.

    >>> _duration(15), _duration(240), _duration(1440)
    ('15m', '4h', '1d')
    """
    if minutes % 1440 == 0:
        return f"{minutes // 1440}d"
    return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"


def _nearest_allowed(key: str, end: Number, width: Number, allowed: Allowed) -> Number | None:
    """As far beyond an end as the axis is wide, or as much of that as is allowed; None where nothing is."""
    for halving in range(HALVINGS):
        far = _alike(end, end + width / 2**halving)
        if far == end:
            return None
        if allowed(key, far):
            return far
    return None


def _alike(end: Number, value: float) -> Number:
    """Whole where the end is."""
    return round(value) if isinstance(end, int) else float(f"{value:.6g}")


def written(value: Value) -> str:
    """A value as an option has it.

    >>> written(30.0), written(0.015), written("4h")
    ('30', '0.015', '4h')
    """
    return value if isinstance(value, str) else f"{value:.12g}"
