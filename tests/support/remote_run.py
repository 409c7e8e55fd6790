"""A run on Step Functions without Step Functions: its handlers, called as the state machine calls them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chalicelib.config import Config
from trader.backtest.engine import PLAIN
from trader.cloud_backtest import handlers
from trader.cloud_backtest.folder import FolderObjects
from trader.cloud_backtest.market import StoredMarket, load_market
from trader.cloud_backtest.objects import Objects
from trader.cloud_backtest.plan import plan_of
from trader.cloud_backtest.reduce import silently
from trader.cloud_backtest.request import BacktestRequest, settings_of
from trader.data.candles import CandleColumns
from trader.tuning.files import write_tuning
from trader.tuning.tune import tune

RUN_ID = "20261125T101500Z-a1b2"
BUCKET = "a-bucket"
GRID = ("strategy.settings.rsi_buy=25,30,35", "strategy.settings.rsi_sell=60,65,70", "risk.stop_loss=0.005,0.01")
Handler = Callable[[Mapping[str, Any], object], Any]


def request_for(
    candles: Iterable[CandleColumns], archive_url: str, config: Config | None = None, **more: Any
) -> BacktestRequest:
    """Everything of these candles."""
    listed = list(candles)
    return BacktestRequest(
        symbols=tuple(each.symbol for each in listed),
        from_ms=int(min(each.open_ms[0] for each in listed)),
        to_ms=int(max(each.open_ms[-1] for each in listed)),
        settings=settings_of(config or Config()),
        **{"grid": GRID, "archive_url": archive_url, "objective": "total_return", "folds": 2, **more},
    )


@dataclass
class Machine:
    """Steps in their order. `failing` shards raise at every attempt; `twice` delivers every event two times."""

    failing: Mapping[int, Exception] = field(default_factory=dict)
    twice: bool = False

    def run(self, request: BacktestRequest) -> dict[str, Any]:
        """What the reduce step answers."""
        event = {"bucket": BUCKET, "run_id": RUN_ID}
        planned = self._call(handlers.plan, {**event, "request": request.as_json(), "memory_mb": "1769"})
        pieces = [{"bucket": BUCKET, "piece": each, "sources": planned["sources"]} for each in planned["pieces"]]
        history = [self._call(handlers.history, piece) for piece in pieces]
        outcomes = [self._shard(shard, {**event, "shard": shard, "history": history}) for shard in planned["shards"]]
        answer = self._call(handlers.reduce, {**event, "history": history, "outcomes": outcomes})
        assert isinstance(answer, dict)
        return answer

    def _shard(self, shard: int, event: Mapping[str, Any]) -> Any:
        if shard not in self.failing:
            return self._call(handlers.shard, event)
        error = self.failing[shard]
        cause = json.dumps({"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": ["x" * 900]})
        return {"shard": shard, "error": type(error).__name__, "cause": cause[:500]}

    def _call(self, handler: Handler, event: Mapping[str, Any]) -> Any:
        """Through JSON, as Lambda does."""
        answers = [json.loads(json.dumps(handler(json.loads(json.dumps(event)), None))) for _ in range(1 + self.twice)]
        assert all(answer == answers[0] for answer in answers)
        return answers[0]


def tuned_here(request: BacktestRequest, objects: Objects, history: list[str], folder: Path) -> None:
    """What `trader tune` writes for the same candles and options."""
    plan = plan_of(request)
    market: StoredMarket = load_market(objects, request, history)
    write_tuning(folder, tune(market, plan.keys.base, plan.tuning, PLAIN, silently))


def run_files(objects: FolderObjects | Objects, names: Iterable[str]) -> dict[str, bytes]:
    """Files of the run by name, those that are there."""
    found = {name: objects.read(f"runs/{RUN_ID}/{name}") for name in names}
    return {name: content for name, content in found.items() if content is not None}
