"""What an image brings along compiled is what a run calls: nothing is compiled again where it runs.

The steps are the Dockerfile's and start.sh's, without Docker: compile where the image is built, copy to where it may be
written, run there as another process. Sources keep their place and time, as they do in an image.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from infra.backtest.package import sources

WHOLE_SECOND = 946_684_800
RUNS = (("rsi_sentiment", "1m"), ("ema_cross", "15m"))
RUN = """
import sys
from pathlib import Path
from numba.core import event
from trader.cloud_backtest import handlers
from trader.cloud_backtest.folder import FolderObjects
from trader.cloud_backtest.tables import packed
from trader.cloud_backtest.warm import _wave
store = FolderObjects(Path(sys.argv[1]))
handlers._bucket = lambda name: store
symbols = sys.argv[2].split(",")
given = {"bucket": "b", "run_id": "r"}
waves = [_wave(symbol, number) for number, symbol in enumerate(symbols)]
grid = ["strategy.settings.rsi_buy=20,25,30,35,40,41,42,43,44,45", "strategy.settings.rsi_period=5,14"]
if sys.argv[3] == "ema_cross":
    grid = ["strategy.settings.fast=5,9", "strategy.settings.stop_atr=1,2,3,4,5,6,7,8,9,10"]
request = {"symbols": symbols, "from_ms": 0, "to_ms": int(waves[0].open_ms[-1]), "objective": "total_return",
           "settings": {"strategy": {"name": sys.argv[3], "interval": sys.argv[4]}}, "grid": grid, "folds": 2,
           "min_trades": 0}
plan = handlers.plan({**given, "request": request, "memory_mb": "1769"}, None)
keys = [f"history/{wave.symbol}.npy" for wave in waves]
for key, wave in zip(keys, waves):
    store.write(key, packed(wave))
with event.install_recorder("numba:compile") as compiling:
    shards = [handlers.shard({**given, "shard": shard, "history": keys}, None) for shard in plan["shards"]]
    answer = handlers.reduce({**given, "history": keys, "outcomes": shards}, None)
assert answer["best"] is not None
print(sorted({each.data["dispatcher"].py_func.__name__ for _, each in compiling.buffer}), "compiled here")
"""


def python(code: Path, cache: Path, *arguments: str) -> str:
    """Run it as an image does."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    own = {"PYTHONPATH": str(code), "XDG_CACHE_HOME": str(cache), "NUMBA_CPU_NAME": "generic"}
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**kept, **own, "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=code,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.slow
def test_nothing_that_a_run_calls_is_compiled_again(tmp_path: Path) -> None:
    code = tmp_path / "task"
    for name, content in sources().items():
        path = code / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (WHOLE_SECOND, WHOLE_SECOND))
    assert python(code, tmp_path / "built", "-m", "trader.cloud_backtest.warm") == "compiled for numba\n"
    shutil.copytree(tmp_path / "built", tmp_path / "copied")
    for symbols, (strategy, interval) in product(("WARM0", "WARM0,WARM1"), RUNS):
        given = (str(tmp_path / strategy / symbols), symbols, strategy, interval)
        said = python(code, tmp_path / "copied", "-c", RUN, *given)
        assert said == "[] compiled here\n"
