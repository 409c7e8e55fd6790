"""What a stored value and a recomputed one are when they are not the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from chalicelib.moments import iso_minute_text

Value = str | float | int | bool | None | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One record that does not follow from its inputs. `symbol` is empty for what concerns the whole account."""

    minute_ms: int
    symbol: str
    what: str
    stored: Value
    recomputed: Value
    against: str = "recomputed"
    """What the second value is, in words."""

    @property
    def words(self) -> str:
        """As one line.

        >>> Difference(0, "BTCUSDT", "average", 29.9, 30.1).words
        'minute 1970-01-01T00:00Z, BTCUSDT: average stored 29.9, recomputed 30.1'
        """
        minute = iso_minute_text(self.minute_ms)
        where = f"minute {minute}, {self.symbol}" if self.symbol else f"minute {minute}"
        return f"{where}: {self.what} stored {shown(self.stored)}, {self.against} {shown(self.recomputed)}"

    def as_dict(self) -> dict[str, object]:
        """The object that `--json` prints."""
        return {
            "minute_ms": self.minute_ms,
            "symbol": self.symbol or None,
            "what": self.what,
            "stored": self.stored,
            "recomputed": self.recomputed,
            "words": self.words,
        }


def shown(value: Value) -> str:
    """A value as a person reads it; floats as they round-trip.

    >>> shown(None), shown(("Oversold",)), shown(()), shown(0.1), shown("hold")
    ('nothing', 'Oversold', 'nothing', '0.1', 'hold')
    """
    if value is None or value == ():
        return "nothing"
    if isinstance(value, tuple):
        return ", ".join(value)
    return repr(value) if isinstance(value, float) else str(value)


def is_same(stored: Value, recomputed: Value) -> bool:
    """Equal to the last bit; undefined is equal to undefined.

    >>> is_same(float("nan"), float("nan")), is_same(0.1 + 0.2, 0.3)
    (True, False)
    """
    if isinstance(stored, float) and isinstance(recomputed, float) and stored != stored:
        return recomputed != recomputed
    return stored == recomputed


def compared(
    minute_ms: int,
    symbol: str,
    stored: Mapping[str, Value],
    recomputed: Mapping[str, Value],
    against: str = "recomputed",
) -> Iterator[Difference]:
    """What differs among values of the same names, in their order."""
    for name, value in stored.items():
        if not is_same(value, recomputed[name]):
            yield Difference(minute_ms, symbol, name, value, recomputed[name], against)
