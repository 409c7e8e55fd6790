"""What `trader cost` tells: the sums for some numbers of symbols, what they consist of, and what would change them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from chalicelib.addition import added
from trader.cost.bill import FULL_AFTER_DAYS, GB, MONTH_DAYS, bill, by_kind, by_resource, stored_bytes, total
from trader.cost.figures import Figures, read_llama_figures
from trader.cost.prices import Prices

HOURS_A_DAY = 24.0
MINUTES_AN_HOUR = 60.0
FEW, MANY = 1, 10
"""The numbers of symbols that are always told."""


@dataclass(frozen=True, slots=True)
class CostReport:
    """USD a month, by the number of symbols as text where a mapping has numbers of symbols."""

    monthly_usd: Mapping[str, float]
    by: Mapping[str, float]
    """With one symbol, by what is billed."""
    by_symbols: Mapping[str, Mapping[str, float]]
    by_resource: Mapping[str, Mapping[str, float]]
    """By function, table or service, the dearest of one symbol first."""
    dominates: Sequence[str]
    """The three dearest of `by`."""
    each_further_symbol: float
    hourly_usd: Mapping[str, float]
    """`monthly_usd` of an agent that decides by bars of an hour, while it holds nothing and waits for nothing."""
    hourly_by: Mapping[str, float]
    """With one symbol, by what is billed."""
    held_hour_usd: float
    """What an hour of each day adds to it in which something is held: its minutes are those of any agent."""
    series_usd: Mapping[str, float]
    """What each series of one's own adds, by the bars that are decided by (1m, 1h), for one symbol; in no other sum."""
    stored_gb: Mapping[str, Mapping[str, float]]
    """In all tables, after a month and after a year."""
    first_month_usd: Mapping[str, float]
    """With what is stored after a month; `monthly_usd` is as after a year."""
    what_if: Mapping[str, Mapping[str, float]]
    """`monthly_usd` if an assumption is wrong."""
    llama_usd: Mapping[str, float]
    """What the container function adds where its image is deployed, by what is billed; in no other sum."""
    with_llama_usd: Mapping[str, float]
    """`monthly_usd` with it."""
    apart_usd: Mapping[str, float]
    """What is in no sum, each for itself."""
    region: str
    prices_date: str
    days: float


def report(figures: Figures, prices: Prices, further: Sequence[int] = ()) -> CostReport:
    """The report for 1, 10 and these numbers of symbols."""
    numbers = sorted({FEW, MANY, *further})
    bills = {str(number): bill(figures, prices, number) for number in numbers}
    kinds = {number: by_kind(charges) for number, charges in bills.items()}
    monthly = {number: total(charges) for number, charges in bills.items()}
    hourly = {str(number): bill(figures.by_hours(), prices, number) for number in numbers}
    hourly_usd = {number: total(charges) for number, charges in hourly.items()}
    llama = {kind: usd for kind, usd in by_kind(bill(read_llama_figures(figures), prices, FEW)).items() if usd}
    return CostReport(
        monthly_usd=monthly,
        by=kinds[str(FEW)],
        by_symbols=kinds,
        by_resource={number: by_resource(charges) for number, charges in bills.items()},
        dominates=sorted(kinds[str(FEW)], key=lambda kind: -kinds[str(FEW)][kind])[:3],
        each_further_symbol=(monthly[str(MANY)] - monthly[str(FEW)]) / (MANY - FEW),
        hourly_usd=hourly_usd,
        hourly_by=by_kind(hourly[str(FEW)]),
        held_hour_usd=(monthly[str(FEW)] - hourly_usd[str(FEW)]) / HOURS_A_DAY,
        series_usd=_series_usd(figures, prices),
        stored_gb={str(number): _stored_gb(figures, number) for number in numbers},
        first_month_usd={str(number): total(bill(figures, prices, number, MONTH_DAYS)) for number in numbers},
        what_if={
            what: {str(number): total(bill(changed, prices, number)) for number in numbers}
            for what, changed in _what_if(figures).items()
        },
        llama_usd=llama,
        with_llama_usd={number: usd + added(llama.values()) for number, usd in monthly.items()},
        apart_usd={name: option.usd for name, option in prices.options.items()},
        region=prices.region,
        prices_date=prices.date,
        days=MONTH_DAYS,
    )


def _series_usd(figures: Figures, prices: Prices) -> dict[str, float]:
    if figures.series is None:
        return {}
    usd = total(bill(replace(figures, events={"series": figures.series}, monthly={}), prices, FEW))
    return {"1m": usd, "1h": usd / MINUTES_AN_HOUR}


def _stored_gb(figures: Figures, symbols: int) -> dict[str, float]:
    ages = {"after_a_month": MONTH_DAYS, "after_a_year": FULL_AFTER_DAYS}
    return {name: added(stored_bytes(figures, symbols, days).values()) / GB for name, days in ages.items()}


def _what_if(figures: Figures) -> dict[str, Figures]:
    return {
        "every wait doubles": figures.slower(2.0),
        "CPU takes twice as long": figures.on_slower_processor(2.0),
        "trades come ten times as often": figures.more_often("trade", 10.0),
        "headlines come ten times as often": figures.more_often("headline", 10.0),
        "all four feeds send whole pages": figures.more_often("feed_page", 4.0),
        "no connection has to be opened anew": figures.with_new_connections(0.0),
    }
