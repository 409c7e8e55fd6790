"""A run that dies right before or right after any request to DynamoDB, then starts again, leaves no trace.

What such a crash leaves is the stored data and nothing else, so the data is kept after every request that writes and
one run is started on each. Right before the next write, or around any read between them, the same data is left.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest

from chalicelib.adapters.dynamodb import DynamoPortfolioStore, Tables
from chalicelib.adapters.dynamodb.head import PreviousVersion
from chalicelib.adapters.dynamodb.items import Attribute, Item
from chalicelib.adapters.dynamodb.minutes import copy_out
from chalicelib.domain import Change
from chalicelib.errors import Conflict
from tests.contract.backends import dynamodb_stores
from tests.contract.defects import DynamoCommitsInPieces
from tests.support.effort import sample
from tests.support.markets import wave
from tests.support.moto_dynamodb import State, bring_back, kept, tables_in_memory
from tests.support.world import Record, World

MINUTES = 9
SAMPLE = 20
"""Crashes that are played of more than 40."""
READS = {"GetItem", "BatchGetItem", "Query"}


class KeepsEveryState:
    """Keeps the data as it is after each write."""

    def __init__(self) -> None:
        self.tables: Tables | None = None
        self.states: list[State] = []

    def before(self, operation: str) -> None:
        pass

    def after(self, operation: str) -> None:
        if self.tables is not None and operation not in READS:
            self.states.append(kept(self.tables))


def world_over(tables: Tables, store: type[DynamoPortfolioStore] = DynamoPortfolioStore) -> World:
    files = [wave("AAAUSDT", MINUTES, 1), wave("BBBUSDT", MINUTES, 2, frozenset({5}))]
    return World(files, stores=dynamodb_stores(tables, store))


def traded(tables: Tables, store: type[DynamoPortfolioStore] = DynamoPortfolioStore) -> Record:
    """What is stored once a new process has traded what is left."""
    world = world_over(tables, store)
    world.run(MINUTES - len(world.record().equity))
    record = world.record()
    world.close()
    return record


def after_each_crash(store: type[DynamoPortfolioStore] = DynamoPortfolioStore) -> Iterator[tuple[int, Record, Record]]:
    """The number of each crash, the run as it ends after it, and as it ends without one."""
    keeps = KeepsEveryState()
    with tables_in_memory(keeps) as tables:
        keeps.tables, keeps.states = tables, [kept(tables)]
        alone = traded(tables, store)
        keeps.tables = None
        assert len(keeps.states) > 40
        numbers = range(len(keeps.states))[::-1]  # the later ones are played sooner and hold more
        for number in sample(numbers, SAMPLE):
            bring_back(tables, keeps.states[number])
            yield number, traded(tables, store), alone


def test_a_crash_at_any_request_changes_nothing_in_the_end() -> None:
    ends = list(after_each_crash())
    assert [number for number, end, alone in ends if not end.same_money(alone)] == []
    *_, alone = ends[0]
    assert len(alone.fills) >= 3
    assert len(alone.decisions) == 2 * MINUTES


class CopiesAfterwards(DynamoPortfolioStore):
    """Planted defect: waiting minutes leave the agent's item before they are anywhere else."""

    def _next(self, change: Change, head: PreviousVersion, nonce: Attribute) -> tuple[PreviousVersion, Item]:
        after, item = super()._next(change, replace(head, waiting=()), nonce)
        self._left = head.waiting
        return after, item

    def commit(self, change: Change) -> None:
        super().commit(change)
        if self._left:
            copy_out(self._tables, change.portfolio.agent_id, self._left, 90)


@pytest.mark.parametrize("defect", [DynamoCommitsInPieces, CopiesAfterwards])
def test_a_store_that_a_crash_breaks_is_noticed(defect: type[DynamoPortfolioStore]) -> None:
    with suppress(Conflict):  # what was appended in part is in the way of every later run
        noticed = any(not end.same_money(alone) for _, end, alone in after_each_crash(defect))
        assert noticed
