"""The only reader of os.environ and of agent.toml."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """The folder of the local store: TRADER_HOME, ./var by default."""
    return Path(os.environ.get("TRADER_HOME") or "var")
