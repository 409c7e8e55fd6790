"""Portfolios are read for what is held besides the settings while that may be, and no longer: readings are billed."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from chalicelib.adapters.sqlite import Database
from chalicelib.domain import Portfolio
from chalicelib.errors import BadInput, Unavailable
from chalicelib.ports import PortfolioStore
from chalicelib.services.watched import UNSETTLED_MS, Watched
from tests.support.desk import FALLING, Desk, open_of
from tests.support.world import AGENT
from trader.runtime.lockstep import StepClock


@dataclass
class Counted:
    """A portfolio store that counts who is loaded, or fails."""

    store: PortfolioStore
    loaded: list[str] = field(default_factory=list)
    failure: Exception | None = None

    def load(self, agent_id: str) -> Portfolio | None:
        self.loaded.append(agent_id)
        if self.failure:
            raise self.failure
        return self.store.load(agent_id)


def watch_of(desk: Desk, *named: str) -> tuple[Watched, Counted, StepClock]:
    portfolios, clock = Counted(desk.stores.portfolios), StepClock(1)
    return Watched(portfolios, {AGENT: named, "other": ("CCCUSDT",)}, clock), portfolios, clock  # type: ignore[arg-type]


def test_what_is_held_besides_comes_after_the_named_and_is_looked_for_until_it_is_long_flat() -> None:
    with Database(":memory:") as database:
        desk = Desk(database)
        desk.minutes(0, *FALLING, 98.0)
        watch, portfolios, clock = watch_of(desk, "BBBUSDT")
        for minute in range(30):  # far beyond the first minutes, as it is held
            clock.set(minute * 60_000)
            assert watch.by_agent() == {AGENT: ("BBBUSDT", "AAAUSDT"), "other": ("CCCUSDT",)}
        desk.halt.run(AGENT, "out of it", True, open_of(4))
        desk.minutes(4, 90.0)
        assert desk.held() == 0.0
        assert watch.by_agent() == {AGENT: ("BBBUSDT",), "other": ("CCCUSDT",)}
        clock.set(clock.now_ms() + UNSETTLED_MS + 1)
        before = len(portfolios.loaded)
        assert watch.by_agent() == {AGENT: ("BBBUSDT",), "other": ("CCCUSDT",)}
        assert len(portfolios.loaded) == before


def test_an_entry_by_somebody_with_older_settings_is_found() -> None:
    with Database(":memory:") as database:
        desk = Desk(database)
        watch, _, clock = watch_of(desk, "BBBUSDT")
        assert watch.by_agent()[AGENT] == ("BBBUSDT",)
        clock.set(UNSETTLED_MS)
        desk.minutes(0, *FALLING)  # pending
        assert watch.by_agent()[AGENT] == ("BBBUSDT", "AAAUSDT")


def test_a_portfolio_that_cannot_be_read_now_is_an_error_and_a_damaged_one_stops_nobody() -> None:
    with Database(":memory:") as database:
        watch, portfolios, _ = watch_of(Desk(database), "BBBUSDT")
        portfolios.failure = Unavailable("money: throttled")
        with pytest.raises(Unavailable, match="throttled"):
            watch.by_agent()
        portfolios.failure = BadInput("stored Portfolio cannot be read")
        assert watch.by_agent() == {AGENT: ("BBBUSDT",), "other": ("CCCUSDT",)}
