"""Records as texts by the names that commit 031d62e gave their fields, and long lists of them as digests.

It reads what today's version records as it reads what that commit did: there it wrote what today's is held against.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from chalicelib.domain import Decision, EquityPoint, Fill, Trade
from chalicelib.ports import Journal

AGENT = "default"
CANDLE = ("symbol", "open_ms", "open", "high", "low", "close", "volume", "interval_ms")
VALUES = ("rsi", "ema_50", "ema_200", "bb_upper", "bb_middle", "bb_lower")
SENTIMENT = ("value", "evidence", "model")
SIGNAL = ("signals", "in_position", "action", "outcome", "reason", "quantity", "equity")
DECISION = ("agent_id", "symbol", "minute_ms", *SIGNAL, "decided_ms")
"""With candle, snapshot and sentiment, which are told by names of their own, all but config_hash."""
MONEY = ("entry_price", "exit_price", "entry_fee", "exit_fee", "pnl", "return_fraction")
TRADE = ("symbol", "quantity", "entry_ms", "exit_ms", *MONEY, "reason", "exact")
EQUITY = ("time_ms", "equity", "cash", "drawdown")
FILL = ("client_id", "symbol", "side", "quantity", "price", "fee", "time_ms", "reason", "exact")
TRADE_COLUMNS = "symbol,quantity,entry_time,entry_price,exit_time,exit_price,entry_fee,exit_fee,pnl,return,reason"
EQUITY_COLUMNS = "time,equity,cash,drawdown"
PAGE = 500

Plain = Any
"""What JSON is made of."""


def digest(texts: Iterable[str]) -> dict[str, Plain]:
    """Many lines in a few: how many, the first, the last, and what no other lines have."""
    lines = list(texts)
    whole = sha256("\n".join(lines).encode()).hexdigest()
    return {"rows": len(lines), "first": lines[:1], "last": lines[1:][-1:], "sha256": whole}


def by_day(rows: Iterable[tuple[int, str]]) -> dict[str, dict[str, Plain]]:
    """A digest a UTC day of texts with their times."""
    days: dict[str, list[str]] = {}
    for time_ms, text in rows:
        days.setdefault(datetime.fromtimestamp(time_ms // 1000, UTC).date().isoformat(), []).append(text)
    return {day: digest(texts) for day, texts in days.items()}


def recorded(journal: Journal) -> dict[str, list[tuple[int, str]]]:
    """All that the agent's run recorded, oldest first, each with the time that it is of."""
    return {
        "decisions": [(each.minute_ms, decision_text(each)) for each in _paged(journal.decisions)],
        "trades": [(each.exit_ms, trade_text(each)) for each in _paged(journal.trades)],
        "equity": [(each.time_ms, equity_text(each)) for each in journal.equity(AGENT, 0, 2**60)],
        "fills": [(each.time_ms, fill_text(each)) for each in journal.fills(AGENT)],
    }


def decision_text(decision: Decision) -> str:
    """All but the hash of the settings."""
    snapshot: Plain = decision.snapshot
    values = snapshot if isinstance(snapshot, Mapping) else snapshot._asdict()
    told = {
        "candle": None if decision.candle is None else _named(decision.candle, CANDLE),
        "snapshot": {name: values[name] for name in VALUES},
        "sentiment": _named(decision.sentiment, SENTIMENT),
    }
    return _text({**_named(decision, DECISION), **told})


def trade_text(trade: Trade) -> str:
    return _text(_named(trade, TRADE))


def equity_text(point: EquityPoint) -> str:
    return _text(_named(point, EQUITY))


def fill_text(fill: Fill) -> str:
    return _text(_named(fill, FILL))


def results(folder: Path) -> dict[str, Plain]:
    """What a backtest left in its folder; of metrics.json the figures, but for how long it took."""
    metrics = json.loads((folder / "metrics.json").read_text("utf-8"))
    figures = {name: value for name, value in metrics.items() if value is None or type(value) in (int, float)}
    return {
        "trades": digest(_rows(folder / "trades.csv", TRADE_COLUMNS)),
        "equity": digest(_rows(folder / "equity.csv", EQUITY_COLUMNS)),
        "metrics": {name: value for name, value in figures.items() if name != "seconds"},
    }


def listed(rows: Iterable[Mapping[str, Plain]], columns: str) -> dict[str, Plain]:
    """A digest of rows that came as JSON objects, of these columns."""
    return digest(_text({name: row[name] for name in columns.split(",")}) for row in rows)


def _rows(path: Path, columns: str) -> list[str]:
    """The rows of a CSV file, of these columns."""
    with path.open(encoding="utf-8", newline="") as file:
        return [",".join(row[name] for name in columns.split(",")) for row in csv.DictReader(file)]


def _paged(page_of: Callable[..., tuple[list[Plain], int | None]]) -> list[Plain]:
    """Every record of a journal, oldest first."""
    rows, before = page_of(AGENT, PAGE)
    while before is not None:
        page, before = page_of(AGENT, PAGE, before)
        rows += page
    return rows[::-1]


def _named(record: object, names: Sequence[str]) -> dict[str, Plain]:
    return {name: getattr(record, name) for name in names}


def _text(told: Mapping[str, Plain]) -> str:
    """One line of JSON that says every float to the bit; what is undefined is null."""
    return json.dumps(_without_nan(told), sort_keys=True, separators=(",", ":"), allow_nan=False)


def _without_nan(value: Plain) -> Plain:
    if isinstance(value, Mapping):
        return {name: _without_nan(each) for name, each in value.items()}
    if isinstance(value, tuple):
        return [_without_nan(each) for each in value]
    return None if value != value else value
