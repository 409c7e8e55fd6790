"""The table of `tests.scenarios`, played in every way there is: each must give the fills that the page asks for.

`kernel.run` and the walks follow a rule that only looks at sentiment, which says +1 where a row has `enter` and -1
where it has `exit`; the walks are played once more with the row's signals in a file. Whoever misreads the page in one
of the ways below disagrees with the table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import nan
from pathlib import Path

import numpy as np
import pytest

from chalicelib.kernel.account import Costs
from chalicelib.kernel.codes import BY_AMOUNT
from chalicelib.kernel.limits import Limits
from chalicelib.kernel.lots import SymbolSteps
from chalicelib.kernel.run import Columns, run
from chalicelib.kernel.step import Params, fresh_state
from chalicelib.strategies.rsi_sentiment import Settings
from chalicelib.strategy.loader import built_in, from_source
from chalicelib.strategy.rule import StrategyRule
from chalicelib.words import SIDES
from tests.kernel_cases import CASH, DAY_MS, MINUTE_MS, NO_LIMITS
from tests.parity.reference import Reference, RefFill, Row
from tests.parity.test_reference import settings_of
from tests.scenarios import FIRST_MS, HELD, SCENARIOS, Expected, Scenario, flat
from trader.backtest.data import Data
from trader.backtest.engine import PLAIN, Engine, EngineRun, ParameterSet, fastest, run_one
from trader.backtest.market import MarketColumns, prepared
from trader.backtest.result import BacktestResult, reason_word, result_of
from trader.backtest.rule_signals import TERMS, RuleSignals
from trader.backtest.signals import signals_of
from trader.backtest.walk import FEE, PRICE, QUANTITY, REASON, SIDE, SYMBOL, TIME_MS
from trader.data.candles import Gaps

NAMES = ("AAAUSDT", "BBBUSDT")
ENGINES = {"plain": PLAIN, "compiled": fastest()}
MOODS = {"enter": 1.0, "exit": -1.0}
OBEDIENT = StrategyRule(
    built_in("rsi_sentiment"),
    Settings(rsi_period=2, rsi_buy=101.0, rsi_sell=101.0, sentiment_buy=0.5, sentiment_sell=-0.5),
)
"""Always oversold and never overbought: sentiment alone decides."""
OWN_OBEDIENT = """
from typing import NamedTuple
from math import nan
from chalicelib.strategy import WAIT, Bar, Choice, enter, leave
REASONS = ("signal", "sentiment")
class Inputs(NamedTuple):
    sentiment: float
class Settings(NamedTuple):
    trailing: float = nan
    break_even: float = nan
    max_bars: float = nan
class State(NamedTuple):
    nothing: float
class Values(NamedTuple):
    nothing: float
def start(settings: Settings) -> State:
    return State(0.0)
def observe(state: State, bar: Bar, settings: Settings) -> tuple[State, Values]:
    return state, Values(0.0)
def decide(values: Values, close: float, inputs: Inputs, in_position: bool, settings: Settings) -> Choice:
    if in_position:
        return leave(reason=1) if inputs.sentiment < -0.5 else WAIT
    if inputs.sentiment < 0.5:
        return WAIT
    return enter(trailing=settings.trailing, break_even=settings.break_even, max_bars=settings.max_bars)
