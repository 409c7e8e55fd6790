"""What can go wrong on purpose: which faults, how often, and whether this request or candle meets one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from random import Random
from zlib import crc32

from chalicelib.domain import MINUTE_MS, Candle
from chalicelib.errors import BadInput

DEFAULT_DURATIONS_S = {"delay": 0.5, "429": 2.0, "missing": 20.0}
KINDS = ("delay", "cut", "error", "429", "garbage", "missing", "duplicate")
UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0}
PART = re.compile(r"(?P<kind>\w+)=(?P<chance>\d*\.?\d+)(?::(?P<amount>\d*\.?\d+)(?P<unit>ms|s|m))?")
GRAMMAR = """KIND=PROBABILITY[:DURATION],... with a probability of 0..1 and a duration such as 500ms, 2s or 1m:

\b
  delay=0.2:500ms   answers and messages wait that long
  error=0.1         HTTP 500, 502, 503 or 504
  429=0.05:2s       HTTP 429 with that Retry-After (whole seconds)
  cut=0.02          the connection breaks within an answer or instead of a message
  garbage=0.02      JSON broken off in the middle, status 200
  missing=0.01:20s  a one-minute candle never comes over WebSocket; REST has it that much simulated time late
  duplicate=0.05    a WebSocket message comes twice"""


@dataclass(frozen=True, slots=True)
class Fault:
    """How often a kind of fault strikes, 0..1, and how long it lasts (0.0 where that means nothing)."""

    probability: float
    duration_s: float


NEVER = Fault(0.0, 0.0)


def parse_faults(spec: str) -> dict[str, Fault]:
    """The faults of a `--faults` text, by kind. Raises BadInput.

    >>> parse_faults("error=0.1,delay=0.2:250ms")
    {'error': Fault(probability=0.1, duration_s=0.0), 'delay': Fault(probability=0.2, duration_s=0.25)}
    """
    faults: dict[str, Fault] = {}
    for part in spec.split(","):
        match = PART.fullmatch(part.strip())
        if match is None or match["kind"] not in KINDS:
            raise BadInput(f"--faults {part.strip()!r}: give KIND=PROBABILITY[:DURATION], kinds {', '.join(KINDS)}")
        kind, probability = match["kind"], float(match["chance"])
        if probability > 1.0:
            raise BadInput(f"--faults {part.strip()!r}: a probability is between 0 and 1")
        if kind in faults:
            raise BadInput(f"--faults {part.strip()!r}: {kind} is given twice")
        duration_s = DEFAULT_DURATIONS_S.get(kind, 0.0)
        if match["unit"] is not None:
            if kind not in DEFAULT_DURATIONS_S:
                raise BadInput(f"--faults {part.strip()!r}: {kind} takes no duration")
            duration_s = float(match["amount"]) * UNITS_S[match["unit"]]
        faults[kind] = Fault(probability, duration_s)
    return faults


class FaultPlan:
    """Draws faults from a seed: the same requests in the same order meet the same faults."""

    def __init__(self, faults: Mapping[str, Fault], seed: int) -> None:
        self._faults = faults
        self._seed = seed
        self._random = Random(f"{seed}/faults")

    def strikes(self, kind: str) -> bool:
        """Whether this kind of fault strikes now; draws only for kinds that can."""
        fault = self._faults.get(kind, NEVER)
        return fault.probability > 0.0 and self._random.random() < fault.probability

    def duration_s(self, kind: str) -> float:
        return self._faults.get(kind, NEVER).duration_s

    def retry_after_s(self) -> int:
        """Whole seconds, as the header has them."""
        return ceil(self.duration_s("429"))

    def error_status(self) -> int:
        return self._random.choice((500, 502, 503, 504))

    def lost(self, candle: Candle) -> bool:
        """Whether this minute is one of the missing: always the same ones for a seed."""
        probability = self._faults.get("missing", NEVER).probability
        if probability == 0.0:
            return False
        return crc32(f"{self._seed}/{candle.symbol}/{candle.open_ms}".encode()) < probability * 2**32

    def late(self, candle: Candle, now_ms: int) -> bool:
        """Whether REST has not got this minute yet."""
        return now_ms < candle.open_ms + MINUTE_MS + self.duration_s("missing") * 1000.0 and self.lost(candle)
