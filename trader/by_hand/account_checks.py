"""Preflight: the key, what it may do, and what the account has."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from chalicelib.config.keys import Sizing
from chalicelib.config.private_key import is_for_others_too
from chalicelib.errors import BadInput
from chalicelib.exchange_account import KeyRights
from chalicelib.foreign_text import printable
from chalicelib.moments import second_text
from trader.by_hand.finding import Preflight, PreflightFinding, Premises
from trader.by_hand.least_account import least_account
from trader.by_hand.ticket import digits

DAY_MS = 86_400_000
SOON_MS = 14 * DAY_MS


def keys(premises: Premises) -> Iterator[PreflightFinding]:
    """Whether there are any."""
    if not premises.has_keys:
        words = "set BINANCE_API_KEY, and BINANCE_API_SECRET or BINANCE_PRIVATE_KEY_FILE, in .env"
        yield PreflightFinding("keys", Preflight.FIX, words)
    elif premises.key_file is None:
        yield PreflightFinding("keys", Preflight.OK, "BINANCE_API_KEY and BINANCE_API_SECRET are set")
    elif is_for_others_too(premises.key_file):
        words = f"others on this machine may read {printable(str(premises.key_file))}: chmod 600"
        yield PreflightFinding("keys", Preflight.FIX, words)
    else:
        yield PreflightFinding("keys", Preflight.OK, "BINANCE_API_KEY and BINANCE_PRIVATE_KEY_FILE are set")


def permissions(premises: Premises) -> Iterator[PreflightFinding]:
    """Whether the account may trade, and the key for it."""
    account = premises.exchange.account()
    if account.can_trade:
        yield PreflightFinding("account", Preflight.OK, f"may trade ({', '.join(account.permissions) or 'spot'})")
    else:
        yield PreflightFinding("account", Preflight.FIX, "it may not trade: the exchange has blocked it or the key")


def key_rights(premises: Premises) -> Iterator[PreflightFinding]:
    """What else the key may do, from where, and how long."""
    rights = _told_rights(premises)
    if rights is None:
        yield PreflightFinding("key", Preflight.NOTE, "this exchange does not tell what a key may do")
        return
    yield _trading(rights)
    if rights.withdraws:
        yield PreflightFinding(
            "withdrawals", Preflight.FIX, "the key may withdraw, which no agent needs: take that from it"
        )
    yield _address(rights)
    yield _expiry(rights, premises.now_ms)


def balance(premises: Premises) -> Iterator[PreflightFinding]:
    """Whether the account has what the least entry of every symbol takes."""
    account = premises.exchange.account()
    for name in premises.config.agent.symbols:
        pair = premises.exchange.pair(name)
        held = account.balances.get(pair.quote)
        free = Decimal(0) if held is None else held.free
        yield _least(premises, name, pair.quote, pair.least_entry, free)


def _told_rights(premises: Premises) -> KeyRights | None:
    """None where it is not told: simulated exchanges, others' ones too, need not have it."""
    try:
        return premises.exchange.key_rights()
    except BadInput:
        if premises.destination.is_live:
            raise
        return None


def _trading(rights: KeyRights) -> PreflightFinding:
    lacking = [word for has, word in ((rights.reads, "reading"), (rights.trades, "spot trading")) if not has]
    if lacking:
        return PreflightFinding("permissions", Preflight.FIX, f"enable {' and '.join(lacking)} for the key")
    return PreflightFinding("permissions", Preflight.OK, "reading and spot trading")


def _address(rights: KeyRights) -> PreflightFinding:
    if rights.is_bound:
        return PreflightFinding("addresses", Preflight.OK, "the key works from the addresses it was given")
    return PreflightFinding(
        "addresses",
        Preflight.FIX,
        "the key works from anywhere, for whoever has it: restrict it to the address of this machine",
    )


def _expiry(rights: KeyRights, now_ms: int) -> PreflightFinding:
    if rights.ends_ms is None:
        return PreflightFinding("expiry", Preflight.OK, "the key does not expire")
    when = second_text(rights.ends_ms)
    if rights.ends_ms - now_ms < SOON_MS:
        return PreflightFinding("expiry", Preflight.FIX, f"the key may trade until {when}: renew it")
    return PreflightFinding("expiry", Preflight.OK, f"the key may trade until {when}")


def _least(premises: Premises, symbol: str, quote: str, least_entry: Decimal, free: Decimal) -> PreflightFinding:
    config, check = premises.config, f"balance for {symbol}"
    amount = Decimal(repr(config.risk.entry_amount))
    if config.risk.sizing is Sizing.AMOUNT and amount < least_entry:
        words = (
            f"risk.entry_amount = {digits(amount)}: the least entry with legal exits is {digits(least_entry)} {quote}"
        )
        return PreflightFinding(check, Preflight.FIX, words)
    least = least_account(config, least_entry)
    if least is None:
        words = f"{digits(free)} {quote} free; what an entry takes is for the strategy's own stop to say"
        return PreflightFinding(check, Preflight.NOTE, words)
    told = f"{digits(free)} {quote} free; the least account for these settings is {digits(round(least, 2))} {quote}"
    if free < least:
        return PreflightFinding(check, Preflight.FIX, f"{told}: add to it, or raise the size of an entry in [risk]")
    return PreflightFinding(check, Preflight.OK, told)