"""
"""As OBEDIENT, with terms of its own for every entry."""
WARM_UP = 3
"""Bars before minute 0 after which an RSI over 2 bars is defined."""

by_name = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
by_engine = pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES.keys())


def time_of(minute: int) -> int:
    return FIRST_MS + minute * MINUTE_MS


def set_of(scenario: Scenario) -> ParameterSet:
    limits = Limits(**{**NO_LIMITS._asdict(), "position_fraction": 0.5, **scenario.limits})
    lots = (scenario.lot_step,) * len(scenario.markets)
    return ParameterSet(rule_for(scenario), Params(limits, Costs(scenario.fee_rate, scenario.slippage), lots))


def rule_for(scenario: Scenario) -> StrategyRule:
    if not scenario.own:
        return OBEDIENT
    strategy = from_source(OWN_OBEDIENT, "own_obedient.py", "own_obedient.py")
    return StrategyRule(strategy, strategy.form.settings(**{name: float(each) for name, each in scenario.own.items()}))


def with_own(wanted: RuleSignals, scenario: Scenario) -> RuleSignals:
    """The signals of a file, which says no terms, with those of the scenario."""
    if not scenario.own:
        return wanted
    own = [float(scenario.own.get(name, nan)) for name in TERMS]
    return wanted._replace(terms=np.tile([*own, *own], (*wanted.flat.shape, 1)))


def with_warm_up(scenario: Scenario) -> Scenario:
    """The scenario after a few quiet bars, which the rule needs and signals do not."""
    before = [({minute: flat(bars[min(bars)][0]) for minute in range(-WARM_UP, 0)}) for bars in scenario.markets]
    warm = replace(scenario, bars={**before[0], **scenario.bars})
    return replace(warm, bars_of_b={**before[1], **scenario.bars_of_b}) if len(before) > 1 else warm


def columns_of(scenario: Scenario) -> Columns:
    """The scenario as the kernel's columns, its signals as moods."""
    minutes = scenario.minutes
    rows = [[bars.get(minute, (nan,) * 4) for minute in minutes] for bars in scenario.markets]
    open_, high, low, close = ([[row[part] for row in market] for market in rows] for part in range(4))
    volume = [[1.0] * len(minutes)] * len(rows)
    signals = (scenario.signals, scenario.signals_of_b)[: len(rows)]
    moods = [[MOODS.get(own.get(minute, ""), 0.0) for minute in minutes] for own in signals]
    return Columns([time_of(minute) for minute in minutes], open_, high, low, close, volume, [moods])


def tape_of(columns: Columns) -> MarketColumns:
    prices = [np.array(rows, dtype=np.float64) for rows in columns[1:6]]
    tape = prepared(np.array(columns.times, dtype=np.int64), prices)
    return tape._replace(inputs=np.array(columns.inputs, dtype=np.float64))


def signal_file(scenario: Scenario, folder: Path) -> Path:
    both = zip(NAMES, (scenario.signals, scenario.signals_of_b), strict=True)
    rows = sorted((time_of(minute), name, word) for name, own in both for minute, word in own.items())
    path = folder / "signals.csv"
    path.write_text("\n".join(["time,symbol,signal", *(f"{at},{name},{word}" for at, name, word in rows)]), "utf-8")
    return path


def result(scenario: Scenario, made: EngineRun, tape: MarketColumns, engine: Engine) -> BacktestResult:
    symbols = NAMES[: len(scenario.markets)]
    data = Data(
        symbols,
        tape,
        (Gaps(0, 0),) * len(symbols),
        tuple(SymbolSteps(lot, 0.0, 0.0) for lot in made.set.params.lot_steps),
    )
    return result_of(data, made, CASH, engine)


def by_signals(scenario: Scenario, engine: Engine, folder: Path) -> BacktestResult:
    tape = tape_of(columns_of(scenario))
    wanted = signals_of(signal_file(scenario, folder), NAMES[: len(scenario.markets)], tape, pytest.fail)
    wanted = with_own(wanted, scenario)
    return result(scenario, run_one(tape, set_of(scenario), CASH, wanted, engine), tape, engine)


def by_rule(scenario: Scenario, engine: Engine) -> BacktestResult:
    tape = tape_of(columns_of(with_warm_up(scenario)))
    return result(scenario, run_one(tape, set_of(scenario), CASH, None, engine), tape, engine)


def fills_of(result: BacktestResult) -> list[RefFill]:
    rows = zip(result.fill_words.tolist(), result.fill_amounts.tolist(), strict=True)
    rule = result.rule
    return [
        (
            w[SYMBOL],
            SIDES[w[SIDE]].value,
            w[TIME_MS],
            a[QUANTITY],
            a[PRICE],
            a[FEE],
            reason_word(rule, w[REASON]),
        )
        for w, a in rows
    ]


