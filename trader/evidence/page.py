"""The table of a page of evidence as Markdown, and under it, in sentences, in how many markets the strategy earned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from statistics import median

from chalicelib.config import Config
from chalicelib.strategy.chosen import strategy_of
from trader.evidence.measured import Came, MarketEvidence
from trader.tuning.verdict import PROVEN

GIVEN = ("market", "from", "to", "held", "as set", "trades", "fees", "deepest fall")
CHOSEN = ("in sample", "out of sample", "held then", "trades", "fees", "beat random")


def page(config: Config, known: Sequence[str], rows: Sequence[MarketEvidence]) -> Iterator[str]:
    """Line by line: what it was measured by, the table, the sums. `known` are the series that it was given."""
    is_chosen = any(row.chosen is not None or row.why_none for row in rows)
    yield _terms(config, known)
    yield ""
    columns = (*GIVEN, *(CHOSEN if is_chosen else ()))
    yield _row(columns)
    yield _row(["---"] * len(columns))
    for row in rows:
        yield _row([*_given(row), *(_chosen(row) if is_chosen else ())])
    yield ""
    yield _sum("As set", [row.given for row in rows])
    outside = [row.chosen for row in rows if row.chosen is not None]
    if outside:
        yield _sum("Chosen on the past and run over what followed", [each.outside for each in outside])
        proven = len([each for each in outside if each.random_beaten >= PROVEN])
        yield f"There it did better than {PROVEN:.0%} of runs with random entries in {proven} of {len(outside)}."


def _terms(config: Config, known: Sequence[str]) -> str:
    fees = config.fees
    costs = f"{fees.rate:.2%} of the amount a fill, slippage {fees.slippage:.2%}"
    absent = [name for name in strategy_of(config).series if name not in known]
    unknown = f" Nothing was known of {' or '.join(absent)}." if absent else ""
    return f"Decided at the closes of {config.strategy.interval} bars; {costs}; {_size(config)}.{unknown}"


def _size(config: Config) -> str:
    """What an entry buys for, unless the strategy says it."""
    risk = config.risk
    return {
        "fraction": f"{percent(risk.position_fraction, '')} of equity an entry",
        "amount": f"{risk.entry_amount:g} of {config.agent.cash:g} an entry",
        "risk": f"{percent(risk.risk_per_trade, '')} of equity at risk an entry",
    }[risk.sizing]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _given(row: MarketEvidence) -> list[str]:
    given = row.given
    return [
        *(row.symbol, _day(row.first_ms), _day(row.last_ms), percent(given.held), percent(given.returned)),
        *(str(given.trades), percent(given.fees, ""), percent(given.deepest_fall, "")),
    ]


def _chosen(row: MarketEvidence) -> list[str]:
    if row.chosen is None:
        return ["-"] * len(CHOSEN)
    outside = row.chosen.outside
    return [
        *(percent(row.chosen.in_sample), percent(outside.returned), percent(outside.held)),
        *(str(outside.trades), percent(outside.fees, ""), f"{row.chosen.random_beaten:.0%}"),
    ]


def _sum(what: str, came: Sequence[Came]) -> str:
    earned = len([each for each in came if each.returned > 0.0])
    beat = len([each for each in came if each.returned > each.held])
    middle, held = median(each.returned for each in came), median(each.held for each in came)
    return (
        f"{what} it earned something in {earned} of {len(came)} markets and more than holding in {beat};"
        f" median {percent(middle)}, of holding {percent(held)}."
    )


def percent(fraction: float, sign: str = "+") -> str:
    """A fraction as a page has it.

    >>> percent(0.0512), percent(-0.4), percent(0.001, "")
    ('+5.1%', '-40.0%', '0.1%')
    """
    return f"{fraction:{sign}.1%}"


def _day(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%d")
