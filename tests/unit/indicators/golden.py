"""Golden values of every indicator, kept in golden.json: `python -m tests.unit.indicators.golden` adds what is new."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from tests.unit.indicators.candles import generated
from tests.unit.indicators.case import Case
from tests.unit.indicators.cases import CASES
from tests.unit.indicators.running import plain

FILE = Path(__file__).with_name("golden.json")
BARS = 2_000


def golden_of(case: Case) -> Mapping[str, object]:
    """The newest values in hexadecimal, which a person can compare, and a hash over all of them."""
    found = plain(case, generated(BARS, 42))
    every = np.where(np.isnan(found), np.nan, found)  # one NaN is as good as another
    digest = hashlib.sha256(every.astype("<f8").tobytes()).hexdigest()
    return {"newest": [float(value).hex() for value in found[:, -1]], "sha256": digest}


def kept() -> Mapping[str, object]:
    """By name of the case."""
    found: Mapping[str, object] = json.loads(FILE.read_text("utf-8")) if FILE.exists() else {}
    return found


if __name__ == "__main__":
    added = {name: golden_of(case) for name, case in CASES.items() if name not in kept()}
    FILE.write_text(json.dumps({**kept(), **added}, indent=1, sort_keys=True) + "\n", "utf-8")
