"""Accounts as they stood a while ago, as a server shows them that lags behind the engine."""

from __future__ import annotations

from collections import deque
from copy import copy, deepcopy
from typing import NamedTuple

from trader.sim.trading.account import Balance, SpotAccount
from trader.sim.trading.order import SpotOrder
from trader.sim.trading.reports import ExecutionReport

KEPT_STEPS = 10_000
"""What lies further back than so many steps of an account is not known any more."""


class _AccountStep(NamedTuple):
    """An order and all balances as one report found them."""

    time_ms: int
    order: SpotOrder
    balances: dict[str, Balance]


class AccountHistory:
    """A Listener: one account from now on, so that it can be shown as it stood."""

    def __init__(self, account: SpotAccount) -> None:
        self._uid = account.uid
        self._base = deepcopy(account)
        self._steps: deque[_AccountStep] = deque()

    def __call__(self, report: ExecutionReport) -> None:
        if report.account.uid != self._uid:
            return
        order = copy(report.order)
        order.trades = list(order.trades)
        balances = {asset: copy(balance) for asset, balance in report.account.balances.items()}
        self._steps.append(_AccountStep(report.time_ms, order, balances))
        if len(self._steps) > KEPT_STEPS:
            oldest = self._steps.popleft()
            self._base.stand(oldest.order, oldest.balances, oldest.time_ms)

    def as_of(self, time_ms: int) -> SpotAccount:
        """A copy of the account as it stood at that time, or at the earliest that is known."""
        found = deepcopy(self._base)
        for step in self._steps:
            if step.time_ms <= time_ms:
                found.stand(step.order, step.balances, step.time_ms)
        return found
