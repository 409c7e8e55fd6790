"""What every part of the simulated exchange's server looks at: markets, clock, headlines, faults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chalicelib.domain import MINUTE_MS
from trader.sim.clock import SimClock
from trader.sim.conditions import DELISTED, Conditions
from trader.sim.faults import Fault, FaultPlan
from trader.sim.headlines import HeadlineFeed
from trader.sim.tape import MarketPath, generated_tapes, recorded_tapes
from trader.sim.trading.liquidity import Frictionless, Liquidity
from trader.sim.view import MarketView

if TYPE_CHECKING:
    from trader.data.candles import CandleColumns


@dataclass(frozen=True, slots=True)
class Exchange:
    """One simulated exchange; what it shows depends on its clock alone."""

    tapes: Mapping[str, MarketPath]
    clock: SimClock
    headlines: HeadlineFeed
    faults: FaultPlan
    conditions: Conditions = field(default_factory=Conditions)
    liquidity: Liquidity = field(default_factory=Frictionless)

    def listed(self) -> dict[str, MarketPath]:
        """The pairs that trade or have traded: one whose first candle is yet to come is not known to anybody."""
        now_ms = self.clock.now_ms()
        status = self.conditions.status
        return {
            name: tape
            for name, tape in self.tapes.items()
            if tape.first_ms <= now_ms and status(name, now_ms) != DELISTED
        }

    def status(self, symbol: str) -> str:
        """Whether a pair trades, in the exchange's word; one whose candles are over does not."""
        view = self.view(symbol)
        return self.conditions.status(symbol, view.now_ms) if view.trades else "BREAK"

    def view(self, symbol: str) -> MarketView:
        """All of a listed pair that is visible now."""
        return MarketView(self.tapes[symbol], self.clock.now_ms())

    def view_without_late(self, symbol: str) -> MarketView:
        """The same, without the minutes that faults hold back for now."""
        now_ms = self.clock.now_ms()
        return MarketView(self.tapes[symbol], now_ms, lambda candle: self.faults.late(candle, now_ms))


def generated_exchange(
    seed: int, symbols: Sequence[str], now_ms: int, history_minutes: int, speed: float, faults: Mapping[str, Fault]
) -> Exchange:
    """A market without end whose clock starts at `now_ms`, with some minutes before its own. Raises BadInput."""
    tapes = generated_tapes(seed, symbols, now_ms - now_ms % MINUTE_MS - history_minutes * MINUTE_MS)
    return _opened(tapes, seed, now_ms, speed, faults)


def recorded_exchange(
    files: Sequence[CandleColumns], seed: int, history_candles: int, speed: float, faults: Mapping[str, Fault]
) -> Exchange:
    """The market of candle files, its clock starting once one of them has that many closed candles. Raises BadInput."""
    tapes = recorded_tapes(files)
    now_ms = min(tape.nth_open(history_candles) for tape in tapes.values()) + MINUTE_MS
    return _opened(tapes, seed, now_ms, speed, faults)


def _opened(
    tapes: Mapping[str, MarketPath], seed: int, now_ms: int, speed: float, faults: Mapping[str, Fault]
) -> Exchange:
    return Exchange(tapes, SimClock(now_ms, speed), HeadlineFeed(seed, tapes), FaultPlan(faults, seed))
