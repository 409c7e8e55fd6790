"""Lambdas that all die right before or right after any call to the outside, then are woken by the next minute.

What such a crash leaves is what is stored, and nothing else: every process forgets, and a wake-up under way is lost. So
the data is kept after every answer of any AWS service, whatever call that was, and a stage goes on from each. Between
two answers nothing is stored, so right before a call is right after the one before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import boto3
import pytest
from boto3.dynamodb.conditions import Key
from botocore.handlers import BUILTIN_HANDLERS

from chalicelib.adapters.dynamodb import DynamoPortfolioStore, Tables, connect
from chalicelib.domain import MINUTE_MS, Change, Portfolio
from chalicelib.kernel import codes
from chalicelib.kernel.account import FLAT, Fill, book
from chalicelib.wiring import Stores, aws
from tests.support.account import PREFIX, Account, account
from tests.support.moto_dynamodb import State, bring_back, kept
from tests.support.world import AGENT

MINUTES = 7
CASH = 10_000.0
SETTINGS = """
[strategy.settings]
rsi_period = 2
rsi_buy = 60
rsi_sell = 65
sentiment_buy = -1
sentiment_sell = -1
[risk]
stop_loss = 0.0015
take_profit = 0.0015
daily_loss_limit = 0.0004
position_fraction = 0.5
"""


@dataclass
class Watched:
    """Keeps the data after every answer that may have changed it, and which call that was."""

    tables: Tables
    minute: int = 0
    listening: bool = False
    calls: set[str] = field(default_factory=set)
    states: list[tuple[int, State]] = field(default_factory=list)

    def answered(self, event_name: str, **_: object) -> None:
        if not self.listening:  # a client outlives the watch
            return
        self.calls.add(event_name.removeprefix("response-received."))
        state = kept(self.tables)
        if not self.states or self.states[-1][1] != state:
            self.states.append((self.minute, state))

    @contextmanager
    def watching(self) -> Iterator[None]:
        handler = ("response-received", self.answered)
        BUILTIN_HANDLERS.append(handler)
        self.listening = True
        try:
            yield
        finally:
            self.listening = False
            BUILTIN_HANDLERS.remove(handler)


@dataclass
class Played:
    """What a stage went through, and where each crash led."""

    calls: set[str]
    crashes: int
    reasons: set[str]
    wrong: list[str]


def play(stage: Account) -> Played:
    """Run some minutes, then crash after each answer that changed something and go on for two minutes."""
    start_ms = stage.clock.now_ms()
    watched = Watched(Tables(connect(), PREFIX))
    with watched.watching():
        stage.new_process()
        for minute in range(1, MINUTES + 1):
            watched.minute = minute
            stage.minute(start_ms + minute * MINUTE_MS)
    reasons = {str(trade.reason) for trade in aws.stores().journal.trades(AGENT, 100)[0]}
    wrong = []
    for number, (minute, state) in enumerate(watched.states):
        bring_back(watched.tables, state)
        stage.new_process()
        stage.woken()
        stage.minute(start_ms + (minute + 1) * MINUTE_MS)
        stage.minute(start_ms + (minute + 2) * MINUTE_MS)
        wrong += [f"crash {number} in minute {minute}: {problem}" for problem in problems(aws.stores())]
    return Played(watched.calls, len(watched.states), reasons, wrong)


def problems(stores: Stores, step_ms: int = MINUTE_MS) -> list[str]:
    """What is not as it must be, whatever happened before; of longer bars idle minutes leave no record."""
    portfolio = stores.portfolios.load(AGENT)
    if portfolio is None:
        return []
    found = money_problems(stores, portfolio)
    minutes = [point.time_ms for point in stores.journal.equity(AGENT, 0, 2**60)]
    has_hole = step_ms == MINUTE_MS and minutes != list(range(minutes[0], minutes[-1] + MINUTE_MS, MINUTE_MS))
    if has_hole or minutes[-1] != portfolio.minute_ms or len(set(minutes)) < len(minutes):
        found.append(f"minutes {minutes}")
    return found


def money_problems(stores: Stores, portfolio: Portfolio) -> list[str]:
    """Where fills, trades, intents and the portfolio contradict each other."""
    found = []
    fills = stores.journal.fills(AGENT)
    cash, positions = CASH, dict.fromkeys(portfolio.slots, FLAT)
    for fill in fills:
        side = {"BUY": codes.BUY, "SELL": codes.SELL}[fill.side]
        booked = Fill(side, fill.quantity, fill.price, fill.fee, fill.time_ms, codes.NONE)
        cash, positions[fill.symbol] = book(cash, positions[fill.symbol], booked)
    if cash != portfolio.account.cash:
        found.append(f"the fills make {cash} of cash, the portfolio says {portfolio.account.cash}")
    for symbol, slot in portfolio.slots.items():
        if positions[symbol] != slot.position._replace(highest=positions[symbol].highest):
            found.append(f"{symbol}: the fills do not make the position")
    bought = [fill.client_id for fill in fills if fill.side == "BUY"]
    pending = [order.client_id for order in portfolio.orders if order.side == "BUY"]
    if sorted(bought + pending) != sorted(intents()):
        found.append(f"intents {sorted(intents())}, filled {bought}, pending {pending}")
    sold = [fill for fill in fills if fill.side == "SELL"]
    if len(stores.journal.trades(AGENT, 1000)[0]) != len(sold):
        found.append("a sale without its trade")
    return found


def intents() -> list[str]:
    """The client id of every entry that was ever written."""
    table = boto3.resource("dynamodb").Table(f"{PREFIX}-money")
    found: list[dict[str, Any]] = table.query(
        KeyConditionExpression=Key("pk").eq(AGENT) & Key("sk").begins_with("intent#")
    )["Items"]
    return [str(item["sk"]).removeprefix("intent#") for item in found]


def test_a_crash_at_any_call_loses_and_doubles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with account(SETTINGS, monkeypatch, symbols="BTCUSDT") as (stage, _):
        played = play(stage)
    services = {call.partition(".")[0] for call in played.calls}
    assert services == {"dynamodb", "lambda", "sns", "ssm"}
    assert played.crashes > 30
    assert {"stop_loss", "take_profit"} & played.reasons
    assert played.wrong == []


class RecordsApart(DynamoPortfolioStore):
    """Planted defect: what filled is booked in the portfolio first, and recorded in a write of its own."""

    def commit(self, change: Change) -> None:
        super().commit(replace(change, fills=(), trades=()))
        for item in self._appended(change):
            self._tables.transact([item], f"{change.portfolio.version}-apart")


def test_the_proof_sees_fills_that_are_recorded_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    with account(SETTINGS, monkeypatch, symbols="BTCUSDT") as (stage, _):
        plant(monkeypatch, portfolios=RecordsApart)
        assert any("the fills" in problem for problem in play(stage).wrong)


def plant(monkeypatch: pytest.MonkeyPatch, **made: Callable[[Tables], object]) -> None:
    """Have the stage use these stores, by what they keep."""
    real = aws.stores

    @cache
    def planted() -> Stores:
        stores, tables = real.__wrapped__(), Tables(connect(), PREFIX)
        others: dict[str, Any] = {name: make(tables) for name, make in made.items()}
        return replace(stores, **others)

    monkeypatch.setattr(aws, "stores", planted)
