"""Replay of agents in real time: what persons did, what came late and what the ring buffers dropped is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from chalicelib.adapters.sqlite import Database
from chalicelib.domain import NewsItem, Score, ScoredNews
from chalicelib.services.minute import AgentRules
from chalicelib.services.rolling_sentiment import RollingSentiment
from chalicelib.wiring import stores_over
from tests.support.desk import FALLING, Desk, after_close, open_of
from tests.support.replays import CASH, REAL_TIME, edit, first_words, replayed, write
from tests.support.world import AGENT
from trader.replay.indicators import FORGOTTEN_AFTER
from trader.replay.rules import Decider
from trader.replay.run import OLDER, TAKEN, Replayed

CLOSES = (*FALLING, 97.0, 99.0, 104.0, 96.0, 94.0, 98.0, 103.0, 101.0)
GUARDED = ("risk.position_fraction=1", "risk.daily_loss_limit=0.03", "risk.stop_loss=0")


@contextmanager
def opened(*settings: str) -> Iterator[tuple[Database, Desk]]:
    with Database(":memory:") as database:
        yield database, Desk(database, settings=settings)


def clean(database: Database, rules: AgentRules) -> Replayed:
    result = replayed(database, rules, REAL_TIME)
    assert first_words(result) == ""
    return result


def test_an_agent_in_real_time_replays_clean() -> None:
    with opened() as (database, desk):
        changes = desk.minutes(0, *CLOSES)
        assert sum(len(change.fills) for change in changes) >= 4
        result = clean(database, desk.rules)
        assert (result.minutes, result.notes) == (len(CLOSES), [])


@pytest.mark.parametrize("flatten", [False, True])
@pytest.mark.parametrize("after", range(3, 9))
def test_a_halt_and_a_resume_by_hand_are_told_and_explain_everything(after: int, flatten: bool) -> None:
    with opened() as (database, desk):
        desk.minutes(0, *CLOSES[:after])
        desk.halt.run(AGENT, "odd", flatten, after_close(after, 0))
        desk.minutes(after, *CLOSES[after : after + 2])
        desk.resume.run(AGENT)
        desk.minutes(after + 2, *CLOSES[after + 2 :], *CLOSES)
        clean(database, desk.rules)


def test_what_a_halt_by_hand_did_is_counted() -> None:
    with opened() as (database, desk):
        desk.minutes(0, *FALLING)  # an entry is pending
        desk.halt.run(AGENT, "odd", False, after_close(2, 5))
        desk.minutes(3, 97.0, 96.0)
        assert clean(database, desk.rules).notes == [f"1 {TAKEN}"]


def test_a_halt_after_the_last_minute_is_no_difference() -> None:
    with opened() as (database, desk):
        desk.minutes(0, *FALLING)
        desk.halt.run(AGENT, "odd", True, after_close(2, 5))
        clean(database, desk.rules)


def test_a_guard_and_a_resume_by_hand_replay_clean() -> None:
    with opened(*GUARDED) as (database, desk):
        desk.minutes(0, *FALLING, 97.0, 92.0, 91.0)
        assert desk.status().halted
        desk.resume.run(AGENT)
        desk.minutes(6, 90.0, 95.0, 99.0)
        assert clean(database, desk.rules).notes == [f"1 {TAKEN}"]


def test_a_halt_that_changed_no_order_needs_nothing_but_the_switch() -> None:
    with opened() as (database, desk):
        desk.minutes(0, *FALLING, 97.0)
        desk.halt.run(AGENT, "odd", False, after_close(3, 5))
        desk.minutes(4, 104.0, 105.0)
        assert clean(database, desk.rules).notes == []


def test_nobody_may_write_money_between_two_minutes() -> None:
    with opened() as (database, desk):
        desk.minutes(0, *FALLING)
        desk.halt.run(AGENT, "odd", False, after_close(2, 5))
        desk.minutes(3, 97.0)
        [(found,)] = database.query("SELECT found FROM equity WHERE found IS NOT NULL")
        richer = json.loads(found)
        richer["account"]["cash"] += 1.0
        write(database, "UPDATE equity SET found = ? WHERE found IS NOT NULL", json.dumps(richer))
        assert "account cash stored 10001.0, recomputed 10000.0" in first_words(
            replayed(database, desk.rules, REAL_TIME)
        )


def test_what_was_halted_under_an_older_version_is_left_out_until_the_first_minute_of_this_one() -> None:
    with opened() as (database, desk):
        desk.minutes(0, *CLOSES)
        desk.halt.run(AGENT, "odd", False, after_close(10, 5))
        desk.minutes(11, *FALLING)
        desk.resume.run(AGENT)
        _as_before_the_switch_was_kept(database)
        desk.minutes(14, *CLOSES)
        assert clean(database, desk.rules).notes == [f"2 {OLDER}"]
        edit(database, "decision", _at(open_of(15)), lambda record: record.update(equity=1.0))
        assert "equity" in first_words(replayed(database, desk.rules, REAL_TIME))


def test_what_nobody_halted_under_an_older_version_is_held_to_the_bit() -> None:
    with opened() as (database, desk):
        desk.minutes(0, *CLOSES)
        _as_before_the_switch_was_kept(database)
        assert clean(database, desk.rules).notes == []
        edit(database, "decision", _at(open_of(5)), lambda record: record.update(equity=1.0))
        assert "equity" in first_words(replayed(database, desk.rules, REAL_TIME))


@pytest.mark.parametrize("after", range(3, 11))
def test_a_version_that_numbered_no_positions_replays_clean_whatever_it_held(after: int) -> None:
    with opened() as (database, desk):
        desk.minutes(0, *CLOSES[:after])
        _as_before_positions_were_numbered(database)
        desk.minutes(after, *CLOSES[after:], *CLOSES)
        assert [body for (body,) in database.query("SELECT body FROM trade") if json.loads(body).get("position")]
        assert f"1 {TAKEN}" in clean(database, desk.rules).notes


def _as_before_positions_were_numbered(database: Database) -> None:
    [(body,)] = database.query("SELECT body FROM portfolio")
    older = {name: value for name, value in json.loads(body).items() if name not in ("positions", "numbers")}
    write(database, "UPDATE portfolio SET body = ?", json.dumps({**older, "rule": "of an earlier version"}))
    for number, body in database.query("SELECT number, body FROM trade"):
        trade = {name: value for name, value in json.loads(body).items() if name != "position"}
        write(database, "UPDATE trade SET body = ? WHERE number = ?", json.dumps(trade), number)


def _at(minute_ms: int) -> Callable[[dict[str, Any]], bool]:
    return lambda record: bool(record["minute_ms"] == minute_ms)


def _as_before_the_switch_was_kept(database: Database) -> None:
    write(database, "UPDATE equity SET switch = '', found = NULL")
    [(body,)] = database.query("SELECT body FROM portfolio")
    older = {name: value for name, value in json.loads(body).items() if name != "touched"}
    write(database, "UPDATE portfolio SET body = ?", json.dumps(older))


def test_no_halt_by_hand_explains_an_order_that_was_filled() -> None:
    with opened() as (database, desk):
        desk.minutes(0, *CLOSES)
        edit(database, "decision", lambda r: bool(r["outcome"] == "ordered"), lambda r: r.update(outcome="halted"))
        assert "outcome stored halted, recomputed ordered" in first_words(replayed(database, desk.rules, REAL_TIME))


def test_no_halt_by_hand_explains_a_fill_that_is_missing() -> None:
    with opened() as (database, desk):
        desk.minutes(0, *CLOSES)
        write(database, "DELETE FROM fill WHERE number = 1")
        assert "fill stored nothing, recomputed BUY" in first_words(replayed(database, desk.rules, REAL_TIME))


def test_minutes_of_an_outage_are_taken_as_recorded_and_counted() -> None:
    with opened() as (database, desk):
        desk.minutes(0, *FALLING)
        desk.feed("AAAUSDT", 3, 97.0, 96.0, 95.0, 99.0)
        desk.trade(after_close(6, 3))
        desk.feed("AAAUSDT", 7, 98.0)
        desk.trade(after_close(7, 400))
        notes = clean(database, desk.rules).notes
        assert "4 minutes recorded as stale or missed: not decided, as the record says" in notes


def test_a_minute_decided_in_time_was_not_missed() -> None:
    with opened() as (database, desk):
        desk.minutes(0, *CLOSES)
        quiet = [each for each in database.query("SELECT body FROM decision") if "nothing wanted" in each[0]]
        assert quiet
        edit(
            database, "decision", lambda r: bool(r["outcome"] == "nothing wanted"), lambda r: r.update(outcome="missed")
        )
        assert "outcome stored missed, recomputed" in first_words(replayed(database, desk.rules, REAL_TIME))


def test_history_before_the_first_minute_is_folded_too() -> None:
    with opened() as (database, desk):
        desk.feed("AAAUSDT", 0, *[100.0 + minute % 7 for minute in range(300)])
        desk.minutes(300, *CLOSES)
        result = clean(database, desk.rules)
        assert result.indicator_values == 6 * len(CLOSES)
        assert result.notes == []


def test_where_history_is_kept_no_more_that_is_told() -> None:
    with opened() as (database, desk):
        desk.feed("AAAUSDT", 0, *[100.0 + minute % 7 for minute in range(FORGOTTEN_AFTER + 300)])
        desk.minutes(FORGOTTEN_AFTER + 300, *CLOSES, *CLOSES)
        for table in ("candle", "tick"):
            write(database, f"DELETE FROM {table} WHERE open_ms < ?", open_of(310))  # noqa: S608 (two tables of ours)
        result = clean(database, desk.rules)
        assert result.indicator_values > 0
        assert [note for note in result.notes if note.endswith("the candles before them are not kept")]


def test_a_candle_that_came_too_late_for_its_minute_is_folded_too() -> None:
    with Database(":memory:") as database:
        desk = Desk(database, symbols=("AAAUSDT", "BBBUSDT"))
        for minute, close in enumerate(CLOSES):
            desk.feed("AAAUSDT", minute, close)
            if minute != 5:
                if minute == 6:
                    desk.feed("BBBUSDT", 5, 90.0)
                desk.feed("BBBUSDT", minute, close + 1.0)
            desk.trade(after_close(minute, 30))
        result = clean(database, desk.rules)
        assert result.indicator_values == 6 * (2 * len(CLOSES) - 1)


def headline(desk: Desk, title: str, value: float, known_ms: int) -> None:
    [(id_, item)] = desk.stores.news.add([NewsItem(known_ms, known_ms, "wire", title, f"https://wire/{title}")])
    desk.stores.news.record([ScoredNews(id_, item, Score(value, "positive", "m"), known_ms)])


def test_a_headline_stored_after_the_decision_with_an_earlier_time_is_told() -> None:
    with Database(":memory:") as database:
        desk = Desk(database, sentiment=RollingSentiment(stores_over(database).news, 3))
        headline(desk, "one", 0.5, open_of(1))
        desk.minutes(0, *CLOSES[:4])
        headline(desk, "two", 0.25, open_of(2))
        desk.minutes(4, *CLOSES[4:])
        notes = clean(database, desk.rules).notes
        assert notes == ["3 decisions precede a headline that was stored later with an earlier time"]
        write(database, "UPDATE news SET score = 0.75 WHERE title = 'one'")
        assert "score of headline 1 stored 0.5, known at the close 0.75" in first_words(
            replayed(database, desk.rules, REAL_TIME)
        )


@pytest.mark.parametrize("filled", [True, False], ids=["held", "pending"])
def test_a_symbol_taken_out_of_the_settings_while_it_was_held_or_ordered_replays_clean(filled: bool) -> None:
    with opened("risk.stop_loss=0.05") as (database, desk):
        desk.minutes(0, *FALLING, *([98.0] if filled else []))
        other = Desk(database, ("BBBUSDT",), ("risk.stop_loss=0.05",))
        for minute, close in enumerate((97.0, 96.0, 90.0, 89.0), start=4 if filled else 3):
            other.feed("BBBUSDT", minute, 100.0)
            other.feed("AAAUSDT", minute, close)
            other.trade(after_close(minute, 3))
        assert bool(other.stores.journal.trades(AGENT, 1)[0]) == filled
        later = Decider(after_close(3, 0), "paper", CASH, other.rules)
        result = replayed(database, desk.rules, REAL_TIME, more=[later])
        assert first_words(result) == ""
        assert result.minutes == (8 if filled else 7)
