"""Events that come one to five times, shuffled, late and to several processes at once: what is stored is as after once.

Processes are real ones; which of them reaches DynamoDB next is drawn from a seed. Beside them one falls asleep in every
second minute, over the first write of its invocation, and writes when the next minute has long been traded.

Headlines come first in each minute: what a decision knows of them depends on when they are stored, not on how often.

Agents decide by minutes and by bars of three.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import pytest

from chalicelib.adapters.dynamodb import DynamoIndicatorStore, Tables, connect
from chalicelib.adapters.lambda_waker import wake_event
from chalicelib.domain import MINUTE_MS, IndicatorRecord
from chalicelib.events import event_time_ms, event_time_text, is_stale
from chalicelib.services.warm_up import indicator_key
from chalicelib.strategy.rule import StrategyRule
from chalicelib.wiring import Stores, aws
from tests.contract.backends import dynamodb_stores
from tests.kernel_cases import rsi_rule
from tests.support.account import PREFIX, SCHEDULED, Account, account
from tests.support.aws import REGION
from tests.support.effort import SEED, repeats
from tests.support.lambda_processes import Ended, Job, Lambdas
from tests.support.moto_dynamodb import State, bring_back, kept
from tests.support.world import AGENT

MINUTES = 11
MOST_COPIES = 5
SLEEPERS = (
    {1: "poll_news", 3: "trade", 6: "sentiment", 8: "update_indicators", 10: "fetch_klines"},
    {1: "sentiment", 3: "update_indicators", 6: "poll_news", 8: "fetch_klines", 10: "trade"},
)
"""Who falls asleep, by minute; headlines come in the first minute and in the sixth. By the seed's number."""
PROCESSES = ("one", "two", "three")
ORDERS = 18
RSI_PERIOD = 2
RULE = rsi_rule(rsi_period=RSI_PERIOD)
RULES = {"1m": RULE, "3m": replace(RULE, interval_ms=3 * MINUTE_MS)}
SYMBOLS = ("BTCUSDT", "ETHUSDT")
SETTINGS = f"""
[agent]
symbols = ["BTCUSDT", "ETHUSDT"]
[strategy.settings]
rsi_period = {RSI_PERIOD}
rsi_buy = 60
rsi_sell = 65
sentiment_buy = -1
sentiment_sell = -1
[risk]
stop_loss = 0.0015
take_profit = 0.0015
position_fraction = 0.3
"""

Stored = dict[str, Any]
"""All that matters to anybody, by what it is."""


@dataclass(frozen=True)
class Once:
    """A stage and what its minutes make of it when nothing comes twice."""

    stage: Account
    tables: Tables
    start_ms: int
    empty: State
    rule: StrategyRule
    minutes: list[Stored] = field(default_factory=list)

    def now(self) -> Stored:
        return stored(dynamodb_stores(self.tables), self.rule)


@dataclass
class Delivery:
    """Hands out events as unluckily as it can."""

    random: Random
    lambdas: Lambdas
    stage: Account
    minute: int = 0
    waiting: list[Job] = field(default_factory=list)
    later: dict[int, list[Job]] = field(default_factory=dict)
    """Copies by the minute in which they come: one minute late, or so late that they are refused."""
    ended: list[Ended] = field(default_factory=list)

    def send(self, function: str, event: dict[str, Any]) -> None:
        """Once now, so that it is not lost, and up to four times more, now or later."""
        self._put({"function": function, "event": event})
        for _ in range(self.random.randrange(MOST_COPIES)):
            (late,) = self.random.choices((0, 1, 2), (6, 3, 1))
            job: Job = {"function": function, "event": aged(event, late)}
            if late:
                self.later.setdefault(self.minute + late, []).append(job)
            else:
                self._put(job)

    def send_late(self, *, stale: bool) -> None:
        """What comes late in this minute: what will be refused, or the rest."""
        for job in self.later.get(self.minute, []):
            if is_stale(time_of(job["event"]), now_ms()) is stale:
                self._put(job)

    def deliver(self) -> None:
        """Until nobody wakes anybody."""
        self.lambdas.run(self.waiting, self._ended)

    def _put(self, job: Job) -> None:
        self.waiting.insert(self.random.randint(0, len(self.waiting)), job)

    def _ended(self, ended: Ended) -> None:
        self.ended.append(ended)
        for function, event in self.stage.woken():
            self.send(function, event)


def event_of(function: str) -> dict[str, Any]:
    return dict(wake_event(function, now_ms(), REGION))


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def time_of(event: dict[str, Any]) -> int:
    return event_time_ms(str(event["time"]))


def aged(event: dict[str, Any], minutes: int) -> dict[str, Any]:
    """The event as it is when it comes so many minutes late; the minutes of a test are shorter than those of events."""
    return {**event, "time": event_time_text(time_of(event) - minutes * MINUTE_MS)}


def stored(stores: Stores, rule: StrategyRule) -> Stored:
    """But for the portfolio's version, which counts commits, all that a minute leaves; headlines with all they hold."""
    portfolio = stores.portfolios.load(AGENT)
    keys = [indicator_key(symbol, rule) for symbol in SYMBOLS]
    return {
        "portfolio": portfolio and replace(portfolio, version=0),
        "fills": stores.journal.fills(AGENT),
        "trades": stores.journal.trades(AGENT, 1000),
        "equity": stores.journal.equity(AGENT, 0, 2**60),
        "decisions": stores.journal.decisions(AGENT, 1000),
        "candles": [stores.candles.last(symbol, 1000) for symbol in SYMBOLS],
        "indicators": [(stores.indicators.load(key), stores.indicators.ticks(key, None, 1000)) for key in keys],
        "news": [stores.news.known(symbol, 2**60, 1000) for symbol in (*SYMBOLS, "")],
        "unscored": stores.news.unscored(1000),
        "latest": stores.news.latest(1000),
        "halts": stores.halts.flags(AGENT),
    }


