"""The rule of what a candle can be: one for what an exchange answers and for what files and archives hold.

What is sound is kept. What is not counts as missing: it is counted, the first is named, and the work goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from math import isfinite
from typing import NamedTuple

from chalicelib.domain import DAY_MS, MINUTE_MS

LATEST_MS = 4_102_444_800_000
"""2100-01-01: a later open_time is no milliseconds but micro- or nanoseconds."""
SECONDS_FROM, SECONDS_TO = 946_684_800, 4_102_444_800
"""2000 to 2100 in seconds; in milliseconds some weeks of early 1970."""
LEAST_PRICE, MOST_PRICE = 1e-18, 1e18
MOST_VOLUME = 1e36
"""No market is quoted beyond these; there a quantity, its cost or their sums leave what floats can hold."""

ANOTHER_OF_ITS_MINUTE = "another candle of the same open_time came before it"
OUT_OF_ORDER = "open_time is out of order: rows must be sorted by time"


class CandleRow(NamedTuple):
    """One row as it came: open_time in milliseconds, and what floats can say of the rest."""

    open_ms: float
    open: float
    high: float
    low: float
    close: float
    volume: float


class OddRows(NamedTuple):
    """Rows that are no candles: how many, and where the first is and why. `repeated` rows only say one again."""

    number: int = 0
    first: str = ""
    repeated: int = 0

    def with_(self, later: OddRows) -> OddRows:
        """Both together; the first of the earlier ones stays the first."""
        return OddRows(self.number + later.number, self.first or later.first, self.repeated + later.repeated)

    def line(self, interval: str = "a minute") -> str:
        """The line that a user is told of them, empty where there is nothing to tell.

        >>> OddRows(3, "row 29: high is below low").line()
        '3 rows are no candles of a minute and are left out, the first is row 29: high is below low'
        """
        told = []
        if self.number == 1:
            told.append(f"1 row is no candle of {interval} and is left out, it is {self.first}")
        elif self.number:
            told.append(f"{self.number} rows are no candles of {interval} and are left out, the first is {self.first}")
        if self.repeated == 1:
            told.append("1 row repeats another and is read once")
        elif self.repeated:
            told.append(f"{self.repeated} rows repeat others and are read once")
        return "; ".join(told)


class OddCandle(NamedTuple):
    """A row of an exchange's answer that is no candle, by its open_time where that can be one."""

    open_ms: int | None
    place: str
    complaint: str
    """Empty for one that says again what another said."""


def odd_candle(number: int, open_ms: float, complaint: str) -> OddCandle:
    """The row of this number in an answer, from 1.

    >>> odd_candle(7, 1518168494789, "low is not above 0").place
    'the one of 2018-02-09T09:28:14.789+00:00'
    """
    if not 0 <= open_ms <= LATEST_MS:
        return OddCandle(None, f"row {number}", complaint)
    moment = datetime.fromtimestamp(open_ms / 1000, UTC).isoformat(timespec="milliseconds")
    return OddCandle(int(open_ms), f"the one of {moment}", complaint)


def odd_rows(odd: Sequence[OddCandle]) -> OddRows:
    """The odd rows of several answers together; one that was told twice counts once."""
    faulty = [each for each in dict.fromkeys(odd) if each.complaint]
    repeated = len(dict.fromkeys(odd)) - len(faulty)
    first = f"{faulty[0].place}: {faulty[0].complaint}" if faulty else ""
    return OddRows(len(faulty), first, repeated)


def odd_line(symbol: str, interval: str, odd: Sequence[OddCandle]) -> str:
    """One line about the odd rows in the candles of a symbol; empty where there is nothing to tell."""
    line = odd_rows(odd).line("a minute" if interval == "1m" else interval)
    return f"klines of {symbol}: {line}" if line else ""


def fault_of(row: CandleRow, interval_ms: int = MINUTE_MS) -> str | None:
    """The first thing that makes the row no candle of this interval, None for a sound one.

    >>> fault_of(CandleRow(60_000, 1.0, 2.0, 0.5, 1.5, 0.0)), fault_of(CandleRow(60_000, 1.0, 2.0, 0.0, 1.5, 0.0))
    (None, 'low is not above 0')
    """
    return next(_faults(row, min(interval_ms, DAY_MS)), None)  # weeks and months open on a day


def _faults(row: CandleRow, grid_ms: int) -> Iterator[str]:
    yield from _time_faults(row.open_ms, grid_ms)
    prices = {"open": row.open, "high": row.high, "low": row.low, "close": row.close}
    for name, value in (*prices.items(), ("volume", row.volume)):
        if not isfinite(value):
            yield f"{name} is missing or no finite number"
    for name, value in prices.items():
        yield from _price_faults(name, value)
    if row.volume < 0:
        yield "volume is negative"
    if row.volume > MOST_VOLUME:
        yield f"volume is above {MOST_VOLUME:g}, more than any market trades"
    if row.high < row.low:
        yield "high is below low"
    for name in ("open", "close"):
        if not row.low <= prices[name] <= row.high:
            yield f"{name} lies outside low and high"


def _time_faults(open_ms: float, grid_ms: int) -> Iterator[str]:
    if not isfinite(open_ms):
        yield "open_time is missing or not a number"
    elif open_ms < 0:
        yield "open_time is negative"
    elif open_ms > LATEST_MS:
        yield "open_time is after the year 2100: micro- or nanoseconds? It must be milliseconds"
    elif open_ms % grid_ms:
        unit = "full minute" if grid_ms == MINUTE_MS else f"multiple of {grid_ms // 1000} seconds"
        hint = " (seconds? They must be multiplied by 1000)" if SECONDS_FROM <= open_ms < SECONDS_TO else ""
        yield f"open_time is no {unit} in milliseconds{hint}"


def _price_faults(name: str, price: float) -> Iterator[str]:
    if price <= 0:
        yield f"{name} is not above 0"
    elif price < LEAST_PRICE:
        yield f"{name} is below {LEAST_PRICE:g}, less than any price"
    elif price > MOST_PRICE:
        yield f"{name} is above {MOST_PRICE:g}, more than any price"
