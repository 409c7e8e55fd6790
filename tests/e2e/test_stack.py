"""From nothing to two trading agents on the local AWS, by `make stack` alone; then halts, then `make stack-down`.

One test, since it is one journey: some three minutes by the clock, nearly all of it waiting for schedules.
"""

from __future__ import annotations

import json
import stat
import subprocess
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain import MINUTE_MS, close_of
from tests.e2e.commands import ROOT
from tests.e2e.exchange import exchange_time_ms, simulated_exchange
from tests.e2e.local_stack import Stack, afterwards, answers
from tests.fakes.web_server import WebServer, serving

THREE_MINUTES_S = 180.0
ONE_MINUTE_S = 60.0
SLACK_S = 30.0
"""A schedule's first minute starts when it is made; candles close at the full minute; two cores are shared."""
FIRST, SECOND = "first", "second"
CASH = {FIRST: 10_000.0, SECOND: 20_000.0}
"""What each agent begins with."""
REASON = "end of the journey"
OUT_AT_ONCE = """
[risk]
stop_loss = 0.00001
take_profit = 0.00001
"""
"""Out within the minute, so that the next entry is always wanted."""
STRATEGY = {
    FIRST: """
[strategy]
rsi_period = 14
rsi_buy = 99
rsi_sell = 100
sentiment_buy = -1
sentiment_sell = -1
""",
    SECOND: """
[strategy]
file = "own.py"
""",
}
"""Both enter at any price: the default by old names of its settings, and a file that stands beside."""
OWN = '''"""Enters whenever it holds nothing."""

from typing import NamedTuple

from chalicelib.strategy import WAIT, Bar, Choice, Inputs, enter


class Settings(NamedTuple):
    pass


class State(NamedTuple):
    bars: int


class Values(NamedTuple):
    close: float


def start(settings: Settings) -> State:
    return State(0)


def observe(state: State, bar: Bar, settings: Settings) -> tuple[State, Values]:
    return State(state.bars + 1), Values(bar.close)


def decide(values: Values, close: float, inputs: Inputs, in_position: bool, settings: Settings) -> Choice:
    return WAIT if in_position else enter()
'''
EDITED = OWN.replace("    close: float", "    close: float\n    high: float").replace(
    "Values(bar.close)", "Values(bar.close, bar.high)"
)


@pytest.mark.slow
def test_a_stack_trades_by_itself_until_it_is_halted(tmp_path: Path) -> None:
    with (
        simulated_exchange(tmp_path / "exchange", "--seed", "5") as market_url,
        serving() as webhook,
    ):
        configs = [agent_file(tmp_path, agent, market_url) for agent in CASH]
        stack = Stack(tmp_path / "stack", configs, f"{webhook.url}/hook")
        with afterwards(stack.command("stack-down"), stack.environment()):
            journey(stack, webhook, market_url)
            (tmp_path / "own.py").write_text(EDITED, "utf-8")
            it_takes_an_edit(stack, market_url)
    assert not answers(stack.aws.url)
    assert {path.name for path in stack.folder.iterdir()} <= {"app.log", "emulator.log"}
    assert "nothing runs" in stack.make("stack-down")


def agent_file(folder: Path, agent: str, market_url: str) -> Path:
    (folder / "own.py").write_text(OWN, "utf-8")
    file = folder / f"{agent}.toml"
    market = f'[exchange]\nbase_url = "{market_url}"\n[news]\nfeeds = ["{market_url}/news.rss"]\n'
    file.write_text(f'[agent]\nid = "{agent}"\ncash = {CASH[agent]}\n{STRATEGY[agent]}{OUT_AT_ONCE}{market}', "utf-8")
    return file


