"""What is asked of a run: read strictly, explained in one line, and round."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chalicelib.config import load_config, read_config
from chalicelib.errors import BadInput
from chalicelib.strategy.chosen import config_hash, rule_of
from trader.cloud_backtest.folder import FolderObjects
from trader.cloud_backtest.plan import MOST_SHARDS, ShardPlan, make_plan, plan_of
from trader.cloud_backtest.request import BacktestRequest, read_request, settings_of

HOUR_MS = 3_600_000
ASKED: dict[str, Any] = {
    "symbols": ["BTCUSDT"],
    "from_ms": 0,
    "to_ms": 10 * HOUR_MS,
    "grid": ["strategy.settings.rsi_buy=20,30"],
}


def test_a_request_is_read_back_from_its_json() -> None:
    config = read_config('[agent]\nsymbols = ["BTCUSDT", "ETHUSDT"]\n[risk]\nstop_loss = 0.015\n', "a test")
    request = BacktestRequest(
        symbols=config.agent.symbols,
        from_ms=60_000,
        to_ms=HOUR_MS,
        settings=settings_of(config),
        grid=("strategy.settings.rsi_buy=20,30",),
        archive_url="http://127.0.0.1:9000",
    )
    read = read_request(json.loads(json.dumps(request.as_json())))
    assert read == request
    assert read.config() == config
    assert config_hash(read.config(), rule_of(read.config())) == config_hash(config, rule_of(config))


def test_no_secret_leaves_the_machine() -> None:
    config = load_config(None, ["alerts.webhook=https://hooks.example/secret"])
    assert "secret" not in json.dumps(settings_of(config))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([], "must be an object"),
        ({**ASKED, "sybmols": []}, "sybmols: unknown"),
        ({**ASKED, "symbols": []}, "at least one"),
        ({**ASKED, "symbols": "BTCUSDT"}, "list of texts"),
        ({**ASKED, "from_ms": 0.5}, "from_ms"),
        ({**ASKED, "to_ms": 0}, "must lie before"),
        ({**ASKED, "settings": {"risk": 3}}, "object of sections"),
        ({**ASKED, "settings": {"risk": {"stop_los": 0.1}}}, "did you mean risk.stop_loss"),
        ({**ASKED, "symbols": ["BTCUSDT", "ETHBTC"]}, "one quote currency"),
        ({**ASKED, "settings": {"agent": {"interval": "1h"}}}, "agent.interval = 1h: candles longer than 1m are for"),
        (
            {**ASKED, "settings": {"strategy": {"name": "signals"}}},
            "signals needs a series that nothing gives here: entry",
        ),
        ({**ASKED, "objective": "luck"}, "must be one of total_return"),
        ({**ASKED, "min_trades": -1}, "min_trades"),
        ({**ASKED, "folds": 101}, "at most 100"),
        ({**ASKED, "archive_url": "https://user:pw@host/"}, "archive_url"),
    ],
)
def test_what_is_wrong_with_a_request_is_named(given: object, words: str) -> None:
    with pytest.raises(BadInput, match=words) as caught:
        read_request(given)
    assert "\n" not in str(caught.value)


def _plan(values: int, minutes: int, is_compiled: bool = False) -> ShardPlan:
    grid = f"strategy.settings.rsi_buy={','.join(str(value / 100) for value in range(1, values + 1))}"
    return plan_of(read_request({**ASKED, "to_ms": minutes * 60_000, "grid": [grid]}), None, is_compiled)


def test_every_set_is_in_one_shard() -> None:
    plan = _plan(values=21, minutes=600)
    assert plan.per_shard == 8
    numbers = [number for shard in range(plan.shards) for number in plan.numbers(shard)]
    assert numbers == list(range(21))
    with pytest.raises(BadInput, match="shard 3: there are 3"):
        plan.numbers(3)


def test_many_sets_make_larger_shards_and_long_ranges_smaller_ones() -> None:
    assert _plan(values=2000, minutes=600).shards <= MOST_SHARDS
    assert _plan(values=21, minutes=4_000_000).per_shard == 4
    with pytest.raises(BadInput, match="at most 800 sets fit"):
        _plan(values=2000, minutes=4_000_000)
    with pytest.raises(BadInput, match="shorter range"):
        _plan(values=2, minutes=70_000_000)
    assert _plan(values=2000, minutes=4_000_000, is_compiled=True).shards == MOST_SHARDS


@pytest.mark.parametrize(
    ("grid", "words"),
    [
        ([], "at least one key must vary"),
        (["strategy.settings.rsi_buy=1..2"], "a range a..b has no end of values"),
        (["strategy.settings.sentiment_buy=0.1,0.2"], "nothing is known of sentiment"),
        (["risk.max_open_positions=1,2"], "a market of one symbol"),
        (["strategy.settings.rsi_buy=80,90"], "every set contradicts itself"),
    ],
)
def test_a_grid_that_cannot_be_swept_is_refused_before_anything_is_fetched(grid: list[str], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        plan_of(read_request({**ASKED, "grid": grid}))


def test_a_market_that_does_not_fit_into_memory_is_refused_with_what_would(tmp_path: Path) -> None:
    request = {**ASKED, "symbols": [f"{name}USDT" for name in "ABCDE"], "to_ms": 3 * 365 * 24 * HOUR_MS}
    with pytest.raises(BadInput, match=r"take about 3258 MB and the functions have 1769.*BacktestMemory=3258"):
        make_plan(FolderObjects(tmp_path), "a-run", request, 1769, is_compiled=True)
    assert not list(tmp_path.iterdir())
    assert make_plan(FolderObjects(tmp_path), "a-run", request, 3258, is_compiled=True)["shards"] == [0]


def test_contradictory_sets_are_left_out_and_counted() -> None:
    request = read_request({**ASKED, "grid": ["strategy.settings.rsi_buy=60,80", "strategy.settings.rsi_sell=70"]})
    plan = plan_of(request)
    assert (plan.sets, plan.left_out) == (((60.0, 70.0),), 1)
