"""The shapes of answers, held against those that were recorded from Binance."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.shared_data import shared

Json = Any


def shape(value: Json) -> Json:
    """Types and keys of a JSON value; decimal strings by their number of decimals."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value]
    if isinstance(value, str) and (match := re.fullmatch(r"-?\d+\.(\d+)", value)):
        return f"decimal {len(match[1])}"
    return type(value).__name__


def recorded(name: str) -> Json:
    found: Json = json.loads(shared(f"binance/payloads/{name}.json").read_text())
    return found
