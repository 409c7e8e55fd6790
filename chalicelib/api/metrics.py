"""GET /metrics: what a Prometheus server scrapes.

https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from chalicelib.api.desk import Desk, Member
from chalicelib.api.messages import HttpRequest, Response
from chalicelib.domain import Scoring, close_of
from chalicelib.services.liveness import Liveness

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

FAMILIES = {
    "trader_equity": "Equity at the last mark, in quote currency.",
    "trader_cash": "Cash, in quote currency.",
    "trader_drawdown_ratio": "Fraction below the highest mark.",
    "trader_halted": "1 while no entry is allowed, else 0.",
    "trader_open_positions": "Number of open positions.",
    "trader_pending_orders": "Number of orders that wait for their fill.",
    "trader_position_quantity": "Quantity of an open position, in base currency.",
    "trader_position_unrealized_pnl": "What an open position would earn at the last close, in quote currency.",
    "trader_last_minute_age_seconds": "Time since the close of the newest traded minute.",
    "trader_running": "1 while a process has the agent's run, else 0; absent where functions trade.",
    "trader_behind_minutes": "Minutes that have closed and are not decided; absent in simulated time.",
    "trader_silent_symbols": "Symbols whose candles stay away, as an alert has told.",
    "trader_last_trade_pnl": "What the last closed position earned after fees, in quote currency.",
    "trader_last_trade_timestamp_seconds": "The minute in which it was closed.",
    "trader_sentiment_degraded": "1 while the newest score is the fallback's, else 0.",
    "trader_last_score_age_seconds": "Time since the newest headline was scored.",
    "trader_headlines_waiting": "Headlines that have no score yet.",
    "trader_headlines_scored_total": "Headlines that were scored.",
    "trader_headlines_degraded_total": "Of those, how many by the fallback.",
}
"""Those in _total are counters, all others gauges: they are read from the stores, which no restart resets."""


@dataclass(frozen=True, slots=True)
class MetricSample:
    """One value of one metric."""

    name: str
    labels: Mapping[str, str]
    value: float


def metrics(desk: Desk, request: HttpRequest) -> Response:
    """Of the agent that is named, or of all."""
    now_ms = desk.clock.now_ms()
    samples = [sample for member in desk.read(request.query.get("agent")) for sample in _of(member, now_ms)]
    return Response(200, exposition(samples), CONTENT_TYPE)


def exposition(samples: list[MetricSample]) -> str:
    """The text format: every metric with its help and type, then its samples.

    >>> print(exposition([MetricSample("trader_cash", {"agent": 'a"b'}, 1.5)]), end="")
    # HELP trader_cash Cash, in quote currency.
    # TYPE trader_cash gauge
    trader_cash{agent="a\\"b"} 1.5
    """
    lines = []
    for name, about in FAMILIES.items():
        own = [sample for sample in samples if sample.name == name]
        if own:
            kind = "counter" if name.endswith("_total") else "gauge"
            lines += [f"# HELP {name} {about}", f"# TYPE {name} {kind}"]
            lines += [f"{name}{{{_labels(sample.labels)}}} {sample.value!r}" for sample in own]
    return "".join(f"{line}\n" for line in lines)


def _of(member: Member, now_ms: int) -> Iterator[MetricSample]:
    records = member.records()
    now = records.status.run(member.agent_id)
    own = {"agent": now.agent, "mode": now.mode}
    yield MetricSample("trader_equity", own, now.equity)
    yield MetricSample("trader_cash", own, now.cash)
    yield MetricSample("trader_drawdown_ratio", own, now.drawdown)
    yield MetricSample("trader_halted", own, float(now.halted))
    yield MetricSample("trader_open_positions", own, float(len(now.positions)))
    yield MetricSample("trader_pending_orders", own, float(len(now.pending_orders)))
    for position in now.positions:
        labels = {**own, "symbol": position.symbol}
        yield MetricSample("trader_position_quantity", labels, position.quantity)
        yield MetricSample("trader_position_unrealized_pnl", labels, position.unrealized_pnl)
    if now.last_minute_ms is not None:
        yield MetricSample("trader_last_minute_age_seconds", own, max(0, now_ms - close_of(now.last_minute_ms)) / 1000)
    yield from _of_liveness(now.liveness, own)
    last, _ = records.journal.trades(member.agent_id, 1)
    for trade in last:
        yield MetricSample("trader_last_trade_pnl", own, trade.pnl)
        yield MetricSample("trader_last_trade_timestamp_seconds", own, trade.exit_ms / 1000)
    if now.sentiment is not None:
        yield from _of_scoring(now.sentiment, own, now_ms)


def _of_liveness(now: Liveness, own: Mapping[str, str]) -> Iterator[MetricSample]:
    if now.running is not None:
        yield MetricSample("trader_running", own, float(now.running))
    if now.behind_minutes is not None:
        yield MetricSample("trader_behind_minutes", own, float(now.behind_minutes))
    yield MetricSample("trader_silent_symbols", own, float(len(now.no_data)))


def _of_scoring(scoring: Scoring, own: Mapping[str, str], now_ms: int) -> Iterator[MetricSample]:
    """Headlines are shared: agents of one store show the same."""
    yield MetricSample("trader_sentiment_degraded", own, float(scoring.degraded))
    if scoring.last_scored_ms is not None:
        yield MetricSample("trader_last_score_age_seconds", own, max(0, now_ms - scoring.last_scored_ms) / 1000)
    yield MetricSample("trader_headlines_waiting", own, float(scoring.waiting))
    yield MetricSample("trader_headlines_scored_total", own, float(scoring.scored))
    yield MetricSample("trader_headlines_degraded_total", own, float(scoring.degraded_scored))


def _labels(labels: Mapping[str, str]) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
