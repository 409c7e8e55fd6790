"""Headlines are picked again by the age limit that a decision says it was made with; one that says none had none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.replays import edit, first_words, replayed, write
from tests.support.world import World

AGE_MS = 12 * 60_000


def traded(*settings: str) -> World:
    world = World(settings=("inputs.sentiment_window=50", *settings))
    with world.database.transaction():
        world.run()
    return world


def expired(record: dict[str, Any]) -> bool:
    """A decision before which more headlines had been heard than it counts."""
    return len(record["sentiment"]["evidence"]) > 0 and record["minute_ms"] % (20 * 60_000) == 0


def test_decisions_under_an_age_limit_replay_clean_and_say_it() -> None:
    world = traded("inputs.sentiment_max_age=12m")
    record, result = world.record(), replayed(world.database, world.rules)
    limitless = traded()
    unlimited = limitless.record()
    world.close()
    limitless.close()
    assert (first_words(result), result.notes) == ("", [])
    assert {each.sentiment.max_age_ms for each in record.decisions if each.candle is not None} == {AGE_MS}
    counted = [len(each.sentiment.evidence) for each in record.decisions]
    assert counted != [len(each.sentiment.evidence) for each in unlimited.decisions]
    assert max(counted) > 0


@pytest.mark.parametrize("other", [None, AGE_MS + 15 * 60_000, AGE_MS - 10 * 60_000])
def test_another_limit_than_that_of_the_record_gives_other_headlines(other: int | None) -> None:
    """Planted: the limit is lost, or is not the one that applied."""
    world = traded("inputs.sentiment_max_age=12m")
    for number, body in world.database.query("SELECT number, body FROM decision"):
        record = json.loads(body)
        record["sentiment"]["max_age_ms"] = other
        write(world.database, "UPDATE decision SET body = ? WHERE number = ?", json.dumps(record), number)
    result = replayed(world.database, world.rules)
    world.close()
    assert "headline" in first_words(result)


def test_records_of_a_version_that_knew_no_limit_replay_as_without_one() -> None:
    world = traded()
    for number, body in world.database.query("SELECT number, body FROM decision"):
        record = json.loads(body)
        del record["sentiment"]["max_age_ms"]
        write(world.database, "UPDATE decision SET body = ? WHERE number = ?", json.dumps(record), number)
    result = replayed(world.database, world.rules)
    assert (first_words(result), result.notes) == ("", [])
    edit(world.database, "decision", expired, lambda record: record["sentiment"].update(max_age_ms=60_000))
    assert "headline" in first_words(replayed(world.database, world.rules))
    world.close()
