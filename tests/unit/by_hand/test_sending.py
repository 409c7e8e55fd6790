"""An order by hand is sent once, whatever becomes of its answer."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from chalicelib.domain import Side
from chalicelib.errors import NothingDone, Rejected, TraderError, Unavailable
from chalicelib.exchange_account import OrderState
from chalicelib.wanted_orders import WantedOrder
from tests.fakes.hand_venue import UNKNOWN, FakeVenue, taken
from trader.by_hand.sending import LOOK_AFTER_S, cancel_once, is_done, place_once
from trader.by_hand.ticket import ticket_of

TICKET = ticket_of("BTCUSDT", Side.BUY, Decimal("0.5"), None, None, "hand-1")
RESTING = ticket_of("BTCUSDT", Side.BUY, Decimal("0.5"), Decimal(2), None, "hand-1")
LOST = Unavailable("the exchange does not answer: timed out")


class Terminal:
    """Hears what is said and sleeps no time."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.slept: list[float] = []

    def place(self, venue: FakeVenue, order: WantedOrder = TICKET) -> str:
        return place_once(venue, order, self.lines.append, self.slept.append).state

    def cancel(self, venue: FakeVenue) -> str:
        return cancel_once(venue, "BTCUSDT", "hand-1", self.lines.append, self.slept.append).state


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


def test_an_answer_is_what_there_is_to_say(terminal: Terminal) -> None:
    venue = FakeVenue()
    assert terminal.place(venue) == "FILLED"
    assert (venue.sent, terminal.lines, terminal.slept) == (["hand-1"], [], [])


@pytest.mark.parametrize("what", ["placed", "cancelled"])
def test_what_is_known_not_to_have_happened_is_neither_looked_up_nor_said_to_be_unknown(
    what: str, terminal: Terminal
) -> None:
    resting = [taken(RESTING, 1)] if what == "cancelled" else []
    venue = FakeVenue(resting, lost=NothingDone("too many unfilled orders", 9.0), is_lost_before=True)
    with pytest.raises(NothingDone, match=f"hand-1: nothing was {what}: too many") as caught:
        terminal.place(venue) if what == "placed" else terminal.cancel(venue)
    assert (caught.value.retry_after_s, terminal.lines, terminal.slept) == (9.0, [], [])


def test_an_order_whose_answer_was_lost_is_found_and_not_sent_again(terminal: Terminal) -> None:
    venue = FakeVenue(lost=LOST)
    assert terminal.place(venue) == "FILLED"
    assert venue.sent == ["hand-1"]
    assert [line.partition(":")[0] for line in terminal.lines] == [
        "no clear answer, so the order may be there or not",
        "asking the exchange for hand-1; nothing is sent again",
        "found",
    ]


@pytest.mark.parametrize("silent", [UNKNOWN, LOST, Rejected("Filter failure (-1013)")])
def test_an_exchange_that_does_not_know_it_yet_is_asked_until_it_does(silent: TraderError, terminal: Terminal) -> None:
    venue = FakeVenue(lost=LOST, silent=[silent] * (len(LOOK_AFTER_S) - 1))
    assert terminal.place(venue) == "FILLED"
    assert (venue.sent, terminal.slept) == (["hand-1"], [*LOOK_AFTER_S])


def test_an_order_that_is_nowhere_stays_unknown(terminal: Terminal) -> None:
    venue = FakeVenue(lost=LOST, is_lost_before=True)
    with pytest.raises(
        Unavailable, match=r"asked 5 times, does not know it, which is no proof.*order show BTCUSDT hand-1"
    ):
        terminal.place(venue)
    assert (venue.sent, terminal.slept) == (["hand-1"], [*LOOK_AFTER_S])


def test_an_exchange_that_never_tells_leaves_it_unknown(terminal: Terminal) -> None:
    venue = FakeVenue(lost=LOST, silent=[UNKNOWN, *[LOST] * len(LOOK_AFTER_S)])
    with pytest.raises(Unavailable, match=r"unknown what became of it: .*timed out; look again"):
        terminal.place(venue)
    assert venue.sent == ["hand-1"]


def test_a_refusal_is_final(terminal: Terminal) -> None:
    venue = FakeVenue(lost=Rejected("insufficient balance (-2010)"), is_lost_before=True)
    with pytest.raises(Rejected, match="insufficient balance"):
        terminal.place(venue)
    assert (venue.sent, terminal.slept) == (["hand-1"], [])


def test_a_cancel_whose_answer_was_lost_is_looked_up(terminal: Terminal) -> None:
    venue = FakeVenue()
    assert terminal.place(venue, RESTING) == "NEW"
    venue.lost = LOST
    assert terminal.cancel(venue) == "CANCELED"
    assert venue.sent == ["hand-1", "hand-1"]


def test_a_cancel_that_did_not_arrive_is_said(terminal: Terminal) -> None:
    venue = FakeVenue()
    terminal.place(venue, RESTING)
    venue.lost, venue.is_lost_before = LOST, True
    with pytest.raises(Unavailable, match="order hand-1: still NEW"):
        terminal.cancel(venue)
    assert venue.sent == ["hand-1", "hand-1"]
    assert terminal.slept == [*LOOK_AFTER_S]


def test_an_order_of_an_unheard_of_state_is_not_done() -> None:
    order = taken(RESTING, 1)
    assert [state for state in OrderState if is_done(replace(order, state=state))] == [
        OrderState.FILLED,
        OrderState.CANCELED,
        OrderState.REJECTED,
        OrderState.EXPIRED,
        OrderState.EXPIRED_IN_MATCH,
    ]
