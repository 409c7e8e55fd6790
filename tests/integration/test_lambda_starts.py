"""The first minutes of an agent on AWS, dead after any answer, then a halt, a resume or another agent's first minute.

On AWS there is no command that starts an agent: its settings appear, and the next minute finds no portfolio. What a
crash leaves of that minute is brought back, somebody acts, and two bars later no halt may be lost or spread.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

import boto3
import pytest
from chalice.test import Client

import app
from chalicelib.adapters.dynamodb import DynamoHaltStore, Tables, connect
from chalicelib.domain import ALL_AGENTS, MINUTE_MS, HaltFlag
from chalicelib.wiring import Stores, aws
from tests.integration.test_lambda_crash import Watched, problems
from tests.support.account import EAGER, PREFIX, STAGE, Account, account, put_agent
from tests.support.effort import WHOLE
from tests.support.moto_dynamodb import State, bring_back

FIRST, OTHER = "default", "other"
TOKEN = "operator" * 5
SETTINGS = f"""{EAGER}[risk]
stop_loss = 0.0015
take_profit = 0.0015
"""
SEED = 11


@dataclass(frozen=True)
class Act:
    """What somebody does after the crash, and whom that leaves halted."""

    requests: tuple[tuple[str, Mapping[str, object]], ...]
    halted: frozenset[str]
    another: bool = False
    """Whether another agent begins after the crash, too."""


ACTS = {
    "halts the agent": Act((("/halt?agent=default", {"reason": "a"}),), frozenset({FIRST})),
    "halts the agent that is not there yet": Act((("/halt?agent=other", {"reason": "a"}),), frozenset({OTHER}), True),
    "halts all, then another begins": Act((("/halt", {"reason": "a"}),), frozenset({FIRST, OTHER}), True),
    "halts all and may not resume one of two": Act(
        (("/halt", {"reason": "a"}), ("/resume?agent=default", {"confirm": "default"})), frozenset({FIRST, OTHER}), True
    ),
    "halts and resumes": Act(
        (("/halt?agent=default", {"reason": "a"}), ("/resume?agent=default", {"confirm": "default"})), frozenset()
    ),
    "has another begin": Act((), frozenset(), True),
}


@dataclass(frozen=True)
class Begun:
    """A stage whose agent just began, and what each crash in its first two minutes left."""

    stage: Account
    settings: str
    start_ms: int
    bar_minutes: int
    tables: Tables
    states: list[tuple[int, State]]

    def wrong(self, act: Act, states: list[tuple[int, State]]) -> list[str]:
        """What is not as it must be, two bars after the act that followed each of these crashes."""
        found = []
        for number, (minute, state) in enumerate(states):
            bring_back(self.tables, state)
            boto3.client("ssm").delete_parameters(Names=[f"/ai-trader/{STAGE}/agents/{OTHER}"])
            self.stage.new_process()
            self.stage.woken()
            if act.another:
                put_agent(OTHER, self.settings.replace("[agent]", f'[agent]\nid = "{OTHER}"', 1))
            self.stage.new_process()
            said = [self._request(path, body) for path, body in act.requests]
            entered = entries()
            for later in range(1, 2 * self.bar_minutes + 1):
                self.stage.minute(self.start_ms + (minute + later) * MINUTE_MS)
            found += [f"crash {number} in minute {minute}: {problem}" for problem in self._problems(act, said, entered)]
        return found

    def _request(self, path: str, body: Mapping[str, object]) -> int:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        return Client(app.app).http.post(path, headers=headers, body=json.dumps(body).encode()).status_code

    def _problems(self, act: Act, said: list[int], entered: Mapping[str, set[str]]) -> Iterator[str]:
        stores = aws.stores()
        found = problems(stores, self.bar_minutes * MINUTE_MS)
        yield from (line for line in found if not (said and line.startswith("intents")))  # a halt withdraws
        agents = (FIRST, OTHER) if act.another else (FIRST,)
        for agent in agents:
            halted = bool(stores.halts.flags(agent))
            if halted != (agent in act.halted):
                yield f"{agent} is {'' if halted else 'not '}halted; answered {said}"
            if agent in act.halted and entries()[agent] - entered[agent]:
                yield f"{agent} entered after its halt"
            if agent not in act.halted and not entries()[agent]:
                yield f"{agent} never entered"


def entries() -> dict[str, set[str]]:
    """The client id of every entry ever written, by agent."""
    found: dict[str, set[str]] = {FIRST: set(), OTHER: set()}
    for item in boto3.resource("dynamodb").Table(f"{PREFIX}-money").scan()["Items"]:
        if str(item["sk"]).startswith("intent#"):
            found[str(item["pk"])].add(str(item["sk"]))
    return found


@pytest.fixture
def begun(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Begun]:
    """By bars of a minute, or of as many as the test asks for."""
    bar_minutes: int = getattr(request, "param", 1)
    chosen = SETTINGS.replace("[strategy.settings]", f'[strategy]\ninterval = "{bar_minutes}m"\n[strategy.settings]', 1)
    with account(chosen, monkeypatch, symbols="BTCUSDT") as (stage, settings):
        name = f"/ai-trader/{STAGE}/{aws.API_SECRETS}/{aws.OPERATOR_TOKEN}"
        boto3.client("ssm").put_parameter(Name=name, Value=TOKEN, Type="SecureString")
        start_ms = stage.clock.now_ms()
        tables = Tables(connect(), PREFIX)
        watched = Watched(tables)
        with watched.watching():
            stage.new_process()
            for minute in range(1, 2 * bar_minutes + 1):
                watched.minute = minute
                stage.minute(start_ms + minute * MINUTE_MS)
        yield Begun(stage, settings, start_ms, bar_minutes, tables, watched.states)


def some(states: list[tuple[int, State]], act: str) -> list[tuple[int, State]]:
    """Every one in a soak, else four of them, drawn anew by act."""
    return states if WHOLE else random.Random(f"{SEED} {act}").sample(states, 4)


@pytest.mark.parametrize("begun", [1, 3], ids=["1m", "3m"], indirect=True)
@pytest.mark.parametrize("act", ACTS)
def test_whatever_a_first_minute_left_no_halt_is_lost_spread_or_doubled(begun: Begun, act: str) -> None:
    assert len(begun.states) > 10
    assert begun.wrong(ACTS[act], some(begun.states, act)) == []


class Spread(DynamoHaltStore):
    """Planted defect: a flag of one agent is read by all."""

    def flags(self, agent_id: str) -> list[HaltFlag]:
        return super().flags(FIRST) + super().flags(OTHER)


class Lost(DynamoHaltStore):
    """Planted defect: what has no portfolio is not halted, neither an agent nor all of them."""

    def throw(self, flag: HaltFlag) -> None:
        items = boto3.resource("dynamodb").Table(f"{PREFIX}-money").scan()["Items"]
        if flag.scope in {str(item["pk"]) for item in items} - {ALL_AGENTS}:
            super().throw(flag)


@pytest.mark.parametrize(
    ("store", "act", "problem"),
    [
        (Spread, "halts the agent that is not there yet", "default is halted"),
        (Lost, "halts the agent that is not there yet", "other is not halted"),
        (Lost, "halts all, then another begins", "is not halted"),
    ],
)
def test_the_proof_sees_halts_that_are_lost_or_spread(
    begun: Begun, monkeypatch: pytest.MonkeyPatch, store: type[DynamoHaltStore], act: str, problem: str
) -> None:
    real = aws.stores

    @cache
    def planted() -> Stores:
        return replace(real.__wrapped__(), halts=store(Tables(connect(), PREFIX)))

    monkeypatch.setattr(aws, "stores", planted)
    wrong = begun.wrong(ACTS[act], some(begun.states, act))
    assert any(problem in line for line in wrong), wrong