def journey(stack: Stack, webhook: WebServer, market_url: str) -> None:
    """One agent is halted before the first close, the other one before the second, both before the third."""
    it_is_deployed(stack)
    deadline = time.monotonic() + THREE_MINUTES_S + SLACK_S
    it_answers_only_whom_it_should(stack)
    it_lists_both_agents(stack)

    halted_ms = it_halts(stack, {SECOND}, f"halt?agent={SECOND}")
    stack.wait_for("the minute after the halt", partial(all_decided_after, stack, halted_ms), deadline)
    it_trades(stack, FIRST, deadline)
    assert who_entered_after(stack, halted_ms) == {FIRST}

    it_resumes(stack, SECOND)
    halted_ms = it_halts(stack, {FIRST}, f"halt?agent={FIRST}")
    it_fills_every_table(stack, deadline)
    it_decides_the_minute_after(stack, halted_ms, market_url)
    assert who_entered_after(stack, halted_ms) == {SECOND}

    it_resumes(stack, FIRST)
    halted_ms = it_halts(stack, {FIRST, SECOND}, "halt")
    it_tells_of_every_halt(stack, webhook)
    it_decides_the_minute_after(stack, halted_ms, market_url)
    assert who_entered_after(stack, halted_ms) == set()
    it_stays_halted(stack)


def it_is_deployed(stack: Stack) -> None:
    output = stack.up()
    file = stack.folder / "stack.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    told = json.loads(file.read_text("utf-8"))
    assert set(told) == {"url", "viewer_token", "operator_token"}
    assert told["viewer_token"] not in output
    assert told["operator_token"] not in output
    assert "127.0.0.1:" in output
    assert "smoke check: /health and /agents answer" in output
    its_last_advice_is_good(output)


