"""Lambdas of an agent with bars of three minutes die after any answer: at closes, held, idle, over a bar that is late.

What a crash leaves is kept as in `test_lambda_crash`. The schedules of the same minute then fire once more, and all is
as though nothing had happened; or nobody wakes up before the next minute, and yet every bar is decided once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import pytest

from chalicelib import words
from chalicelib.adapters.dynamodb import DynamoIndicatorStore, Tables
from chalicelib.adapters.lambda_log import InvocationFailed
from chalicelib.domain import IndicatorRecord, Tick
from chalicelib.services.minute import UNDECIDED
from chalicelib.wiring import aws
from tests.integration.test_lambda_crash import RecordsApart, Watched, money_problems, plant
from tests.support.account import Account
from tests.support.effort import sample
from tests.support.moto_dynamodb import State, bring_back
from tests.support.stage_of_bars import INTERVAL_MS, MINUTES, SCHEDULED, asked_ms, is_whole, stage_of_bars
from tests.support.world import Record, record_of

SAMPLE = 10
"""Crashes that are played of more than fifty."""
FIRST_CLOSE = 4
"""The first minute at whose end a bar closes that began under the stage's eyes."""
Bars = Counter[tuple[str, int]]
"""How often a bar was decided, by symbol and open_ms."""


@dataclass(frozen=True)
class Uninterrupted:
    """What each minute left, and what a crash at any of its writes would."""

    stage: Account
    tables: Tables
    records: list[Record]
    """After minute 0, 1 and so on."""
    crashes: list[tuple[int, State]]
    """By minute, in the order in which they could happen."""

    def after_the_same_minute(self) -> Iterator[str]:
        """What is not as it would have been, when the minute's schedules fire once more and the next minute comes.

        Of minutes without a missing candle: nobody vouches once more that it is missing, the next minute does.
        """
        for number, (minute, state) in enumerate(sample([each for each in self._known if is_whole(each[0])], SAMPLE)):
            self._dead_after(state)
            for later in (minute, minute + 1):
                self._minute(later)
                if not record_of(aws.stores()).same_money(self.records[later]):
                    yield f"crash {number} in minute {minute}: minute {later} left something else"

    def after_the_next_minute(self, minutes: Container[int] = range(MINUTES)) -> Iterator[str]:
        """What is lost or doubled when nobody wakes up before the next minute, after crashes in these minutes."""
        for number, (minute, state) in enumerate(sample([each for each in self._known if each[0] in minutes], SAMPLE)):
            self._dead_after(state)
            self._minute(minute + 1)
            yield from (f"crash {number} in minute {minute}: {problem}" for problem in self._problems(minute + 1))

    @property
    def _known(self) -> list[tuple[int, State]]:
        """Crashes of which is known what would have come after them."""
        return [each for each in self.crashes if each[0] < MINUTES]

    def _problems(self, minute: int) -> Iterator[str]:
        record = record_of(aws.stores())
        if record.portfolio is None:
            yield "no portfolio"
            return
        yield from money_problems(aws.stores(), record.portfolio)
        decided, expected = bars(record), bars(self.records[minute])
        if decided != expected:
            yield f"decided {decided}, uninterrupted {expected}"

    def _dead_after(self, state: State) -> None:
        bring_back(self.tables, state)
        self.stage.new_process()
        self.stage.woken()

    def _minute(self, minute: int) -> None:
        with suppress(InvocationFailed):  # what a planted defect breaks
            self.stage.minute(asked_ms(minute), SCHEDULED)


def bars(record: Record) -> Bars:
    """Every bar that was decided; one that a later minute decided counts as if its own had."""
    decided = [each for each in record.decisions if each.bar is not None and each.outcome not in UNDECIDED]
    return Counter((each.symbol, each.bar.open_ms) for each in decided if each.bar is not None)


def uninterrupted(stage: Account, tables: Tables) -> Uninterrupted:
    watched, records = Watched(tables), [record_of(aws.stores())]
    with watched.watching():
        stage.new_process()
        for minute in range(1, MINUTES + 1):
            watched.minute = minute
            stage.minute(asked_ms(minute), SCHEDULED)
            records.append(record_of(aws.stores()))
    return Uninterrupted(stage, tables, records, watched.states)


def test_a_crash_at_any_call_changes_nothing_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    with stage_of_bars(monkeypatch) as (stage, tables):
        played = uninterrupted(stage, tables)
        assert_eventful(played)
        assert list(played.after_the_same_minute()) == []
        assert list(played.after_the_next_minute((FIRST_CLOSE,))) == []


def assert_eventful(played: Uninterrupted) -> None:
    """Crashes fall into closes, held and idle minutes and bars that are over late."""
    record = played.records[-1]
    assert {words.BETWEEN, words.MISSING, "ordered", "nothing wanted"} <= {each.outcome for each in record.decisions}
    assert {"stop_loss", "take_profit"} <= {str(trade.reason) for trade in record.trades}
    assert any(each.bar and each.minute_ms >= each.bar.open_ms + INTERVAL_MS for each in record.decisions)
    assert len(record.equity) < MINUTES
    assert len(played.crashes) > 50
    assert bars(record).total() == len(bars(record)) > MINUTES // 2


class TicksApart(DynamoIndicatorStore):
    """Planted defect: the state is kept first, and what a bar was seen with in a write of its own."""

    def commit(self, record: IndicatorRecord, ticks: Sequence[Tick]) -> None:
        super().commit(record, ())
        super().commit(replace(record, version=record.version + 1), ticks)


def test_fills_that_are_recorded_apart_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    with stage_of_bars(monkeypatch) as (stage, tables):
        plant(monkeypatch, portfolios=RecordsApart)
        assert any(uninterrupted(stage, tables).after_the_same_minute())


def test_a_bar_that_gets_lost_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    with stage_of_bars(monkeypatch) as (stage, tables):
        plant(monkeypatch, indicators=TicksApart)
        assert any(
            "decided" in problem for problem in uninterrupted(stage, tables).after_the_next_minute((FIRST_CLOSE,))
        )
