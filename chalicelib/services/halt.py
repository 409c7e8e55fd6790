"""The kill switch: halt stops entries at once, resume lets the agent trade again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from chalicelib import words
from chalicelib.domain import ALL_AGENTS, Alert, HaltFlag, Order, Portfolio, Side
from chalicelib.errors import BadInput, TraderError
from chalicelib.kernel import codes
from chalicelib.kernel.risk import resumed
from chalicelib.ports import Executor, FailureStore, HaltStore, Notifier, PortfolioStore
from chalicelib.services.alerts import tell
from chalicelib.services.portfolios import rewrite, stop_agent

T = TypeVar("T")

_CLOSING = "positions are being closed"
_KEPT = "positions are kept, with their stops"


@dataclass(frozen=True, slots=True)
class Books:
    """One agent's account as the kill switch needs it: what it owns, under which flags, on which venue."""

    portfolios: PortfolioStore
    halts: HaltStore
    failures: FailureStore
    executor: Executor


OpenBooks = Callable[[], Books | None]
"""Opens an agent's books; None where it has none any more. Raises BadInput, Unavailable."""
ListBooks = Callable[[], Mapping[str, OpenBooks]]
"""The books of every agent that a flag for all halts, by id, as they are when it is called."""


@dataclass(frozen=True, slots=True)
class HaltReport:
    """Whom the halt reached, what it withdrew and what it is closing, and why some books were not reached."""

    agents: tuple[str, ...]
    withdrawn: tuple[Order, ...] = ()
    closing: tuple[Order, ...] = ()
    in_flight: tuple[Order, ...] = ()
    """Entries that the venue has not let go of: they may still fill."""
    failed: tuple[TraderError, ...] = ()
    """Their agents are halted, too; only an order that was being written may still have been committed."""


@dataclass(frozen=True, slots=True)
class HaltState:
    """Whether an agent may enter, and if not, why."""

    halted: bool
    reason: str | None


def halt_state(portfolio: Portfolio | None, flags: list[HaltFlag]) -> HaltState:
    """The thrown flags and the agent's own guards (daily loss, drawdown) as one answer."""
    if flags:
        return HaltState(True, "; ".join(dict.fromkeys(flag.reason for flag in flags)))
    if portfolio is not None and portfolio.account.halt != codes.RUNNING:
        return HaltState(True, words.GUARDS[portfolio.account.halt])
    return HaltState(False, None)


class Halt:
    """Idempotent: halting twice keeps the first reason; asking for flatten later adds it."""

    def __init__(self, halts: HaltStore, books: ListBooks, notifier: Notifier) -> None:
        """`halts` is where flags belong to agents; the books are listed and opened after the flag is up."""
        self._halts = halts
        self._books = books
        self._notifier = notifier

    def run(self, agent_id: str | None, reason: str, flatten: bool, now_ms: int) -> HaltReport:
        """Halt one agent, or all when none is named. When it returns without failures no order of the rule can commit.

        Raises Unavailable or BadInput where the flag is not known to be up. Told once it is: what follows may fail, and
        errors in a row halt no second time.
        """
        flag = HaltFlag(ALL_AGENTS if agent_id is None else agent_id, reason, now_ms, flatten)
        self._halts.throw(flag)
        who = "all agents" if agent_id is None else agent_id
        tell(self._notifier, Alert(f"{who} halted: {reason}", _CLOSING if flatten else _KEPT, now_ms))
        books = self._books()
        agents = tuple(books) if agent_id is None else (agent_id,)
        reached = [self._stop(name, books.get(name, _no_books), flag) for name in agents]
        return together(reached)

    def _stop(self, agent_id: str, open_books: OpenBooks, flag: HaltFlag) -> HaltReport:
        """Have the agent's books see the flag, and withdraw and close what it says."""
        try:
            books = open_books()
            if books is None:
                return HaltReport((agent_id,))
            if books.halts is not self._halts:
                books.halts.throw(flag)
            pair = stop_agent(books.portfolios, books.executor, agent_id, flag.flatten)
        except TraderError as error:
            return HaltReport((agent_id,), failed=(error,))
        if pair is None:
            return HaltReport((agent_id,))
        before, after = pair
        return HaltReport(
            (agent_id,),
            withdrawn=tuple(order for order in before.orders if order not in after.orders),
            closing=tuple(order for order in after.orders if order.side is Side.SELL),
            in_flight=tuple(order for order in after.orders if order.side is Side.BUY),
        )


def together(reports: Sequence[HaltReport]) -> HaltReport:
    """Several reports as one, which names each agent, order and error once."""
    return HaltReport(
        agents=_once(name for report in reports for name in report.agents),
        withdrawn=_once(order for report in reports for order in report.withdrawn),
        closing=_once(order for report in reports for order in report.closing),
        in_flight=_once(order for report in reports for order in report.in_flight),
        failed=_once(error for report in reports for error in report.failed),
    )


def _once(items: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(items))


@dataclass(frozen=True, slots=True)
class ResumeReport:
    """Who may trade again, and why the guards of some could not be cleared."""

    agents: tuple[str, ...]
    failed: tuple[TraderError, ...] = ()


class Resume:
    """Takes the flags down, clears the agent's own guards and starts the count of its errors in a row anew."""

    def __init__(self, halts: HaltStore, books: ListBooks) -> None:
        """As of `Halt`."""
        self._halts = halts
        self._books = books

    def run(self, agent_id: str | None) -> ResumeReport:
        """Resume one agent or all. Raises Unavailable, and BadInput for one of several while all are halted.

        Where there is only one, a halt of all was a halt of this one and ends with it. The flag goes last: what is
        interrupted leaves the agent halted.
        """
        books = self._books()
        if agent_id is not None and any(flag.scope == ALL_AGENTS for flag in self._halts.flags(agent_id)):
            if set(books) != {agent_id}:
                raise BadInput(f"all agents are halted: resume all of them, not {agent_id} alone")
            agent_id = None
        agents = tuple(books) if agent_id is None else (agent_id,)
        failed = [error for name in agents if (error := self._resume(name, books.get(name, _no_books))) is not None]
        if agent_id is None:
            self._halts.clear(ALL_AGENTS)
        return ResumeReport(agents, tuple(failed))

    def _resume(self, agent_id: str, open_books: OpenBooks) -> TraderError | None:
        """Clear what halts this agent alone; gives what keeps its books from being opened."""
        failed = None
        try:
            books = open_books()
            if books is not None:
                rewrite(books.portfolios, agent_id, _without_guard)
                books.failures.forget(agent_id)
                if books.halts is not self._halts:
                    books.halts.clear(agent_id)
        except TraderError as error:
            failed = error
        self._halts.clear(agent_id)
        return failed


def books_of(agent_id: str, books: Books) -> ListBooks:
    """The books of one agent that are open already."""
    return lambda: {agent_id: lambda: books}


def _no_books() -> None:
    """Opens nothing: for an agent that has no books here."""


def _without_guard(portfolio: Portfolio) -> Portfolio:
    """Daily loss and drawdown count anew only where they had halted: a halt by hand refills no allowance."""
    if portfolio.account.halt == codes.RUNNING:
        return portfolio
    return replace(portfolio, account=resumed(portfolio.account))
