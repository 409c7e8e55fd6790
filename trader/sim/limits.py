"""Request weight per address and minute: 429 above the limit, 418 for those who go on regardless."""

from __future__ import annotations

from dataclasses import dataclass

WEIGHT_LIMIT = 6000
WINDOW_S = 60
PATIENCE = 10
"""Refused requests within a window before the address is banned."""
BAN_S = 120


@dataclass(frozen=True, slots=True)
class RequestWeight:
    """What a request has come to: weight used in this window, and how long to stay away when refused."""

    used: int
    retry_after_s: int | None = None
    banned: bool = False


@dataclass(slots=True)
class Usage:
    window: int
    used: int = 0
    refused: int = 0
    banned_until_s: float = 0.0


class ServerWeights:
    """Keeps account in windows of real time, as a speed-up of the market gives nobody more requests."""

    def __init__(self) -> None:
        self._usages: dict[str, Usage] = {}

    def charge(self, address: str, weight: int, now_s: float) -> RequestWeight:
        """Book a request of this weight; `now_s` is any clock that never goes backwards."""
        window = int(now_s // WINDOW_S)
        usage = self._usages.setdefault(address, Usage(window))
        if usage.window != window:
            usage.window, usage.used, usage.refused = window, 0, 0
        if now_s < usage.banned_until_s:
            return RequestWeight(usage.used, int(usage.banned_until_s - now_s) + 1, banned=True)
        usage.used += weight
        if usage.used <= WEIGHT_LIMIT:
            return RequestWeight(usage.used)
        usage.refused += 1
        if usage.refused > PATIENCE:
            usage.banned_until_s = now_s + BAN_S
            return RequestWeight(usage.used, BAN_S, banned=True)
        return RequestWeight(usage.used, int((window + 1) * WINDOW_S - now_s) + 1)

    def give_back(self, address: str, weight: int) -> RequestWeight:
        """Take off what a request was charged that cost nothing in the end."""
        usage = self._usages[address]
        usage.used = max(0, usage.used - weight)
        return RequestWeight(usage.used)
