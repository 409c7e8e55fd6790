"""Every route under malformed, huge and unauthorised requests and with failing stores: the right status, no leak."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib import wiring
from chalicelib.api.authorizer import Scope, Tokens
from chalicelib.api.desk import Desk
from chalicelib.api.front import LARGEST_BODY_BYTES, Api
from chalicelib.api.messages import HttpRequest, Response
from chalicelib.api.routes import ROUTES, OpenRoute, Route
from chalicelib.errors import BadInput, Conflict, Unavailable
from tests.support.desk import FALLING
from tests.support.shop import Shop, make_shop

INSIDES = ("Traceback", "sqlite", "chalicelib", ".py", "/tmp", "Error:", "secret-detail")  # noqa: S108 (never written to)
GUARDED = [route for route in ROUTES if route.scope is not None]


def name_of(route: object) -> str:
    return f"{route.method} {route.path}" if isinstance(route, (Route, OpenRoute)) else str(route)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return make_shop(tmp_path_factory.mktemp("shop"), closes=(*FALLING, 98.0))


def refused(shop: Shop, response: Response, *statuses: int) -> str:
    """The explanation; the response is one line of JSON, with this status, and says nothing that it must not."""
    assert response.status in statuses, response.body
    said = json.loads(response.body)
    assert set(said) == {"error"}
    assert "\n" not in said["error"]
    for inside in (*INSIDES, shop.viewer, shop.operator, str(shop.home)):
        assert inside not in response.body + str(response.all_headers())
    return str(said["error"])


def halted(shop: Shop) -> bool:
    with shop.database() as database:
        return bool(wiring.stores_over(database).halts.flags("default"))


@pytest.mark.parametrize("route", GUARDED, ids=name_of)
def test_nobody_gets_in_without_the_right_token(shop: Shop, route: Route) -> None:
    for token in ("", "wrong", shop.viewer[:-1], shop.operator + "x"):
        response = shop.ask(route.method, route.path, token=token)
        refused(shop, response, 401)
        assert response.headers["WWW-Authenticate"].startswith("Bearer")
    with_viewer = shop.ask(route.method, route.path, b'{"confirm": "nobody"}', token=shop.viewer)
    if route.scope is Scope.OPERATOR:
        refused(shop, with_viewer, 403)
    else:
        assert with_viewer.status == 200
    assert not halted(shop)


@pytest.mark.parametrize("route", GUARDED, ids=name_of)
def test_an_unauthorised_request_opens_no_store(route: Route) -> None:
    @contextmanager
    def opened() -> Iterator[Desk]:
        raise AssertionError("a store was opened")
        yield

    api = Api(lambda _: Tokens(), opened, lambda error: pytest.fail(str(error)))
    assert api.answer(HttpRequest(route.method, route.path)).status == 401
    assert api.answer(HttpRequest("GET", "/health")).status == 200


@pytest.mark.parametrize("route", ROUTES, ids=name_of)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "BREW", "", "get"])
def test_another_method_is_told_which_is_right(shop: Shop, route: Route, method: str) -> None:
    allowed = ["GET", "HEAD"] if route.method == "GET" else [route.method]
    if method in allowed:
        return
    response = shop.ask(method, route.path)
    refused(shop, response, 405)
    assert response.headers["Allow"] == ", ".join(allowed)


@pytest.mark.parametrize("route", [route for route in ROUTES if route.method == "GET"], ids=name_of)
def test_head_is_answered_as_get_is(shop: Shop, route: Route) -> None:
    assert shop.ask("HEAD", route.path, token=shop.viewer).status == 200


@pytest.mark.parametrize("route", ROUTES, ids=name_of)
def test_a_name_given_twice_in_the_query_is_refused(shop: Shop, route: Route) -> None:
    twice = HttpRequest(
        route.method,
        route.path,
        {"agent": "a"} if "agent" in route.parameters else {},
        {"Authorization": f"Bearer {shop.operator}"},
        b"",
        frozenset({"agent"}),
    )
    refused(shop, shop.api.answer(twice), 400)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/halt", b'{"reason": "a", "reason": "b"}'),
        ("/halt", b'{"flatten": true, "flatten": false}'),
        ("/resume", b'{"confirm": "a", "confirm": "a"}'),
        ("/halt", b'{"reason": {"a": 1, "a": 2}}'),
    ],
)
def test_a_key_given_twice_in_a_body_is_refused(shop: Shop, path: str, body: bytes) -> None:
    response = shop.ask("POST", path, body)
    refused(shop, response, 400)
    assert "more than once" in response.body


def test_an_empty_range_says_so(shop: Shop) -> None:
    response = shop.ask("GET", "/equity", from_="2", to="1")
    refused(shop, response, 400)
    assert "empty range" in response.body
    assert shop.ask("GET", "/equity", from_="1", to="1").status == 200


@pytest.mark.parametrize("text", ["2025-01-01T00:00:00 00:00", "2025-01-01T00:00 02:00", "2025-01-01T00:00:00.5 0530"])
def test_a_plus_that_a_query_made_a_space_is_explained(shop: Shop, text: str) -> None:
    response = shop.ask("GET", "/equity", from_=text)
    refused(shop, response, 400)
    assert "%2B" in response.body


@pytest.mark.parametrize(
    "path",
    ["", "/", "/status/", "//status", "/STATUS", "/../status", "/halt\n", "/\x00", "/é", "/status?x", "x" * 9999],
)
def test_another_path_is_not_found(shop: Shop, path: str) -> None:
    for token in ("", shop.operator):
        refused(shop, shop.ask("GET", path, token=token), 404)


@pytest.mark.parametrize("route", ROUTES, ids=name_of)
def test_a_huge_body_is_refused(shop: Shop, route: Route) -> None:
    refused(shop, shop.ask(route.method, route.path, b" " * (LARGEST_BODY_BYTES + 1)), 413)
    refused(shop, shop.ask(route.method, route.path, b"[" * 10_000_000), 413)
    assert not halted(shop)


@pytest.mark.parametrize("route", ROUTES, ids=name_of)
def test_an_unknown_parameter_is_refused(shop: Shop, route: Route) -> None:
    for name in ("agnet", "Agent", "", "secret-detail", "x" * 10_000):
        said = refused(shop, route_with(shop, route, {name: "default"}), 400)
        assert name not in said or not name
    assert not halted(shop)


def route_with(shop: Shop, route: Route, query: dict[str, str]) -> Response:
    headers = {"authorization": f"Bearer {shop.operator}"}
    return shop.api.answer(HttpRequest(route.method, route.path, query, headers, b'{"confirm": "default"}'))


@pytest.mark.parametrize("route", [route for route in GUARDED if "agent" in route.parameters], ids=name_of)
@pytest.mark.parametrize("agent", ["", "nobody", "*", "default ", "../default", "\x00", "\ud800", "x" * 10_000])
def test_an_unknown_agent_is_not_found(shop: Shop, route: Route, agent: str) -> None:
    refused(shop, route_with(shop, route, {"agent": agent}), 404, *([400] if route.path == "/halt" else []))
    assert not halted(shop)


NO_NUMBERS = ["", "x", "-1", "+5", "1.0", "1e3", " 5", "٣", "0x10", "9" * 20, "9" * 10_000, "\ud800"]


@pytest.mark.parametrize("path", ["/trades", "/decisions", "/equity"])
@pytest.mark.parametrize("text", NO_NUMBERS)
def test_pages_are_asked_for_in_whole_numbers_within_bounds(shop: Shop, path: str, text: str) -> None:
    for name in ("limit", "before"):
        assert "whole number from" in refused(shop, shop.ask("GET", path, **{name: text}), 400)
    for limit in ("0", "1001"):
        assert "from 1 to 1000" in refused(shop, shop.ask("GET", path, limit=limit), 400)
    refused(shop, shop.ask("GET", path, before=str(2**63)), 400)
    assert shop.ask("GET", path, before=str(2**63 - 1), limit="1000").status == 200
    assert json.loads(shop.ask("GET", path, before="0").body)["next"] is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "-1",
        "2025-13-01",
        "2025-02-30",
        "25:00",
        "\ud800",
        "9" * 19,
        "20250131" * 99,
        "2025-01-31T00:00:00." + "1" * 99,
    ],
)
def test_times_are_milliseconds_or_iso(shop: Shop, text: str) -> None:
    for name in ("from_", "to"):
        assert "must be a time" in refused(shop, shop.ask("GET", "/equity", **{name: text}), 400)


BODIES = [
    b"{",
    b"[]",
    b"null",
    b"1",
    b'"x"',
    b"NaN",
    b'{"reason": NaN}',
    b"\xff\xfe{}",
    b"{}{}",
    b"[" * 4000,
    b'{"a":' * 700,
    b'{"reason": "x", "flaten": true}',
    b'{"confirm": "default", "agent": "default"}',
    b"\x00",
    b"reason=x&confirm=default",
    b"9" * 4096,
]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("path", ["/halt", "/resume"])
def test_a_malformed_body_is_refused_and_does_nothing(shop: Shop, path: str, body: bytes) -> None:
    refused(shop, shop.ask("POST", path, body), 400)
    assert not halted(shop)


@pytest.mark.parametrize("reason", [None, 1, True, [], {}, "", "  ", "x" * 201, "a\nb", "a\x00", "\ud800", "a\u2028b"])
def test_a_reason_is_one_short_line(shop: Shop, reason: object) -> None:
    assert "reason must" in refused(shop, shop.ask("POST", "/halt", {"reason": reason}), 400)
    assert not halted(shop)


@pytest.mark.parametrize("flatten", [0, 1, "true", "", [], {}])
def test_flatten_is_true_or_false(shop: Shop, flatten: object) -> None:
    assert "flatten must" in refused(shop, shop.ask("POST", "/halt", {"flatten": flatten}), 400)
    assert not halted(shop)


@pytest.mark.parametrize("confirm", [None, True, 1, ["default"], {"default": 1}])
def test_a_confirmation_is_text(shop: Shop, confirm: object) -> None:
    assert "confirm must" in refused(shop, shop.ask("POST", "/resume", {"confirm": confirm}), 400)
    assert "confirm must" in refused(shop, shop.ask("POST", "/resume"), 400)


def test_a_reason_in_any_script_is_kept_as_it_is(tmp_path: Path) -> None:
    own = make_shop(tmp_path, closes=FALLING)
    reason = "Обвал \U0001f4c9 <script>"
    assert json.loads(own.ask("POST", "/halt", {"reason": f" {reason} "}).body)["reason"] == reason
    assert json.loads(own.ask("GET", "/status").body)["halt_reason"] == reason


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Unavailable("secret-detail /tmp/trader.sqlite"), 503),
        (Conflict("secret-detail"), 503),
        (BadInput("secret-detail"), 500),
        (ZeroDivisionError("secret-detail"), 500),
        (RecursionError("secret-detail"), 500),
    ],
)
@pytest.mark.parametrize("route", GUARDED, ids=name_of)
@pytest.mark.parametrize("fails", ["tokens", "desk"])
def test_what_goes_wrong_inside_is_reported_there_and_not_told(
    shop: Shop, route: Route, error: Exception, status: int, fails: str
) -> None:
    def raising(*_: object) -> Tokens:
        raise error

    @contextmanager
    def opened() -> Iterator[Desk]:
        raise error
        yield

    reported: list[Exception] = []
    api = replace(shop.api, report=reported.append)
    api = replace(api, tokens=raising) if fails == "tokens" else replace(api, open_desk=opened)
    response = api.answer(HttpRequest(route.method, route.path, {}, {"Authorization": f"Bearer {shop.operator}"}))
    refused(shop, response, status)
    assert ("Retry-After" in response.headers) == (status == 503)
    assert reported == [error]


def test_a_log_that_fails_costs_no_answer(shop: Shop) -> None:
    def failing(error: Exception) -> None:
        raise OSError("disk full") from error

    def unreadable(max_age_ms: int) -> Tokens:
        raise Unavailable("down")

    api = replace(shop.api, tokens=unreadable, report=failing)
    assert api.answer(HttpRequest("GET", "/status", {}, {"authorization": "Bearer x"})).status == 503


@pytest.mark.parametrize("route", ROUTES, ids=name_of)
def test_no_answer_is_kept_by_a_cache(shop: Shop, route: Route) -> None:
    for token in ("", shop.viewer):
        headers = shop.ask(route.method, route.path, token=token).all_headers()
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
