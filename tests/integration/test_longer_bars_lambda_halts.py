"""A halt between any two calls of Lambdas whose agent has bars of three minutes: at closes, while it holds, in idle
minutes that commit nothing. No entry comes after it, not at the next close either, and whatever is held meets its stop.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import boto3
import pytest
from botocore.handlers import BUILTIN_HANDLERS
from chalice.test import Client

import app
from chalicelib import words
from chalicelib.adapters.dynamodb import DynamoHaltStore, DynamoPortfolioStore, Tables
from chalicelib.adapters.lambda_log import InvocationFailed
from chalicelib.domain import Change, HaltFlag, Side, Trade
from chalicelib.services.due import is_active
from chalicelib.wiring import aws
from tests.contract.defects import DynamoForgetsTheHalt
from tests.integration.test_lambda_crash import intents, plant
from tests.support.account import STAGE, Account
from tests.support.effort import sample
from tests.support.moto_dynamodb import State, bring_back, kept
from tests.support.stage_of_bars import MINUTES, SCHEDULED, asked_ms, minute_of, stage_of_bars
from tests.support.world import AGENT, Record, record_of

IDLE = (3, 6, 12)
"""Minutes that commit nothing."""
BUSY = (1, 2, 4, 5, 7, 8, 9, 10, 11)
SAMPLE = 6
"""Halts that are played of more than a hundred in busy minutes; half as many in idle ones."""
LATER = 3
"""Minutes that are traded after the one of the halt: one of them closes a bar."""
TOKEN = "operator" * 5


@dataclass
class Answers:
    """Counts what AWS answers, and halts once, right after the answer number `at`."""

    at: int = -1
    flatten: bool = False
    count: int = 0
    before: Record | None = None
    """As stored when the halt was answered."""
    intended: list[str] = field(default_factory=list)
    """Every entry that was ever written by then."""
    listening: bool = True

    def answered(self, **_: object) -> None:
        if not self.listening:  # what the halt itself is answered
            return
        self.count += 1
        if self.count - 1 == self.at:
            self.listening = False
            halt(self.flatten)
            self.before, self.intended = record_of(aws.stores()), intents()

    @contextmanager
    def heard(self) -> Iterator[None]:
        handler = ("response-received", self.answered)
        BUILTIN_HANDLERS.append(handler)
        try:
            yield
        finally:
            self.listening = False
            BUILTIN_HANDLERS.remove(handler)


def halt(flatten: bool) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    body = json.dumps({"reason": "race", "flatten": flatten}).encode()
    assert Client(app.app).http.post("/halt", headers=headers, body=body).status_code == 200


@dataclass(frozen=True)
class Unhalted:
    """What each minute began with, how many answers it had, and all that it came to."""

    stage: Account
    tables: Tables
    states: dict[int, State]
    answers: dict[int, int]
    record: Record

    def breaches(self, minutes: Sequence[int], flatten: bool, count: int = SAMPLE) -> Iterator[str]:
        """What went wrong after halts in these minutes."""
        points = [(minute, number) for minute in minutes for number in range(self.answers[minute])]
        for minute, number in sample(points, count)[::-1]:  # entries come at the end of their minutes
            heard = self._halted(minute, number, flatten)
            yield from (f"call {number} of minute {minute}: {wrong}" for wrong in self._wrong(heard, minute))

    def _halted(self, minute: int, number: int, flatten: bool) -> Answers:
        bring_back(self.tables, self.states[minute])
        self.stage.new_process()
        self.stage.woken()
        heard = Answers(number, flatten)
        with heard.heard():
            self._minute(minute)
        for later in range(minute + 1, minute + 1 + LATER):
            self._minute(later)
        return heard

    def _minute(self, minute: int) -> None:
        with suppress(InvocationFailed):  # what a planted defect breaks
            self.stage.minute(asked_ms(minute), SCHEDULED)

    def _wrong(self, heard: Answers, minute: int) -> Iterator[str]:
        before, after = heard.before, record_of(aws.stores())
        assert before is not None
        if sorted(intents()) != sorted(heard.intended):
            yield "an entry was written"
        if [fill for fill in after.fills[len(before.fills) :] if fill.side is Side.BUY]:
            yield "an entry was filled"
        if after.portfolio is None or any(order.side is Side.BUY for order in after.portfolio.orders):
            yield "an entry is pending"
        elif heard.flatten and any(slot.position.quantity > 0.0 for slot in after.portfolio.slots.values()):
            yield "something is still held"
        if not heard.flatten and after.trades != self._trades_of(after, minute + LATER):
            yield "what is held did not leave as it would have without a halt"

    def _trades_of(self, after: Record, last: int) -> list[Trade]:
        """The trades of these entries by that minute, had there been no halt."""
        bought = {(fill.symbol, fill.time_ms) for fill in after.fills if fill.side is Side.BUY}
        over = [trade for trade in self.record.trades if trade.exit_ms < asked_ms(last)]
        return [trade for trade in over if (trade.symbol, trade.entry_ms) in bought]


@pytest.fixture(scope="module")
def unhalted() -> Iterator[Unhalted]:
    with pytest.MonkeyPatch.context() as monkeypatch, stage_of_bars(monkeypatch) as (stage, tables):
        name = f"/ai-trader/{STAGE}/{aws.API_SECRETS}/{aws.OPERATOR_TOKEN}"
        boto3.client("ssm").put_parameter(Name=name, Value=TOKEN, Type="SecureString")
        states, answers = {}, {}
        for minute in range(1, MINUTES + 1):
            states[minute] = kept(tables)
            heard = Answers()
            stage.new_process()
            with heard.heard():
                stage.minute(asked_ms(minute), SCHEDULED)
            answers[minute] = heard.count
        yield Unhalted(stage, tables, states, answers, record_of(aws.stores()))


@pytest.mark.parametrize("flatten", [False, True])
def test_once_a_halt_was_answered_nothing_enters_and_what_is_held_is_protected(
    unhalted: Unhalted, flatten: bool
) -> None:
    traded = {minute_of(point.time_ms) for point in unhalted.record.equity}
    assert traded == set(range(1, MINUTES + 1)) - set(IDLE)
    assert list(unhalted.breaches(IDLE, flatten, SAMPLE // 2)) == []
    assert list(unhalted.breaches(BUSY, flatten)) == []


class ForgetsMinutesOfTheHalted(DynamoPortfolioStore):
    """Planted defect: while a halt lasts, the minutes between two closes are not kept."""

    def commit(self, change: Change) -> None:
        between = all(decision.outcome == words.BETWEEN for decision in change.decisions)
        if not (between and self._halts.flags(change.portfolio.agent_id)):
            super().commit(change)


class HaltsWhoIsActive(DynamoHaltStore):
    """Planted defect: who holds and orders nothing needs no flag."""

    def throw(self, flag: HaltFlag) -> None:
        portfolio = aws.stores().portfolios.load(AGENT)
        if portfolio is not None and is_active(portfolio):
            super().throw(flag)


def test_an_entry_that_passes_the_halt_is_noticed(unhalted: Unhalted, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch, portfolios=DynamoForgetsTheHalt)
    assert any("an entry was" in wrong for wrong in unhalted.breaches((4,), False, 2 * SAMPLE))


def test_a_halt_that_is_lost_in_an_idle_minute_is_noticed(unhalted: Unhalted, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch, halts=HaltsWhoIsActive)
    assert any("an entry was written" in wrong for wrong in unhalted.breaches(IDLE, False))


def test_a_stop_that_a_halt_keeps_from_being_met_is_noticed(
    unhalted: Unhalted, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch, portfolios=ForgetsMinutesOfTheHalted)
    assert any("did not leave" in wrong for wrong in unhalted.breaches((8, 9), False))
