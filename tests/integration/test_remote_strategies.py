"""Strategies on Step Functions: each built-in by bars of several lengths, files of one's own, series; all as here."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from chalicelib.config import load_config
from chalicelib.config.keys import with_value
from chalicelib.errors import BadInput
from chalicelib.strategy.chosen import strategy_of
from chalicelib.strategy.loader import built_in_names
from tests.fakes.archive_server import ArchiveServer, publishing
from tests.support.markets import wave
from tests.support.own_strategy import SOURCE
from tests.support.remote_run import RUN_ID, Machine, request_for, run_files
from trader.backtest.engine import PLAIN
from trader.backtest.inputs import Source, load
from trader.cloud_backtest import handlers, market, reduce, shard
from trader.cloud_backtest.folder import FolderObjects
from trader.cloud_backtest.reduce import silently
from trader.cloud_backtest.request import read_request
from trader.cloud_backtest.series import contents_of, digest_of, put_series
from trader.data.candle_files import COLUMNS
from trader.data.candles import CandleColumns
from trader.data.series_files import files_of
from trader.tuning.axes import read_axes
from trader.tuning.files import FILES, write_tuning
from trader.tuning.tune import TuningPlan, tune
from trader.tuning.walk_forward import ChosenSet

STRETCH = 15
BARS = 120
GRID = ("risk.stop_loss=0.01,0.05",)
NEVER_THE_SAME = {"seconds"}
CSV = tuple(name for name in FILES if name.endswith(".csv"))
TWO_SERIES = Path(__file__).parents[1] / "strategies" / "two_series.py"


def stretched(candles: CandleColumns) -> CandleColumns:
    """Each candle as so many minutes, so that longer bars swing as minutes do."""
    minutes = np.arange(len(candles.open_ms) * STRETCH, dtype=np.int64) * 60_000
    first = candles.open_ms[0] // 86_400_000 * 86_400_000
    return CandleColumns(candles.symbol, first + minutes, *(np.repeat(each, STRETCH) for each in candles[2:]))


CANDLES = [stretched(wave("AAAUSDT", BARS, 1)), stretched(wave("BBBUSDT", BARS, 2))]
FIRST_MS = int(CANDLES[0].open_ms[0])


@dataclass(frozen=True)
class World:
    """Where history comes from, the store of a run, and a folder with the same candles as files."""

    server: ArchiveServer
    objects: FolderObjects
    folder: Path

    def is_as_here(
        self, *given: str, series: tuple[str, ...] = (), grid: tuple[str, ...] = GRID
    ) -> Mapping[str, bytes]:
        """Assert that a run there leaves the tables that one here does; those of there."""
        overrides = (f"agent.symbols={','.join(each.symbol for each in CANDLES)}", *given)
        shutil.rmtree(self.folder / "store" / "runs", ignore_errors=True)
        there = self.there(overrides, series, grid)
        here = self.here(overrides, series, grid)
        assert {name: there[name] for name in CSV} == {name: here[name] for name in CSV}
        local, remote = json.loads(here["metrics.json"]), json.loads(there["metrics.json"])
        assert {name for name, value in local.items() if remote[name] != value} <= NEVER_THE_SAME
        assert there["best.toml"] == here["best.toml"]
        return there

    def there(self, overrides: tuple[str, ...], series: tuple[str, ...], grid: tuple[str, ...]) -> Mapping[str, bytes]:
        config = load_config(None, overrides)
        strategy = strategy_of(config)
        contents = contents_of(files_of(strategy, config.inputs, series))
        put_series(self.objects, contents.values())
        more = {
            "series": {name: digest_of(content) for name, content in contents.items()},
            "source": strategy.source if config.strategy.file else "",
        }
        Machine().run(request_for(CANDLES, self.server.url, config, grid=grid, min_trades=0, **more))
        return run_files(self.objects, FILES)

    def here(self, overrides: tuple[str, ...], series: tuple[str, ...], grid: tuple[str, ...]) -> Mapping[str, bytes]:
        candles = ",".join(str(self.folder / f"{each.symbol}_1m.parquet") for each in CANDLES)
        inputs = load(Source(candles=candles, overrides=overrides, series=series), lambda line: None, silently)
        axes = read_axes(grid, strategy_of(inputs.config))
        tuned = tune(inputs, inputs.config, TuningPlan(axes, None, 2, ChosenSet("total_return", 0)), PLAIN, silently)
        write_tuning(self.folder / "here", tuned)
        return {path.name: path.read_bytes() for path in (self.folder / "here").iterdir()}


@pytest.fixture(scope="module")
def server() -> Iterator[ArchiveServer]:
    with publishing(CANDLES) as served:
        yield served


@pytest.fixture
def world(server: ArchiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Without numba, as a zip runs: what is compiled is held to plain Python elsewhere."""
    store = FolderObjects(tmp_path / "store")
    monkeypatch.setattr(handlers, "_bucket", lambda name: store)
    for module in (market, reduce, shard):
        monkeypatch.setattr(module, "fastest", lambda: PLAIN)
    monkeypatch.chdir(tmp_path)
    for each in CANDLES:
        table = pa.table([np.asarray(column) for column in each[1:]], names=list(COLUMNS))
        parquet.write_table(table, tmp_path / f"{each.symbol}_1m.parquet")
    return World(server, store, tmp_path)


