"""The routes that show what was recorded. Every list is newest first, with the cursor of the next page."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from chalicelib import codec
from chalicelib.api.desk import Desk
from chalicelib.api.equity import newest_points
from chalicelib.api.given import LATEST_MS, before_of, limit_of, range_of
from chalicelib.api.messages import HttpRefusal, HttpRequest, Response
from chalicelib.domain import Decision, EquityPoint, Trade
from chalicelib.errors import BadInput

LARGEST_ANSWER = 4_000_000
"""Characters: a Lambda answers 6 MB at most, in which every quotation mark is escaped."""
DECISIONS_AT_ONCE = 100
"""So many of them fit in any case, with 1,000 headlines behind each: 33 kB."""


def status(desk: Desk, request: HttpRequest) -> Response:
    """What an agent is worth, what it holds and whether it trades."""
    member = desk.one(request.query.get("agent"))
    return Response(200, codec.dump(member.records().status.run(member.agent_id)))


def positions(desk: Desk, request: HttpRequest) -> Response:
    """The open positions; there are never so many that they need a second page."""
    member = desk.one(request.query.get("agent"))
    held = member.records().status.run(member.agent_id).positions
    newest = sorted(held, key=lambda position: position.entry_ms, reverse=True)
    return _listing("positions", map(codec.dump, newest), None)


def trades(desk: Desk, request: HttpRequest) -> Response:
    """Closed positions, as rows of trades.csv."""
    member = desk.one(request.query.get("agent"))
    page, cursor = member.records().journal.trades(member.agent_id, limit_of(request.query), before_of(request.query))
    return _listing("trades", map(trade_row, page), cursor)


def decisions(desk: Desk, request: HttpRequest) -> Response:
    """Decisions with every input behind them; a page ends early where it would get too long for a Lambda's answer."""
    member = desk.one(request.query.get("agent"))
    limit, cursor = limit_of(request.query), before_of(request.query)
    records = member.records()
    stories = records.stories()
    rows: list[str] = []
    while True:
        page, cursor = records.journal.decisions(member.agent_id, min(limit - len(rows), DECISIONS_AT_ONCE), cursor)
        new = [decision_row(decision, stories.conditions(decision)) for decision in page]
        rows += new
        expected = sum(map(len, rows)) + sum(map(len, new))
        if cursor is None or len(rows) >= limit or expected > LARGEST_ANSWER:
            return _listing("decisions", rows, cursor)


def why(desk: Desk, request: HttpRequest) -> Response:
    """The story of one trade: why it was made and ended. Refused with 404 where there is none of that name."""
    from chalicelib.services.trade_story import LATEST

    member = desk.one(request.query.get("agent"))
    try:
        story = member.records().stories().run(member.agent_id, request.query.get("trade", LATEST))
    except BadInput as error:
        raise HttpRefusal(404, str(error)) from None
    return Response(200, codec.dump(story))


def equity(desk: Desk, request: HttpRequest) -> Response:
    """The equity curve, as rows of equity.csv; `before` is the time of the last row of the page before."""
    member = desk.one(request.query.get("agent"))
    limit, before = limit_of(request.query), before_of(request.query)
    from_ms, to_ms = range_of(request.query)
    records = member.records()
    portfolio = records.portfolios.load(member.agent_id)
    if portfolio is None or portfolio.minute_ms is None:
        return _listing("equity", (), None)
    newest_ms = min(to_ms, portfolio.minute_ms, LATEST_MS if before is None else before - 1)
    points = newest_points(records.journal, member.agent_id, from_ms, newest_ms, limit + 1)
    page = points[:limit]
    return _listing("equity", map(equity_row, page), page[-1].time_ms if len(points) > limit else None)


def trade_row(trade: Trade) -> str:
    """A trade as a JSON object with the columns of trades.csv, and the exchange's own strings where it gave some."""
    return json.dumps(
        {
            "symbol": trade.symbol,
            "quantity": trade.quantity,
            "entry_time": trade.entry_ms,
            "entry_price": trade.entry_price,
            "exit_time": trade.exit_ms,
            "exit_price": trade.exit_price,
            "entry_fee": trade.entry_fee,
            "exit_fee": trade.exit_fee,
            "pnl": trade.pnl,
            "return": trade.return_fraction,
            "reason": trade.reason,
            "position": trade.position,
            "exact": dict(trade.exact),
        },
        allow_nan=False,
    )


def decision_row(decision: Decision, conditions: Sequence[str]) -> str:
    """A decision as a JSON object, with what the strategy compared in words."""
    return f'{codec.dump(decision)[:-1]},"conditions":{json.dumps(list(conditions))}}}'


def equity_row(point: EquityPoint) -> str:
    """A point as a JSON object with the columns of equity.csv."""
    row = {"time": point.time_ms, "equity": point.equity, "cash": point.cash, "drawdown": point.drawdown}
    return json.dumps(row, allow_nan=False)


def _listing(name: str, rows: Iterable[str], cursor: int | None) -> Response:
    return Response(200, f'{{"{name}":[{",".join(rows)}],"next":{json.dumps(cursor)}}}')
