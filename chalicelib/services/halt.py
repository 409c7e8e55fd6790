"""The kill switch: halt stops entries at once, resume lets the agent trade again."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chalicelib import words
from chalicelib.domain import ALL_AGENTS, Alert, HaltFlag, Order, Portfolio, Side
from chalicelib.errors import BadInput
from chalicelib.kernel import codes
from chalicelib.kernel.risk import resumed
from chalicelib.ports import Executor, FailureStore, HaltStore, Notifier, PortfolioStore
from chalicelib.services.alerts import tell
from chalicelib.services.portfolios import rewrite, stop_agent

_CLOSING = "positions are being closed"
_KEPT = "positions are kept, with their stops"


@dataclass(frozen=True, slots=True)
class HaltReport:
    """Whom the halt reached, what it withdrew and what it is closing."""

    agents: tuple[str, ...]
    withdrawn: tuple[Order, ...]
    closing: tuple[Order, ...]


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

    def __init__(self, portfolios: PortfolioStore, halts: HaltStore, executor: Executor, notifier: Notifier) -> None:
        self._portfolios = portfolios
        self._halts = halts
        self._executor = executor
        self._notifier = notifier

    def run(self, agent_id: str | None, reason: str, flatten: bool, now_ms: int) -> HaltReport:
        """Halt one agent, or all when none is named. When it returns no new entry can commit. Raises Unavailable.

        Told once the flag is thrown: what follows may fail, and errors in a row halt no second time.
        """
        self._halts.throw(HaltFlag(agent_id or ALL_AGENTS, reason, now_ms, flatten))
        tell(
            self._notifier,
            Alert(f"{agent_id or 'all agents'} halted: {reason}", _CLOSING if flatten else _KEPT, now_ms),
        )
        agents = self._portfolios.agents() if agent_id is None else [agent_id]
        changes = [
            c for agent in agents if (c := stop_agent(self._portfolios, self._executor, agent, flatten)) is not None
        ]
        return HaltReport(
            agents=tuple(agents),
            withdrawn=tuple(order for before, after in changes for order in before.orders if order not in after.orders),
            closing=tuple(order for _, after in changes for order in after.orders if order.side is Side.SELL),
        )


class Resume:
    """Takes the flags down, clears the agent's own guards and starts the count of its errors in a row anew."""

    def __init__(self, portfolios: PortfolioStore, halts: HaltStore, failures: FailureStore) -> None:
        self._portfolios = portfolios
        self._halts = halts
        self._failures = failures

    def run(self, agent_id: str | None) -> tuple[str, ...]:
        """Resume one agent or all; the agents reached. A flag for all is not lifted for one. Raises BadInput then."""
        if agent_id is not None and any(flag.scope == ALL_AGENTS for flag in self._halts.flags(agent_id)):
            raise BadInput(f"all agents are halted: resume all of them, not {agent_id} alone")
        agents = self._portfolios.agents() if agent_id is None else [agent_id]
        for agent in agents:
            rewrite(self._portfolios, agent, _without_guard)
            self._failures.forget(agent)
            self._halts.clear(agent)
        if agent_id is None:
            self._halts.clear(ALL_AGENTS)
        return tuple(agents)


def _without_guard(portfolio: Portfolio) -> Portfolio:
    """Daily loss and drawdown count anew only where they had halted: a halt by hand refills no allowance."""
    if portfolio.account.halt == codes.RUNNING:
        return portfolio
    return replace(portfolio, account=resumed(portfolio.account))
