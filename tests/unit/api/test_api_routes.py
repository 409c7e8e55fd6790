"""What each route answers to those who may ask."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.api.agents import agent_row
from chalicelib.api.desk import AgentRecords, Health, Member
from chalicelib.api.desk import Desk as ApiDesk
from chalicelib.api.metrics import FAMILIES, MetricSample, exposition
from chalicelib.api.reads import DECISIONS_AT_ONCE, equity_row, trade_row
from chalicelib.api.switch import halt_agents
from chalicelib.domain import ALL_AGENTS, Change, EquityPoint, HaltFlag, Sentiment
from chalicelib.errors import BadInput
from chalicelib.services.halt import Books, Halt, books_of
from tests.contract.samples import decision, trade
from tests.fakes.venue import VenueWithMemory
from tests.support.desk import FALLING, Desk, after_close, desk, open_of
from tests.support.shop import WAVE, Shop, make_shop
from trader.data.trade_rows import TRADE_COLUMNS
from trader.runtime.desks import alerting_of_halts, desk_of, open_run
from trader.runtime.lockstep import StepClock
from trader.runtime.runs import RunFolder

LAST_MINUTE = len(WAVE) - 1


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Read only: tests that halt or trade make their own."""
    return make_shop(tmp_path_factory.mktemp("shop"))


def get(shop: Shop, path: str, **query: str) -> Any:
    response = shop.ask("GET", path, token=shop.viewer, **query)
    assert response.status == 200, response.body
    return json.loads(response.body)


def everything(shop: Shop, path: str, name: str, **query: str) -> list[Any]:
    """All rows, page by page."""
    rows: list[Any] = []
    page = get(shop, path, **query)
    while True:
        assert set(page) == {name, "next"}
        rows += page[name]
        if page["next"] is None:
            return rows
        page = get(shop, path, **query, before=str(page["next"]))


def test_health_says_only_ok(shop: Shop) -> None:
    assert shop.ask("GET", "/health", token="").body == '{"status":"ok"}'


def test_agents_lists_each_of_them(shop: Shop, tmp_path: Path) -> None:
    now = get(shop, "/status")
    only = {"id": "default", "mode": "paper", "equity": now["equity"], "halted": False, "health": "not running"}
    assert get(shop, "/agents") == {"agents": [only], "next": None}
    two = make_shop(tmp_path, ("one", "two"))
    two.ask("POST", "/halt", agent="two")
    assert [(row["id"], row["halted"]) for row in get(two, "/agents")["agents"]] == [("one", False), ("two", True)]


def test_an_agent_whose_settings_or_records_cannot_be_used_is_listed_too(shop: Shop) -> None:
    def gone() -> AgentRecords:
        raise BadInput("not a database")

    nothing = dict.fromkeys(("mode", "equity", "halted"))
    equity = get(shop, "/status")["equity"]
    folder = RunFolder(shop.home)
    with alerting_of_halts(folder, lambda _: None) as notifier, desk_of(folder, notifier) as opened:
        known = opened.members[0]
        refused = agent_row(replace(known, settings=Health.SETTINGS_REFUSED))
        lost = agent_row(replace(known, records=gone))
    assert refused == {"id": "default", "mode": None, "equity": equity, "halted": False, "health": "settings refused"}
    assert lost == {"id": "default", **nothing, "health": "records unreadable"}


def test_status_is_that_of_the_service(shop: Shop) -> None:
    now = get(shop, "/status")
    assert now == get(shop, "/status", agent="default")
    assert (now["agent"], now["mode"], now["halted"], now["halt_reason"]) == ("default", "paper", False, None)
    assert now["last_minute_ms"] == open_of(LAST_MINUTE)
    assert now["equity"] != 10_000.0
    assert get(shop, "/positions") == {"positions": now["positions"], "next": None}


def test_trades_come_newest_first_as_rows_of_the_csv_file(shop: Shop) -> None:
    rows = everything(shop, "/trades", "trades", limit="3")
    assert rows == get(shop, "/trades")["trades"]
    assert len(rows) > 6
    assert [row["exit_time"] for row in rows] == sorted((row["exit_time"] for row in rows), reverse=True)
    assert {tuple(row) for row in rows} == {(*TRADE_COLUMNS, "exact")}
    assert list(json.loads(trade_row(trade(1))))[:-1] == list(TRADE_COLUMNS)


