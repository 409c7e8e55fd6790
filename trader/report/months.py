"""Returns by calendar month and year, UTC."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from trader.data.arrays import Floats, Integers
from trader.report.markup import Markup, element, section, table
from trader.report.wording import percent

NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
Month = tuple[int, int]
"""Year and month, 1 to 12."""


def monthly_returns(cash: float, times: Integers, equity: Floats) -> dict[Month, float]:
    """From the last mark of the month before (at first the cash) to that of the month; months with minutes only.

    >>> monthly_returns(100.0, np.array([0, 31 * 86_400_000]), np.array([110.0, 99.0]))
    {(1970, 1): 0.10000000000000009, (1970, 2): -0.09999999999999998}
    """
    months = times.astype("datetime64[ms]").astype("datetime64[M]").astype(np.int64)
    ends = np.flatnonzero(np.diff(months, append=months[-1] + 1))
    marks = [cash, *equity[ends].tolist()]
    returns = [after / before - 1.0 for before, after in pairwise(marks)]
    return {
        (1970 + month // 12, month % 12 + 1): value for month, value in zip(months[ends].tolist(), returns, strict=True)
    }


def yearly_returns(months: Mapping[Month, float]) -> dict[int, float]:
    """The months of each year, compounded."""
    grown: dict[int, float] = {}
    for (year, _), value in months.items():
        grown[year] = grown.get(year, 1.0) * (1.0 + value)
    return {year: value - 1.0 for year, value in grown.items()}


def months_section(months: Mapping[Month, float], hold: Mapping[Month, float]) -> Markup:
    """Strategy and buy-and-hold, a row a year each; the deeper the colour, the further from 0."""
    years, hold_years = yearly_returns(months), yearly_returns(hold)
    strongest = max((abs(value) for value in (*months.values(), *hold.values())), default=0.0)
    rows = []
    for year in years:
        for who, values, sums in ((str(year), months, years), ("buy-and-hold", hold, hold_years)):
            cells = [heat(values.get((year, month)), strongest) for month in range(1, 13)]
            rows.append((who, *cells, heat(sums[year], strongest, "sum")))
    note = element(
        "p", "From mark to mark at the ends of UTC months; the year is its months compounded.", class_="note"
    )
    caption = "Monthly returns, and buy-and-hold in the same months"
    return section("Monthly returns", "months", table(caption, ("", *NAMES, "Year"), rows, class_="heat"), note)


def heat(value: float | None, strongest: float, name: str = "") -> Markup:
    """A cell as warm as its value."""
    if value is None:
        return element("td", "", class_=name)
    strength = min(abs(value) / strongest, 1.0) if strongest else 0.0
    tone = "gain" if value > 0 else "loss" if value < 0 else ""
    return element("td", percent(value, 1), class_=f"{name} {tone}".strip(), style=f"--heat:{0.45 * strength**0.7:.3f}")
