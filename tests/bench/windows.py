"""What long windows cost against short ones in a strategy's compiled pass, and a bar of every indicator live."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from chalicelib.kernel.bar import Bar
from chalicelib.strategy.loader import from_source
from chalicelib.strategy.rule import StrategyRule
from chalicelib.strategy.settings import rule_with
from tests.bench.markets import YEAR_BARS, generated
from tests.bench.outcome import Limit, Outcome, shown
from tests.bench.timing import Times, in_turn, ratios
from tests.unit.indicators.case import Case
from tests.unit.indicators.cases import CASES
from trader.backtest.engine import Room, fastest, rule_signals_of
from trader.backtest.market import MarketColumns, tape_of
from trader.data.candles import CandleColumns

FILE = """
from typing import NamedTuple

from chalicelib.kernel.indicators import {names}
from chalicelib.strategy import WAIT, Bar, Choice, Inputs, enter, leave


class Settings(NamedTuple):
    period: int = 20


class State(NamedTuple):
    seen: {state}
    upper: float
    lower: float


class Values(NamedTuple):
    upper: float
    lower: float


def start(settings: Settings) -> State:
    return State({start}(settings.period), 0.0, 0.0)


def observe(state: State, bar: Bar, settings: Settings) -> tuple[State, Values]:
    seen = {step}
    return State(seen, {upper}, {lower}), Values(state.upper, state.lower)


def decide(values: Values, close: float, inputs: Inputs, in_position: bool, settings: Settings) -> Choice:
    if in_position:
        return leave() if close < values.lower else WAIT
    return enter() if close > values.upper else WAIT
"""
SMA = FILE.format(
    names="SmaState, sma_start, sma_step, sma_value",
    state="SmaState",
    start="sma_start",
    step="sma_step(state.seen, bar.close)",
    upper="sma_value(seen)",
    lower="sma_value(seen)",
)
DONCHIAN = FILE.format(
    names="DonchianState, donchian_start, donchian_step, donchian_value",
    state="DonchianState",
    start="donchian_start",
    step="donchian_step(state.seen, bar)",
    upper="donchian_value(seen).upper",
    lower="donchian_value(seen).lower",
)
AGAINST_SHORT = 3.0
STEP_US = 3.0
STEPPED_BARS = 4_000


def measure(quick: bool) -> list[Outcome]:
    """Passes over a generated year, side by side, and the average step and value of all indicators in plain Python."""
    year = generated(YEAR_BARS)
    return [passes(tape_of([year]), 3 if quick else 9), steps(year, 2 if quick else 5)]


def passes(tape: MarketColumns, rounds: int) -> Outcome:
    """Long windows against an SMA over 20."""
    rules = {
        "SMA 20": _rule(SMA, 20),
        "SMA 1000": _rule(SMA, 1_000),
        "Donchian 20": _rule(DONCHIAN, 20),
        "Donchian 200": _rule(DONCHIAN, 200),
    }
    taken = in_turn(rounds, *(_pass(tape, rule) for rule in rules.values()))
    times = dict(zip(rules, taken, strict=True))
    short = times["SMA 20"]
    against = {name: ratios(times[name], short) for name in rules if name != "SMA 20"}
    rows = [(f"signals of a year, {name}", _row(each, against.get(name))) for name, each in times.items()]
    limits = [
        Limit(f"{name} against SMA 20", against[name]["ratio_of_minima"], AGAINST_SHORT, "x")
        for name in ("SMA 1000", "Donchian 200")
    ]
    figures = {name: {**each.figures(), **against.get(name, {})} for name, each in times.items()}
    return Outcome("windows", {"passes": figures}, rows, limits)


def _rule(source: str, period: int) -> StrategyRule:
    return rule_with(from_source(source, "windows.py", "windows.py"), {"period": period})


def _pass(tape: MarketColumns, rule: StrategyRule) -> Callable[[], object]:
    return partial(rule_signals_of, tape, [rule], fastest(), Room())


def _row(times: Times, against: Mapping[str, float] | None) -> str:
    said = f"{against['ratio_of_minima']:.2f} x SMA 20" if against else ""
    return f"{shown(min(times.wall_s)):<10} {said}".rstrip()


def steps(candles: CandleColumns, rounds: int) -> Outcome:
    """A bar of each indicator as live: its step and its value."""
    columns = [column[:STEPPED_BARS].tolist() for column in candles[1:]]
    bars = [Bar(*row) for row in zip(*columns, strict=True)]
    taken = in_turn(rounds, *(partial(_stepped, case, bars) for case in CASES.values()))
    each_us = {name: 1e6 * min(times.wall_s) / len(bars) for name, times in zip(CASES, taken, strict=True)}
    average = sum(each_us.values()) / len(each_us)
    slowest = max(each_us, key=lambda name: each_us[name])
    rows = [
        (f"a bar of each of {len(CASES)} indicators in plain Python", f"{average:.2f} us on average"),
        (f"of the slowest, {slowest}", f"{each_us[slowest]:.2f} us"),
    ]
    limits = [Limit("a bar of an indicator in plain Python", average, STEP_US, "us")]
    return Outcome("indicators", {"average_us": average, "each_us": each_us}, rows, limits)


def _stepped(case: Case, bars: list[Bar]) -> None:
    state = case.start()
    for bar in bars:
        state, _ = case.observe(state, bar)