def test_decisions_come_newest_first_with_every_input(shop: Shop) -> None:
    rows = everything(shop, "/decisions", "decisions", limit="7")
    assert [row["minute_ms"] for row in rows] == [open_of(minute) for minute in range(LAST_MINUTE, -1, -1)]
    assert rows[-1]["snapshot"]["rsi"] is None  # not seeded yet
    assert {"candle", "sentiment", "signals", "config_hash", "outcome"} <= set(rows[0])
    assert rows[-1]["conditions"] == ["rsi unknown before 3 candles"]
    assert [row for row in rows[:-3] if not row["conditions"]] == []


def test_why_tells_both_decisions_of_the_newest_trade_of_one_by_number_and_of_what_is_held(shop: Shop) -> None:
    rows = everything(shop, "/trades", "trades")
    story = get(shop, "/why", trade="2")
    assert (story["number"], story["trade"]["entry_ms"]) == (2, rows[-2]["entry_time"])
    for turn, action in ((story["entry"], "enter"), (story["exit"], "exit")):
        assert turn["why"]["decision"]["action"] == action
        assert turn["why"]["decision"]["minute_ms"] == turn["decided_ms"] < turn["fill"]["time_ms"]
        assert turn["why"]["conditions"][0].startswith("rsi ")
        assert turn["strategy"] == "rsi_sentiment"
    assert get(shop, "/why") == get(shop, "/why", trade="latest") == get(shop, "/why", trade="AAAUSDT")
    lost = shop.ask("GET", "/why", token=shop.viewer, trade="99")
    assert lost.status == 404
    assert f"there is 1 to {len(rows)}, latest, AAAUSDT" in lost.body


def test_a_page_of_decisions_ends_before_a_lambda_could_not_answer_with_it(tmp_path: Path) -> None:
    shop = make_shop(tmp_path, closes=FALLING)
    evidence = tuple((f"{number:08d}", -1 / (3 + number)) for number in range(1000))
    long = replace(decision(0, "default"), sentiment=Sentiment(-0.1, evidence, "lexicon"))
    with shop.database() as database:
        portfolios = wiring.stores_over(database).portfolios
        for minute in range(4, 344, 20):
            portfolio = portfolios.load("default")
            assert portfolio is not None
            minutes = tuple(replace(long, minute_ms=open_of(number)) for number in range(minute, minute + 20))
            portfolios.commit(Change(replace(portfolio, version=portfolio.version + 1), decisions=minutes))
    body = shop.ask("GET", "/decisions", token=shop.viewer, limit="1000").body
    assert len(body) > 3_000_000
    assert len(json.dumps(body).encode()) < 6_000_000  # as it travels in a Lambda's answer
    rows = everything(shop, "/decisions", "decisions", limit="1000")
    assert [row["minute_ms"] for row in rows][:340] == [open_of(number) for number in range(343, 3, -1)]
    assert len(rows) == 340 + len(FALLING)


@pytest.mark.parametrize("limit", [DECISIONS_AT_ONCE - 1, DECISIONS_AT_ONCE, DECISIONS_AT_ONCE + 1])
def test_a_limit_is_kept_whatever_is_read_at_once(tmp_path: Path, limit: int) -> None:
    shop = make_shop(tmp_path, closes=[100.0] * (DECISIONS_AT_ONCE + 1))
    page = get(shop, "/decisions", limit=str(limit))
    assert len(page["decisions"]) == limit
    assert (page["next"] is None) == (limit > DECISIONS_AT_ONCE)


def test_equity_comes_newest_first_between_two_times(shop: Shop) -> None:
    rows = everything(shop, "/equity", "equity", limit="7")
    assert [row["time"] for row in rows] == [open_of(minute) for minute in range(LAST_MINUTE, -1, -1)]
    assert list(rows[0]) == ["time", "equity", "cash", "drawdown"]
    between = {"from": str(open_of(10)), "to": str(open_of(20))}
    assert everything(shop, "/equity", "equity", limit="4", **between) == rows[LAST_MINUTE - 20 : LAST_MINUTE - 9]
    assert get(shop, "/equity", from_="2000-01-01", to="2000-12-31T00:00:00+02:00") == {"equity": [], "next": None}
    assert get(shop, "/equity", limit="1000", to="9999-12-31") == {"equity": rows, "next": None}


