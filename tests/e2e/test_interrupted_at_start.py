"""Ctrl-C while a command is still importing: one line, no traceback, the exit code that shells have for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

INTERRUPT_AT = """
import os, signal, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
sys.argv = ["trader", "status"]
from trader.cli import main
main()
"""


@pytest.mark.parametrize("module", ["trader.cli.group", "click", "chalicelib.errors", "trader.cli.status"])
def test_no_traceback(module: str) -> None:
    code = INTERRUPT_AT.format(module=module)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 130
    assert done.stderr.strip() == "trader: interrupted"
    assert done.stdout == ""