def wanted_fills(scenario: Scenario, exit_reason: str) -> list[RefFill]:
    """The row's fills; `exit_reason` is what the way of playing calls an exit that was asked for."""

    def filled(fill: Expected) -> RefFill:
        asked_for = fill.side == "SELL" and fill.reason == "signal"
        fee = fill.quantity * fill.price * scenario.fee_rate
        reason = exit_reason if asked_for else fill.reason
        return (fill.symbol, fill.side, time_of(fill.minute), fill.quantity, fill.price, fee, reason)

    return [filled(fill) for fill in scenario.fills]


def agree(ours: Sequence[RefFill], theirs: Sequence[RefFill]) -> bool:
    """Whether both are the same fills, up to what rounding by hand and by machine differ."""
    return len(ours) == len(theirs) and all(
        (one[:3], one[6]) == (other[:3], other[6]) and one[3:6] == pytest.approx(other[3:6], rel=1e-12)
        for one, other in zip(ours, theirs, strict=True)
    )


@by_name
def test_run(scenario: Scenario) -> None:
    """The kernel's own loop, which knows of no end: what it leaves open is closed by others."""
    rule = rule_for(scenario)
    fresh = fresh_state(CASH, len(scenario.markets), rule)
    made = run(fresh, columns_of(with_warm_up(scenario)), set_of(scenario).params, rule)
    ours = [
        (symbol, SIDES[f.side].value, f.time_ms, f.quantity, f.price, f.fee, reason_word(rule, f.reason))
        for symbol, f in made.fills
    ]
    assert agree(ours, [fill for fill in wanted_fills(scenario, "sentiment") if fill[6] != "end"]), scenario.says


@by_engine
@by_name
def test_the_walk_by_the_rule(scenario: Scenario, engine: Engine) -> None:
    assert agree(fills_of(by_rule(scenario, engine)), wanted_fills(scenario, "sentiment")), scenario.says


@by_engine
@by_name
def test_the_walk_by_signals(scenario: Scenario, engine: Engine, tmp_path: Path) -> None:
    assert agree(fills_of(by_signals(scenario, engine, tmp_path)), wanted_fills(scenario, "signal")), scenario.says


@by_engine
@by_name
def test_trades_and_money(scenario: Scenario, engine: Engine, tmp_path: Path) -> None:
    """Each position is one trade with what it earned after both fees, and the cash at the end is all of it."""
    made = by_signals(scenario, engine, tmp_path)
    expected = []
    entries: dict[int, Expected] = {}
    for fill in scenario.fills:
        if fill.side == "BUY":
            entries[fill.symbol] = fill
            continue
        entry = entries[fill.symbol]
        costs = fill.quantity * (entry.price + fill.price) * scenario.fee_rate
        pnl = fill.quantity * (fill.price - entry.price) - costs
        times = (time_of(entry.minute), time_of(fill.minute))
        expected.append((NAMES[fill.symbol], *times, fill.reason, pnl, pnl / (fill.quantity * entry.price)))
    trades = [(t.symbol, t.entry_ms, t.exit_ms, t.reason, t.pnl, t.return_fraction) for t in made.trades]
    assert [trade[:4] for trade in trades] == [trade[:4] for trade in expected]
    for ours, theirs in zip(trades, expected, strict=True):
        assert ours[4:] == pytest.approx(theirs[4:], rel=1e-9, abs=1e-9)
    assert made.equity[-1] == made.cash[-1] == pytest.approx(CASH + sum(trade[4] for trade in expected), rel=1e-12)


def test_every_row_has_its_own_name() -> None:
    assert len({scenario.name for scenario in SCENARIOS}) == len(SCENARIOS)


# Two words at one bar, which no mood can say