def test_metrics_are_of_every_agent(tmp_path: Path) -> None:
    both = make_shop(tmp_path, ("one", "two"), (*FALLING, 98.0))
    response = both.ask("GET", "/metrics", token=both.viewer)
    assert response.content_type.startswith("text/plain; version=0.0.4")
    lines = response.body.splitlines()
    names = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert len(names) == len(set(names)) >= 8
    assert set(names) <= set(FAMILIES)
    for agent in ("one", "two"):
        assert f'trader_open_positions{{agent="{agent}",mode="paper"}} 1.0' in lines
        assert any(line.startswith(f'trader_position_quantity{{agent="{agent}",mode="paper",symbol=') for line in lines)
    assert 'agent="two"' not in both.ask("GET", "/metrics", agent="one").body


@pytest.mark.parametrize("running", [False, True])
def test_metrics_of_liveness_are_those_of_the_status(running: bool, tmp_path: Path) -> None:
    shop = make_shop(tmp_path)
    folder = RunFolder(shop.home)
    with open_run(folder, shop.run) as stores:
        portfolio = stores.portfolios.load("default")
        assert portfolio is not None
        stores.portfolios.commit(Change(replace(portfolio, version=portfolio.version + 1, silent={"AAAUSDT": 1})))
    with folder.only_process("default"):
        pass
    with folder.only_process("default") if running else nullcontext():
        lines = shop.ask("GET", "/metrics", token=shop.viewer).body.splitlines()
        behind = get(shop, "/status")["liveness"]["behind_minutes"]
    found = {line.partition("{")[0]: float(line.split()[-1]) for line in lines if not line.startswith("#")}
    assert found["trader_running"] == running
    assert found["trader_silent_symbols"] == 1.0
    assert behind - 1 <= found["trader_behind_minutes"] <= behind  # a minute may close between the two
    assert behind > 1_000_000


def test_labels_of_metrics_are_escaped() -> None:
    line = exposition([MetricSample("trader_cash", {"agent": 'a"\\\n'}, 0.5)]).splitlines()[-1]
    assert line == 'trader_cash{agent="a\\"\\\\\\n"} 0.5'


def test_rows_of_equity_are_exact() -> None:
    assert json.loads(equity_row(EquityPoint(1, 0.1 + 0.2, 1e-9, 0.0))) == {
        "time": 1,
        "equity": 0.1 + 0.2,
        "cash": 1e-9,
        "drawdown": 0.0,
    }


def test_where_there_are_several_agents_a_read_has_to_say_which(tmp_path: Path) -> None:
    both = make_shop(tmp_path, ("one", "two"), FALLING)
    for path in ("/status", "/positions", "/trades", "/equity", "/decisions"):
        refused = both.ask("GET", path)
        assert refused.status == 400
        assert "one, two" in refused.body
        assert both.ask("GET", path, agent="two").status == 200
        assert both.ask("GET", path, agent="three").status == 404


def post(shop: Shop, path: str, body: bytes | dict[str, object] = b"", **query: str) -> Any:
    response = shop.ask("POST", path, body, **query)
    assert response.status == 200, response.body
    return json.loads(response.body)


def flags(shop: Shop, agent_id: str = "default") -> list[HaltFlag]:
    with wiring.home_halts(RunFolder(shop.home).halts) as halts:
        return halts.flags(agent_id)


def test_a_halt_is_stored_when_it_is_answered_and_may_be_repeated(tmp_path: Path) -> None:
    shop = make_shop(tmp_path, closes=FALLING)  # an entry is pending
    done = post(shop, "/halt", {"reason": "odd"})
    assert (done["halted"], done["reason"], done["closing"], done["in_flight"]) == (["default"], "odd", [], [])
    assert [order["side"] for order in done["withdrawn"]] == ["BUY"]
    first = flags(shop)
    assert [(flag.scope, flag.reason, flag.flatten) for flag in first] == [(ALL_AGENTS, "odd", False)]
    again = post(shop, "/halt", {"reason": "odd"})
    assert again == {**done, "withdrawn": []}
    assert flags(shop) == first
    assert get(shop, "/status")["halt_reason"] == "odd"