def its_last_advice_is_good(output: str) -> None:
    """The command that it ends with can be copied, however many agents there are."""
    (line,) = [line for line in output.splitlines() if "trader status" in line]
    done = subprocess.run(["sh", "-c", line], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert f"agent\t{FIRST}" in done.stdout


def it_answers_only_whom_it_should(stack: Stack) -> None:
    assert stack.call("GET", "health").status_code == 200
    for route in ("status", "agents"):
        assert stack.call("GET", route).status_code == 401
    assert stack.call("POST", "halt", "viewer_token", reason="no").status_code == 403
    assert stack.call("GET", "status", "viewer_token").status_code == 400  # of which agent?
    for agent in CASH:
        assert status_of(stack, agent)["halted"] is False
    for method, route in (("GET", "nothing"), ("DELETE", "status")):  # API Gateway's own answer, in our form
        refused = stack.call(method, route)
        assert (refused.status_code, refused.json()) == (404, {"error": "no such route"})


def it_lists_both_agents(stack: Stack) -> None:
    listed = listed_agents(stack)
    assert listed.keys() == CASH.keys()
    for agent, row in listed.items():
        assert row.keys() == {"id", "mode", "equity", "halted", "health"}
        assert (row["mode"], row["halted"]) == ("paper", False)
        assert row["equity"] == pytest.approx(CASH[agent], rel=0.01)
        assert row["health"] in ("ok", "not traded yet")


def it_halts(stack: Stack, agents: set[str], route: str) -> int:
    """These and nobody else. The newest minute that was decided before: each later one is decided under the halt."""
    done = stack.post(route, reason=REASON, flatten=False)
    assert set(done["halted"]) == agents
    assert {order["agent_id"] for order in done["withdrawn"]} <= agents
    assert halted_agents(stack) == agents
    return max(last_minutes_ms(stack))


def it_resumes(stack: Stack, agent: str) -> None:
    """The only one that was halted."""
    assert stack.post("resume", confirm=agent) == {"resumed": [agent]}
    assert halted_agents(stack) == set()


def it_fills_every_table(stack: Stack, deadline: float) -> None:
    """With no hand touching anything. Minutes are in the agent's item, in money, until that outgrows a write unit."""
    for table in ("candles", "indicators", "money", "news"):
        stack.wait_for(table, partial(stack.rows, table), deadline)
    for agent in CASH:
        stack.wait_for("decisions", partial(decisions_of, stack, agent), deadline)
        stack.wait_for("a decision by scored news", partial(decides_by_scored_news, stack, agent), deadline)


def it_trades(stack: Stack, agent: str, deadline: float) -> None:
    stack.wait_for("a trade", lambda: stack.get(f"trades?agent={agent}")["trades"], deadline)
    assert f'trader_equity{{agent="{agent}"' in stack.call("GET", "metrics", "viewer_token").text
    assert stack.get(f"equity?agent={agent}")["equity"]


def it_tells_of_every_halt(stack: Stack, webhook: WebServer) -> None:
    told = {f"{who} halted: {REASON}" for who in (FIRST, SECOND, "all agents")}
    deadline = time.monotonic() + SLACK_S
    stack.wait_for("the alerts", lambda: told <= {each.json()["subject"] for each in webhook.received}, deadline)


def it_decides_the_minute_after(stack: Stack, minute_ms: int, market_url: str) -> None:
    """Woken by hand: the schedules have been seen to work."""
    next_close_ms = close_of(minute_ms) + MINUTE_MS
    deadline = time.monotonic() + ONE_MINUTE_S + SLACK_S
    stack.wait_for("the next close", lambda: exchange_time_ms(market_url) > next_close_ms, deadline)
    stack.wake("fetch_klines")
    deadline = time.monotonic() + 2 * ONE_MINUTE_S + SLACK_S
    stack.wait_for("the minute after the halt", partial(all_decided_after, stack, minute_ms), deadline)


def it_stays_halted(stack: Stack) -> None:
    """Minutes go on and are recorded all the same."""
    assert halted_agents(stack) == CASH.keys()
    assert {row["health"] for row in listed_agents(stack).values()} == {"ok"}
    for agent in CASH:
        assert status_of(stack, agent)["pending_orders"] == []


def it_takes_an_edit(stack: Stack, market_url: str) -> None:
    """The same command again: money, positions and halts stay, and the next minute is decided by the edited file."""
    before, told = status_of(stack, SECOND), decisions_of(stack, SECOND)
    output = stack.up()
    assert "strategies: " in output
    after = status_of(stack, SECOND)
    assert {name: after[name] for name in ("halted", "halt_reason", "cash")} == {
        name: before[name] for name in ("halted", "halt_reason", "cash")
    }
    assert [each["quantity"] for each in after["positions"]] == [each["quantity"] for each in before["positions"]]
    for _ in range(2):  # a function that was at work may decide one more minute by the file that it knows
        it_decides_the_minute_after(stack, max(last_minutes_ms(stack)), market_url)
        newest = decisions_of(stack, SECOND)
        if newest[0]["rule"] != told[0]["rule"]:
            break
    assert set(newest[0]["snapshot"]) == {"close", "high"}
    assert set(told[0]["snapshot"]) == {"close"}
    assert newest[0]["rule"] != told[0]["rule"]
    assert {each["outcome"] for each in newest if each["rule"] == newest[0]["rule"]} <= {"halted", "missed", "stale"}
    assert status_of(stack, FIRST)["halted"]


def who_entered_after(stack: Stack, minute_ms: int) -> set[str]:
    """The agents that ordered in a later minute than this; all have decided one."""
    later = {agent: outcomes_after(stack, agent, minute_ms) for agent in CASH}
    assert all(later.values()), later
    return {agent for agent, outcomes in later.items() if "ordered" in outcomes}


def outcomes_after(stack: Stack, agent: str, minute_ms: int) -> list[str]:
    return [each["outcome"] for each in decisions_of(stack, agent) if each["minute_ms"] > minute_ms]


def decisions_of(stack: Stack, agent: str) -> list[dict[str, Any]]:
    found = stack.get(f"decisions?agent={agent}&limit=50")["decisions"]
    assert isinstance(found, list)
    return found


def decides_by_scored_news(stack: Stack, agent: str) -> bool:
    return any(decision["sentiment"]["evidence"] for decision in decisions_of(stack, agent))


def all_decided_after(stack: Stack, minute_ms: int) -> bool:
    return min(last_minutes_ms(stack)) > minute_ms


def last_minutes_ms(stack: Stack) -> list[int]:
    """The newest minute that each agent has decided, 0 where there is none."""
    return [status_of(stack, agent)["last_minute_ms"] or 0 for agent in CASH]


def status_of(stack: Stack, agent: str) -> dict[str, Any]:
    return stack.get(f"status?agent={agent}")


def listed_agents(stack: Stack) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in stack.get("agents")["agents"]}


def halted_agents(stack: Stack) -> set[str]:
    """As the list says, and so does the status of each."""
    listed = {agent for agent, row in listed_agents(stack).items() if row["halted"]}
    assert listed == {agent for agent in CASH if status_of(stack, agent)["halted"]}
    return listed
