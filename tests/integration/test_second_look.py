"""What is read again between a decision and its order: the flag, the intent, the switch; and ids that stay."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import replace

import pytest

from chalicelib.adapters.sqlite import Database
from chalicelib.domain import Alert, Change, HaltFlag, Order, Portfolio, Side
from chalicelib.errors import Unavailable
from chalicelib.kernel import codes
from chalicelib.kernel.account import NO_ORDER, Slot
from chalicelib.kernel.step import Switch
from chalicelib.ports import Executor, HaltStore, Notifier, PortfolioStore
from chalicelib.services.alerts import tell
from chalicelib.services.halt import Halt, HaltReport
from chalicelib.services.minute import AgentRules, new_order, pending_orders
from chalicelib.services.portfolios import rewrite, without
from chalicelib.services.trade import TradeMinutes, TradePorts
from tests.fakes.venue import VenueWithMemory
from tests.support.desk import FALLING, REAL_TIME, Desk, Neutral, after_close, desk, open_of, outcomes
from tests.support.world import AGENT, Silent

Act = Callable[[Desk], object]
FLAG = HaltFlag(AGENT, "test", after_close(2, 3), False)


class ActsAroundAnEntry:
    """A portfolio store around whose first commit of an entry somebody else acts."""

    def __init__(self, stores: PortfolioStore, act: Callable[[], object], before: bool) -> None:
        self._stores = stores
        self._act: Callable[[], object] | None = act
        self._before = before

    def load(self, agent_id: str) -> Portfolio | None:
        return self._stores.load(agent_id)

    def agents(self) -> list[str]:
        return self._stores.agents()

    def commit(self, change: Change) -> None:
        act = self._act if change.entries else None
        if act is not None:
            self._act = None
        if act is not None and self._before:
            act()
        self._stores.commit(change)
        if act is not None and not self._before:
            act()


def shop_ports(shop: Desk, portfolios: PortfolioStore, venue: Executor, notifier: Notifier) -> TradePorts:
    """Those of the desk, with these in their places."""
    stores = shop.stores
    return TradePorts(
        portfolios, stores.halts, stores.candles, stores.indicators, stores.rules, Neutral(), venue, notifier
    )


def run_with(act: Act, trade: type[TradeMinutes], *, before: bool) -> tuple[list[Order], list[str]]:
    """What reached the venue and how the deciding minute ended, where somebody acts around the commit of the entry."""
    with desk() as shop:
        venue = VenueWithMemory(shop.executor)
        portfolios = ActsAroundAnEntry(shop.stores.portfolios, lambda: act(shop), before)
        ports = shop_ports(shop, portfolios, venue, Silent())
        shop.feed("AAAUSDT", 0, *FALLING)
        report = trade(shop.rules, 10_000.0, REAL_TIME, ports).run(after_close(2, 3))
        return venue.placed, outcomes(report.changes)


def flag_of_the_agent(shop: Desk) -> None:
    shop.stores.halts.throw(FLAG)


def flag_of_all(shop: Desk) -> None:
    shop.stores.halts.throw(replace(FLAG, scope="*"))


def whole_halt(shop: Desk) -> None:
    shop.halt.run(AGENT, "test", False, after_close(2, 3))


def withdrawn_and_resumed(shop: Desk) -> None:
    """The intent is gone again though no flag is up any more."""
    for order in shop.portfolio().orders:
        rewrite(shop.stores.portfolios, AGENT, lambda stored, gone=order: without(stored, gone))  # type: ignore[misc]


def nothing(shop: Desk) -> None:
    pass


ACTS: tuple[Act, ...] = (flag_of_the_agent, flag_of_all, whole_halt, withdrawn_and_resumed)


def sent_after(trade: type[TradeMinutes]) -> list[str]:
    """By which acts between the commit of an entry and its sending the entry was sent all the same."""
    return [act.__name__ for act in ACTS if run_with(act, trade, before=False)[0]]


def test_an_entry_is_not_sent_once_its_agent_is_halted_or_its_intent_is_gone() -> None:
    placed, ended = run_with(nothing, TradeMinutes, before=False)
    assert [order.side for order in placed] == [Side.BUY]
    assert ended == ["ordered"]
    assert sent_after(TradeMinutes) == []


class SendsWithoutRereadingTheFlag(TradeMinutes):
    """Planted defect: only the intent is looked at again."""

    def _may_not_send(self, order: Order) -> bool:
        stored = self._ports.portfolios.load(order.agent_id)
        return order.side is Side.BUY and (stored is None or order not in stored.orders)


class NeverRefusesTheSecondLook(TradeMinutes):
    """Planted defect: whatever the second look finds, the entry goes out."""

    def _may_not_send(self, order: Order) -> bool:
        return False


@pytest.mark.parametrize(
    ("planted", "noticed"),
    [
        (SendsWithoutRereadingTheFlag, ["flag_of_the_agent", "flag_of_all"]),
        (NeverRefusesTheSecondLook, [act.__name__ for act in ACTS]),
    ],
)
def test_a_send_without_the_second_look_is_noticed(planted: type[TradeMinutes], noticed: list[str]) -> None:
    assert sent_after(planted) == noticed


@pytest.mark.parametrize("act", [flag_of_the_agent, flag_of_all])
def test_a_minute_that_a_halt_came_into_is_traded_halted_in_the_same_run(act: Act) -> None:
    assert run_with(act, TradeMinutes, before=True) == ([], ["halted"])


class ReadsTheSwitchOnce(TradeMinutes):
    """Planted defect: after the store has said Halted the minute is made anew under the old switch."""

    _read: Switch | None = None

    def _switch(self) -> Switch:
        self._read = self._read or super()._switch()
        return self._read


def test_a_switch_that_is_not_read_again_is_noticed() -> None:
    assert run_with(flag_of_the_agent, ReadsTheSwitchOnce, before=True) == ([], [])


Mirror = Callable[[AgentRules, Portfolio, Mapping[str, Slot], Container[str], int], tuple[Order, ...]]


def ids_while_unanswered(mirror: Mirror) -> list[str]:
    """The ids of one entry whose symbol has no candle for three minutes."""
    with desk() as shop:
        shop.minutes(0, *FALLING)
        stored = shop.portfolio()
        ids = [order.client_id for order in stored.orders]
        for minute in range(3, 6):
            orders = mirror(shop.rules, stored, stored.slots, (), open_of(minute))
            stored = replace(stored, orders=orders, minute_ms=open_of(minute))
            ids.extend(order.client_id for order in orders)
        return ids


def test_a_pending_order_keeps_its_id_until_it_is_answered() -> None:
    ids = ids_while_unanswered(pending_orders)
    assert len(ids) == 4
    assert len(set(ids)) == 1


def test_a_pending_order_keeps_its_id_in_the_store_while_its_symbol_is_missing() -> None:
    pair = ("AAAUSDT", "BBBUSDT")
    with desk(pair) as shop:
        for symbol in pair:
            shop.feed(symbol, 0, *FALLING)
        shop.trade(after_close(2, 3))
        [entry] = [order for order in shop.portfolio().orders if order.symbol == "BBBUSDT"]
        for minute in (3, 4, 5):
            shop.feed("AAAUSDT", minute, 97.0)
            [change] = shop.trade(after_close(minute, 21))
            assert entry in shop.portfolio().orders
            assert entry.client_id not in {order.client_id for order in change.entries}


def test_an_answered_order_that_is_decided_again_alike_is_a_new_one() -> None:
    with desk() as shop:
        shop.minutes(0, *FALLING)
        stored = shop.portfolio()
        [first] = stored.orders
        [again] = pending_orders(shop.rules, stored, stored.slots, (first.symbol,), open_of(3))
        assert replace(again, client_id=first.client_id, decided_ms=first.decided_ms) == first
        assert again.client_id != first.client_id


class HoldsOn:
    """A venue that lets go of the entries of every symbol but one."""

    def __init__(self, venue: Executor, symbol: str) -> None:
        self.send, self.order_fill, self.exit_fill = venue.send, venue.order_fill, venue.exit_fill
        self._symbol = symbol

    def cancel(self, order: Order) -> bool:
        return order.symbol != self._symbol


def test_an_entry_that_the_venue_holds_on_to_stays_pending_through_a_halted_minute_and_the_others_go() -> None:
    symbols = ("AAAUSDT", "BBBUSDT", "CCCUSDT")
    with desk(symbols, ("risk.position_fraction=0.3",)) as shop:
        for symbol in symbols:
            shop.feed(symbol, 0, *FALLING)
        shop.trade(after_close(2, 3))
        assert len(shop.portfolio().orders) == 3
        shop.stores.halts.throw(HaltFlag(AGENT, "odd", 1))  # whoever threw it died before it withdrew anything
        stores, venue = shop.stores, HoldsOn(shop.executor, "BBBUSDT")
        ports = shop_ports(shop, stores.portfolios, venue, shop.told)
        shop.feed("AAAUSDT", 3, 97.0)
        [change] = TradeMinutes(shop.rules, shop.config.agent.cash, REAL_TIME, ports).run(after_close(3, 21)).changes
        assert [order.symbol for order in change.portfolio.orders] == ["BBBUSDT"]
        assert {name for name, slot in change.portfolio.slots.items() if slot.order != NO_ORDER} == {"BBBUSDT"}


def test_an_id_made_anew_each_minute_is_noticed() -> None:
    def anew(
        rules: AgentRules, portfolio: Portfolio, after: Mapping[str, Slot], answered: Container[str], decided_ms: int
    ) -> tuple[Order, ...]:
        return tuple(
            new_order(rules.agent_id, symbol, slot.order, decided_ms, "signal")
            for symbol, slot in after.items()
            if slot.order.side != codes.NONE
        )

    assert len(set(ids_while_unanswered(anew))) == 4


class LooksAtTheFlag(Silent):
    """A channel whose reader looks at once whether the flag is up."""

    def __init__(self, halts: HaltStore) -> None:
        super().__init__()
        self._halts = halts
        self.up: list[bool] = []

    def notify(self, alert: Alert) -> None:
        super().notify(alert)
        self.up.append(bool(self._halts.flags(AGENT)))


class NoFlags:
    """A halt store that takes no flag."""

    def throw(self, flag: HaltFlag) -> None:
        raise Unavailable("disk full")


class TellsBeforeTheFlagIsUp(Halt):
    """Planted defect: the alert goes out first."""

    def run(self, agent_id: str | None, reason: str, flatten: bool, now_ms: int) -> HaltReport:
        tell(self._notifier, Alert(f"{agent_id} halted: {reason}", "", now_ms))
        return super().run(agent_id, reason, flatten, now_ms)


def told_of_a_halt(halt: type[Halt]) -> tuple[list[bool], list[Alert]]:
    """Whether the flag was up at each alert; and what is told of a halt whose flag could not be thrown."""
    with Database(":memory:") as database:
        shop = Desk(database)
        channel = LooksAtTheFlag(shop.stores.halts)
        halt(shop.stores.halts, dict, channel).run(AGENT, "test", False, after_close(2, 3))
        dead = Silent()
        with pytest.raises(Unavailable, match="disk full"):
            halt(NoFlags(), dict, dead).run(AGENT, "test", False, after_close(2, 3))  # type: ignore[arg-type]
        return channel.up, dead.alerts


def test_a_halt_is_told_once_its_flag_is_up_and_not_otherwise() -> None:
    assert told_of_a_halt(Halt) == ([True], [])


def test_an_alert_before_the_flag_is_noticed() -> None:
    up, dead = told_of_a_halt(TellsBeforeTheFlagIsUp)
    assert not up[0]
    assert dead
