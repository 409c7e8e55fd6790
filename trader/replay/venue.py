"""The recorded fills as a venue: it answers what was booked, and says where paper would have filled otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chalicelib.domain import Fill, Order, Side
from chalicelib.kernel import codes
from chalicelib.kernel.account import NO_FILL, Slot
from chalicelib.kernel.account import Fill as KernelFill
from chalicelib.kernel.bar import Bar
from chalicelib.ports import Executor
from chalicelib.services.minute import protective_id
from chalicelib.words import REASONS, SIDES
from trader.replay.differences import Difference, Value, compared

CODES = {str(word): code for code, word in REASONS.items()}


class RecordedVenue:
    """An Executor for one minute. `paper` fills what the record is held to, None where an exchange filled it."""

    def __init__(self, agent_id: str, minute_ms: int, fills: Sequence[Fill], paper: Executor | None) -> None:
        self._agent_id = agent_id
        self._minute_ms = minute_ms
        self._unclaimed = list(fills)
        self._paper = paper
        self.differences: list[Difference] = []

    def send(self, order: Order) -> None:
        """Nothing is ever sent."""

    def cancel(self, order: Order) -> bool:
        """What was recorded has happened; what was not never will."""
        return True

    def order_fill(self, order: Order, bar: Bar, cash: float) -> KernelFill:
        """What the record says of this order."""
        expected = None if self._paper is None else self._paper.order_fill(order, bar, cash)
        return self._answer(order.client_id, order.symbol, order.reason, expected)

    def exit_fill(self, symbol: str, slot: Slot, bar: Bar) -> KernelFill:
        """What the record says of the position's protective legs."""
        expected = None if self._paper is None else self._paper.exit_fill(symbol, slot, bar)
        leg = protective_id(self._agent_id, symbol, slot.position)
        return self._answer(leg, symbol, "", expected)

    def unclaimed(self) -> Iterator[Difference]:
        """Recorded fills that no order and no position explains; asked once the minute is settled."""
        for fill in self._unclaimed:
            yield Difference(self._minute_ms, fill.symbol, "fill", words_of(fill), None, "ordered")

    def _answer(self, order_id: str, symbol: str, reason: str, expected: KernelFill | None) -> KernelFill:
        found = next((fill for fill in self._unclaimed if fill.client_id == order_id), None)
        if found is not None:
            self._unclaimed.remove(found)
        if expected is not None:
            self._compare(symbol, found, expected, reason)
        if found is None:
            return NO_FILL
        side = codes.BUY if found.side is Side.BUY else codes.SELL
        return KernelFill(
            side, found.quantity, found.price, found.fee, found.time_ms, CODES.get(found.reason, codes.NONE)
        )

    def _compare(self, symbol: str, found: Fill | None, expected: KernelFill, reason: str) -> None:
        if found is None or expected.side == codes.NONE:
            stored = None if found is None else words_of(found)
            again = None if expected.side == codes.NONE else words_of_kernel(expected)
            self.differences += compared(self._minute_ms, symbol, {"fill": stored}, {"fill": again})
            return
        stored_values: dict[str, Value] = {
            "fill side": found.side.value,
            "fill quantity": found.quantity,
            "fill price": found.price,
            "fill fee": found.fee,
            "fill time": found.time_ms,
            "fill reason": str(found.reason),
        }
        again_values: dict[str, Value] = {
            "fill side": SIDES[expected.side].value,
            "fill quantity": expected.quantity,
            "fill price": expected.price,
            "fill fee": expected.fee,
            "fill time": expected.time_ms,
            "fill reason": reason or REASONS[expected.reason].value,
        }
        self.differences += compared(self._minute_ms, symbol, stored_values, again_values)


def words_of(fill: Fill) -> str:
    """A fill in one breath."""
    return f"{fill.side.value} {fill.quantity!r} at {fill.price!r} ({fill.reason})"


def words_of_kernel(fill: KernelFill) -> str:
    """The same of the kernel's fill; the reason of an order's fill stands in the order."""
    return f"{SIDES[fill.side].value} {fill.quantity!r} at {fill.price!r}"
