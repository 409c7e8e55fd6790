"""Random sequences of everything that an agent's store does, beside a model of plain dicts and lists."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from chalicelib import codec
from chalicelib.adapters.sqlite import Database
from chalicelib.domain import Change, Decision, EquityPoint, Fill, HaltFlag, Portfolio, Trade
from chalicelib.errors import Conflict, Halted, TraderError
from tests.contract.backends import Stores, dynamodb_stores, sqlite_stores
from tests.contract.portfolio_checks import refusal
from tests.contract.samples import decision, equity_point, fill, flag, minute_ms, order, portfolio, trade
from tests.support.effort import examples
from tests.support.moto_dynamodb import tables_in_memory

AGENTS = ("alpha", "beta")
agents = st.sampled_from(AGENTS)
scopes = st.sampled_from((*AGENTS, "*"))
numbers = st.integers(1, 12)
few = st.lists(numbers, max_size=3)


@dataclass
class Model:
    """What should be stored, by agent."""

    portfolios: dict[str, Portfolio] = field(default_factory=dict)
    intents: set[tuple[str, str]] = field(default_factory=set)
    fills: dict[str, list[Fill]] = field(default_factory=lambda: {agent: [] for agent in AGENTS})
    trades: dict[str, list[Trade]] = field(default_factory=lambda: {agent: [] for agent in AGENTS})
    decisions: dict[str, list[Decision]] = field(default_factory=lambda: {agent: [] for agent in AGENTS})
    equity: dict[tuple[str, int], EquityPoint] = field(default_factory=dict)
    flags: dict[str, HaltFlag] = field(default_factory=dict)
    newest: dict[str, int] = field(default_factory=dict)
    """Number of the newest minute that something was appended to."""

    def refusal(self, change: Change) -> type[TraderError] | None:
        agent_id = change.portfolio.agent_id
        stored = self.portfolios.get(agent_id)
        if change.portfolio.version != (stored.version if stored else 0) + 1:
            return Conflict
        if change.entries and not self.flags.keys().isdisjoint((agent_id, "*")):
            return Halted
        intents = [(agent_id, entry.client_id) for entry in change.entries]
        if len(set(intents)) < len(intents) or not self.intents.isdisjoint(intents):
            return Conflict
        if change.equity and (agent_id, change.equity.time_ms) in self.equity:
            return Conflict
        return None

    def commit(self, change: Change) -> None:
        agent_id = change.portfolio.agent_id
        self.portfolios[agent_id] = change.portfolio
        self.intents.update((agent_id, entry.client_id) for entry in change.entries)
        self.fills[agent_id].extend(change.fills)
        self.trades[agent_id].extend(change.trades)
        self.decisions[agent_id].extend(change.decisions)
        if change.equity:
            self.equity[agent_id, change.equity.time_ms] = change.equity

    def throw(self, thrown: HaltFlag) -> None:
        up = self.flags.get(thrown.scope, thrown)
        self.flags[thrown.scope] = replace(up, flatten=up.flatten or thrown.flatten)


class StoreBesideModel(RuleBasedStateMachine):
    stores: Stores

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.opened = ExitStack()
        self.stores = self.open_stores()

    def open_stores(self) -> Stores:
        """Empty ones, closed with `opened`."""
        raise NotImplementedError

    def teardown(self) -> None:
        self.opened.close()

    @rule(
        agent_id=agents,
        step=st.sampled_from((1, 1, 1, 1, 0, 2)),
        entries=few,
        appended=few,
        minutes_on=st.sampled_from((1, 1, 1, 2, 0)),
        with_point=st.booleans(),
    )
    def commit(
        self,
        agent_id: str,
        step: int,
        entries: list[int],
        appended: list[int],
        minutes_on: int,
        with_point: bool,
    ) -> None:
        """Time goes on from commit to commit; a minute on 0 is one that has a point, given a second one."""
        stored = self.model.portfolios.get(agent_id)
        newest = self.model.newest.get(agent_id, 0)
        again = minutes_on == 0 and (agent_id, minute_ms(newest)) in self.model.equity
        minute = newest if again else newest + max(minutes_on, 1)
        change = Change(
            portfolio((stored.version if stored else 0) + step, agent_id),
            entries=tuple(order(number, agent_id) for number in entries),
            fills=tuple(fill(number) for number in appended),
            trades=tuple(trade(number) for number in appended),
            decisions=tuple(replace(decision(minute, agent_id), quantity=float(number)) for number in appended),
            equity=equity_point(minute) if with_point or again else None,
        )
        expected = self.model.refusal(change)
        assert refusal(self.stores, change) is expected
        if expected is None:
            self.model.commit(change)
            self.model.newest[agent_id] = minute

    @rule(scope=scopes, reason=st.sampled_from(("one", "two")), flatten=st.booleans())
    def throw(self, scope: str, reason: str, flatten: bool) -> None:
        self.stores.halts.throw(flag(scope, reason, flatten=flatten))
        self.model.throw(flag(scope, reason, flatten=flatten))

    @rule(scope=scopes)
    def clear(self, scope: str) -> None:
        self.stores.halts.clear(scope)
        self.model.flags.pop(scope, None)

    @rule(agent_id=agents, limit=st.integers(1, 4))
    def page_through(self, agent_id: str, limit: int) -> None:
        pages: list[Trade] = []
        page, cursor = self.stores.journal.trades(agent_id, limit)
        pages += page
        while cursor is not None:
            page, cursor = self.stores.journal.trades(agent_id, limit, cursor)
            assert page
            pages += page
        assert pages == self.model.trades[agent_id][::-1]

    @invariant()
    def store_equals_model(self) -> None:
        assert self.stores.portfolios.agents() == sorted(self.model.portfolios)
        for agent_id in AGENTS:
            stored, expected = self.stores.portfolios.load(agent_id), self.model.portfolios.get(agent_id)
            assert (stored and codec.dump(stored)) == (expected and codec.dump(expected))
            assert self.stores.journal.fills(agent_id) == self.model.fills[agent_id]
            assert self.stores.journal.decisions(agent_id, 999)[0] == self.model.decisions[agent_id][::-1]
            points = [self.model.equity[key] for key in sorted(self.model.equity) if key[0] == agent_id]
            assert self.stores.journal.equity(agent_id, 0, minute_ms(99)) == points
            up = [self.model.flags[scope] for scope in sorted(self.model.flags) if scope in (agent_id, "*")]
            assert self.stores.halts.flags(agent_id) == up


class SqliteBesideModel(StoreBesideModel):
    def open_stores(self) -> Stores:
        return sqlite_stores(self.opened.enter_context(Database(":memory:")))


class DynamoBesideModel(StoreBesideModel):
    """Every few steps over stores that remember nothing, as another process has them."""

    def open_stores(self) -> Stores:
        self.tables = self.opened.enter_context(tables_in_memory())
        return dynamodb_stores(self.tables)

    @rule()
    def go_on_in_another_process(self) -> None:
        self.stores = dynamodb_stores(self.tables)


SqliteBesideModel.TestCase.settings = settings(max_examples=examples(40), stateful_step_count=25)
DynamoBesideModel.TestCase.settings = settings(max_examples=examples(12), stateful_step_count=15)
TestSqlitePortfolioStore = SqliteBesideModel.TestCase
TestDynamoPortfolioStore = DynamoBesideModel.TestCase
