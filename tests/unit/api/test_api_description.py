"""docs/openapi.json describes the routes that there are, and the shapes that they answer with."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest

from chalicelib.api.authorizer import Scope
from chalicelib.api.given import DEFAULT_LIMIT, LARGEST_CURSOR, LARGEST_LIMIT, LATEST_MS, LONGEST_REASON
from chalicelib.api.routes import ROUTES, OpenRoute, Route
from chalicelib.api.switch import HaltBody, ResumeBody
from chalicelib.codec import LEFT_OUT
from chalicelib.domain import (
    Candle,
    Decision,
    FeedHealth,
    Fill,
    KnownValue,
    NewsItem,
    Order,
    Position,
    Reason,
    Score,
    ScoredNews,
    Scoring,
    Sentiment,
    Trade,
    WarmUp,
)
from chalicelib.services.explained import Explained
from chalicelib.services.status import AgentStatus
from chalicelib.services.trade_story import TradeEnd, TradeStory
from chalicelib.strategy.form import OWN_WORDS
from tests.e2e.commands import ROOT
from trader.data.trade_rows import TRADE_COLUMNS

DOCUMENT: Any = json.loads((ROOT / "docs" / "openapi.json").read_text("utf-8"))
SCHEMAS = DOCUMENT["components"]["schemas"]
SECURITY: dict[Scope | None, list[dict[str, list[str]]]] = {
    None: [],
    Scope.VIEWER: [{"viewer": []}, {"operator": []}],
    Scope.OPERATOR: [{"operator": []}],
}
Described = tuple[str, str, str, frozenset[str]]


def of_the_table(route: Route | OpenRoute) -> Described:
    return route.method, route.path, str(SECURITY[route.scope]), route.parameters


def described(document: Any) -> set[Described]:
    parameters = document["components"]["parameters"]
    return {
        (
            method.upper(),
            path,
            str(operation["security"]),
            frozenset(
                parameters[reference["$ref"].rpartition("/")[2]]["name"] for reference in operation["parameters"]
            ),
        )
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_every_route_is_described_and_no_other() -> None:
    assert described(DOCUMENT) == {of_the_table(route) for route in ROUTES}


@pytest.mark.parametrize(
    ("path", "method", "key", "value"),
    [
        ("/halt", "post", "security", []),
        ("/status", "get", "parameters", []),
        ("/more", "get", "security", []),
    ],
)
def test_a_difference_is_seen(path: str, method: str, key: str, value: object) -> None:
    planted = json.loads(json.dumps(DOCUMENT))
    operation = planted["paths"].setdefault(path, {}).setdefault(method, {"security": [], "parameters": []})
    operation[key] = value
    assert described(planted) != {of_the_table(route) for route in ROUTES}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Status", AgentStatus),
        ("WarmUp", WarmUp),
        ("Position", Position),
        ("Order", Order),
        ("DecisionRecord", Decision),
        ("Candle", Candle),
        ("Sentiment", Sentiment),
        ("Scoring", Scoring),
        ("Feed", FeedHealth),
        ("Halted", HaltBody),
        ("Resumed", ResumeBody),
        ("Explained", Explained),
        ("Fill", Fill),
        ("KnownValue", KnownValue),
        ("NewsItem", NewsItem),
        ("Score", Score),
        ("ScoredNews", ScoredNews),
        ("TradeRecord", Trade),
        ("TradeStory", TradeStory),
        ("TradeEnd", TradeEnd),
    ],
)
def test_a_shape_has_the_members_of_its_record(name: str, kind: Any) -> None:
    told = [field.name for field in fields(kind) if field.metadata != LEFT_OUT]
    assert list(SCHEMAS[name]["properties"]) == [field.name for field in fields(kind)]
    assert SCHEMAS[name]["required"] == told


def test_a_listed_decision_is_its_record_with_the_conditions() -> None:
    record, listed = SCHEMAS["DecisionRecord"], SCHEMAS["Decision"]
    assert list(listed["properties"]) == [*record["properties"], "conditions"]
    assert listed["required"] == [*record["required"], "conditions"]


def test_rows_have_the_columns_of_the_files() -> None:
    assert list(SCHEMAS["Trade"]["properties"]) == [*TRADE_COLUMNS, "exact"]
    assert list(SCHEMAS["EquityPoint"]["properties"]) == ["time", "equity", "cash", "drawdown"]
    assert SCHEMAS["Snapshot"]["additionalProperties"] == {"type": ["number", "null"]}  # whatever its names
    assert "properties" not in SCHEMAS["Snapshot"]


def test_bounds_are_those_that_are_kept() -> None:
    parameters = DOCUMENT["components"]["parameters"]
    limit, before = parameters["limit"]["schema"], parameters["before"]["schema"]
    assert (limit["minimum"], limit["maximum"], limit["default"]) == (1, LARGEST_LIMIT, DEFAULT_LIMIT)
    assert before["maximum"] == LARGEST_CURSOR
    assert parameters["from"]["schema"]["anyOf"][0]["maximum"] == LATEST_MS
    assert SCHEMAS["HaltWish"]["properties"]["reason"]["maxLength"] == LONGEST_REASON
    ours = [reason.value for reason in Reason if reason.value not in OWN_WORDS]
    for shape in ("Order", "Trade"):  # a strategy's own words stand beside ours
        described_as = SCHEMAS[shape]["properties"]["reason"]
        assert described_as == {"type": "string", "description": f"{', '.join(ours)}, or a word of the strategy"}


def test_every_error_has_the_same_body() -> None:
    for response in DOCUMENT["components"]["responses"].values():
        assert response["content"] == {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
