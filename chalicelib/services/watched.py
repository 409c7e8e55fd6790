"""Which symbols' candles are needed: those that the settings name, and what an agent still holds besides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chalicelib.errors import BadInput
from chalicelib.ports import Clock, PortfolioStore
from chalicelib.services.minute import held_besides

UNSETTLED_MS = 600_000
"""How long after settings were read an agent may still come to hold what they do not name: somebody with older ones
decides on a candle that was read before, at most minutes old. After that no candle of such a symbol is read, and none
can be entered.
"""


def watched(portfolios: PortfolioStore, agent_id: str, named: Sequence[str]) -> tuple[str, ...]:
    """The symbols whose candles the agent needs: the named, then what it holds besides. Raises what the store does."""
    return (*named, *held_besides(named, portfolios.load(agent_id)))


@dataclass(slots=True)
class Watched:
    """By agent the symbols whose candles are needed, asked minute after minute.

    Portfolios are read while something may be held that is not named, and not a minute longer: each reading is billed.
    """

    portfolios: PortfolioStore
    named: Mapping[str, Sequence[str]]
    stopwatch: Clock
    until_ms: int | None = None

    def by_agent(self) -> Mapping[str, Sequence[str]]:
        """Raises Unavailable while a portfolio cannot be read: its stop may hang on a candle that nobody else names."""
        now_ms = self.stopwatch.now_ms()
        if self.until_ms is None:
            self.until_ms = now_ms + UNSETTLED_MS
        if now_ms > self.until_ms:
            return self.named
        needed = {agent_id: self._of(agent_id, symbols) for agent_id, symbols in self.named.items()}
        if needed != self.named:
            self.until_ms = now_ms + UNSETTLED_MS
        return needed

    def _of(self, agent_id: str, named: Sequence[str]) -> tuple[str, ...]:
        try:
            return watched(self.portfolios, agent_id, named)
        except BadInput:  # damaged: such an agent cannot trade, and keeps no other from its candles
            return tuple(named)
