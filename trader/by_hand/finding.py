"""What a preflight found, and what there is to look at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from chalicelib.config import Config
from trader.by_hand.destination import Destination
from trader.by_hand.examined import ExaminedExchange


class Preflight(StrEnum):
    """How a thing stands."""

    OK = "ok"
    NOTE = "note"
    """Worth knowing, nothing to be done."""
    FIX = "fix"
    """No agent should trade before it is done."""


class PreflightFinding(NamedTuple):
    """One thing that was looked at."""

    check: str
    state: Preflight
    words: str
    """What is there, and where it is to be fixed, what to do."""


@dataclass(frozen=True, slots=True)
class Premises:
    """What is looked at."""

    config: Config
    destination: Destination
    exchange: ExaminedExchange
    has_keys: bool
    has_alerts: bool
    now_ms: int
    """This machine's clock."""
    key_file: Path | None = None
    """Where the private key stands, if it has a file of its own."""
