"""A home of commit eb4b635, whose run was killed: the built-in strategy in it had another source than now.

tests/fixtures/home-eb4b635.tar.xz is the `var` of one command of that commit, stopped after 44 minutes:

    trader paper run --market sim --symbol BTCUSDT,ETHUSDT --ticks 300 --speed 1200 --strategy ema_cross SETTINGS

with the `--set` of `SETTINGS` below. What is expected of it is what that commit printed.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.older_home import moved_into, printed, trader

RUN = "default-ae4e261b"
LAST_MS = 1_735_692_180_000
HELD = {"BTCUSDT": 0.010520000000000002, "ETHUSDT": 0.2904}
SEEN = [{"crossed": 0.0, "atr": 126.84577311850393}, {"crossed": 0.0, "atr": 6.45146990221991}]
SETTINGS = [
    argument
    for setting in ("news.analyzer=lexicon", *(f"strategy.settings.{each}" for each in ("fast=2", "slow=4", "atr=3")))
    for argument in ("--set", setting)
]
AGAIN = ("paper", "run", "--market", "sim", "--symbol", "BTCUSDT,ETHUSDT", "--speed", "max", "--strategy", "ema_cross")


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved_into("home-eb4b635", tmp_path, monkeypatch)


def test_it_shows_what_it_showed() -> None:
    now = printed("status")
    assert (now["equity"], now["cash"]) == (10024.942945307597, 7992.932946907598)
    assert {position["symbol"]: position["quantity"] for position in now["positions"]} == HELD
    assert [trade["status"] for trade in printed("trades")["trades"]].count("closed") == 3


def test_it_replays_to_the_bit_and_says_which_parts_are_of_another_version() -> None:
    [again] = printed("replay")["agents"]
    counted = [again[name] for name in ("minutes", "decisions", "fills", "trades", "indicator_values", "sentiments")]
    assert counted == [44, 88, 8, 3, 352, 88]
    assert again["differing"] == 0
    assert "44 minutes were decided by another chalicelib.strategy: decided again by this version's" in again["notes"]


def test_it_says_what_it_would_do_now_by_what_it_saw_then() -> None:
    told = printed("decide", "--dry-run")
    assert [(each["symbol"], each["minute_ms"], each["in_position"]) for each in told] == [
        (symbol, LAST_MS, True) for symbol in HELD
    ]
    assert [{name: each["snapshot"][name] for name in ("crossed", "atr")} for each in told] == SEEN


def test_its_halt_withdraws_the_waiting_order_and_ends_with_resume() -> None:
    assert "halted: default" in trader("halt", "--reason", "now")[0]
    assert printed("status")["halted"]
    trader("resume")
    assert not printed("status")["halted"]


def test_the_same_command_begins_anew_and_says_which_run_is_left() -> None:
    begun, told = trader(*AGAIN, "--ticks", "44", *SETTINGS, "--json")
    assert f"run {RUN} is not gone on with: it began with other settings, files or another version" in told
    assert "10024.942945307597" in begun
    assert printed("replay", "--run", RUN)["agents"][0]["differing"] == 0
