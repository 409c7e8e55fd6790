"""The test that mostly waits for minutes to pass goes first, so that the others run meanwhile."""

from __future__ import annotations

import pytest

GOES_FIRST = "test_stack.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name != GOES_FIRST)
