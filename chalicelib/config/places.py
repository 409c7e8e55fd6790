"""Folders of this machine, by environment variables with a default each."""

from __future__ import annotations

import os
import sys
from pathlib import Path

APP = "ai-trader"


def home() -> Path:
    """The folder of the local store: TRADER_HOME, ./var by default."""
    return Path(os.environ.get("TRADER_HOME") or "var")


def cache_folder() -> Path:
    """Where what can be made again is kept between runs: XDG_CACHE_HOME, ~/.cache by default."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / APP


def models_folder() -> Path:
    """Where the model files lie: TRADER_MODELS, beside the installed packages by default, as `make llama` lays them."""
    return Path(os.environ.get("TRADER_MODELS") or Path(sys.prefix) / "share" / "ai-trader" / "models")
