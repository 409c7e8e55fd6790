"""Every function has a policy of its own, which names what the function needs in its own stage and nothing else."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any, cast

import pytest

from infra.render import Target, policies
from tests.architecture.policy_rule import granted, violations
from tests.architecture.stage_names import PLACES, arns, container_policies, containers, deployed_name, functions
from tests.support.cloudformation import Json

DEV = PLACES[1]


def _policy(function: str, place: Target = DEV) -> Json:
    return cast("Json", json.loads(policies(place)[function]))


def test_every_function_has_a_policy_and_every_policy_a_function() -> None:
    assert policies(DEV).keys() == functions()


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.stage)
def test_policies_name_their_own_stage_and_no_more(place: Target) -> None:
    existing = arns(place)
    found = {
        function: violations(_policy(function, place), deployed_name(function, place.stage), existing)
        for function in functions()
    }
    assert found == {function: [] for function in functions()}


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.stage)
def test_what_reads_strangers_texts_reaches_its_scores_and_its_log_only(place: Target) -> None:
    existing, documents = arns(place), container_policies(place)
    assert documents.keys() == containers(place.stage) == {f"ai-trader-{place.stage}-llama"}
    for name, document in documents.items():
        assert violations(document, name, existing) == []
        assert {call for call in granted(document) if not call[0].startswith("logs:")} == {
            ("dynamodb:BatchGetItem", f"table/ai-trader-{place.stage}-scores"),
            ("dynamodb:PutItem", f"table/ai-trader-{place.stage}-scores"),
        }


def _first(policy: Any) -> Any:
    return policy["Statement"][0]


@pytest.mark.parametrize(
    ("plant", "expected"),
    [
        (lambda policy: _first(policy).update(Action="*"), "* can be named"),
        (lambda policy: _first(policy).update(Action=["dynamodb:*"]), "dynamodb:* can be named"),
        (lambda policy: _first(policy).update(Resource="*"), "* can be named"),
        (lambda policy: _first(policy)["Resource"].append("arn:aws:s3:::x/*"), "can be named"),
        (lambda policy: _first(policy).update(NotAction="s3:GetObject"), "not a plain Allow"),
        (lambda policy: _first(policy)["Action"].append("logs:CreateLogGroup"), "template's business"),
        (
            lambda policy: _first(policy)["Resource"].append(
                "arn:aws:dynamodb:eu-west-1:123456789012:table/ai-trader-prod-money"
            ),
            "does not exist",
        ),
        (
            lambda policy: _first(policy)["Resource"].append(
                "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/ai-trader-dev-notify:*"
            ),
            "not the function's own log group",
        ),
    ],
)
def test_the_rule_finds_what_is_too_wide(plant: Callable[[Json], None], expected: str) -> None:
    policy = copy.deepcopy(_policy("trade"))
    plant(policy)
    [line] = violations(policy, "ai-trader-dev-trade", arns(DEV))
    assert expected in line


def test_only_resume_may_take_a_halt_flag_down() -> None:
    deleting = {name for name, text in policies(DEV).items() if "dynamodb:DeleteItem" in text}
    assert deleting == {"api_handler"}


def test_each_reads_only_the_parameters_that_are_its_business() -> None:
    """Whoever takes notify over, which talks to strangers' servers, must not become an operator by it."""
    minutely = {"fetch_klines", "update_indicators", "trade", "poll_news", "sentiment"}
    expected = {"api_handler": {"agents", "api"}, "notify": {"alerts"}, **{each: {"agents"} for each in minutely}}
    assert {function: _folders(function) for function in functions()} == expected


def _folders(function: str) -> set[str]:
    """The folders of parameters that it reads; nothing but reading whole folders is allowed."""
    named = {call for call in granted(_policy(function)) if call[1].startswith("parameter")}
    assert {action for action, _ in named} == {"ssm:GetParametersByPath"}
    return {resource.removeprefix("parameter/ai-trader/dev/") for _, resource in named}
