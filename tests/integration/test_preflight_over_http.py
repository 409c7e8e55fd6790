"""What a preflight finds on the simulated exchange where something is wrong, each thing by real requests."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.support.faulty_exchange import SYMBOL, FaultyExchange, faulty
from tests.support.signing import KEY, SECRET
from trader.cli import run

DAY_MS = 86_400_000
NOW_MS = time.time_ns() // 1_000_000
SETTINGS = '[exchange]\nbase_url = "{url}"\n'


@pytest.fixture(scope="module")
def exchange() -> Iterator[FaultyExchange]:
    with faulty(balance="USDT=10000") as served:
        yield served


@pytest.fixture(autouse=True)
def folder(exchange: FaultyExchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with keys and the exchange's address; what a test changes there is undone."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRADER_HOME", str(tmp_path / "var"))
    monkeypatch.setenv("BINANCE_API_KEY", KEY)
    monkeypatch.setenv("BINANCE_API_SECRET", SECRET)
    (tmp_path / "agent.toml").write_text(SETTINGS.format(url=exchange.server.url), "utf-8")
    yield tmp_path
    for what in ("state", "faults"):
        requests.delete(f"{exchange.server.url}/sim/{what}", timeout=10)


class Preflights:
    """`trader preflight` as it is typed, and what it finds."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def found(self, code: int = 0, *more: str) -> dict[str, tuple[str, str]]:
        self._capsys.readouterr()
        assert run(["preflight", "--json", *more]) == code
        rows = json.loads(self._capsys.readouterr().out)["findings"]
        return {row["check"]: (row["state"], row["words"]) for row in rows}


@pytest.fixture
def preflights(capsys: pytest.CaptureFixture[str]) -> Preflights:
    return Preflights(capsys)


@pytest.mark.parametrize(
    ("changed", "check", "words"),
    [
        ({"key": {"enableSpotAndMarginTrading": False}}, "permissions", "enable spot trading for the key"),
        ({"key": {"enableReading": False}}, "permissions", "enable reading for the key"),
        ({"key": {"enableWithdrawals": True}}, "withdrawals", "take that from it"),
        ({"key": {"ipRestrict": False}}, "addresses", "restrict it to the address of this machine"),
        ({"key": {"tradingAuthorityExpirationTime": NOW_MS + DAY_MS}}, "expiry", ": renew it"),
        ({"canTrade": False}, "account", "it may not trade"),
        ({"symbol": SYMBOL, "status": "BREAK"}, f"status of {SYMBOL}", "BREAK: no order is taken"),
        (
            {"symbol": SYMBOL, "filters": [{"filterType": "NOTIONAL", "minNotional": "2000"}]},
            f"balance for {SYMBOL}",
            "add to it, or raise the size of an entry in [risk]",
        ),
    ],
)
def test_what_is_wrong_is_found_and_what_to_do_is_said(
    changed: dict[str, object], check: str, words: str, exchange: FaultyExchange, preflights: Preflights
) -> None:
    assert preflights.found().get(check, ("ok", ""))[0] == "ok"
    exchange.post("state", **changed)
    state, told = preflights.found(1)[check]
    assert state == "fix"
    assert words in told


def test_a_key_that_ends_later_is_told_and_fine(exchange: FaultyExchange, preflights: Preflights) -> None:
    exchange.post("state", key={"tradingAuthorityExpirationTime": NOW_MS + 90 * DAY_MS})
    state, words = preflights.found()["expiry"]
    assert (state, words[:23]) == ("ok", "the key may trade until")


@pytest.mark.parametrize(
    ("kind", "code", "check", "found"),
    [
        ("enum_type", 0, f"order types of {SYMBOL}", ("note", "not known, never used: UNHEARD_OF")),
        ("enum_filter", 1, f"filters of {SYMBOL}", ("fix", "not known, so no order is sent: UNHEARD_OF")),
    ],
)
def test_what_is_unheard_of_is_named(
    kind: str, code: int, check: str, found: tuple[str, str], exchange: FaultyExchange, preflights: Preflights
) -> None:
    exchange.meet(kind, times=99)
    state, words = preflights.found(code)[check]
    assert state == found[0]
    assert found[1] in words


@pytest.mark.parametrize(
    ("variable", "value", "code"),
    [
        ("BINANCE_API_KEY", "another", "(-2015)"),
        ("BINANCE_API_KEY", "a-b", "(-2014)"),
        ("BINANCE_API_SECRET", "x", "(-1022)"),
    ],
)
def test_keys_that_the_exchange_does_not_know_are_told_once(
    variable: str, value: str, code: str, preflights: Preflights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    found = preflights.found(1)
    assert [check for check, (state, words) in found.items() if state == "fix" and code in words] == ["account"]
    assert "look at key and secret in .env" in found["account"][1]
    assert {found[check][1] for check in ("key", "balance")} == {"not looked at: the exchange refuses the key"}


def test_an_exchange_that_is_not_there_is_told_once_and_soon(preflights: Preflights) -> None:
    began_s = time.monotonic()
    found = preflights.found(1, "--base-url", "http://127.0.0.1:1")
    assert time.monotonic() - began_s < 5, "a person waits; it was 75 s"
    assert found["exchange"] == ("fix", "http://127.0.0.1:1 does not answer: Connection refused")
    unseen = ("note", "not looked at: the exchange does not answer")
    assert {found[check] for check in ("account", "key", "symbols", "balance")} == {unseen}
    assert found["keys"][0] == "ok"


def test_an_account_that_is_not_there_is_told_soon(capsys: pytest.CaptureFixture[str]) -> None:
    began_s = time.monotonic()
    assert run(["account", "--base-url", "http://127.0.0.1:1"]) == 1
    assert time.monotonic() - began_s < 5, "a person waits; it was 31 s"
    assert capsys.readouterr().err.startswith("trader: http://127.0.0.1:1 does not answer: Connection refused")
