"""Runs of a world in whose midst somebody else acts: another run of the same minute, or a halt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from chalicelib.adapters.sqlite import SqlitePortfolioStore
from chalicelib.domain import Change, Side
from tests.support.wires import Wire
from tests.support.world import AGENT, Record, World, Wrap

Store = type[SqlitePortfolioStore]
WorldOf = Callable[[Store], AbstractContextManager[World]]
"""Makes a world over a portfolio store of this class, and closes it."""


@dataclass(frozen=True)
class Halted:
    """What a halt in the midst of a run came to."""

    after: list[Change]
    """What was committed after it had returned."""
    record: Record
    """As it was at the end."""

    def breaches(self, flatten: bool) -> Iterator[str]:
        """What may not be after a halt."""
        ordered = [order.client_id for change in self.after for order in (*change.entries, *change.exits)]
        if ordered:
            yield f"orders of the rule committed after the halt: {ordered}"
        late = [fill for change in self.after[1:] for fill in change.fills if fill.side is Side.BUY]
        if late:
            yield f"entries filled after the halt: {late}"
        portfolio = self.record.portfolio
        if portfolio is None:
            return
        if any(order.side is Side.BUY for order in portfolio.orders):
            yield "an entry is still pending"
        if flatten and any(slot.position.quantity > 0.0 for slot in portfolio.slots.values()):
            yield "a position was not closed"


@dataclass
class _Watched:
    """A portfolio store that keeps what was committed."""

    world: World
    committed: list[Change] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.world.stores.portfolios, name)

    def commit(self, change: Change) -> None:
        self.world.stores.portfolios.commit(change)
        self.committed.append(change)

    def around(self, wrap: Wrap) -> Wrap:
        """`wrap` with this store in the place of the portfolios'."""
        return lambda name, port: wrap(name, self if name == "portfolios" else port)


@dataclass(frozen=True)
class InterruptedRuns:
    """Runs of so many minutes, each of a world of its own; of all minutes where `minutes` is None."""

    world_of: WorldOf
    minutes: int | None = None
    later: int = 0
    """Minutes that are traded after those in which a halt is thrown: what it closes needs one to fill in."""

    def calls(self) -> int:
        """Of a run from its beginning to its end."""
        with self.world_of(SqlitePortfolioStore) as world:
            wire = Wire()
            world.run(self.minutes, wire.strung)
            return len(wire.calls)

    def with_a_rival(self, number: int, store: Store = SqlitePortfolioStore) -> Record:
        """A run in whose call number `number` another run trades the same minute from beginning to end."""
        with self.world_of(store) as world:

            def rival() -> None:
                use_cases = world.use_cases()
                use_cases.news.run(world.clock.now_ms())
                use_cases.fetch_klines.run().raise_first()
                use_cases.update_indicators.run()
                use_cases.trade.run(world.clock.now_ms())

            world.run(self.minutes, Wire(number, after=True, act=rival).strung)
            return world.record()

    def halted(self, number: int, flatten: bool, store: Store = SqlitePortfolioStore) -> Halted:
        """A run in which a halt was thrown around call number `number`."""
        with self.world_of(store) as world:
            watched = _Watched(world)
            halted_at: list[int] = []

            def halt() -> None:
                world.halt().run(AGENT, "test", flatten, world.clock.now_ms())
                halted_at.append(len(watched.committed))

            world.run(self.minutes, watched.around(Wire(number, after=True, act=halt).strung))
            if self.later:
                world.run(self.later, watched.around(lambda name, port: port))
            return Halted(watched.committed[halted_at[0] :], world.record())

    def breaches(self, number: int, flatten: bool, store: Store = SqlitePortfolioStore) -> list[str]:
        """What went wrong after a halt that was thrown around call number `number` of a run."""
        return list(self.halted(number, flatten, store).breaches(flatten))