def test_nothing_enters_between_a_halt_and_its_resume(tmp_path: Path) -> None:
    shop = make_shop(tmp_path, closes=FALLING[:2])
    post(shop, "/halt")
    with shop.database() as database, open_run(RunFolder(tmp_path), shop.run) as stores:
        trading = Desk(database, stores=stores)
        trading.minutes(2, *(98.0 - minute for minute in range(10)))
        assert trading.held() == 0.0
        assert post(shop, "/resume", {"confirm": "default"}) == {"resumed": ["default"]}
        assert post(shop, "/resume", {"confirm": "default"}) == {"resumed": ["default"]}
        trading.minutes(12, 88.0, 87.0)
        assert trading.held() > 0.0


@pytest.mark.parametrize(("given", "closes"), [({"flatten": True}, 1), ({"flatten": False}, 0), ({}, 0)])
def test_flatten_closes_what_is_held(given: dict[str, object], closes: int, tmp_path: Path) -> None:
    shop = make_shop(tmp_path, closes=(*FALLING, 98.0))
    done = post(shop, "/halt", given)
    assert [order["side"] for order in done["closing"]] == ["SELL"] * closes
    assert post(shop, "/halt", given)["closing"] == done["closing"]  # the same intent, still pending


def two_agents(home: Path) -> Shop:
    """The first closes its positions when it is halted, the second keeps them; both hold one."""
    shop = make_shop(home, ("closes", "keeps"), (*FALLING, 98.0))
    file = home / "agents" / "closes.json"
    pointer = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps({**pointer, "flatten": True}), "utf-8")
    return shop


def test_a_halt_of_all_does_with_positions_what_each_agent_is_configured_to(tmp_path: Path) -> None:
    shop = two_agents(tmp_path)
    done = post(shop, "/halt")
    assert done["halted"] == ["closes", "keeps"]
    assert [order["agent_id"] for order in done["closing"]] == ["closes"]
    assert [flag.flatten for flag in flags(shop, "keeps")] == [False]
    assert any(flag.flatten for flag in flags(shop, "closes"))
    assert post(shop, "/resume", {"confirm": "*"}) == {"resumed": ["closes", "keeps"]}
    assert flags(shop, "closes") == flags(shop, "keeps") == []


def test_a_halt_of_one_leaves_the_other_alone(tmp_path: Path) -> None:
    shop = two_agents(tmp_path)
    assert post(shop, "/halt", agent="keeps")["halted"] == ["keeps"]
    assert flags(shop, "closes") == []
    assert post(shop, "/resume", {"confirm": "keeps"}, agent="keeps") == {"resumed": ["keeps"]}
    assert flags(shop, "keeps") == []


def test_a_resume_needs_the_right_confirmation(tmp_path: Path) -> None:
    shop = two_agents(tmp_path)
    post(shop, "/halt")
    for confirm, query, status in (
        ("", {}, 409),
        ("nobody", {}, 409),
        ("keeps", {"agent": "closes"}, 409),
        ("*", {"agent": "closes"}, 409),
        ("keeps", {"agent": "nobody"}, 404),
        ("keeps", {}, 409),  # all are halted, and it alone cannot be resumed
    ):
        refused = shop.ask("POST", "/resume", {"confirm": confirm}, **query)
        assert refused.status == status, (confirm, query)
        assert flags(shop, "closes")
        assert flags(shop, "keeps")
    assert "nothing was resumed" in shop.ask("POST", "/resume", {"confirm": "nobody"}).body


def nothing_recorded() -> AgentRecords:
    raise AssertionError("a halt reads no records")


@pytest.mark.parametrize("silent", [0, 1])
def test_an_entry_that_the_venue_holds_on_to_is_named(silent: int) -> None:
    with desk() as trading:
        trading.minutes(0, *FALLING)
        stores, venue = trading.stores, VenueWithMemory(trading.executor)
        venue.silent = silent
        books = books_of("default", Books(stores.portfolios, stores.halts, stores.failures, venue))
        api_desk = ApiDesk(
            members=[Member("default", False, nothing_recorded)],
            usual=("default",),
            halt=Halt(stores.halts, books, trading.told),
            resume=trading.resume,
            clock=StepClock(after_close(3, 0)),
        )
        done = halt_agents(api_desk, None, "odd", None).body
    assert (len(done.withdrawn), len(done.in_flight)) == (1 - silent, silent)
