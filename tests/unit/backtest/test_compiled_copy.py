"""A copy of a built-in strategy has its hash and types of its own: neither reads the other's machine code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from chalicelib.strategy.loader import built_in, from_file
from trader.backtest.compiled_strategy import compiled

ASKED = """
from chalicelib.strategy.loader import built_in
from trader.backtest.compiled_strategy import compiled
print(compiled(built_in("ema_cross")).obstacle or "none")
"""


def test_the_built_in_compiles_where_a_copy_of_it_did(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(built_in("ema_cross").source, "utf-8")
    copy = from_file(tmp_path / "mine.py")
    assert copy.hash == built_in("ema_cross").hash
    assert compiled(copy).obstacle == ""
    done = subprocess.run([sys.executable, "-c", ASKED], capture_output=True, text=True, check=True)
    assert done.stdout == "none\n"