@pytest.fixture(scope="module")
def once(request: pytest.FixtureRequest) -> Iterator[Once]:
    """Of an agent whose bars are as long as the parameter says."""
    settings = f'{SETTINGS}[strategy]\ninterval = "{request.param}"\n'
    with pytest.MonkeyPatch.context() as monkeypatch, account(settings, monkeypatch) as (stage, _):
        tables = Tables(connect(), PREFIX)
        made = Once(stage, tables, stage.clock.now_ms(), kept(tables), RULES[request.param])
        made.minutes.append(made.now())
        for minute in range(1, MINUTES + 1):
            stage.minute(made.start_ms + minute * MINUTE_MS, ("poll_news", "fetch_klines"))
            made.minutes.append(made.now())
        yield made


@dataclass
class Again:
    """The same minutes with every event delivered again and again."""

    once: Once
    delivery: Delivery
    sleepers: Mapping[int, str]
    slept: list[str] = field(default_factory=list)
    """The functions that one process went on with after it had slept for a minute."""

    def first_difference(self) -> str | None:
        """What is stored otherwise than after once, and when."""
        for minute in range(1, MINUTES + 1):
            for difference in self._minute(minute):
                return f"minute {minute}, {difference}"
        return None

    def _minute(self, minute: int) -> Iterator[str]:
        delivery, lambdas = self.delivery, self.delivery.lambdas
        delivery.minute = minute
        self.once.stage.clock.set(self.once.start_ms + minute * MINUTE_MS)
        delivery.send_late(stale=True)
        delivery.waiting += [{"function": name, "event": aged(event_of(name), 2)} for name in SCHEDULED]
        delivery.deliver()
        yield from self._differences("after what came too late", minute - 1)
        awaited = lambdas.asleep
        lambdas.lull(self.sleepers.get(minute))
        delivery.send("poll_news", event_of("poll_news"))
        delivery.deliver()
        delivery.send_late(stale=False)
        for name in SCHEDULED[1:]:
            delivery.send(name, event_of(name))
        delivery.deliver()
        lambdas.lull(None)
        yield from self._differences("after all events", minute)
        if awaited is not None:
            lambdas.wake()
            delivery.deliver()
            self.slept.append(awaited)
            yield from self._differences(f"after {awaited} had slept", minute)

    def _differences(self, when: str, minute: int) -> Iterator[str]:
        found, expected = self.once.now(), self.once.minutes[minute]
        return (f"{when}: {name}" for name in expected if found[name] != expected[name])


@contextmanager
def again(once: Once, seed: int, plant: str | None = None) -> Iterator[Again]:
    bring_back(once.tables, once.empty)
    once.stage.woken()
    lambdas = Lambdas()
    lambdas.turns.seed(seed)
    with lambdas.started(PROCESSES, plant):
        yield Again(once, Delivery(Random(seed), lambdas, once.stage), SLEEPERS[seed % len(SLEEPERS)])


@pytest.mark.parametrize("seed", range(SEED, SEED + repeats(2, 40)))
@pytest.mark.parametrize("once", ["1m", "3m"], indirect=True)
def test_events_that_come_again_and_again_change_nothing(once: Once, seed: int) -> None:
    last = once.minutes[-1]
    bars = MINUTES * MINUTE_MS // once.rule.interval_ms
    assert len(last["fills"]) > bars // 2
    assert len(last["trades"][0]) > bars // 5
    with again(once, seed) as played:
        assert played.first_difference() is None
        ended = played.delivery.ended
    assert [each.answer for each in ended if "payload" not in each.answer] == []
    assert len(ended) > 20 * MINUTES
    assert len(played.slept) > bars // 4


@pytest.mark.parametrize(
    ("once", "plant"),
    [
        ("1m", "commits anyway"),
        ("1m", "appends anyway"),
        ("1m", "stores anyway"),
        ("1m", "takes any event"),
        ("3m", "commits anyway"),
    ],
    indirect=["once"],
)
def test_what_would_be_done_twice_is_noticed(once: Once, plant: str) -> None:
    """In one of a few orders of events: two processes must meet at the very request."""
    for seed in range(1, ORDERS + 1):
        with again(once, seed, plant) as played:
            if played.first_difference() is not None:
                return
    pytest.fail(f"{plant}: nothing was noticed in {ORDERS} orders of events")


class FoldedMeanwhile(DynamoIndicatorStore):
    """Finds nothing at first, and right after that another process has folded all of the history."""

    fold: Callable[[], None] | None = None

    def load(self, key: str) -> IndicatorRecord:
        found = super().load(key)
        if self.fold is not None and key == indicator_key(SYMBOLS[-1], RULE):
            self.fold()
            self.fold = None
        return found


@pytest.mark.parametrize("once", ["1m"], indirect=True)
def test_history_folded_under_the_first_trade_is_not_traded(once: Once, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = once.stage
    bring_back(once.tables, once.empty)
    stage.new_process()
    stage.clock.set(once.start_ms + MINUTE_MS)
    stage.invoke("fetch_klines")
    real = aws.stores()
    meanwhile = FoldedMeanwhile(once.tables)
    planted = replace(real, indicators=meanwhile)

    def fold() -> None:
        with monkeypatch.context() as others:
            others.setattr(aws, "stores", lambda: real)
            stage.invoke("update_indicators")

    meanwhile.fold = fold
    monkeypatch.setattr(aws, "stores", lambda: planted)
    stage.invoke("trade")
    stage.new_process()
    stage.invoke("trade")
    assert len(once.now()["equity"]) == 1
