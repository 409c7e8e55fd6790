"""The routes as Chalice serves them."""

from __future__ import annotations

import pytest
from chalice.test import Client

from app import READS, SWITCHES, app
from chalicelib.api.routes import ROUTES


def test_every_route_is_served_under_its_methods() -> None:
    served = {path: set(methods) for path, methods in app.routes.items()}
    assert served == {path: {"GET", "HEAD"} for path in READS} | {path: {"POST"} for path in SWITCHES}
    assert {route.path for route in ROUTES} == {*READS, *SWITCHES}


def test_head_is_answered_without_a_body() -> None:
    with Client(app) as client:
        assert client.http.get("/health").body == b'{"status":"ok"}'
        answer = client.http.request("HEAD", "/health")
    assert (answer.status_code, answer.body) == (200, b"")


@pytest.mark.parametrize("query", ["x=1&x=2", "x=1"])
def test_a_query_that_a_route_does_not_have_is_refused(query: str) -> None:
    with Client(app) as client:
        assert client.http.get(f"/health?{query}").status_code == 400
