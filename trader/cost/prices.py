"""List prices, as written down in prices.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

FILE = Path(__file__).with_name("prices.toml")


@dataclass(frozen=True, slots=True)
class Price:
    """USD for so many units."""

    usd: float
    per: float
    unit: str
    source: str
    """The page it was read from, by its name."""

    def of(self, quantity: float) -> float:
        """USD for this many units.

        >>> Price(0.2, 1_000_000, "invocation", "").of(5_000_000)
        1.0
        """
        return quantity * self.usd / self.per


@dataclass(frozen=True, slots=True)
class Option:
    """What can be had for so many USD a month and is in no sum."""

    usd: float
    what: str


@dataclass(frozen=True, slots=True)
class Prices:
    """All prices of one region by what they are for, at one date."""

    region: str
    date: str
    """Year and month in which they were read."""
    each: Mapping[str, Price]
    options: Mapping[str, Option]
    backtest: Mapping[str, Price] = field(default_factory=dict)
    """What only a backtest on AWS takes."""


def read_prices(file: Path = FILE) -> Prices:
    """The prices in the file; one that is malformed is a defect of the project and raises KeyError or TypeError."""
    document = tomllib.loads(file.read_text("utf-8"))
    return Prices(
        document["region"],
        document["date"],
        {name: Price(**price) for name, price in document["price"].items()},
        {name: Option(**option) for name, option in document["option"].items()},
        {name: Price(**price) for name, price in document["backtest"].items()},
    )
