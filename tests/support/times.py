"""The time that tests take, by folder and by file: what `make check` and `make test` end with.

A pytest plugin (`-p tests.support.times`). With xdist the workers' reports all arrive in the process that prints, so
the sums are seconds of tests, not of waiting: two workers do them in about half.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

import pytest

SLOWEST = 10
"""Files that are named."""


def pytest_configure(config: pytest.Config) -> None:
    """A fresh count for each run of pytest, also for one inside another's process."""
    config.pluginmanager.register(Times())


class Times:
    """Seconds of set-up, call and tear-down of every test that ran, by the file it stands in."""

    def __init__(self) -> None:
        self._by_file: dict[str, float] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        file = report.nodeid.split("::")[0]
        self._by_file[file] = self._by_file.get(file, 0.0) + report.duration

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("seconds of tests by folder, and of the slowest files")
        for line in table(self._by_file):
            terminalreporter.line(line)


def table(by_file: Mapping[str, float]) -> list[str]:
    """Lines: each folder (tests/unit, or chalicelib with all that is in it) with its seconds, then the slowest files.

    >>> seconds = {"tests/unit/test_a.py": 1.0, "tests/unit/test_b.py": 2.5, "trader/cli/ask.py": 0.25}
    >>> for line in table(seconds):
    ...     print(line)
        3.5  tests/unit
        0.2  trader
    --
        2.5  tests/unit/test_b.py
        1.0  tests/unit/test_a.py
        0.2  trader/cli/ask.py
    """
    by_folder: dict[str, float] = {}
    for file, seconds in by_file.items():
        by_folder[_folder(file)] = by_folder.get(_folder(file), 0.0) + seconds
    return [*_slowest_first(by_folder), "--", *_slowest_first(by_file)[:SLOWEST]]


def _folder(file: str) -> str:
    top, *rest = PurePosixPath(file).parent.parts or (file,)
    return f"{top}/{rest[0]}" if top == "tests" and rest else top


def _slowest_first(seconds: Mapping[str, float]) -> list[str]:
    return [f"{spent:7.1f}  {name}" for name, spent in sorted(seconds.items(), key=lambda each: -each[1])]
