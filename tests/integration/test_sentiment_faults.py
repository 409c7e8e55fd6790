"""Whatever happens to the container function, trading goes on with exactly the scores that docs/news.md promises.

The minutes are traded as Lambdas, with the function as a process of its own, and again in one process by an analyzer
that says what is documented: headlines, decisions, fills and equity must be the same to the bit. Planted defects of
the way from an answer to a decision must each make a difference.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import boto3
import pytest
from chalice.test import Client

import app
from chalicelib import wiring
from chalicelib.adapters import lambda_sentiment
from chalicelib.adapters.dynamodb import DynamoNewsStore
from chalicelib.domain import Score, ScoredNews
from chalicelib.errors import Unavailable
from chalicelib.services import score_news
from chalicelib.wiring import aws, scoring
from chalicelib.wiring.scoring import Scorer
from tests.fakes.lambda_function import function
from tests.support.account import SCHEDULED, STAGE, Account, account
from tests.support.both_ways import Kept, as_one_process, closes, kept
from tests.support.container_faults import Documented, Faults, each_score, last_score, unlucky
from tests.support.container_worker import HashAnalyzer

DEADLINE_S = 5.0
SHORT_S = 0.5
"""The deadline where nothing answers before it: no test has to wait longer, and no busy machine makes a difference."""
MOST_S = 8.0
"""A minute of all functions here, the deadline of its scores included."""
MINUTES = 8
TOKEN = "viewer" * 6
SETTINGS = """
[agent]
symbols = ["BTCUSDT"]
[strategy.settings]
rsi_period = 2
rsi_buy = 99.9
rsi_sell = 100
sentiment_buy = 0.01
sentiment_sell = -0.01
[inputs]
sentiment_window = 2
[risk]
position_fraction = 0.5
daily_loss_limit = 0
"""


@dataclass
class Stage:
    """An account whose container function can be meddled with."""

    account: Account
    settings: str
    faults: Faults

    def trade(self, minutes: int) -> Kept:
        """So many minutes, each as fast as one must be; every invocation succeeds."""
        start_ms = self.account.clock.now_ms()
        for close_ms in closes(start_ms, minutes):
            begin_s = time.monotonic()
            self.account.minute(close_ms, SCHEDULED[:2])
            assert time.monotonic() - begin_s < MOST_S, IN_TIME
        return kept(aws.stores())

    def documented(self, start_ms: int, minutes: int, falls_back: Callable[[str], bool]) -> Kept:
        """The same minutes by what is promised."""
        self.account.clock.set(start_ms)
        analyzer = Documented(wiring.analyzer("crypto"), falls_back)
        return as_one_process(self.account, start_ms, minutes, self.settings, Scorer(analyzer))

    def get(self, path: str) -> str:
        response = Client(app.app).http.request("GET", path, headers={"Authorization": f"Bearer {TOKEN}"})
        assert response.status_code == 200
        return response.body.decode()

    def sentiment(self) -> dict[str, Any]:
        """Of GET /status."""
        found: dict[str, Any] = json.loads(self.get("/status"))["sentiment"]
        return found

    def metric(self, name: str) -> float:
        [line] = [line for line in self.get("/metrics").splitlines() if line.startswith(f"{name}{{")]
        return float(line.rpartition(" ")[2])


@contextmanager
def stage(monkeypatch: pytest.MonkeyPatch, deadline_s: float = DEADLINE_S) -> Iterator[Stage]:
    monkeypatch.setenv("TRADER_LLAMA", "1")
    monkeypatch.setattr(scoring, "DEADLINE_S", deadline_s)
    with (
        function("tests.support.container_worker.handle", {}, timeout_s=25.0) as process,
        account(SETTINGS, monkeypatch, symbols="BTCUSDT") as (made, settings),
    ):
        name = f"/ai-trader/{STAGE}/{aws.API_SECRETS}/{aws.VIEWER_TOKEN}"
        boto3.client("ssm").put_parameter(Name=name, Value=TOKEN, Type="SecureString")
        faults = Faults(process, made.lambdas)
        faults.heal()
        process.call(b'{"headlines": []}')  # a cold start may take longer than the deadline here
        try:
            yield Stage(made, settings, faults)
        finally:
            faults.ended.set()


def never(title: str) -> bool:
    return False


def always(title: str) -> bool:
    return True


Fault = Callable[[Faults], None]
FAULTS: dict[str, tuple[Fault, Callable[[str], bool]]] = {
    "none": (Faults.heal, never),
    "killed": (Faults.killed, always),
    "delayed": (Faults.delayed, always),
    "silent": (Faults.silent, always),
    "throttled": (Faults.throttled, always),
    "missing": (Faults.missing, always),
    "cut": (Faults.cut, always),
    "not a number": (lambda faults: faults.corrupt(each_score(value=float("nan"))), always),
    "out of range": (lambda faults: faults.corrupt(last_score(value=40.0)), always),
    "too many": (lambda faults: faults.corrupt(lambda answer: {**answer, "scores": answer["scores"] * 2}), always),
    "partial": (Faults.partial, unlucky),
}


def deadline_s(name: str) -> float:
    """While this fault lasts."""
    return SHORT_S if name in ("delayed", "silent") else DEADLINE_S


IN_TIME = "a minute is over in time"
SCORED = "headlines have a score"
MARKED = "the scores that the function did not give are marked, and no others"
WEAK = "and they weigh little"
TOLD = "status and metrics tell of them"
TRADED = "what is traded is what is documented"


def check(stage: Stage, name: str, minutes: int = MINUTES) -> None:
    """All that must hold while this fault lasts."""
    fault, falls_back = FAULTS[name]
    fault(stage.faults)
    start_ms = stage.account.clock.now_ms()
    traded = stage.trade(minutes)
    end_ms = stage.account.clock.now_ms()
    news = stage_news()
    titles = [each.item.title for each in news]
    degraded = sum(map(falls_back, titles))
    assert titles, SCORED
    assert [each.score.degraded for each in news] == [falls_back(title) for title in titles], MARKED
    assert all(abs(each.score.value) <= 0.3 for each in news if each.score.degraded), WEAK
    status = stage.sentiment()
    assert (status["scored"], status["degraded_scored"], status["waiting"]) == (len(news), degraded, 0), TOLD
    assert status["degraded"] == falls_back(titles[0]), TOLD
    assert status["model"] == news[0].score.model, TOLD
    assert status["last_scored_ms"] == news[0].known_ms <= end_ms, TOLD
    assert stage.metric("trader_headlines_degraded_total") == degraded, TOLD
    assert stage.metric("trader_headlines_scored_total") == len(news), TOLD
    assert stage.metric("trader_sentiment_degraded") == float(status["degraded"]), TOLD
    assert traded == stage.documented(start_ms, minutes, falls_back), TRADED
    assert len(traded.decisions) == minutes, TRADED
    assert traded.fills, TRADED


def stage_news() -> list[ScoredNews]:
    """All that was scored, newest first."""
    return aws.stores().news.known("BTCUSDT", 2**60, 10**6)


@pytest.mark.parametrize("name", FAULTS)
def test_trading_goes_on_as_documented(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with stage(monkeypatch, deadline_s(name)) as made:
        check(made, name)


def test_a_fault_that_ends_leaves_the_scores_that_it_cost_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    with stage(monkeypatch) as made:
        made.faults.throttled()
        made.trade(3)
        cost = stage_news()
        assert made.sentiment()["degraded"]
        made.faults.heal()
        made.trade(4)
        after = stage_news()
        assert after[len(after) - len(cost) :] == cost
        fresh = after[: len(after) - len(cost)]
        assert fresh
        assert {news.score.model for news in fresh} == {HashAnalyzer.model}
        status = made.sentiment()
        assert not status["degraded"]
        assert status["degraded_scored"] == len(cost)


def test_without_the_function_that_asks_headlines_wait_and_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """The zip function itself may die: trading goes on by what is known, and the next one scores what waited."""
    with stage(monkeypatch) as made:
        start_ms = made.account.clock.now_ms()
        for close_ms in closes(start_ms, 3):
            made.account.clock.set(close_ms)
            for name in SCHEDULED:
                made.account.invoke(name)
                for woken, event in made.account.woken():
                    if woken != "sentiment":
                        made.account.invoke(woken, event)
        waiting = made.sentiment()["waiting"]
        assert waiting == made.metric("trader_headlines_waiting") > 0
        assert stage_news() == []
        assert len(aws.stores().journal.decisions("default", 10)[0]) == 3
        made.account.invoke("sentiment")
        scored = stage_news()
        assert len(scored) == waiting
        assert [each.score for each in scored] == HashAnalyzer().score([each.item.title for each in scored])
        assert made.sentiment()["waiting"] == made.metric("trader_headlines_waiting") == 0


# Planted defects, each in the class or function that keeps a promise. `check` must notice every one.


def _believes(given: Any, model: str) -> Score | str:
    if "error" in given:
        return str(given["error"])
    return Score(float(given["value"]), given["label"], model, False, given["confidence"], tuple(given["flags"]))


def believe_every_answer(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(lambda_sentiment, "_refuse", float)
    patch.setattr(lambda_sentiment, "_score", _believes)
    patch.setattr(score_news, "_refuse_unsound", lambda scores, count: None)


def clip_what_is_out_of_range(patch: pytest.MonkeyPatch) -> None:
    believing = _believes

    def clipped(given: Any, model: str) -> Score | str:
        score = believing(given, model)
        return score if isinstance(score, str) else replace(score, value=max(-1.0, min(1.0, score.value)))

    patch.setattr(lambda_sentiment, "_score", clipped)


def cut_what_is_too_many(patch: pytest.MonkeyPatch) -> None:
    real = lambda_sentiment.LambdaAnalyzer._read

    def read(self: lambda_sentiment.LambdaAnalyzer, content: bytes, count: int) -> list[Score | str]:
        answer = json.loads(content)
        return real(self, json.dumps({**answer, "scores": answer["scores"][:count]}).encode(), count)

    patch.setattr(lambda_sentiment.LambdaAnalyzer, "_read", read)


def fall_back_at_full_weight(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(score_news, "fallback_score", lambda score: replace(score, degraded=True))


def fall_back_unmarked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(score_news, "fallback_score", lambda score: replace(score, value=0.3 * score.value))


def never_fall_back(patch: pytest.MonkeyPatch) -> None:
    real = scoring.deployed
    patch.setattr(aws, "deployed", lambda *given: replace(real(*given), fallback=None))


def wait_for_ever(patch: pytest.MonkeyPatch) -> None:
    real = scoring.deployed

    def patient(*given: Any) -> Scorer:
        patch.setattr(scoring, "DEADLINE_S", 15.0)
        return real(*given)

    patch.setattr(aws, "deployed", patient)


def ask_until_it_answers(patch: pytest.MonkeyPatch) -> None:
    real = lambda_sentiment.LambdaAnalyzer._ask

    def ask(self: lambda_sentiment.LambdaAnalyzer, request: bytes) -> bytes:
        for _ in range(40):
            try:
                return real(self, request)
            except Unavailable:
                time.sleep(0.25)
        return real(self, request)

    patch.setattr(lambda_sentiment.LambdaAnalyzer, "_ask", ask)


def lose_the_whole_batch(patch: pytest.MonkeyPatch) -> None:
    real = lambda_sentiment.LambdaAnalyzer.score

    def score(self: lambda_sentiment.LambdaAnalyzer, titles: Sequence[str]) -> list[Score]:
        try:
            return real(self, titles)
        except Unavailable as error:
            raise Unavailable(str(error)) from None

    patch.setattr(lambda_sentiment.LambdaAnalyzer, "score", score)


def score_again_when_it_is_back(patch: pytest.MonkeyPatch) -> None:
    """A fallback's score gives way to a better one: what a decision rested on is not what is stored."""
    real = DynamoNewsStore.known

    def known(self: DynamoNewsStore, symbol: str, at_ms: int, count: int) -> list[ScoredNews]:
        return [
            replace(each, score=HashAnalyzer().score([each.item.title])[0]) if each.score.degraded else each
            for each in real(self, symbol, at_ms, count)
        ]

    patch.setattr(DynamoNewsStore, "known", known)


