"""The server of the simulated exchange."""

from __future__ import annotations

from starlette.applications import Starlette

from trader.sim.server import make_server


def test_a_connection_outlives_the_pause_of_who_asks_once_a_minute() -> None:
    assert make_server(Starlette()).config.timeout_keep_alive > 60
