"""A property-based API tester against docs/openapi.json and the routes, over real HTTP; and that it sees defects."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from chalicelib.api.front import Api
from chalicelib.api.given import range_of
from chalicelib.api.messages import HttpRefusal, HttpRequest, Response
from tests.e2e.commands import ROOT
from tests.support.effort import examples
from tests.support.shop import Shop, make_shop, served

REFUSALS = [400, 401, 403, 404, 405, 409, 413]
"""What a request that does not fit may be answered with; a body can be too large as well as wrong."""
CONFIG = schemathesis.Config.from_dict({"checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}}})
SCHEMA = schemathesis.openapi.from_dict(json.loads((ROOT / "docs" / "openapi.json").read_text("utf-8")), config=CONFIG)
OPERATIONS = {result.ok().label: result.ok() for result in SCHEMA.get_all_operations() if isinstance(result, Ok)}
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.positive_data_acceptance,
]
EXAMPLES = examples(50)


def conforms(url: str, token: str, label: str, mode: GenerationMode) -> None:
    """Throw generated requests of one operation at the server. Raises what a check finds."""

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=OPERATIONS[label].as_strategy(generation_mode=mode))
    def check(case: Any) -> None:
        assume(not is_backwards(case.query or {}))
        case.call_and_validate(base_url=url, headers={"Authorization": f"Bearer {token}"}, checks=CHECKS)

    check()


def is_backwards(query: Mapping[str, Any]) -> bool:
    """Whether a range ends before it begins, which is refused, and which no description of two parameters can say."""
    try:
        range_of({name: str(query[name]) for name in ("from", "to") if name in query})
    except HttpRefusal as refused:
        return "an empty range" in refused.response.body
    return False


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return make_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def url(shop: Shop) -> Iterator[str]:
    with served(shop.api) as address:
        yield address


@pytest.mark.parametrize("label", OPERATIONS)
def test_what_fits_the_description_is_answered_as_described(shop: Shop, url: str, label: str) -> None:
    conforms(url, shop.operator, label, GenerationMode.POSITIVE)
    assert shop.reported == []


@pytest.mark.parametrize("label", [label for label in OPERATIONS if label != "GET /health"])
def test_what_does_not_fit_is_refused_as_described(shop: Shop, url: str, label: str) -> None:
    conforms(url, shop.operator, label, GenerationMode.NEGATIVE)
    assert shop.reported == []


class Defective(Api):
    """Answers right, but for what the defect makes of it."""

    __slots__ = ("spoil",)
    spoil: Callable[[HttpRequest, Response], Response]

    def answer(self, request: HttpRequest) -> Response:
        return self.spoil(request, super().answer(request))


def crash_on_bad_input(request: HttpRequest, response: Response) -> Response:
    return replace(response, status=500) if response.status == 400 else response


def tell_more_than_described(request: HttpRequest, response: Response) -> Response:
    return replace(response, body=response.body.replace("{", '{"file": "/srv/trader.sqlite", ', 1))


def forget_the_cursor(request: HttpRequest, response: Response) -> Response:
    return replace(response, body=response.body.replace(',"next":null', ""))


def answer_with_a_page(request: HttpRequest, response: Response) -> Response:
    return replace(response, content_type="text/html")


def take_anything(request: HttpRequest, response: Response) -> Response:
    return Response(200, '{"halted":[],"reason":"","withdrawn":[],"closing":[],"in_flight":[]}')


def say_teapot(request: HttpRequest, response: Response) -> Response:
    return replace(response, status=418)


def refuse_everything(request: HttpRequest, response: Response) -> Response:
    return Response(400, '{"error": "no"}')


@pytest.mark.parametrize(
    ("spoil", "label", "mode"),
    [
        (crash_on_bad_input, "GET /decisions", GenerationMode.NEGATIVE),
        (tell_more_than_described, "GET /status", GenerationMode.POSITIVE),
        (forget_the_cursor, "GET /positions", GenerationMode.POSITIVE),
        (answer_with_a_page, "GET /health", GenerationMode.POSITIVE),
        (take_anything, "POST /halt", GenerationMode.NEGATIVE),
        (say_teapot, "GET /metrics", GenerationMode.POSITIVE),
        (refuse_everything, "GET /equity", GenerationMode.POSITIVE),
    ],
)
def test_a_planted_defect_is_found(
    spoil: Callable[[HttpRequest, Response], Response], label: str, mode: GenerationMode, shop: Shop
) -> None:
    api = Defective(shop.api.tokens, shop.api.open_desk, shop.api.report)
    object.__setattr__(api, "spoil", spoil)
    with served(api) as url, pytest.raises((Failure, FailureGroup)):
        conforms(url, shop.operator, label, mode)
