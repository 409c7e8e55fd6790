"""`trader` in the background of a test, ended with it whatever happens."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.commands import start


@contextmanager
def background(*arguments: str, home: Path) -> Iterator[subprocess.Popen[str]]:
    """The command, once its agent is known; killed at the end of the block if it still runs."""
    with start(*arguments, home=home, cwd=home.parent) as process:
        try:
            until(lambda: any(home.glob("agents/*.json")))
            yield process
        finally:
            process.kill()


def until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait for it; fails when it does not come true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.02)


def ended(process: subprocess.Popen[str], number: signal.Signals) -> tuple[str, str]:
    """What it printed after this signal; it must end by itself with exit code 0."""
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    assert "Traceback" not in err
    return out, err
