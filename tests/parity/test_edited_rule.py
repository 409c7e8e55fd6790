"""A person who edits the rule gets the edited rule, although what was compiled is kept on disk.

In copies of the project, each with a cache of its own, run by processes of their own as `trader` is.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import json
import chalicelib, trader
from chalicelib.kernel.account import Costs
from chalicelib.kernel.limits import Limits
from chalicelib.kernel.step import Params
from chalicelib.strategy.loader import built_in
from chalicelib.strategy.settings import rule_with
from tests.support.markets import wave
from trader.backtest.engine import PLAIN, ParameterSet, fastest, run_one
from trader.backtest.market import tape_of

limits = Limits(0.02, 0.04, 0.0, 0.1, 0.0, 0.0, 0.05, 0.0, 0.5, 0, 0, False)
rule = rule_with(built_in("rsi_sentiment"), {"rsi_period": 5, "rsi_buy": 25.0, "rsi_sell": 60.0})
tried = ParameterSet(rule, Params(limits, Costs(0.001, 0.0), (0.0,)))
tape = tape_of([wave("A", 2_000, 1)])
found = {"folders": [str(module.__path__[0]) for module in (chalicelib, trader)]}
for engine in (fastest(), PLAIN):
    run = run_one(tape, tried, 10_000.0, engine=engine)
    found[engine.name] = [run.walked.words.tolist(), run.walked.amounts.tolist(), run.equity.tobytes().hex()]
print(json.dumps(found))
"""
STRATEGY = "chalicelib/strategies/rsi_sentiment.py"
OVERSOLD = "    if values.rsi < settings.rsi_buy and "
LATER = "    if values.rsi < settings.rsi_buy + 5.0 and "
BELOW_THE_MIDDLE = "    if close < 0.5 * (values.bb_lower + values.bb_middle) and values.ema_50 > 0.0 and "
TARGET = "    level = position.entry_price * (1.0 + limits.take_profit) if"
NEARER = "    level = position.entry_price * (1.0 + 0.3 * limits.take_profit) if"
NOTICED = "        digest.update(Path(str(source)).read_bytes())\n"

pytest.importorskip("numba", reason="without numba nothing is compiled")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The parts of the project that a backtest imports."""
    for folder in ("chalicelib", "trader", "tests/support"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "run_it.py").write_text(SCRIPT, "utf-8")
    return tmp_path


def started(copy: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(copy), "XDG_CACHE_HOME": str(copy / "cache")}
    return subprocess.Popen(
        [sys.executable, str(copy / "run_it.py")],
        cwd=copy,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str], copy: Path) -> dict[str, Any]:
    """What the backtest came to by each engine."""
    output, errors = process.communicate(timeout=300.0)
    assert process.returncode == 0, errors[-2_000:]
    found: dict[str, Any] = json.loads(output)
    assert found.pop("folders") == [str(copy / "chalicelib"), str(copy / "trader")]
    return found


def edit(copy: Path, file: str, before: str, after: str) -> None:
    text = (copy / file).read_text("utf-8")
    assert text.count(before) == 1
    (copy / file).write_text(text.replace(before, after), "utf-8")


@pytest.mark.slow
def test_an_edited_rule_is_compiled_anew_and_two_processes_may_compile_at_once(copy: Path) -> None:
    """The second edit looks at bands and averages, which the compiler leaves out of a rule that does not."""
    both = [started(copy), started(copy)]
    first, second = (ended(process, copy) for process in both)
    assert first == second
    assert ended(started(copy), copy) == first  # from the cache
    results = [first]
    for before, after in ((OVERSOLD, LATER), (LATER, BELOW_THE_MIDDLE)):
        edit(copy, STRATEGY, before, after)
        results.append(ended(started(copy), copy))
    for result in results:
        assert result["numba"] == result["plain Python"]
        assert len(result["numba"][0]) > 10
    assert results[0] != results[1] != results[2] != results[0]


@pytest.mark.slow
def test_a_cache_that_does_not_look_at_the_kernel_would_be_noticed(copy: Path) -> None:
    """Planted: a cache named without the kernel's sources. What a strategy's is named by stands in its hash."""
    edit(copy, "trader/backtest/compiled.py", NOTICED, "        digest.update(str(source).encode())\n")
    before = ended(started(copy), copy)
    edit(copy, "chalicelib/kernel/levels.py", TARGET, NEARER)
    after = ended(started(copy), copy)
    assert after["plain Python"] != before["plain Python"]
    assert after["numba"] == before["numba"] != after["plain Python"]