@by_engine
@pytest.mark.parametrize(
    ("at_0", "at_1", "fills"),
    [
        (("enter", "exit"), (), [("BUY", 1), ("SELL", 3)]),  # flat: entered; the exit finds nothing, and later neither
        (("exit", "enter"), (), [("BUY", 1), ("SELL", 3)]),  # the order of the rows tells nothing
        (("enter",), ("enter", "exit"), [("BUY", 1), ("SELL", 2)]),  # held: left, not left and entered
        (("exit",), ("exit",), []),
    ],
)
def test_two_signals_at_one_bar(
    at_0: tuple[str, ...], at_1: tuple[str, ...], fills: list[tuple[str, int]], engine: Engine, tmp_path: Path
) -> None:
    scenario = Scenario("", "", {**HELD, 2: flat(100.0), 3: flat(100.0)}, {}, ())
    tape = tape_of(columns_of(scenario))
    rows = [(0, word) for word in at_0] + [(1, word) for word in at_1]
    path = tmp_path / "signals.csv"
    path.write_text("\n".join(["time,signal", *(f"{time_of(minute)},{word}" for minute, word in rows)]), "utf-8")
    wanted = signals_of(path, NAMES[:1], tape, pytest.fail)
    made = result(scenario, run_one(tape, set_of(scenario), CASH, wanted, engine), tape, engine)
    assert [(side, (at - FIRST_MS) // MINUTE_MS) for _, side, at, *_ in fills_of(made)] == fills


# What the table notices: the page read once more, naively, and misread in one way after the other


class Page(Reference):
    """The page read rightly, with the end of data."""

    last_ms: Mapping[int, int] = {}

    def minute(self, time_ms: int, rows: list[Row | None]) -> None:
        super().minute(time_ms, rows)
        self.last_ms = {**self.last_ms, **{symbol: time_ms for symbol in self.symbols if rows[symbol] is not None}}

    def end(self) -> None:
        for symbol in self.symbols:
            if self.held[symbol] is not None:
                self.sell(symbol, self.end_ms(symbol), self.end_price(symbol), "end")

    def end_ms(self, symbol: int) -> int:
        return max(self.last_ms.values())

    def end_price(self, symbol: int) -> float:
        close = self.closes[symbol]
        assert close is not None
        return close


class Protection(Page):
    """Step 2 in parts that can be misread one by one; as it stands it is read rightly."""

    order = ("open at stop", "open at target", "stop", "target")
    in_the_entry_bar: tuple[str, ...] = ("stop", "target")
    slipped: tuple[str, ...] = ("open at stop", "stop")
    at_the_level: tuple[str, ...] = ("stop", "target")
    touches = True
    """Whether a level that is just reached acts."""

    def meet_a_level(self, symbol: int, time_ms: int, row: Row) -> None:
        position = self.held[symbol]
        assert position is not None
        stop, stop_reason, target, part = self.levels(symbol, position, row)
        below, above = (row["low"], row["high"]) if self.touches else (row["low"] + 1e-9, row["high"] - 1e-9)
        met = {
            "open at stop": row["open"] <= stop,
            "open at target": row["open"] >= target,
            "stop": below <= stop,
            "target": above >= target,
        }
        for check in self.order:
            if met[check] and (position["since"] != time_ms or check in self.in_the_entry_bar):
                level, reason = (stop, stop_reason) if "stop" in check else (target, "take_profit")
                price = level if check in self.at_the_level else row["open"]
                slipped = price * (1 - self.settings["slippage"] * (check in self.slipped))
                self.sell(symbol, time_ms, slipped, reason, None if "stop" in check else part)
                return

    def levels(self, symbol: int, position: Row, row: Row) -> tuple[float, str, float, float]:
        """Stop, its reason, target, and how much it sells."""
        return *self.stop_of(position, row), *self.target_of(symbol, position)


class TheStopBeforeAnOpenBeyondTheTarget(Protection):
    order = ("open at stop", "stop", "open at target", "target")


class TheTargetBeforeTheStop(Protection):
    order = ("open at stop", "open at target", "target", "stop")


class TheTargetsOpenBeforeTheStops(Protection):
    """No bar opens beyond both, so this is no misreading: nothing may notice it."""

    order = ("open at target", "open at stop", "stop", "target")


class SlippageOnTheTarget(Protection):
    slipped = ("open at stop", "stop", "target")


class SlippageOnATargetAtTheOpen(Protection):
    slipped = ("open at stop", "stop", "open at target")


class NoSlippageOnTheStop(Protection):
    slipped = ("open at stop",)


class NoSlippageOnAStopAtTheOpen(Protection):
    slipped = ("stop",)


class TheEntryBarsOpenActs(Protection):
    in_the_entry_bar = Protection.order


class TheEntryBarIsNotProtected(Protection):
    in_the_entry_bar = ()


class TheStopFillsInAGapToo(Protection):
    """Optimistic: nobody would have bought there."""

    at_the_level = ("open at stop", "stop", "target")


class TheTargetFillsAtTheTargetInAGap(Protection):
    at_the_level = ("open at target", "stop", "target")


class ATouchIsNotEnough(Protection):
    touches = False


class TheTrailFollowsWithinTheBar(Protection):
    def top_of(self, position: Row, row: Row) -> float:
        return max(position["top"], row["high"])


class LevelsHangOnTheDecision(Protection):
    def levels(self, symbol: int, position: Row, row: Row) -> tuple[float, str, float, float]:
        return super().levels(symbol, {**position, "price": 100.0}, row)


class AllIsSoldAtTheFirstTarget(Protection):
    def levels(self, symbol: int, position: Row, row: Row) -> tuple[float, str, float, float]:
        return *super().levels(symbol, position, row)[:3], position["quantity"]


class PartsAreOfWhatIsLeft(Page):
    def part_beyond(self, symbol: int, position: Row, keep: float, price: float) -> float:
        return super().part_beyond(symbol, {**position, "entered": position["quantity"]}, keep, price)


class PartsNeedNoLots(Page):
    def part_beyond(self, symbol: int, position: Row, keep: float, price: float) -> float:
        return position["quantity"] - keep * position["entered"]


class AnyPartIsSold(Page):
    def part_beyond(self, symbol: int, position: Row, keep: float, price: float) -> float:
        least, self.settings["min_notional"] = self.settings["min_notional"], 0.0
        part = super().part_beyond(symbol, position, keep, price)
        self.settings["min_notional"] = least
        return part


class OneTargetABar(Page):
    def meet_protection(self, symbol: int, time_ms: int, row: Row) -> None:
        if self.held[symbol] is not None:
            self.meet_a_level(symbol, time_ms, row)


class TheStopKeepsTheEnteredQuantity(Page):
    def sell(self, symbol: int, time_ms: int, price: float, reason: str, part: float | None = None) -> None:
        position = self.held[symbol]
        if part is None and position is not None and reason == "stop_loss":
            position["quantity"] = position["entered"]
        super().sell(symbol, time_ms, price, reason, part)


class TheLowerTrailActs(Page):
    def stop_of(self, position: Row, row: Row) -> tuple[float, str]:
        if self.settings["trailing_stop"] and self.settings["trailing_distance"] and position["top"]:
            fraction = position["top"] * (1 - self.settings["trailing_stop"])
            return min(fraction, position["top"] - self.settings["trailing_distance"]), "trailing_stop"
        return super().stop_of(position, row)


class BreakEvenIsProtectedWithinTheBar(Page):
    def stop_of(self, position: Row, row: Row) -> tuple[float, str]:
        if self.settings["break_even_at"]:
            position = {**position, "top": max(position["top"], row["high"])}
        return super().stop_of(position, row)


class BreakEvenPaysTheTarget(Page):
    def stop_of(self, position: Row, row: Row) -> tuple[float, str]:
        stop, reason = super().stop_of(position, row)
        return (stop * (1 + self.settings["break_even_at"]), reason) if reason == "break_even" else (stop, reason)


class TheEntryBarIsNotCounted(Page):
    def decide(self, symbol: int, row: Row) -> None:
        self.settings["max_bars_held"] += 1 if self.settings["max_bars_held"] else 0
        super().decide(symbol, row)
        self.settings["max_bars_held"] -= 1 if self.settings["max_bars_held"] else 0


class TheTimeGoesBeforeASignal(Page):
    def decide(self, symbol: int, row: Row) -> None:
        super().decide(symbol, row)
        position, order = self.held[symbol], self.pending[symbol]
        if position is not None and order is not None and 0 < self.settings["max_bars_held"] <= position["bars"]:
            self.pending[symbol] = (order[0], order[1], "time")


class OwnTrailsActBesideThoseOfRisk(Page):
    def trails_of(self, top: float) -> list[float]:
        own, self.settings["own"] = self.settings["own"], {}
        beside = super().trails_of(top)
        self.settings["own"] = own
        return [*super().trails_of(top), *beside]


class AnOwnTrailIsAFraction(Page):
    def trails_of(self, top: float) -> list[float]:
        return [top * (1 - self.own("trailing") / 100)] if self.own("trailing") and top else super().trails_of(top)


class OwnTrailsNeedThoseOfRisk(Page):
    def trails_of(self, top: float) -> list[float]:
        said = self.settings["trailing_stop"] or self.settings["trailing_distance"]
        return super().trails_of(top) if said else []


class TheLowerBreakEvenActs(Page):
    def safe_from(self, price: float) -> float:
        at = self.settings["break_even_at"]
        return min(super().safe_from(price), price * (1 + at) if at else float("inf"))


class AnOwnBreakEvenIsADistance(Page):
    def safe_from(self, price: float) -> float:
        return price + self.own("break_even") if self.own("break_even") else super().safe_from(price)


class TheShorterTimeActs(Page):
    def most_bars(self) -> float:
        said = [each for each in (self.own("max_bars"), self.settings["max_bars_held"]) if each]
        return float(min(said, default=0.0))


class OwnTimesNeedOneOfRisk(Page):
    def most_bars(self) -> float:
        return super().most_bars() if self.settings["max_bars_held"] else 0.0


class TheAmountComesWithoutCosts(Page):
    def wanted(self, close: float, equity: float) -> float:
        if self.settings["sizing"] == BY_AMOUNT:
            return float(self.settings["entry_amount"] / close)
        return super().wanted(close, equity)


class TheStopCostsNothingButItsDistance(Page):
    def got_at(self, stop: float) -> float:
        return stop


class ProtectionGoesFirst(Page):
    def fill_pending(self, symbol: int, time_ms: int, row: Row) -> None:
        self.meet_protection(symbol, time_ms, row)
        order = self.pending[symbol]
        if order is not None and (order[0] == "BUY" or self.held[symbol] is not None):
            super().fill_pending(symbol, time_ms, row)
        self.pending[symbol] = None


class OrdersFillAtTheClose(Page):
    def fill_pending(self, symbol: int, time_ms: int, row: Row) -> None:
        super().fill_pending(symbol, time_ms, {**row, "open": row["close"]})


class OrdersExpireInAGap(Page):
    def fill_pending(self, symbol: int, time_ms: int, row: Row) -> None:
        if time_ms - self.last_ms.get(symbol, time_ms) > MINUTE_MS:
            self.pending[symbol] = None
        super().fill_pending(symbol, time_ms, row)


class OrdersAreNeverCut(Page):
    def fill_pending(self, symbol: int, time_ms: int, row: Row) -> None:
        lent, self.cash = 1e9, self.cash + 1e9
        super().fill_pending(symbol, time_ms, row)
        self.cash -= lent


class OrdersAreCutWithoutLots(Page):
    def fill_pending(self, symbol: int, time_ms: int, row: Row) -> None:
        steps, self.settings["lot_steps"] = self.settings["lot_steps"], [0.0] * len(self.held)
        super().fill_pending(symbol, time_ms, row)
        self.settings["lot_steps"] = steps


class OrdersAreSizedAtTheFill(Page):
    def fill_pending(self, symbol: int, time_ms: int, row: Row) -> None:
        order = self.pending[symbol]
        if order is not None and order[0] == "BUY":
            self.pending[symbol] = None
            self.enter(symbol, row["open"])
        super().fill_pending(symbol, time_ms, row)


class EverySymbolSeesTheWholeCash(Page):
    def entry_worth(self, symbol: int) -> float:
        return 0.0


class MinNotionalMustBeExceeded(Page):
    def enter(self, symbol: int, close: float) -> None:
        super().enter(symbol, close)
        order = self.pending[symbol]
        if order is not None and order[1] * close <= self.settings["min_notional"]:
            self.pending[symbol] = None


class MinNotionalBeforeTheLotStep(Page):
    def enter(self, symbol: int, close: float) -> None:
        least, self.settings["min_notional"] = self.settings["min_notional"], 0.0
        if self.settings["position_fraction"] * self.equity[-1] >= least:
            super().enter(symbol, close)
        self.settings["min_notional"] = least


class CooldownBeginsWithTheNextBar(Page):
    def sell(self, symbol: int, time_ms: int, price: float, reason: str, part: float | None = None) -> None:
        super().sell(symbol, time_ms, price, reason, part)
        self.bars_to_wait[symbol] += 1 if self.settings["cooldown_bars"] else 0


class CooldownCountsMinutes(Page):
    def minute(self, time_ms: int, rows: list[Row | None]) -> None:
        self.bars_to_wait = [
            max(0, bars - 1) if row is None else bars for bars, row in zip(self.bars_to_wait, rows, strict=True)
        ]
        super().minute(time_ms, rows)


class TheBaseIsTheFirstMarkOfTheDay(Page):
    def mark(self, time_ms: int) -> None:
        new_day = self.day != time_ms // DAY_MS
        super().mark(time_ms)
        if new_day:
            self.day_base = self.equity[-1]
            self.daily_loss_halt = False


class TheBaseIsTheFirstCash(Page):
    def mark(self, time_ms: int) -> None:
        self.equity, marks = [CASH], self.equity
        super().mark(time_ms)
        self.equity = [*marks, self.equity[-1]]


class ADailyLossHaltsForEver(Page):
    def mark(self, time_ms: int) -> None:
        halted = self.daily_loss_halt
        super().mark(time_ms)
        self.daily_loss_halt |= halted


class ADailyLossMustBeExceeded(Page):
    def mark(self, time_ms: int) -> None:
        self.settings["daily_loss_limit"] *= 1 + 1e-9
        super().mark(time_ms)
        self.settings["daily_loss_limit"] /= 1 + 1e-9


class ADrawdownIsForgivenAtMidnight(Page):
    def mark(self, time_ms: int) -> None:
        if self.day != time_ms // DAY_MS and self.equity:
            self.drawdown_halt, self.highest_mark = False, self.equity[-1]
        super().mark(time_ms)


class DrawdownFromTheStart(Page):
    def mark(self, time_ms: int) -> None:
        self.highest_mark = -1e18
        super().mark(time_ms)
        self.drawdown_halt = 1 - self.equity[-1] / CASH >= (self.settings["max_drawdown"] or 9.0)


class EquityIsMarkedAtTheLow(Page):
    def minute(self, time_ms: int, rows: list[Row | None]) -> None:
        super().minute(time_ms, [None if row is None else {**row, "close": row["low"]} for row in rows])


class AHaltKeepsPendingEntries(Page):
    def halt(self) -> None:
        before = list(self.pending)
        super().halt()
        for symbol in self.symbols:
            self.pending[symbol] = self.pending[symbol] or before[symbol]


class AHaltRenamesPendingExits(Page):
    def halt(self) -> None:
        super().halt()
        for symbol in self.symbols:
            order = self.pending[symbol]
            if order is not None and order[0] == "SELL":
                self.pending[symbol] = ("SELL", order[1], "kill_switch")


class AHaltTakesProtectionAway(Page):
    def meet_protection(self, symbol: int, time_ms: int, row: Row) -> None:
        if not (self.daily_loss_halt or self.drawdown_halt):
            super().meet_protection(symbol, time_ms, row)


class ExitsAreAllowedWhileHalted(Page):
    def minute(self, time_ms: int, rows: list[Row | None]) -> None:
        super().minute(time_ms, rows)
        for symbol in self.symbols:
            row = rows[symbol]
            halted = self.daily_loss_halt or self.drawdown_halt
            if halted and row is not None and self.held[symbol] is not None and self.pending[symbol] is None:
                self.decide(symbol, row)


class SlippageAtTheEnd(Page):
    def end_price(self, symbol: int) -> float:
        slippage: float = self.settings["slippage"]
        return super().end_price(symbol) * (1 - slippage)


class TheEndIsTheSymbolsOwn(Page):
    def end_ms(self, symbol: int) -> int:
        return self.last_ms[symbol]


class TheEndExecutesPendingOrders(Page):
    def end(self) -> None:
        for symbol in self.symbols:
            close = self.closes[symbol]
            if self.pending[symbol] is not None and close is not None:
                self.fill_pending(symbol, self.last_ms[symbol], {"open": close})
        super().end()


RIGHT = (Page, Protection, TheTargetsOpenBeforeTheStops)
WRONG = [reading for base in (Page, Protection) for reading in base.__subclasses__() if reading not in RIGHT]


def by_page(scenario: Scenario, reading: type[Page]) -> list[RefFill]:
    warm, tried = with_warm_up(scenario), set_of(scenario)
    columns = columns_of(warm)
    page = reading(
        len(warm.markets), CASH, {**settings_of(tried._replace(rule=OBEDIENT), heard=True), "own": scenario.own}
    )
    for minute, time_ms in enumerate(columns.times):
        parts = {part: getattr(columns, part) for part in ("open", "high", "low", "close")}
        parts["sentiment"] = columns.inputs[0]
        rows = [{part: each[symbol][minute] for part, each in parts.items()} for symbol in page.symbols]
        page.minute(time_ms, [row if row["open"] == row["open"] else None for row in rows])
    page.end()
    return page.fills


def disagreements(reading: type[Page]) -> list[str]:
    """The names of the rows that come out otherwise."""
    return [each.name for each in SCENARIOS if not agree(by_page(each, reading), wanted_fills(each, "sentiment"))]


@pytest.mark.parametrize("reading", RIGHT)
def test_the_page_read_rightly_gives_the_table(reading: type[Page]) -> None:
    assert disagreements(reading) == []


@pytest.mark.parametrize("reading", WRONG)
def test_a_misreading_is_noticed(reading: type[Page]) -> None:
    assert disagreements(reading) != []


def remembered(rule_signals: RuleSignals) -> RuleSignals:
    """A defect: an exit that found nothing waits for the next position."""
    return rule_signals._replace(held=np.maximum.accumulate(rule_signals.held, axis=1))


def entered_again(rule_signals: RuleSignals) -> RuleSignals:
    """A defect: an entry while long waits until it can be had."""
    return rule_signals._replace(flat=np.maximum.accumulate(rule_signals.flat, axis=1))


@pytest.mark.parametrize("defect", [remembered, entered_again])
def test_signals_that_wait_are_noticed(defect: Callable[[RuleSignals], RuleSignals], tmp_path: Path) -> None:
    noticed = []
    for scenario in SCENARIOS:
        tape = tape_of(columns_of(scenario))
        wanted = signals_of(signal_file(scenario, tmp_path), NAMES[: len(scenario.markets)], tape, pytest.fail)
        made = result(scenario, run_one(tape, set_of(scenario), CASH, defect(wanted), PLAIN), tape, PLAIN)
        noticed += [] if agree(fills_of(made), wanted_fills(scenario, "signal")) else [scenario.says]
    assert any("ignored, not remembered" in says for says in noticed)
