"""Records for the store suites, each valid and told apart by a number."""

from __future__ import annotations

from math import nan

from chalicelib.domain import (
    MINUTE_MS,
    Candle,
    Change,
    Decision,
    EquityPoint,
    Fill,
    HaltFlag,
    NewsItem,
    Order,
    Portfolio,
    Reason,
    Score,
    Sentiment,
    Side,
    Tick,
    Trade,
)
from chalicelib.kernel.account import EMPTY_SLOT, open_account

AGENT = "alpha"
SYMBOL = "BTCUSDT"
START_MS = 1_700_000_040_000
SNAPSHOT = {"rsi": 31.4, "ema_50": 100.1, "ema_200": nan, "close_before": 90.0}


def minute_ms(number: int) -> int:
    return START_MS + number * MINUTE_MS


def candle(number: int, symbol: str = SYMBOL) -> Candle:
    price = 100.0 + number / 7
    return Candle(symbol, minute_ms(number), price, price + 1.0, price - 1.0, price + 0.1, 12.5)


def tick(number: int) -> Tick:
    return Tick(candle(number), SNAPSHOT)


def order(number: int, agent_id: str = AGENT) -> Order:
    return Order(f"t-{number}", agent_id, SYMBOL, Side.BUY, 0.1 * number, Reason.SIGNAL, minute_ms(number))


def fill(number: int) -> Fill:
    price = 100.0 + number / 3
    return Fill(f"t-{number}", SYMBOL, Side.BUY, 0.1, price, 0.01, minute_ms(number), Reason.SIGNAL, {"price": "100.0"})


def trade(number: int) -> Trade:
    entry_ms, exit_ms = minute_ms(number), minute_ms(number + 5)
    pnl = number / 9
    return Trade(SYMBOL, 0.1, entry_ms, 100.0, exit_ms, 101.0, 0.01, 0.01, pnl, pnl / 10, Reason.TAKE_PROFIT)


def decision(number: int, agent_id: str = AGENT) -> Decision:
    return Decision(
        agent_id=agent_id,
        symbol=SYMBOL,
        minute_ms=minute_ms(number),
        candle=candle(number),
        snapshot=SNAPSHOT,
        sentiment=Sentiment(0.25, (("7", 0.5), ("6", 0.0)), "lexicon"),
        signals=("Oversold",),
        in_position=False,
        action="enter",
        outcome="ordered",
        reason=Reason.SIGNAL,
        quantity=0.1,
        equity=10_000.0,
        config_hash="c0ffee",
        decided_ms=minute_ms(number + 1),
    )


def equity_point(number: int) -> EquityPoint:
    switch = ("off", "halted", "flatten")[number % 3]
    found = portfolio(number) if number % 2 else None
    return EquityPoint(minute_ms(number), 10_000.0 + number / 3, 9_000.0, 0.001, switch, found)


def portfolio(version: int, agent_id: str = AGENT, cash: float = 10_000.0) -> Portfolio:
    """As after `version` minutes; its slot has seen no bar yet, so its close is NaN."""
    return Portfolio(agent_id, version, open_account(cash), {SYMBOL: EMPTY_SLOT}, (), minute_ms(version))


def full_change(version: int, agent_id: str = AGENT) -> Change:
    """A change that has one of everything but a halt."""
    return Change(
        portfolio(version, agent_id),
        entries=(order(version, agent_id),),
        fills=(fill(version),),
        trades=(trade(version),),
        decisions=(decision(version, agent_id),),
        equity=equity_point(version),
    )


def flag(scope: str = AGENT, reason: str = "by hand", since_ms: int = START_MS, flatten: bool = False) -> HaltFlag:
    return HaltFlag(scope, reason, since_ms, flatten)


def news_item(number: int, symbols: tuple[str, ...] = (), published_ms: int | None = None) -> NewsItem:
    return NewsItem(
        published_ms=minute_ms(number) if published_ms is None else published_ms,
        fetched_ms=minute_ms(number) + 5_000,
        source="Desk",
        title=f"Headline number {number}",
        url=f"https://desk.example/story/{number}",
        guid=f"urn:story:{number}",
        symbols=symbols,
    )


def score(value: float) -> Score:
    return Score(value, "positive" if value > 0 else "neutral", "lexicon-1")
