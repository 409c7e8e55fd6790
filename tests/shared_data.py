"""Real market data and feeds that stand beside the project, not in it."""

from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def shared(path: str) -> Path:
    """A file or folder of the shared data; skips the test where this machine does not have it."""
    found = SHARED_DATA / path
    if not found.exists():
        pytest.skip(f"needs the shared data file {path}, absent on this machine")
    return found
