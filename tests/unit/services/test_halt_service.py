"""The kill switch as a service: whom it reaches, what it remembers, who may lift it."""

from __future__ import annotations

import pytest

from chalicelib.domain import Change, Portfolio, Side
from chalicelib.errors import BadInput, Unavailable
from chalicelib.services.halt import Books, Halt, HaltReport, Resume, books_of, together
from tests.support.desk import FALLING, DeadNotifier, Desk, after_close, desk, outcomes


def halted(shop: Desk, agent: str | None = "default", reason: str = "first", flatten: bool = False) -> list[Side]:
    report = shop.halt.run(agent, reason, flatten, after_close(3, 10))
    return [order.side for order in report.closing]


def test_halting_twice_keeps_the_first_reason() -> None:
    with desk() as shop:
        shop.minutes(0, *FALLING, 98.0)
        halted(shop)
        halted(shop, reason="second")
        assert shop.status().halt_reason == "first"
        [flag] = shop.stores.halts.flags("default")
        assert not flag.flatten


def test_flatten_can_be_asked_for_later_and_closes_once() -> None:
    with desk() as shop:
        shop.minutes(0, *FALLING, 98.0)
        assert halted(shop) == []
        assert halted(shop, flatten=True) == [Side.SELL]
        assert halted(shop, flatten=True) == [Side.SELL]  # the same intent, still pending
        assert len(shop.portfolio().orders) == 1
        shop.minutes(4, 98.0)
        assert shop.held() == 0.0
        assert halted(shop, flatten=True) == []


def test_asking_without_flatten_takes_a_flatten_not_back() -> None:
    with desk() as shop:
        shop.minutes(0, *FALLING, 98.0)
        halted(shop, flatten=True)
        halted(shop)
        assert shop.stores.halts.flags("default")[0].flatten


def test_a_halt_of_all_reaches_agents_by_name_and_is_not_lifted_for_one() -> None:
    with desk() as shop:
        shop.minutes(0, *FALLING)
        report = shop.halt.run(None, "all stop", False, after_close(2, 10))
        assert report.agents == ("default",)
        assert [order.side for order in report.withdrawn] == [Side.BUY]
        assert shop.stores.halts.flags("an agent that never traded")
        with pytest.raises(BadInput, match="all agents are halted"):
            shop.resume.run("another")
        assert shop.status().halted
        assert shop.resume.run(None).agents == ("default",)
        assert not shop.status().halted


def test_a_halt_of_one_leaves_the_others_alone() -> None:
    with desk() as shop:
        shop.minutes(0, *FALLING)
        halted(shop, agent="other")
        assert not shop.status().halted
        assert outcomes(shop.minutes(3, 97.0)) == ["nothing wanted"]
        assert shop.held() > 0.0


def test_an_agent_that_never_traded_is_halted_before_its_first_minute() -> None:
    with desk() as shop:
        halted(shop)
        shop.feed("AAAUSDT", 0, *FALLING)
        assert outcomes(shop.trade(after_close(2, 3))) == ["halted"]
        shop.resume.run("default")
        assert outcomes(shop.minutes(3, 97.0)) == ["ordered"]


def test_a_dead_notifier_blocks_no_halt() -> None:
    with desk(notifier=DeadNotifier()) as shop:
        shop.minutes(0, *FALLING, 98.0)
        assert halted(shop, flatten=True) == [Side.SELL]
        assert shop.status().halted


def test_the_alert_of_a_halt_names_agent_and_reason() -> None:
    with desk() as shop:
        halted(shop, reason="odd prices")
        halted(shop, agent=None, reason="everything odd")
        assert [alert.subject for alert in shop.told.alerts] == [
            "default halted: odd prices",
            "all agents halted: everything odd",
        ]


def test_resuming_what_is_not_halted_changes_nothing() -> None:
    with desk() as shop:
        shop.minutes(0, *FALLING)
        shop.resume.run("default")
        before = shop.portfolio()
        shop.resume.run("default")
        assert shop.portfolio() == before


class Unreadable:
    """Portfolios of a database that went down after the switch was thrown."""

    def load(self, agent_id: str) -> Portfolio | None:
        raise Unavailable("throttled")

    def commit(self, change: Change) -> None:
        raise Unavailable("throttled")

    def agents(self) -> list[str]:
        raise Unavailable("throttled")


@pytest.mark.parametrize("agent", ["default", None])
def test_a_halt_is_told_even_where_the_orders_cannot_be_withdrawn(agent: str | None) -> None:
    with desk() as shop:
        books = Books(Unreadable(), shop.stores.halts, shop.stores.failures, shop.executor)
        report = Halt(shop.stores.halts, books_of("default", books), shop.told).run(agent, "by hand", False, 0)
    assert [alert.subject for alert in shop.told.alerts] == [f"{agent or 'all agents'} halted: by hand"]
    assert report.agents == ("default",)
    assert [str(error) for error in report.failed] == ["throttled"]


def test_books_that_cannot_be_opened_keep_no_other_agent_from_being_halted_and_resumed() -> None:
    with desk() as shop:
        shop.minutes(0, *FALLING)

        def damaged() -> Books:
            raise BadInput("damaged")

        sound = Books(shop.stores.portfolios, shop.stores.halts, shop.stores.failures, shop.executor)
        books = {"broken": damaged, "gone": lambda: None, "default": lambda: sound}
        report = Halt(shop.stores.halts, lambda: books, shop.told).run(None, "odd", False, 0)
        assert report.agents == ("broken", "gone", "default")
        assert [order.side for order in report.withdrawn] == [Side.BUY]
        assert [str(error) for error in report.failed] == ["damaged"]
        for name in report.agents:
            assert shop.stores.halts.flags(name)
        done = Resume(shop.stores.halts, lambda: books).run(None)
        assert done.agents == ("broken", "gone", "default")
        assert [str(error) for error in done.failed] == ["damaged"]
        for name in report.agents:
            assert shop.stores.halts.flags(name) == []


@pytest.mark.parametrize(
    ("flatten", "words"), [(False, "positions are kept, with their stops"), (True, "positions are being closed")]
)
def test_the_alert_says_what_happens_to_the_positions(flatten: bool, words: str) -> None:
    with desk() as shop:
        halted(shop, flatten=flatten)
    assert [alert.body for alert in shop.told.alerts] == [words]


def test_reports_together_name_each_once_and_lose_no_failure() -> None:
    late = BadInput("locked")
    found = together([HaltReport(("one", "two")), HaltReport(("two",), failed=(late,))])
    assert found == HaltReport(("one", "two"), failed=(late,))
