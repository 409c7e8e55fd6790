"""Halt against trade, again and again: after `throw` has returned no entry commits, judged by versions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from chalicelib.adapters.dynamodb import DynamoPortfolioStore
from chalicelib.domain import Change
from chalicelib.errors import Conflict, Halted
from tests.contract.backends import dynamodb_stores
from tests.contract.defects import DynamoForgetsTheHalt, DynamoReadsTheFlagTooEarly
from tests.contract.portfolio_checks import version_of
from tests.contract.samples import AGENT, flag, order, portfolio
from tests.support.effort import repeats
from tests.support.moto_dynamodb import bring_back, kept, tables_in_memory
from tests.support.schedule import Schedule

RACES = repeats(300, 10_000)


def entry(version: int, writer: str) -> Change:
    return Change(portfolio(version), entries=(replace(order(version), client_id=f"{writer}-{version}"),))


def late_entries(races: int, store: type[DynamoPortfolioStore] = DynamoPortfolioStore) -> Iterator[tuple[int, int]]:
    """(race, version) of every entry that committed after the halt; two runs of one agent enter against one halt."""
    schedule = Schedule()
    with tables_in_memory(schedule) as tables:
        halter = dynamodb_stores(tables)
        halter.portfolios.commit(Change(portfolio(1)))
        fresh = kept(tables)
        for race in range(races):
            bring_back(tables, fresh)
            committed: list[int] = []
            at_halt: list[int] = []

            def trade(writer: str, committed: list[int] = committed) -> None:
                stores = dynamodb_stores(tables, store)
                try:
                    version = version_of(stores.portfolios.load(AGENT)) + 1
                    stores.portfolios.commit(entry(version, writer))
                except (Halted, Conflict):
                    return
                committed.append(version)

            def halt(race: int = race, at_halt: list[int] = at_halt) -> None:
                halter.halts.throw(flag("*" if race % 2 else AGENT))
                at_halt.append(version_of(halter.portfolios.load(AGENT)))

            schedule.play([lambda: trade("first"), lambda: trade("second"), halt], seed=race)
            yield from ((race, version) for version in committed if version > at_halt[0])


def test_however_they_race_no_entry_commits_after_the_halt() -> None:
    assert list(late_entries(RACES)) == []


@pytest.mark.parametrize("defect", [DynamoForgetsTheHalt, DynamoReadsTheFlagTooEarly])
def test_a_store_that_lets_an_entry_pass_is_noticed(defect: type[DynamoPortfolioStore]) -> None:
    assert next(late_entries(RACES, defect), None) is not None
