"""POST /halt against trade, in processes of their own: after its 200 no entry is written, judged by commit versions.

Two processes trade a minute in which the agent wants to enter while a third answers the request; the number of the race
says which of them reaches DynamoDB next.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest

from chalicelib.adapters.dynamodb import Tables, connect
from chalicelib.adapters.lambda_waker import wake_event
from chalicelib.domain import MINUTE_MS, HaltFlag
from chalicelib.wiring import aws
from tests.contract.backends import dynamodb_stores
from tests.contract.portfolio_checks import version_of
from tests.support.account import EAGER, PREFIX, STAGE, Account, account
from tests.support.aws import REGION
from tests.support.effort import repeats
from tests.support.lambda_processes import Ended, Job, Lambdas
from tests.support.moto_dynamodb import State, bring_back, kept
from tests.support.served_aws import Written
from tests.support.world import AGENT

SYSTEMATIC, DRAWN = 32, repeats(28, 500)
RACES = SYSTEMATIC + DRAWN
"""In the first ones a trade comes as far as its nth request, then the halt runs to its end; of the others turns are
drawn."""
TRADER, HALTER, RIVAL = "trader", "halter", "rival"
TOKEN = "operator" * 5
BODIES = ('{"reason": "race"}', '{"reason": "race", "flatten": true}')
PATHS = ("/halt", f"/halt?agent={AGENT}")


@dataclass(frozen=True)
class Ready:
    """A stage whose next trade enters."""

    stage: Account
    tables: Tables
    state: State
    lambdas: Lambdas


@dataclass
class Race:
    """One halt against two trades."""

    answer: dict[str, Any] = field(default_factory=dict)
    version_at_halt: int = -1
    entries: list[int] = field(default_factory=list)
    """The versions that committed an entry."""
    pending: int = 0
    """Entries that wait in the portfolio once everybody is done."""

    @property
    def late(self) -> list[int]:
        """Entries of a later version than a reader finds right after the halt's 200."""
        return [version for version in self.entries if version > self.version_at_halt]


@contextmanager
def ready(monkeypatch: pytest.MonkeyPatch, plant: str | None = None) -> Iterator[Ready]:
    with account(EAGER, monkeypatch, symbols="BTCUSDT") as (stage, _):
        boto3.client("ssm").put_parameter(
            Name=f"/ai-trader/{STAGE}/{aws.API_SECRETS}/{aws.OPERATOR_TOKEN}", Value=TOKEN, Type="SecureString"
        )
        tables, lambdas = Tables(connect(), PREFIX), Lambdas()
        halts = dynamodb_stores(tables).halts
        halts.throw(HaltFlag(AGENT, "not yet", 0, flatten=False))
        stage.minute(stage.clock.now_ms() + MINUTE_MS, ("fetch_klines",))
        halts.clear(AGENT)
        stage.clock.set(stage.clock.now_ms() + MINUTE_MS)
        for function in ("fetch_klines", "update_indicators"):
            stage.invoke(function)
        stage.woken()
        with lambdas.started((TRADER, HALTER, RIVAL), plant):
            yield Ready(stage, tables, kept(tables), lambdas)


def race(given: Ready, number: int) -> Race:
    """Everybody starts at once and is played to the end."""
    bring_back(given.tables, given.state)
    turns = given.lambdas.turns
    turns.seed(number, [TRADER] * (number // 4) + [HALTER] * 100 if number < SYSTEMATIC else ())
    turns.written.clear()
    found = Race()

    def ended(one: Ended) -> None:
        if "method" in one.job:  # the others are between two requests and wait
            assert one.answer["status"] == 200, one.answer
            found.answer = one.answer
            found.version_at_halt = version_of(dynamodb_stores(given.tables).portfolios.load(AGENT))

    given.lambdas.run([trade(), halt(number), trade()], ended)
    found.entries = [version for one in turns.written for version in entry_versions(one)]
    portfolio = dynamodb_stores(given.tables).portfolios.load(AGENT)
    found.pending = 0 if portfolio is None else len(portfolio.orders)
    return found


def trade() -> Job:
    return {"function": "trade", "event": wake_event("trade", time.time_ns() // 1_000_000, REGION)}


def halt(number: int) -> Job:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    path, body = PATHS[number % 2], BODIES[number // 2 % 2]
    return {"method": "POST", "path": path, "headers": headers, "body": body}


def entry_versions(written: Written) -> list[int]:
    """The version of the portfolio that this transaction wrote, if it wrote an entry too."""
    puts = [part["Put"]["Item"] for part in written.request.get("TransactItems", []) if "Put" in part]
    entries = [item for item in puts if item["sk"].get("S", "").startswith("intent#")]
    return [int(item["version"]["N"]) for item in puts if item["sk"].get("S") == "portfolio" and entries]


def test_no_entry_is_written_after_the_halt_was_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    with ready(monkeypatch) as given:
        races = [race(given, number) for number in range(RACES)]
        assert [each.late for each in races if each.late] == []
        assert [each.pending for each in races if each.pending] == []
        came_first = sum(bool(each.entries) for each in races)
        assert RACES // 6 < came_first < RACES - RACES // 6
        withdrawn = [each.answer["body"]["withdrawn"] for each in races]
        assert any(withdrawn)
        assert not any(each.answer["body"]["in_flight"] for each in races)
        later_minutes(given)


def later_minutes(given: Ready) -> None:
    """Nothing is entered while the halt lasts, and something is once it has ended."""
    turns = given.lambdas.turns
    turns.written.clear()
    minute(given)
    minute(given)
    stored = dynamodb_stores(given.tables)
    assert [decision.outcome for decision in stored.journal.decisions(AGENT, 2)[0]] == ["halted", "halted"]
    assert [version for one in turns.written for version in entry_versions(one)] == []
    resume = {**halt(0), "path": "/resume", "body": '{"confirm": "*"}'}
    answers: list[Ended] = []
    given.lambdas.run([resume], answers.append)
    assert answers[0].answer["status"] == 200
    minute(given)
    assert len([version for one in turns.written for version in entry_versions(one)]) == 1


def minute(given: Ready) -> None:
    given.stage.clock.set(given.stage.clock.now_ms() + MINUTE_MS)
    waiting: list[Job] = []
    for function in ("fetch_klines", "update_indicators", "trade"):
        event = wake_event(function, time.time_ns() // 1_000_000, REGION)
        waiting.append({"function": function, "event": event})
        given.lambdas.run(waiting, lambda _: None)


@pytest.mark.parametrize("plant", ["forgets the halt", "reads the flag too early"])
def test_an_entry_that_passes_the_halt_is_noticed(monkeypatch: pytest.MonkeyPatch, plant: str) -> None:
    with ready(monkeypatch, plant) as given:
        assert any(race(given, number).late for number in range(RACES))
