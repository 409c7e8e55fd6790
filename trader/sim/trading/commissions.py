"""Commissions: a part of what is received, or in BNB with a discount where the account pays so and has enough."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from chalicelib.domain import Symbol
from chalicelib.errors import BadInput
from trader.sim.exchange import Exchange
from trader.sim.payloads import text
from trader.sim.trading.account import SpotAccount
from trader.sim.trading.amounts import WIDE, product, rounded_down
from trader.sim.view import MarketView

BNB = "BNB"


class Charge(NamedTuple):
    """What a trade costs."""

    amount: Decimal
    asset: str


class Commissions:
    """Takes from an account what each trade costs."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def refuse_without_price(self) -> None:
        """Raises BadInput where a pair's commissions cannot be told in BNB."""
        for tape in self._exchange.tapes.values():
            quote = tape.listing.symbol.quote
            if quote != BNB and f"{BNB}{quote}" not in self._exchange.tapes:
                raise BadInput(f"--bnb-fees: what BNB costs in {quote} is not known; let {BNB}{quote} be a symbol too")

    def take(
        self, account: SpotAccount, symbol: Symbol, got: Charge, quote: Decimal, time_ms: int, *, is_maker: bool
    ) -> Charge:
        """What a trade costs that brought `got` and is worth `quote`; the account has it no more."""
        rate = account.rates.maker if is_maker else account.rates.taker
        charge = Charge(rounded_down(product(got.amount, rate)), got.asset)
        if account.pays_in_bnb:
            in_bnb = self._in_bnb(product(quote, rate * (1 - account.rates.bnb_discount)), symbol.quote, time_ms)
            if account.balance(BNB).free >= in_bnb:
                charge = Charge(in_bnb, BNB)
        account.balance(charge.asset).free -= charge.amount
        return charge

    def _in_bnb(self, worth: Decimal, quote: str, time_ms: int) -> Decimal:
        if quote == BNB:
            return rounded_down(worth)
        price = MarketView(self._exchange.tapes[f"{BNB}{quote}"], time_ms).last().close
        return rounded_down(WIDE.divide(worth, Decimal(text(price))))
