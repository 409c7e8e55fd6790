"""A week of four symbols, of headlines and of sentiment by whole numbers alone: the same bytes everywhere, for ever.

Fewer minutes are the beginning of more. Prices are written as decimals of the whole numbers that they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import NamedTuple

from chalicelib.domain import MINUTE_MS

START_MS = 1_736_121_600_000
"""Midnight UTC, 2025-01-06."""
UNITS = {"BTCUSDT": 6_000_000, "ETHUSDT": 300_000, "SOLUSDT": 1_500_000, "DOGEUSDT": 20_000_000}
"""First price by symbol, of units of which 10 to the power of `DECIMALS` make one."""
DECIMALS = {"BTCUSDT": 2, "ETHUSDT": 2, "SOLUSDT": 4, "DOGEUSDT": 8}
RISING, STILL = {"BTCUSDT": 17}, {"SOLUSDT": 260}
"""Minutes with which a symbol begins. Only there is an RSI exactly 100 or 50, and an average or a band exactly the
close, so that one comparison that takes what another leaves out shows.
"""
WILD = frozenset({"DOGEUSDT"})
"""Symbols whose changes are of their first price, up to tenfold: there an average shows the last bit of its weight."""
MILLION, TENFOLD = 1_000_000, 9_000_000
STEP, JUMP, WICK = 1_100, 40_000, 500
"""The largest change of a minute, of a jump, and the longest wick, in millionths of the price."""
SUBJECTS = ("Bitcoin", "Ethereum", "Solana", "Crypto", "BTC", "Ether", "SOL", "Markets")
GOOD = ("surges", "rallies to a record high", "gains on strong adoption", "wins approval", "climbs", "is upgraded")
BAD = ("plunges", "crashes after a hack", "drops on fraud fears", "is sued", "falls", "faces an outage")
PLAIN = ("trades sideways", "is discussed by a panel", "has a new logo", "waits for the week's end")


class Move(NamedTuple):
    """A minute: change and wicks in millionths of the price, volume in thousandths."""

    change: int
    upper_wick: int
    lower_wick: int
    volume: int
    missing: bool


class Draw:
    """Knuth's 64-bit linear congruential generator, of which the upper bits are drawn."""

    def __init__(self, seed: int) -> None:
        self._state = seed
        for _ in range(8):  # neighbouring seeds begin alike
            self.below(1)

    def below(self, count: int) -> int:
        """A number from 0 to below the count."""
        self._state = (self._state * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) % 2**64
        return (self._state >> 33) % count

    def around(self, most: int) -> int:
        """A number from -most to most."""
        return self.below(2 * most + 1) - most


def candle_files(folder: Path, symbols: Iterable[str], minutes: int) -> list[Path]:
    """A CSV file a symbol with the first minutes of the week, some missing in each."""
    return [_written(folder / f"{symbol}_1m.csv", _candle_lines(symbol, minutes)) for symbol in symbols]


def news_file(folder: Path, minutes: int) -> Path:
    """A CSV file with a headline every dozen minutes or so; good and bad ones come in spells."""
    return _written(folder / "news.csv", _headline_lines(minutes))


def sentiment_file(folder: Path, minutes: int) -> Path:
    """A CSV file with a score every half hour or so, of few values, so that each is met again."""
    return _written(folder / "sentiment.csv", _score_lines(minutes))


def timed_headlines(folder: Path, titles: Sequence[str], start_ms: int, end_ms: int) -> Path:
    """A CSV file with these headlines, spread evenly over the time between."""
    rows = [
        f'{start_ms + (end_ms - start_ms) * number // len(titles)},"{title}",desk,https://news.example/{number}'
        for number, title in enumerate(titles)
    ]
    return _written(folder / "headlines.csv", ["time,title,source,url", *rows])


def _candle_lines(symbol: str, minutes: int) -> Iterator[str]:
    yield "open_time,open,high,low,close,volume"
    price, digits = UNITS[symbol], DECIMALS[symbol]
    for minute, move in zip(range(minutes), _moves(symbol), strict=False):
        base = UNITS[symbol] if symbol in WILD else price
        close = base + move.change * base // MILLION
        high = max(price, close) + move.upper_wick * price // MILLION
        low = min(price, close) - move.lower_wick * price // MILLION
        if not move.missing:
            prices = ",".join(_decimal(each, digits) for each in (price, high, low, close))
            yield f"{START_MS + minute * MINUTE_MS},{prices},{_decimal(move.volume, 3)}"
        price = close


def _moves(symbol: str) -> Iterator[Move]:
    """What a symbol does minute by minute, without end."""
    draw, drift, silent = Draw(UNITS[symbol]), 0, 0
    for minute in count():
        if minute % 90 == 0:
            drift = draw.around(250)
        change = drift + draw.around(JUMP if draw.below(500) == 0 else STEP)
        upper, lower, volume = draw.below(WICK), draw.below(WICK), 1 + draw.below(5_000)
        silent = 1 + draw.below(25) if draw.below(400) == 0 else max(silent - 1, 0)
        if minute < RISING.get(symbol, 0):
            change = abs(change) + 1
        if minute < STILL.get(symbol, 0):
            change = upper = lower = 0
        if symbol in WILD:
            change = draw.below(TENFOLD)
        yield Move(change, upper, lower, volume, silent > 0)


def _headline_lines(minutes: int) -> Iterator[str]:
    yield "time,title,source,url"
    draw, good = Draw(11), 0
    for minute in range(minutes):
        if minute % 240 == 0:
            good = 3 + draw.below(5)
        chance, mood, subject, milliseconds = (
            draw.below(12),
            draw.below(9),
            draw.below(len(SUBJECTS)),
            draw.below(60_000),
        )
        said = GOOD if mood < good else PLAIN if mood == good else BAD
        words = said[draw.below(len(said))]
        if chance == 0:
            title = f"{SUBJECTS[subject]} {words}, desk {minute}"
            yield f'{START_MS + minute * MINUTE_MS + milliseconds},"{title}",desk,https://news.example/{minute}'


def _score_lines(minutes: int) -> Iterator[str]:
    yield "time,score"
    draw = Draw(12)
    for minute in range(minutes):
        chance, score = draw.below(30), 10 * draw.around(8) + 20
        if chance == 0:
            yield f"{START_MS + minute * MINUTE_MS},{_decimal(score, 2)}"


def _decimal(units: int, digits: int) -> str:
    """A whole number of units as a decimal number.

    >>> _decimal(-25, 2), _decimal(1_230, 3)
    ('-0.25', '1.230')
    """
    whole, part = divmod(abs(units), 10**digits)
    return f"{'-' if units < 0 else ''}{whole}.{part:0{digits}d}"


def _written(path: Path, lines: Iterator[str] | Sequence[str]) -> Path:
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path
