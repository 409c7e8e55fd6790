"""Replay: a record that was not touched replays clean, and of one that was the first differing input is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.adapters.sqlite import Database
from tests.support.markets import START_MS
from tests.support.replays import CASH, edit, first_words, replayed, traded_world, write
from tests.support.world import World
from trader.replay.rules import Decider

MINUTE_MS = 60_000
AT = START_MS + 17 * MINUTE_MS
"""A minute in the middle, in which both symbols have a candle."""

Record = dict[str, Any]
Plant = Callable[[Database], None]


@pytest.fixture
def world() -> Iterator[World]:
    made = traded_world()
    yield made
    made.close()


def at_seventeen(record: Record) -> bool:
    return bool(record["minute_ms"] == AT and record["symbol"] == "AAAUSDT")


def in_decision(change: Callable[[Record], object], where: Callable[[Record], bool] = at_seventeen) -> Plant:
    return lambda database: edit(database, "decision", where, change)


def setting(*path: str, to: object) -> Callable[[Record], object]:
    """Sets a field of a record, however deep."""

    def change(record: Record) -> None:
        inner = record
        for name in path[:-1]:
            inner = inner[name]
        assert inner[path[-1]] != to
        inner[path[-1]] = to

    return change


def scaled(*path: str) -> Callable[[Record], object]:
    """Makes a number a little larger, by as little as can be seen."""

    def change(record: Record) -> None:
        inner = record
        for name in path[:-1]:
            inner = inner[name]
        inner[path[-1]] = inner[path[-1]] * (1.0 + 2.0**-50)

    return change


def ordered(record: Record) -> bool:
    return bool(record["outcome"] == "ordered" and record["action"] == "enter")


def with_evidence(record: Record) -> bool:
    return len(record["sentiment"]["evidence"]) > 1


def rescored(record: Record) -> None:
    evidence = record["sentiment"]["evidence"]
    evidence[0][1] += 0.5
    record["sentiment"]["value"] = sum(score for _, score in evidence) / len(evidence)


def shortened(record: Record) -> None:
    evidence = record["sentiment"]["evidence"]
    del evidence[-1]
    total = 0.0
    for _, score in evidence:
        total += score
    record["sentiment"]["value"] = total / len(evidence)


def executed(sql: str, *parameters: str | int | float) -> Plant:
    return lambda database: write(database, sql, *parameters)


def any_record(record: Record) -> bool:
    return True


INPUTS: dict[str, tuple[Plant, str]] = {
    "candle of the decision": (in_decision(scaled("candle", "close")), "AAAUSDT: candle close stored"),
    "high of the decision": (in_decision(scaled("candle", "high")), "AAAUSDT: candle high stored"),
    "candle of the store": (
        executed("UPDATE candle SET close = close + 0.01 WHERE symbol = 'BBBUSDT' AND open_ms = ?", AT),
        "BBBUSDT: candle close stored",
    ),
    "candle gone from the store": (
        executed("DELETE FROM candle WHERE symbol = 'BBBUSDT' AND open_ms = ?", AT),
        "BBBUSDT: candle open stored",
    ),
    "rsi": (in_decision(scaled("snapshot", "rsi")), "AAAUSDT: rsi stored"),
    "bb_lower": (
        in_decision(scaled("snapshot", "bb_lower"), lambda r: r["snapshot"]["bb_lower"] is not None),
        "bb_lower",
    ),
    "ema_50": (in_decision(setting("snapshot", "ema_50", to=1.0)), "ema_50 stored 1.0, recomputed nan"),
    "sentiment": (in_decision(setting("sentiment", "value", to=0.5)), "sentiment stored 0.5, recomputed"),
    "score in the evidence": (in_decision(rescored, with_evidence), "score of headline"),
    "score in the store": (
        executed("UPDATE news SET score = score + 0.25 WHERE number = 1"),
        "score of headline 1 stored",
    ),
    "evidence left out": (in_decision(shortened, with_evidence), "headlines stored"),
    "config hash": (in_decision(setting("config_hash", to="0123456789ab")), "config hash stored 0123456789ab"),
    "signals": (in_decision(setting("signals", to=["BandBreakUp", "TrendUp"])), "signals stored BandBreakUp, TrendUp"),
    "position": (in_decision(lambda r: r.update(in_position=not r["in_position"])), "AAAUSDT: position stored"),
    "action": (in_decision(setting("action", to="enter"), lambda r: r["action"] == "hold"), "action stored enter"),
    "reason": (in_decision(setting("reason", to="sentiment"), ordered), "reason stored sentiment, recomputed signal"),
    "outcome": (
        in_decision(setting("outcome", to="max exposure"), ordered),
        "outcome stored max exposure, recomputed ordered",
    ),
    "a halt that was none": (
        in_decision(setting("outcome", to="halted"), ordered),
        "outcome stored halted, recomputed ordered",
    ),
    "quantity": (in_decision(scaled("quantity"), ordered), "quantity stored"),
    "equity of the decision": (in_decision(scaled("equity")), "equity of the decision stored"),
    "time of the decision": (in_decision(lambda r: r.update(decided_ms=r["decided_ms"] + 1)), "decided at stored"),
    "minute of the decision": (
        in_decision(setting("minute_ms", to=AT - MINUTE_MS)),
        "AAAUSDT: decisions stored 2, by its symbols 1",
    ),
    "stale in simulated time": (
        in_decision(setting("outcome", to="stale"), lambda r: r["outcome"] == "nothing wanted"),
        "outcome stored stale, recomputed nothing wanted",
    ),
    "a decision that is missing": (
        executed("DELETE FROM decision WHERE body LIKE ?", f'%"symbol":"AAAUSDT","minute_ms":{AT}%'),
        "AAAUSDT: decisions stored 0, by its symbols 1",
    ),
    "all decisions of a minute missing": (
        executed("DELETE FROM decision WHERE body LIKE ?", f'%"minute_ms":{AT}%'),
        "decisions stored nothing, there are records of equity, fills or trades",
    ),
    "cash of the mark": (executed("UPDATE equity SET cash = cash + 0.01 WHERE time_ms = ?", AT), "cash stored"),
    "equity of the mark": (executed("UPDATE equity SET equity = equity + 0.01 WHERE time_ms = ?", AT), "equity stored"),
    "drawdown": (executed("UPDATE equity SET drawdown = 0.5 WHERE time_ms = ?", AT), "drawdown stored 0.5"),
    "a mark that is missing": (executed("DELETE FROM equity WHERE time_ms = ?", AT), "equity stored nothing"),
    "quantity of a fill": (lambda d: edit(d, "fill", any_record, scaled("quantity")), "fill quantity stored"),
    "price of a fill": (lambda d: edit(d, "fill", any_record, scaled("price")), "fill price stored"),
    "fee of a fill": (lambda d: edit(d, "fill", any_record, scaled("fee")), "fill fee stored"),
    "side of a fill": (lambda d: edit(d, "fill", any_record, setting("side", to="SELL")), "fill side stored SELL"),
    "reason of a fill": (
        lambda d: edit(d, "fill", any_record, setting("reason", to="stop_loss")),
        "fill reason stored stop_loss, recomputed signal",
    ),
    "a fill of nobody's order": (
        lambda d: edit(d, "fill", any_record, setting("client_id", to="ait-0")),
        "fill stored",
    ),
    "a fill that is missing": (executed("DELETE FROM fill WHERE number = 2"), "fill stored nothing, recomputed"),
    "profit of a trade": (lambda d: edit(d, "trade", any_record, scaled("pnl")), "trade pnl stored"),
    "entry of a trade": (
        lambda d: edit(d, "trade", any_record, lambda r: r.update(entry_ms=r["entry_ms"] - MINUTE_MS)),
        "trade entry time stored",
    ),
    "a trade that is missing": (executed("DELETE FROM trade WHERE number = 1"), "trade stored nothing, recomputed"),
    "cash of the portfolio": (
        lambda d: edit(d, "portfolio", any_record, scaled("account", "cash")),
        "account cash stored",
    ),
    "day base of the portfolio": (
        lambda d: edit(d, "portfolio", any_record, scaled("account", "day_base")),
        "account day_base stored",
    ),
    "cooldown of the portfolio": (
        lambda d: edit(d, "portfolio", any_record, setting("slots", "AAAUSDT", "cooldown", to=7)),
        "AAAUSDT: cooldown stored 7, recomputed 0",
    ),
}


def test_a_record_replays_clean(world: World) -> None:
    result = replayed(world.database, world.rules)
    assert first_words(result) == ""
    assert (result.minutes, result.decisions) == (30, 60)
    assert result.fills >= 8
    assert result.trades >= 4
    assert result.sentiments == 57
    assert result.indicator_values == 57 * 6
    assert result.notes == []


@pytest.mark.parametrize("name", INPUTS)
def test_the_first_differing_input_is_named(name: str, world: World) -> None:
    plant, words = INPUTS[name]
    plant(world.database)
    result = replayed(world.database, world.rules)
    assert result.differing > 0
    assert words in result.differences[0].words


def test_the_minute_and_the_symbol_are_named(world: World) -> None:
    in_decision(setting("snapshot", "rsi", to=12.5))(world.database)
    words = replayed(world.database, world.rules).differences[0].words
    assert words.startswith("minute 2023-11-14T22:31Z, AAAUSDT: rsi stored 12.5, recomputed ")


def test_other_rules_are_noticed_by_their_hash_and_by_what_they_decide(world: World) -> None:
    rule = world.rules.rule
    other = replace(world.rules, rule=replace(rule, settings=rule.settings._replace(rsi_buy=20.0)))
    assert "signals stored Oversold" in first_words(replayed(world.database, other))
    named = replace(other, config_hash="0123456789ab")
    words = first_words(replayed(world.database, named))
    assert words == f"AAAUSDT: config hash stored {world.rules.config_hash}, the rules that are kept 0123456789ab"


def test_rules_are_found_by_their_hash_among_others(world: World) -> None:
    other = replace(world.rules, config_hash="0123456789ab")
    kept = Decider(0, "paper", CASH, world.rules)
    assert replayed(world.database, other, more=[kept]).differing == 0


def test_only_differences_within_the_range_count_and_earlier_ones_are_told(world: World) -> None:
    in_decision(setting("snapshot", "rsi", to=12.5))(world.database)
    later = replayed(world.database, world.rules, from_ms=AT + MINUTE_MS)
    assert later.differing == 0
    assert [note for note in later.notes if "before --from" in note]
    earlier = replayed(world.database, world.rules, to_ms=AT - MINUTE_MS)
    assert (earlier.differing, earlier.minutes, earlier.notes) == (0, 17, [])
    assert replayed(world.database, world.rules, from_ms=AT, to_ms=AT).differing > 0


def test_prices_that_are_none_are_a_difference(world: World) -> None:
    write(world.database, "UPDATE candle SET close = 0 WHERE open_ms = ?", AT)
    edit(world.database, "decision", at_seventeen, setting("candle", "close", to=0.0))
    assert replayed(world.database, world.rules).differing > 0


def test_what_an_exchange_filled_is_not_held_to_paper(world: World) -> None:
    """Of a live agent prices are the exchange's; what they make of cash and equity is still checked."""
    edit(world.database, "fill", any_record, scaled("price"))
    assert "fill price stored" in first_words(replayed(world.database, world.rules))
    assert first_words(replayed(world.database, world.rules, mode="live")).startswith("cash stored")