def series_file(name: str, folder: Path, every: int, first: int, last: str = "") -> str:
    """As --series takes it: 1 for a minute at each of some closes, `last` until the next."""
    closes = range(FIRST_MS + first * STRETCH * 60_000, int(CANDLES[0].open_ms[-1]), every * STRETCH * 60_000)
    rows = [f"{close},1\n{close + 60_000},{last}\n" for close in closes]
    (folder / f"{name}.csv").write_text("time,value\n" + "".join(rows), "utf-8")
    return f"{name}={folder / name}.csv"


@pytest.mark.parametrize("interval", ["15m", "1h"])
@pytest.mark.parametrize("name", built_in_names())
def test_a_built_in_does_there_what_it_does_here(world: World, name: str, interval: str) -> None:
    needs = strategy_of(load_config(None, [f"strategy.name={name}"])).needed_series
    series = (series_file("entry", world.folder, 8, 4), series_file("exit", world.folder, 8, 8)) if needs else ()
    there = world.is_as_here(f"strategy.name={name}", f"strategy.interval={interval}", series=series)
    assert json.loads(there["metrics.json"])["strategy_interval"] == interval
    assert not needs or there["trades.csv"].count(b"\n") > 10


def test_what_follows_from_other_settings_does_so_there(world: World) -> None:
    """Nobody gave how old a bar may be, which follows from its length, nor a target beside several."""
    given = ("strategy.name=macd_trend", "risk.take_profits=[[0.005, 0.5]]")
    world.is_as_here(*given, grid=("strategy.interval=15m,4h",))
    config = load_config(None, ["strategy.name=macd_trend"])
    request = request_for(CANDLES, world.server.url, config, grid=("strategy.interval=15m,4h",))
    base = read_request(request.as_json()).config()
    assert with_value(base, "strategy.interval", "4h").risk.stale_after_s == 720


def test_a_file_of_ones_own_is_sent_along(world: World) -> None:
    (world.folder / "mine.py").write_text(SOURCE, "utf-8")
    grid = ("strategy.settings.bars=1,2", *GRID)
    there = world.is_as_here("strategy.file=mine.py", "strategy.interval=15m", grid=grid)
    assert there["trades.csv"].count(b"\n") > 10
    assert json.loads(there["metrics.json"])["strategy"] == "mine.py"
    assert str(world.folder / "mine.py") in there["best.toml"].decode()


def test_a_file_that_reads_series_is_sent_with_them(world: World) -> None:
    """Of a series a row may be of one symbol; an age limit of the settings counts there as well."""
    (world.folder / "mine.py").write_bytes(TWO_SERIES.read_bytes())
    series = (series_file("funding", world.folder, 6, 2, "-1"), series_file("mood", world.folder, 4, 1, "-1"))
    given = ("strategy.file=mine.py", 'inputs.series_max_age=["mood=20m"]')
    there = world.is_as_here(*given, series=series)
    assert there["trades.csv"] != world.is_as_here(*given, series=series[:1])["trades.csv"]
    assert there["trades.csv"] != world.is_as_here(given[0], series=series)["trades.csv"]


def test_a_series_that_expired_is_named(world: World) -> None:
    series = (series_file("entry", world.folder, 8, 4),)
    world.is_as_here("strategy.name=signals", series=series)
    for path in (world.folder / "store" / "history" / "series").iterdir():
        path.unlink()
    with pytest.raises(BadInput, match=r"history/series/[0-9a-f]{64}\.csv: has expired or was never written"):
        handlers.shard({"bucket": "b", "run_id": RUN_ID, "shard": 0, "history": keys(world)}, None)


def keys(world: World) -> list[str]:
    """Of the history that a run left."""
    found = (world.folder / "store" / "history").rglob("1m/*.npy")
    return sorted(str(path.relative_to(world.folder / "store")) for path in found)


def asked(**more: object) -> dict[str, object]:
    settings = {"strategy": {"file": "/home/me/mine.py", "hash": "0" * 16}}
    return {
        "symbols": ["AAAUSDT"],
        "from_ms": 0,
        "to_ms": 3_600_000,
        "grid": list(GRID),
        "settings": settings,
        "source": SOURCE,
        **more,
    }


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (asked(), r"mine\.py: is [0-9a-f]{16} here and 0{16} where it was sent from: .* deploy again"),
        (asked(source=""), r'strategy\.file = "/home/me/mine\.py": its source is not in the request'),
        (asked(source=3), "source: must be a text"),
        (asked(source=f"import os\n{SOURCE}"), r"mine\.py, line 1: "),
        (asked(settings={}, source="", series={"mood": "0" * 64}), "reads no such series; it reads sentiment"),
        (asked(settings={}, source="", series={"sentiment": "0" * 64}), "sentiment: on AWS nothing is known of it"),
        (asked(settings={}, source="", series={"mood": "x.csv"}), "series: must be an object of SHA-256"),
        (asked(settings={}, source="", series=["mood"]), "series: must be an object of SHA-256"),
    ],
)
def test_what_is_sent_and_cannot_be_used_is_one_line(given: object, words: str) -> None:
    with pytest.raises(BadInput, match=words) as caught:
        read_request(given)
    assert "\n" not in str(caught.value)
