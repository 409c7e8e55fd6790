"""A strategy is sent to the process that runs truncated histories as its source: there it is the same one."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from chalicelib.strategy.loader import built_in, built_in_names, from_file
from chalicelib.strategy.settings import rule_with

ASKED = """
import pickle, sys
rule = pickle.loads(sys.stdin.buffer.read())
print(rule.strategy.name, rule.strategy.hash, rule.settings.fast, rule.key)
"""


@pytest.mark.parametrize("name", built_in_names())
def test_a_built_in_comes_back_as_itself(name: str) -> None:
    rule = rule_with(built_in(name), {})
    assert pickle.loads(pickle.dumps(rule)) == rule  # noqa: S301 (our own)


def test_a_file_is_the_same_in_another_process(tmp_path: Path) -> None:
    source = Path(built_in("ema_cross").file).read_text("utf-8")
    (tmp_path / "mine.py").write_text(source + "# mine\n", "utf-8")
    rule = rule_with(from_file(tmp_path / "mine.py"), {"fast": 5})
    (tmp_path / "mine.py").unlink()
    done = subprocess.run([sys.executable, "-c", ASKED], input=pickle.dumps(rule), capture_output=True, check=True)
    assert done.stdout.decode().split() == ["mine.py", rule.strategy.hash, "5", rule.key]
