"""Which analyzer scores: what the settings ask for, what is installed or deployed, and what is said about it."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from pathlib import Path
from typing import Protocol

import pytest

from chalicelib import wiring
from chalicelib.adapters.aws_clients import AwsClients
from chalicelib.config import Config, deployment, load_config
from chalicelib.errors import Unavailable
from chalicelib.ports import SentimentAnalyzer
from chalicelib.services.cached_analyzer import CachedAnalyzer
from chalicelib.wiring import aws, scoring
from chalicelib.wiring.local_scoring import (
    Models,
    Say,
    installed_models,
    live_scorer,
    patient_scorer,
    seeded_scorer,
)
from chalicelib.wiring.scoring import Scorer
from chalicelib.wiring.shared_market import scored_as_most_want
from tests.fakes.hanging_analyzer import Hanging
from tests.support.container_worker import HashAnalyzer


class Choose(Protocol):
    """One of the functions that choose for this machine."""

    def __call__(self, config: Config, say: Say, models_of: Models, /) -> Scorer: ...


def settings(analyzer: str, domain: str = "crypto") -> Config:
    return load_config(None, [f"news.analyzer={analyzer}", f"news.domain={domain}"])


LOCAL: tuple[Choose, ...] = (live_scorer, patient_scorer, seeded_scorer)


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def installed(domain: str) -> SentimentAnalyzer:
    """As after make llama."""
    return HashAnalyzer()


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Models]:
    """As before make llama."""
    monkeypatch.setenv("TRADER_MODELS", str(tmp_path / "none"))
    installed_models.cache_clear()
    yield installed_models
    installed_models.cache_clear()


def nothing(line: str) -> None:
    pytest.fail(line)


@pytest.mark.parametrize("analyzer", ["auto", "llama"])
def test_in_real_time_the_models_score_within_a_deadline_and_the_lexicon_stands_in(analyzer: str) -> None:
    scorer = live_scorer(settings(analyzer), nothing, installed)
    assert isinstance(scorer.analyzer, CachedAnalyzer)
    assert scorer.analyzer.model == HashAnalyzer.model
    assert scorer.fallback is wiring.analyzer("crypto")
    assert scorer.deadline_s == scoring.DEADLINE_S
    assert scorer.told.startswith(f"headlines are scored by {HashAnalyzer.model} on this machine, by lexicon-")


def test_a_run_in_real_time_does_not_wait_for_models_that_hang() -> None:
    hanging = Hanging()
    scorer = live_scorer(settings("auto"), nothing, lambda domain: hanging, deadline_s=0.05)
    with pytest.raises(Unavailable, match="no answer within"):
        scorer.analyzer.score(["Bitcoin falls"])
    hanging.released.set()


def test_a_backtest_takes_its_time_and_knows_the_score_that_the_run_made() -> None:
    (live,) = live_scorer(settings("auto"), nothing, installed).analyzer.score(["Bitcoin falls"])
    hanging = Hanging(HashAnalyzer.model)
    later = patient_scorer(settings("auto"), nothing, lambda domain: hanging)
    assert later.analyzer.score(["Bitcoin falls"]) == [live]
    assert later.deadline_s == inf


@pytest.mark.parametrize(("analyzer", "told"), [("auto", False), ("lexicon", True)])
def test_a_seed_is_the_same_run_on_every_machine(tmp_path: Path, analyzer: str, told: bool) -> None:
    scorer = seeded_scorer(settings(analyzer), nothing, installed)
    assert scorer.analyzer is wiring.analyzer("crypto")
    assert ("news.analyzer" in scorer.told) == told
    assert not list(tmp_path.iterdir())


def test_a_seed_is_scored_by_models_that_are_asked_for() -> None:
    assert seeded_scorer(settings("llama"), nothing, installed).analyzer.model == HashAnalyzer.model


@pytest.mark.parametrize("choose", [live_scorer, patient_scorer])
def test_without_models_the_lexicon_scores_and_says_what_to_do(choose: Choose, absent: Models) -> None:
    scorer = choose(settings("auto", "finance"), nothing, absent)
    assert scorer.analyzer is wiring.analyzer("finance")
    assert "make llama" in scorer.told
    assert scorer.told.startswith("headlines are scored by lexicon-finance (")


@pytest.mark.parametrize("choose", LOCAL)
def test_models_that_are_asked_for_by_name_must_be_there(choose: Choose, absent: Models) -> None:
    with pytest.raises(Unavailable, match="make llama"):
        choose(settings("llama"), nothing, absent)


@pytest.mark.parametrize(
    ("analyzer", "is_deployed", "asks"), [("auto", True, True), ("auto", False, False), ("lexicon", True, False)]
)
def test_on_aws_the_container_function_is_asked_where_it_is(analyzer: str, is_deployed: bool, asks: bool) -> None:
    stage = deployment({"TRADER_STAGE": "dev", "TRADER_LLAMA": str(int(is_deployed))})
    scorer = scoring.deployed(settings(analyzer), stage, AwsClients())
    assert (scorer.analyzer.model == "ai-trader-dev-llama") == asks
    assert (scorer.fallback is wiring.analyzer("crypto")) == asks
    assert scorer.deadline_s == (scoring.DEADLINE_S if asks else inf)


def test_agents_of_a_stage_score_alike_as_most_want_and_all_of_them_trade() -> None:
    """They share headlines, and so what was made of them; an agent that is left out would not mind its stops."""
    texts = tuple(
        (name, f'[agent]\nid = "{name}"\n[news]\ndomain = "{domain}"\n')
        for name, domain in (("a", "finance"), ("b", "crypto"), ("c", "crypto"))
    )
    fleet = aws.fleet_of("/ai-trader/dev/agents", texts)
    assert [config.agent.id for config in fleet.configs] == ["a", "b", "c"]
    assert fleet.refused == ()
    chosen, troubles = scored_as_most_want(fleet.configs)
    assert chosen.news.domain == "crypto"
    assert troubles == {
        "agent a": "headlines are shared, and scored with analyzer = 'auto', domain = 'crypto' as most want"
    }
    assert scored_as_most_want(fleet.configs[1:]) == (fleet.configs[1], {})
