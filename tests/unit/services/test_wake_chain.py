"""The stages of a minute as processes of their own: what wakes what, and what one failure must not stop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.domain import MINUTE_MS, Candle, Score
from chalicelib.errors import Unavailable
from chalicelib.services.fetch_klines import FetchReport
from chalicelib.services.ready_minutes import Pace
from chalicelib.services.score_news import ScoreNews
from chalicelib.services.sleep import always, never
from chalicelib.services.trade import TradeReport
from chalicelib.services.wake_chain import FetchStage, IndicatorStage, NewsStage, SentimentStage, StallAlarm, TradeStage
from tests.support.world import AGENT, World
from trader.runtime.lockstep import StepClock

AT = 8
EVENT_MS = 77_000


@dataclass
class Woken:
    """A waker that remembers whom it woke; `failure` is raised afterwards."""

    names: list[str] = field(default_factory=list)
    failure: Unavailable | None = None

    asked_ms: list[int | None] = field(default_factory=list)

    def wake(self, name: str, event_ms: int, asked_ms: int | None = None) -> None:
        assert event_ms == EVENT_MS
        self.names.append(name)
        self.asked_ms.append(asked_ms)
        if self.failure:
            raise self.failure


@dataclass
class Deaf:
    """A market without the candles of one symbol."""

    source: Any
    silent: str

    def candles(self, symbol: str, interval: str, **bounds: Any) -> list[Candle]:
        if symbol == self.silent:
            raise Unavailable(f"{symbol}: no answer")
        found: list[Candle] = self.source.candles(symbol, interval, **bounds)
        return found


class Stages:
    """Every stage over one world, at the close of minute `AT`."""

    def __init__(self, world: World, failure: Unavailable | None = None) -> None:
        self.world, self.waker = world, Woken(failure=failure)
        self.use_cases = world.use_cases()
        start_ms = int(world.files[0].open_ms[0])
        self.now_ms = start_ms + (AT + 1) * MINUTE_MS
        world.clock.set(self.now_ms)
        self.fetch = FetchStage(self.use_cases.fetch_klines, self.waker)
        self.indicators = IndicatorStage([self.use_cases.update_indicators], self.waker)
        self.trade = TradeStage([self.use_cases.trade])
        news = self.use_cases.news
        self.news = NewsStage(news.poll, world.stores.news, self.waker)
        self.sentiment = SentimentStage(news.score)


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.close()


@pytest.mark.parametrize("failure", [None, Unavailable("nobody answers")])
def test_each_stage_wakes_the_next_when_it_made_something_new(world: World, failure: Unavailable | None) -> None:
    stages = Stages(world, failure)
    assert stages.fetch.run(stages.now_ms, EVENT_MS).counts == {"AAAUSDT": AT + 1, "BBBUSDT": AT + 1}
    assert stages.indicators.run(stages.now_ms, EVENT_MS).counts == {"ticks": 2 * (AT + 1)}
    done = stages.trade.run(stages.now_ms + 1_500, EVENT_MS)
    assert (done.counts, done.latency_ms) == ({AGENT: 1}, 1_500)
    assert stages.waker.names == ["update_indicators", "trade"]


def test_nothing_new_wakes_nobody(world: World) -> None:
    stages = Stages(world)
    for stage in (stages.fetch, stages.indicators, stages.trade):
        stage.run(stages.now_ms, EVENT_MS)
    stages.waker.names.clear()
    done = [stage.run(stages.now_ms, EVENT_MS) for stage in (stages.fetch, stages.indicators, stages.trade)]
    assert [(each.counts, each.failed) for each in done] == [({}, ())] * 3
    assert stages.waker.names == []


def test_candles_are_stored_ahead_for_whom_nobody_is_woken(world: World) -> None:
    """What is stored ahead is folded and traded at the close, with the candle that nobody has fetched yet."""
    stages = Stages(world)
    stages.fetch.run(stages.now_ms, EVENT_MS)
    stages.waker.names.clear()
    world.clock.set(stages.now_ms + 3 * MINUTE_MS)
    resting = FetchStage(stages.use_cases.fetch_klines, stages.waker, never, never)
    assert resting.run(stages.now_ms, EVENT_MS).counts == {}
    ahead = FetchStage(stages.use_cases.fetch_klines, stages.waker, never, always)
    assert ahead.run(stages.now_ms, EVENT_MS).counts["AAAUSDT"] == 3
    assert ahead.run(stages.now_ms, EVENT_MS).asked_ms is None
    assert stages.waker.names == []
    world.clock.set(stages.now_ms + 4 * MINUTE_MS)
    assert stages.fetch.run(stages.now_ms + 4 * MINUTE_MS, EVENT_MS).counts["AAAUSDT"] == 1
    assert stages.waker.names == ["update_indicators"]


def test_a_failure_ahead_is_an_error_of_the_stage(world: World) -> None:
    stages = Stages(world)
    deaf: Any = Deaf(world.market.source, "AAAUSDT")
    outside = wiring.Outside(deaf, world.market.headlines.news, (), world.notifier)
    use_cases = wiring.use_cases(world.config, world.stores, outside, world.rules, wiring.SIMULATED_TIME)
    done = FetchStage(use_cases.fetch_klines, stages.waker, never, always).run(stages.now_ms, EVENT_MS)
    with pytest.raises(Unavailable, match="AAAUSDT: no answer"):
        done.raise_worst()


def test_candles_of_one_symbol_go_on_while_those_of_another_fail(world: World) -> None:
    stages = Stages(world)
    deaf: Any = Deaf(world.market.source, "AAAUSDT")
    outside = wiring.Outside(deaf, world.market.headlines.news, (), world.notifier)
    use_cases = wiring.use_cases(world.config, world.stores, outside, world.rules, wiring.SIMULATED_TIME)
    done = FetchStage(use_cases.fetch_klines, stages.waker).run(stages.now_ms, EVENT_MS)
    assert done.counts == {"BBBUSDT": AT + 1}
    assert stages.waker.names == ["update_indicators"]
    with pytest.raises(Unavailable, match="AAAUSDT: no answer"):
        done.raise_worst()


def test_headlines_wake_the_scorer_until_they_are_scored(world: World) -> None:
    stages = Stages(world)
    while not stages.news.run(world.clock.now_ms(), EVENT_MS).counts:
        world.clock.set(world.clock.now_ms() + MINUTE_MS)
    assert stages.waker.names == ["sentiment"]
    stages.news.run(world.clock.now_ms(), EVENT_MS)  # nothing new, but what is there has no score yet
    assert stages.waker.names == ["sentiment"] * 2
    assert stages.sentiment.run(world.clock.now_ms(), EVENT_MS).counts["scored"] > 0
    stages.waker.names.clear()
    stages.news.run(world.clock.now_ms(), EVENT_MS)
    assert stages.waker.names == []


class Dead:
    """An agent whose trading fails."""

    agent_id = "dead"

    def __init__(self, error: Exception) -> None:
        self._error = error

    def run(self, now_ms: int, asked_ms: int, most: int | None) -> TradeReport:
        raise self._error


@pytest.mark.parametrize("error", [Unavailable("no venue"), KeyError("a defect")])
def test_one_agent_that_fails_stops_no_other_and_is_told(world: World, error: Exception) -> None:
    stages = Stages(world)
    stages.fetch.run(stages.now_ms, EVENT_MS)
    stages.indicators.run(stages.now_ms, EVENT_MS)
    dead: Any = Dead(error)
    done = TradeStage([dead, stages.use_cases.trade]).run(stages.now_ms, EVENT_MS)
    assert done.counts == {AGENT: 1}
    with pytest.raises(type(error)):
        done.raise_worst()


@pytest.mark.parametrize(("late_ms", "stalled"), [(0, False), (180_000, False), (180_001, True)])
def test_a_stall_is_an_error(world: World, late_ms: int, stalled: bool) -> None:
    stages = Stages(world)
    stages.fetch.run(stages.now_ms, EVENT_MS)
    stages.indicators.run(stages.now_ms, EVENT_MS)
    made = stages.use_cases.trade
    in_real_time = replace(made, silence=replace(made.silence, after_ms=180_000))
    alarm = StallAlarm(TradeStage([in_real_time]))
    assert alarm.run(stages.now_ms, EVENT_MS).failed == ()
    done = alarm.run(stages.now_ms + late_ms, EVENT_MS)
    assert [str(error) for error in done.failed] == (
        ["agent default: the newest decision is 180 s old: no candles come in"] if stalled else []
    )


def test_an_agent_that_never_decided_is_not_stalled(world: World) -> None:
    assert Stages(world).trade.run(10**15, EVENT_MS).failed == ()


def test_a_scorer_that_never_polled_finds_what_waits(world: World) -> None:
    stages = Stages(world)
    while not stages.news.run(world.clock.now_ms(), EVENT_MS).counts:
        world.clock.set(world.clock.now_ms() + MINUTE_MS)
    scorer = ScoreNews(world.stores.news, wiring.analyzer(), clock=StepClock())
    first = SentimentStage(scorer).run(world.clock.now_ms(), EVENT_MS)
    assert first.counts["scored"] > 0
    assert SentimentStage(scorer).run(world.clock.now_ms(), EVENT_MS).counts == {}


def test_what_the_fallback_scored_is_counted_and_why_is_told(world: World) -> None:
    class Down:
        model = "llama"

        def score(self, titles: Sequence[str]) -> list[Score]:
            raise Unavailable("no answer")

    stages = Stages(world)
    while not stages.news.run(world.clock.now_ms(), EVENT_MS).counts:
        world.clock.set(world.clock.now_ms() + MINUTE_MS)
    scorer = ScoreNews(world.stores.news, Down(), wiring.analyzer(), clock=StepClock())
    done = SentimentStage(scorer, {"agent b": "wants others"}).run(world.clock.now_ms(), EVENT_MS)
    assert done.counts["degraded"] == done.counts["scored"] > 0
    assert done.troubles == {"llama": "no answer", "agent b": "wants others"}
    assert done.failed == ()


class Faulty:
    """A store of which one method raises for one symbol."""

    def __init__(self, store: Any, method: str, symbol: str) -> None:
        self._store, self._method, self._symbol = store, method, symbol

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)

        def call(first: Any, *others: Any) -> Any:
            if self._symbol in repr(first):
                raise Unavailable(f"{self._symbol}: not written")
            return method(first, *others)

        return call if name == self._method else method


FAULTS = ("", "candles asked for", "candles written", "indicators read", "indicators written")


def broken(world: World, fault: str, symbol: str) -> wiring.UseCases:
    """The use cases where one part of a round fails for one symbol; none where `fault` is empty."""
    source: Any = world.market.source
    candles: Any = world.stores.candles
    indicators: Any = world.stores.indicators
    if fault == "candles asked for":
        source = Deaf(source, symbol)
    elif fault == "candles written":
        candles = Faulty(candles, "append", symbol)
    elif fault == "indicators read":
        candles = Faulty(candles, "after", symbol)
    elif fault == "indicators written":
        indicators = Faulty(indicators, "commit", symbol)
    outside = wiring.Outside(source, world.market.headlines.news, (), world.notifier)
    stores = replace(world.stores, candles=candles, indicators=indicators)
    return wiring.use_cases(world.config, stores, outside, world.rules, wiring.SIMULATED_TIME)


@dataclass(frozen=True)
class HandsOnWhatFailed:
    """A planted defect: the round is vouched for whatever failed in the stage before it."""

    stage: FetchStage | IndicatorStage
    waker: Woken

    def run(self, now_ms: int, event_ms: int, asked_ms: int | None = None) -> None:
        self.stage.run(now_ms, event_ms, asked_ms)
        self.waker.asked_ms = [now_ms] * len(self.waker.asked_ms)


def check_a_round_is_vouched_for_only_if_it_is_whole(world: World, fault: str, symbol: str, defects: str = "") -> None:
    """Through both stages; what the last one hands on is what trading goes by."""
    stages = Stages(world)
    cases = broken(world, fault, symbol)
    fetch: Any = FetchStage(cases.fetch_klines, stages.waker)
    indicators: Any = IndicatorStage([cases.update_indicators], stages.waker)
    if defects == "fetch":
        fetch = HandsOnWhatFailed(fetch, stages.waker)
    if defects == "indicators":
        indicators = HandsOnWhatFailed(indicators, stages.waker)
    fetch.run(stages.now_ms, EVENT_MS)
    [asked_ms] = stages.waker.asked_ms
    indicators.run(stages.now_ms, EVENT_MS, asked_ms)
    assert stages.waker.names == ["update_indicators", "trade"]
    assert stages.waker.asked_ms[1] == (None if fault else stages.now_ms)


@pytest.mark.parametrize("symbol", ["AAAUSDT", "BBBUSDT"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_whole_round_of_fetching_is_handed_on_and_a_broken_one_is_not(world: World, fault: str, symbol: str) -> None:
    check_a_round_is_vouched_for_only_if_it_is_whole(world, fault, symbol)


@pytest.mark.parametrize(
    ("defect", "fault"),
    [("fetch", "candles asked for"), ("fetch", "candles written"), ("indicators", "indicators written")],
)
def test_a_broken_round_handed_on_as_whole_is_noticed(world: World, defect: str, fault: str) -> None:
    with pytest.raises(AssertionError):
        check_a_round_is_vouched_for_only_if_it_is_whole(world, fault, "AAAUSDT", defect)


def test_one_failing_set_of_parameters_keeps_the_round_from_being_whole(world: World) -> None:
    stages = Stages(world)
    stages.fetch.run(stages.now_ms, EVENT_MS)
    failing = broken(world, "indicators written", "BBBUSDT").update_indicators
    both = IndicatorStage([failing, stages.use_cases.update_indicators], stages.waker)
    assert [str(error) for error in both.run(stages.now_ms, EVENT_MS, stages.now_ms).failed] == ["BBBUSDT: not written"]
    assert stages.waker.asked_ms == [stages.now_ms, None]


def test_a_page_that_is_full_vouches_for_no_candle_after_it() -> None:
    assert FetchReport({}, reached_ms=MINUTE_MS).vouched_ms(5 * MINUTE_MS) == MINUTE_MS
    assert FetchReport({}, reached_ms=MINUTE_MS, failed=(Unavailable("no answer"),)).vouched_ms(5 * MINUTE_MS) is None


@pytest.mark.parametrize(("asked", "traded"), [(None, 0), (0, 1)])
def test_candles_that_may_be_on_their_way_are_waited_for(world: World, asked: int | None, traded: int) -> None:
    """At the close of minute 9, which BBBUSDT does not have: only who knows that it was asked for goes on without."""
    stages = Stages(world)
    for minute_ms in (stages.now_ms, stages.now_ms + MINUTE_MS):
        world.clock.set(minute_ms)
        stages.fetch.run(minute_ms, EVENT_MS)
        stages.indicators.run(minute_ms, EVENT_MS)
        if minute_ms == stages.now_ms:
            stages.trade.run(minute_ms, EVENT_MS, minute_ms)
    config = world.config
    patient = wiring.trade(
        config,
        world.stores,
        world.notifier,
        world.rules,
        Pace(3_000, 180_000),
        wiring.rolling_sentiment(config, world.stores),
    )
    late_ms = world.clock.now_ms() + 35_000
    asked_ms = None if asked is None else late_ms - 30_000
    assert TradeStage([patient]).run(late_ms, EVENT_MS, asked_ms).counts == ({AGENT: traded} if traded else {})


def test_a_defect_is_raised_before_trouble_that_passes(world: World) -> None:
    agents: Any = [Dead(Unavailable("no venue")), Dead(KeyError("a defect"))]
    with pytest.raises(KeyError):
        TradeStage(agents).run(0, EVENT_MS).raise_worst()
