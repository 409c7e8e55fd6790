"""The longest tests go first, so that no worker is left with one at the end."""

from __future__ import annotations

import pytest

GO_FIRST = ("test_stack.py", "test_lambda_equals_local.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name not in GO_FIRST)
