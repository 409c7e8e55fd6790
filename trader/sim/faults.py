"""What can go wrong on purpose: which faults, how often, and whether this request or candle meets one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from zlib import crc32

from chalicelib.domain import MINUTE_MS, Candle
from chalicelib.errors import BadInput
from trader.sim.fault_kinds import FAULT_KINDS

KINDS = tuple(FAULT_KINDS)
UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0}
PART = re.compile(r"(?P<kind>\w+)=(?P<chance>\d*\.?\d+)(?::(?P<duration>\S+))?")
DURATION = re.compile(r"(?P<amount>\d*\.?\d+)(?P<unit>ms|s|m)")
GRAMMAR = (
    "KIND=PROBABILITY[:DURATION],... with a probability of 0..1 and a duration such as 500ms, 2s or 1m:\n\n\b\n"
    + ("\n".join(f"  {name:15} {kind.says}" for name, kind in FAULT_KINDS.items()))
)


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
        duration_s = FAULT_KINDS[kind].default_s or 0.0
        if match["duration"] is not None:
            duration_s = duration_of(match["duration"], kind, f"--faults {part.strip()!r}")
        faults[kind] = Fault(probability, duration_s)
    return faults


def duration_of(text: str, kind: str, where: str) -> float:
    """Seconds of a duration such as 500ms. Raises BadInput, beginning with `where`, also for a kind without one."""
    match = DURATION.fullmatch(text)
    if match is None:
        raise BadInput(f"{where}: give KIND=PROBABILITY[:DURATION], the duration such as 500ms, 2s or 1m")
    if FAULT_KINDS[kind].default_s is None:
        raise BadInput(f"{where}: {kind} takes no duration")
    return float(match["amount"]) * UNITS_S[match["unit"]]


@dataclass(slots=True)
class RequestedFault:
    """A fault that strikes the next so many requests of an endpoint, `METHOD /path`; of all its kind's for none."""

    kind: str
    endpoint: str
    times: int
    duration_s: float

    def meets(self, kind: str, endpoint: str) -> bool:
        fits = self.endpoint == endpoint if self.endpoint else FAULT_KINDS[kind].strikes(endpoint)
        return self.times > 0 and self.kind == kind and fits


class FaultPlan:
    """Draws faults from a seed: the same requests in the same order meet the same faults."""

    def __init__(self, faults: Mapping[str, Fault], seed: int) -> None:
        self._faults = faults
        self._seed = seed
        self._random = Random(f"{seed}/faults")
        self.requested: list[RequestedFault] = []
        """Those that were asked for one by one; they strike before any is drawn."""
        self.watchers: list[Callable[[str], None]] = []
        """Each hears the kind of whatever is asked for."""
        self.witnesses: list[Callable[[str, str], None]] = []
        """Each hears the kind of a fault that has struck, and what it struck."""

    def strikes(self, kind: str) -> bool:
        """Whether this kind of fault strikes a message now; draws only for kinds that can."""
        return self._told(kind, "a message") if self._drawn(kind) else False

    def _drawn(self, kind: str) -> bool:
        fault = self._faults.get(kind, NEVER)
        return fault.probability > 0.0 and self._random.random() < fault.probability

    def _told(self, kind: str, endpoint: str) -> bool:
        for witness in self.witnesses:
            witness(kind, endpoint)
        return True

    def duration_s(self, kind: str) -> float:
        return self._faults.get(kind, NEVER).duration_s

    def request(self, fault: RequestedFault) -> None:
        """Ask for one of the next requests to be struck."""
        self.requested.append(fault)
        for watcher in self.watchers:
            watcher(fault.kind)

    def draws(self, kind: str) -> bool:
        """Whether this kind of fault may strike unasked."""
        return self._faults.get(kind, NEVER).probability > 0.0

    def skew_ms(self, endpoint: str) -> int:
        """How far ahead the clock is that a request meets."""
        ahead, behind = self.strike("skew_ahead", endpoint), self.strike("skew_behind", endpoint)
        return round(((ahead or NEVER).duration_s - (behind or NEVER).duration_s) * 1000)

    def strike(self, kind: str, endpoint: str) -> Fault | None:
        """The fault of this kind that strikes a request now, such as `POST /api/v3/order`."""
        for asked in self.requested:
            if asked.meets(kind, endpoint):
                asked.times -= 1
                self.requested = [each for each in self.requested if each.times > 0]
                self._told(kind, endpoint)
                return Fault(1.0, asked.duration_s)
        if FAULT_KINDS[kind].strikes(endpoint) and self._drawn(kind):
            self._told(kind, endpoint)
            return self._faults[kind]
        return None

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
