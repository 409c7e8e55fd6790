"""The least account with which an agent's entries are worth so much that the exchange takes them and their exits."""

from __future__ import annotations

from decimal import Decimal

from chalicelib.config import Config
from chalicelib.config.keys import Sizing
from chalicelib.kernel.account import Costs
from chalicelib.kernel.admission import loss_of_one
from chalicelib.kernel.risk import cost_of_one


def share_of_equity(config: Config) -> Decimal | None:
    """The fraction of equity that one entry buys for; None where the strategy's own stop, or an amount, decides.

    >>> share_of_equity(Config())
    Decimal('0.1')
    """
    risk = config.risk
    if risk.sizing is Sizing.AMOUNT or (risk.sizing is Sizing.RISK and risk.stop_loss <= 0.0):
        return None
    share = risk.position_fraction if risk.sizing is Sizing.FRACTION else _by_risk(config)
    return Decimal(repr(min(share, risk.max_exposure) if risk.max_exposure > 0.0 else share))


def least_account(config: Config, least_entry: Decimal) -> Decimal | None:
    """Quote currency that entries of at least so much take; None where that follows from no setting.

    >>> least_account(Config(), Decimal("6.5"))
    Decimal('65')
    """
    least = max(least_entry, Decimal(repr(config.risk.min_notional)))
    share = share_of_equity(config)
    if share is not None:
        return least / share
    return Decimal(repr(config.risk.entry_amount)) if config.risk.sizing is Sizing.AMOUNT else None


def _by_risk(config: Config) -> float:
    costs = Costs(fee_rate=config.fees.rate, slippage=config.fees.slippage)
    stop = (1.0 + costs.slippage) * (1.0 - config.risk.stop_loss)
    return config.risk.risk_per_trade * cost_of_one(1.0, costs) / loss_of_one(1.0, stop, costs)
