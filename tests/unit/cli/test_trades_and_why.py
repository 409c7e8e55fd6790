"""trader trades and trader why over a run on disk, and the same over its HTTP routes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain import MINUTE_MS
from tests.support.desk import open_of
from tests.support.shop import WAVE, Shop, make_shop, served
from trader.cli.group import answer
from trader.data.trade_list import COLUMNS

HELD = (*WAVE, 103.0, 100.0, 99.0, 99.5)
"""Ends with a position that is open."""
Ask = Callable[..., str]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return make_shop(tmp_path_factory.mktemp("shop"), closes=HELD)


@pytest.fixture
def ask(shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    """What a command prints on stdout; `code` is how it must end, `said` what must stand on stderr."""
    monkeypatch.setenv("TRADER_HOME", str(shop.home))

    def run(*arguments: str, code: int = 0, said: str = "") -> str:
        assert answer([*arguments]) == code
        printed = capsys.readouterr()
        assert said in printed.err
        return printed.out

    return run


def facts(text: str) -> dict[str, str]:
    return dict(line.split("\t", 1) for line in text.splitlines())


def trades(ask: Ask, *arguments: str) -> Any:
    return json.loads(ask("trades", "--json", *arguments))


def test_closed_and_open_trades_are_listed_with_both_reasons_and_totals(ask: Ask) -> None:
    found = trades(ask)
    closed, held = found["trades"][:-1], found["trades"][-1]
    assert [row["number"] for row in closed] == list(range(1, len(closed) + 1))
    assert {row["entry_reason"] for row in found["trades"]} == {"signal"}
    assert {row["exit_reason"] for row in closed} <= {"signal", "stop_loss", "trailing_stop"}
    assert (held["status"], held["number"], held["exit_time"], held["exit_reason"]) == ("open", None, None, None)
    assert found["closed"] == len(closed) > 6
    assert found["pnl"] == pytest.approx(sum(row["pnl"] for row in closed))
    assert found["unrealized_pnl"] == held["pnl"] != 0.0
    assert found["won"] == sum(row["pnl"] > 0.0 for row in closed)


def test_csv_has_utc_times_and_plain_decimals_that_read_back(ask: Ask) -> None:
    rows = list(csv.DictReader(io.StringIO(ask("trades", "--csv"))))
    exact = trades(ask)["trades"]
    assert tuple(rows[0]) == COLUMNS
    for row, one in zip(rows, exact, strict=True):
        for name in ("quantity", "entry_price", "exit_price", "pnl", "return"):
            assert row[name] == "" if one[name] is None else float(row[name]) == pytest.approx(one[name], rel=1e-14)
            assert "e" not in row[name].lower()
            assert len(row[name].lstrip("-0.").replace(".", "")) <= 15
        assert datetime.fromisoformat(row["entry_time"]).timestamp() * 1000 == int(row["entry_ms"])
        assert float(row["cost"]) == pytest.approx(one["quantity"] * one["entry_price"])


def test_a_range_counts_exits_and_a_day_that_ends_it_is_whole(ask: Ask) -> None:
    all_of_it = trades(ask)["trades"]
    exit_ms = all_of_it[2]["exit_ms"]
    until = trades(ask, "--to", all_of_it[2]["exit_time"])["trades"]
    assert [row["number"] for row in until] == [1, 2, 3]
    since = trades(ask, "--from", all_of_it[2]["exit_time"])["trades"]
    assert since == all_of_it[2:]
    day = all_of_it[2]["exit_time"][:10]
    assert exit_ms + MINUTE_MS < open_of(len(HELD))
    assert trades(ask, "--from", day, "--to", day)["trades"] == all_of_it
    assert trades(ask, "-k", "2")["trades"] == all_of_it[-2:]
    assert ask("trades", "--from", "2031-01-01", "--csv", said="lies in this range") == f"{','.join(COLUMNS)}\n"


def test_wrong_usage_is_told(ask: Ask) -> None:
    ask("trades", "--csv", "--json", code=2, said="give one of them")
    ask("trades", "--run", "nope", code=1, said="run nope: not found")
    ask("trades", "--agent", "nobody", code=1, said="agent nobody has not run here yet")
    ask("why", "0", code=1, said="trade '0': there is none; there is 1 to ")
    ask("why", "DOGEUSDT", code=1, said="latest, AAAUSDT")


def test_why_names_conditions_strategy_order_and_fill_of_both_ends(ask: Ask) -> None:
    printed = ask("why", "2")
    entry, _, left = printed.partition("\nexit\t")
    assert facts(entry)["strategy"].startswith("rsi_sentiment (")
    assert facts(entry)["condition 1"].endswith("below 30: yes")
    assert facts(entry)["order"].startswith("ait-")
    assert facts(entry)["entry"].startswith("BUY ")
    assert "above 70: yes" in left
    assert left.startswith("SELL ")


def test_why_without_a_name_is_what_was_entered_last(ask: Ask) -> None:
    assert json.loads(ask("why", "--json"))["position"]["symbol"] == "AAAUSDT"
    assert ask("why") == ask("why", "latest") == ask("why", "aaausdt")
    assert "not realized" in ask("why")


def test_over_http_they_say_the_same_but_for_why_a_list_began(ask: Ask, shop: Shop) -> None:
    with served(shop.api) as url:
        there = ("--url", url, "--token", shop.viewer)
        listed = trades(ask, *there)
        assert ask("why", "3", *there) == ask("why", "3")
        assert ask("why", "--json", *there) == ask("why", "--json")
        ask("why", "99", *there, code=1, said="there is 1 to ")
    local = trades(ask)
    unknown = {"entry_reason": None}
    held = local["trades"][-1]
    assert listed["trades"][:-1] == [row | {"entry_reason": None} for row in local["trades"][:-1]]
    assert listed["trades"][-1] == held | unknown
    assert listed["pnl"] == local["pnl"]


def test_what_is_not_kept_any_more_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    shop = make_shop(tmp_path, closes=HELD)
    with shop.database() as database, database.transaction():
        database.execute("DELETE FROM decision WHERE number < 60", ())
    monkeypatch.setenv("TRADER_HOME", str(shop.home))
    assert answer(["why", "1"]) == 0
    told = capsys.readouterr().out
    assert told.count("whose record is not kept any more") == 2
    assert "condition" not in told
    for kept in (*tmp_path.glob("runs/*/rules/*.json"), tmp_path / "agents" / "default.json"):
        kept.write_text(kept.read_text("utf-8").replace('"config_hash":"', '"config_hash":"x'), "utf-8")
    assert answer(["why"]) == 0
    assert "unknown: what it was decided by is not kept" in capsys.readouterr().out


def test_status_says_what_was_earned_and_how_many_trades_won(ask: Ask, shop: Shop) -> None:
    now, found = json.loads(ask("status", "--json")), trades(ask)
    told = facts(ask("status"))
    earned = now["equity"] - 10_000.0
    assert told["pnl"].startswith(f"{earned:+.2f} since the start: ")
    assert found["pnl"] + found["unrealized_pnl"] == pytest.approx(earned)
    assert told["trades"] == f"{found['closed']} closed, {found['win_rate']:.1%} of them won, 1 open"
    with served(shop.api) as url:
        there = facts(ask("status", "--url", url, "--token", shop.viewer))
    assert (there["pnl"], there["trades"]) == (told["pnl"], told["trades"])


def test_status_names_the_other_agents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRADER_HOME", str(make_shop(tmp_path, ("one", "two", "three"), closes=HELD[:4]).home))
    assert answer(["status", "--agent", "two"]) == 0
    assert "other agents\tone, three (--agent ID)\n" in capsys.readouterr().out
