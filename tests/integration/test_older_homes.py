"""A home that commit 031d62e wrote opens, shows, replays, halts, resumes and trades on.

tests/fixtures/home-031d62e.tar.xz is the `var` of two commands and a halt of that commit, checkpointed:

    trader paper run --ticks 90 --speed max --symbol BTCUSDT,ETHUSDT SETTINGS
    trader paper run --ticks 60 --speed max --set agent.id=two SETTINGS
    trader halt --agent two --reason "odd prices"

with `--set` news.analyzer=lexicon, strategy.rsi_period=5, rsi_buy=40, rsi_sell=55, sentiment_buy=-1, sentiment_sell=-1.
What is expected of it is what that commit printed.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.older_home import moved_into, printed, trader

SHORTLY = ("--ticks", "3", "--speed", "max", "--set", "news.analyzer=lexicon")
SHOWN: dict[str, dict[str, object]] = {
    "default": {"halted": False, "halt_reason": None, "equity": 9956.053933984962, "cash": 9956.053933984962},
    "two": {"halted": True, "halt_reason": "odd prices", "equity": 9998.978879010801, "cash": 8999.6330480108},
}
REPLAYED: dict[str, dict[str, int]] = {
    "default": {"minutes": 90, "decisions": 180, "fills": 18, "trades": 9, "indicator_values": 1080, "differing": 0},
    "two": {"minutes": 60, "decisions": 60, "fills": 9, "trades": 4, "indicator_values": 360, "differing": 0},
}


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved_into("home-031d62e", tmp_path, monkeypatch)


@pytest.mark.parametrize("agent", SHOWN)
def test_it_shows_what_it_showed(agent: str) -> None:
    now = printed("status", "--agent", agent)
    assert {name: now[name] for name in SHOWN[agent]} == SHOWN[agent]
    assert [position["quantity"] for position in now["positions"]] == (
        [] if agent == "default" else [0.010450000000000001]
    )


@pytest.mark.parametrize("agent", REPLAYED)
def test_it_replays_to_the_bit(agent: str) -> None:
    [again] = printed("replay", "--agent", agent)["agents"]
    assert {name: again[name] for name in REPLAYED[agent]} == REPLAYED[agent]


def test_its_halt_holds_at_the_next_start_and_ends_with_resume() -> None:
    told = trader("paper", "run", "--set", "agent.id=two", *SHORTLY)[1]
    assert told.startswith("halted (odd prices): no new order until `trader resume`")
    assert printed("status", "--agent", "two")["halted"]
    trader("resume", "--agent", "two")
    assert not printed("status", "--agent", "two")["halted"]


def test_it_can_be_halted() -> None:
    assert "halted: default, two" in trader("halt", "--reason", "now")[0]
    assert printed("status", "--agent", "default")["halt_reason"] == "now"


def test_a_start_beside_it_trades_and_replays() -> None:
    settings = ["news.analyzer=lexicon", "strategy.rsi_period=5", "strategy.rsi_buy=40", "strategy.rsi_sell=55"]
    settings += ["strategy.sentiment_buy=-1", "strategy.sentiment_sell=-1", "agent.symbols=BTCUSDT,ETHUSDT"]
    given = [argument for setting in settings for argument in ("--set", setting)]
    summary = printed("paper", "run", "--ticks", "5", "--speed", "max", *given)
    assert summary["ticks"] == 5
    assert printed("replay", "--agent", "default")["agents"][0]["differing"] == 0


def test_it_says_what_it_would_do_now_by_what_it_saw_then() -> None:
    Path("two.toml").write_text('[agent]\nid = "two"\n', "utf-8")
    told = printed("decide", "--dry-run", "--config", "two.toml")
    assert [(each["symbol"], each["minute_ms"], each["in_position"]) for each in told] == [
        ("BTCUSDT", 1_735_693_140_000, True)
    ]
    assert told[0]["snapshot"]["rsi"] == 46.181986362253056