def stop_trading_while_degraded(patch: pytest.MonkeyPatch) -> None:
    real: Any = vars(aws.Fleet)["trade"]

    def trade(self: aws.Fleet) -> Any:
        stage = real.__get__(self)
        return (
            replace(stage, trade=replace(stage.trade, agents=[])) if aws.stores().scoring.scoring().degraded else stage
        )

    patch.setattr(aws.Fleet, "trade", property(trade))


def leave_status_as_it_was(patch: pytest.MonkeyPatch) -> None:
    real = DynamoNewsStore.scoring
    patch.setattr(DynamoNewsStore, "scoring", lambda self: replace(real(self), degraded=False))


DEFECTS = [
    (believe_every_answer, "not a number", MARKED),
    (believe_every_answer, "out of range", MARKED),
    (clip_what_is_out_of_range, "out of range", MARKED),
    (cut_what_is_too_many, "too many", MARKED),
    (fall_back_at_full_weight, "throttled", WEAK),
    (fall_back_unmarked, "missing", MARKED),
    (never_fall_back, "killed", SCORED),
    (wait_for_ever, "delayed", IN_TIME),
    (ask_until_it_answers, "throttled", IN_TIME),
    (lose_the_whole_batch, "partial", MARKED),
    (score_again_when_it_is_back, "throttled", MARKED),
    (stop_trading_while_degraded, "throttled", TRADED),
    (leave_status_as_it_was, "throttled", TOLD),
]
"""What is planted, while which fault lasts, and what does not hold any more."""


@pytest.mark.parametrize(
    ("plant", "name", "broken"), DEFECTS, ids=[f"{plant.__name__}-{name}" for plant, name, _ in DEFECTS]
)
def test_a_planted_defect_is_noticed(
    monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None], name: str, broken: str
) -> None:
    with stage(monkeypatch, deadline_s(name)) as made, monkeypatch.context() as planted:
        plant(planted)
        Account.new_process()
        with pytest.raises(AssertionError, match=f"^{broken}"):
            check(made, name)
