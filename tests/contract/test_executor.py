"""What every Executor keeps that fills a position's protective legs: several may fill in one bar, each of them once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from chalicelib.adapters.paper import PaperExecutor
from chalicelib.domain import MINUTE_MS, Fill, Side
from chalicelib.kernel import codes
from chalicelib.kernel.account import EMPTY_SLOT, NO_FILL, Costs, Position, Slot
from chalicelib.kernel.account import Fill as KernelFill
from chalicelib.kernel.bar import Bar
from chalicelib.kernel.limits import ProfitTarget
from chalicelib.kernel.match import book_exit
from chalicelib.ports import Executor
from chalicelib.services.minute import protective_id
from chalicelib.words import REASONS
from tests.contract.samples import AGENT, SYMBOL, minute_ms
from tests.fakes.venue import VenueWithMemory
from tests.kernel_cases import NO_LIMITS
from trader.replay.venue import RecordedVenue

LIMITS = NO_LIMITS._replace(
    stop_loss=0.02, targets=(ProfitTarget(0.01, 0.6), ProfitTarget(0.02, 0.3), ProfitTarget(0.03, 0.0))
)
COSTS = Costs(0.001, 0.0)
ENTERED_MS = minute_ms(1)
BAR_MS = ENTERED_MS + MINUTE_MS
HELD = EMPTY_SLOT._replace(position=Position(10.0, 100.0, 1.0, ENTERED_MS, 100.0, 0.0, 0.0, 0.0, 0, 0, 0), close=100.0)
MOST_ASKED = 9
"""How often a bar is asked for; it has three legs at most."""


@dataclass(frozen=True)
class Case:
    """A bar of a position of 10 bought at 100, and what is sold in it: quantity, price and why, leg by leg."""

    bar: Bar
    legs: tuple[tuple[float, float, int], ...]


CASES = {
    "nothing is met": Case(Bar(BAR_MS, 100.0, 100.9, 98.1, 100.0, 1.0), ()),
    "one target": Case(Bar(BAR_MS, 100.0, 101.5, 99.0, 101.0, 1.0), ((4.0, 101.0, codes.TAKE_PROFIT),)),
    "two targets": Case(
        Bar(BAR_MS, 100.0, 102.5, 99.0, 101.0, 1.0), ((4.0, 101.0, codes.TAKE_PROFIT), (3.0, 102.0, codes.TAKE_PROFIT))
    ),
    "three targets": Case(
        Bar(BAR_MS, 100.0, 103.5, 99.0, 101.0, 1.0),
        ((4.0, 101.0, codes.TAKE_PROFIT), (3.0, 102.0, codes.TAKE_PROFIT), (3.0, 103.0, codes.TAKE_PROFIT)),
    ),
    "a target at the open, then the stop": Case(
        Bar(BAR_MS, 101.2, 101.5, 97.0, 97.5, 1.0), ((4.0, 101.2, codes.TAKE_PROFIT), (6.0, 98.0, codes.STOP_LOSS))
    ),
}
Made = Callable[[Bar], Executor]


def paper(_: Bar) -> Executor:
    return PaperExecutor(LIMITS, COSTS, {})


def with_memory(bar: Bar) -> Executor:
    return VenueWithMemory(paper(bar))


def recorded(bar: Bar) -> Executor:
    """What paper filled, as a replay finds it in the record."""
    fills = [
        Fill(leg, SYMBOL, Side.SELL, fill.quantity, fill.price, fill.fee, fill.time_ms, REASONS[fill.reason])
        for leg, fill in asked(paper(bar), bar)
    ]
    return RecordedVenue(AGENT, bar.time_ms, fills, paper(bar))


VENUES: dict[str, Made] = {"paper": paper, "a venue with a memory": with_memory, "a record": recorded}


def asked(executor: Executor, bar: Bar) -> Iterator[tuple[str, KernelFill]]:
    """The id and the fill of each leg, asked for until there is none, as `ports.Executor` says."""
    slot, cash = HELD, 0.0
    for _ in range(MOST_ASKED):
        fill = executor.exit_fill(SYMBOL, slot, bar) if slot.position.quantity > 0.0 else NO_FILL
        if fill.side == codes.NONE:
            return
        yield protective_id(AGENT, SYMBOL, slot.position), fill
        slot, cash = book_exit(slot, cash, fill, LIMITS)


def broken(make: Made, case: Case) -> list[str]:
    """What the executor does not keep in this bar."""
    first, again = list(asked(make(case.bar), case.bar)), list(asked(make(case.bar), case.bar))
    sold = [(fill.quantity, fill.price, fill.reason) for _, fill in first]
    found = []
    if sold != [pytest.approx(leg) for leg in case.legs]:
        found.append(f"sold {sold}")
    if len({leg for leg, _ in first}) != len(first):
        found.append("two legs have one id")
    if again != first:
        found.append("whoever asks anew, after a crash, is told something else")
    if any((fill.side, fill.time_ms) != (codes.SELL, case.bar.time_ms) for _, fill in first):
        found.append("a leg that is no sale in this bar")
    return found


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.parametrize("make", VENUES.values(), ids=VENUES)
def test_each_leg_of_a_bar_fills_once(make: Made, case: Case) -> None:
    assert broken(make, case) == []


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_record_of_several_legs_leaves_nothing_unclaimed(case: Case) -> None:
    venue = recorded(case.bar)
    list(asked(venue, case.bar))
    assert isinstance(venue, RecordedVenue)
    assert [*venue.differences, *venue.unclaimed()] == []


class FillsALegTwice(PaperExecutor):
    """Planted defect: what a leg left of the position is no part of what the venue looks at."""

    def exit_fill(self, symbol: str, slot: Slot, bar: Bar) -> KernelFill:
        quantity = slot.position.entered or slot.position.quantity
        return super().exit_fill(symbol, slot._replace(position=slot.position._replace(quantity=quantity)), bar)


class LosesALeg(PaperExecutor):
    """Planted defect: one fill a bar, whatever else is met."""

    def exit_fill(self, symbol: str, slot: Slot, bar: Bar) -> KernelFill:
        return NO_FILL if slot.position.parts else super().exit_fill(symbol, slot, bar)


class ForgetsWhichLeg(RecordedVenue):
    """Planted defect: every leg of a position goes by the id of the first."""

    def exit_fill(self, symbol: str, slot: Slot, bar: Bar) -> KernelFill:
        return super().exit_fill(symbol, slot._replace(position=slot.position._replace(parts=0)), bar)


def forgetful(bar: Bar) -> Executor:
    kept = recorded(bar)
    assert isinstance(kept, RecordedVenue)
    return ForgetsWhichLeg(AGENT, bar.time_ms, kept._unclaimed, None)


@pytest.mark.parametrize(
    "make",
    [
        lambda _: FillsALegTwice(LIMITS, COSTS, {}),
        lambda _: LosesALeg(LIMITS, COSTS, {}),
        forgetful,
    ],
    ids=["a leg twice", "a leg lost", "a leg by another's id"],
)
def test_a_leg_that_fills_twice_or_gets_lost_is_noticed(make: Made) -> None:
    for name in ("two targets", "three targets", "a target at the open, then the stop"):
        assert broken(make, CASES[name]), name
