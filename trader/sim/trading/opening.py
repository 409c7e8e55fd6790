"""Opening an account on the simulated exchange: its key and what it begins with."""

from __future__ import annotations

import re
from decimal import Decimal

from chalicelib.errors import BadInput
from trader.sim.trading.account import Rates, SpotAccount
from trader.sim.trading.members import KeyHolder
from trader.sim.trading.signatures import by_public_key, by_secret, is_ed25519

FIRST_UID = 1
_BALANCE = re.compile(r"(?P<asset>[A-Z0-9]{1,20})=(?P<amount>[0-9]{1,20}(?:\.[0-9]{1,8})?)", re.ASCII)
_RATES = re.compile(r"(?P<maker>0(?:\.[0-9]{1,8})?),(?P<taker>0(?:\.[0-9]{1,8})?)", re.ASCII)
_KEY = re.compile("[A-Za-z0-9]{1,128}", re.ASCII)


def member_of(key: str, secret: str, public_key: bytes | None, balance: str) -> KeyHolder:
    """The member with this key, whose requests are signed with the secret, or with a public key's other half.

    Raises BadInput.
    """
    if _KEY.fullmatch(key) is None:
        raise BadInput(f"--key {key!r}: an API key is 1 to 128 letters and digits")
    account = SpotAccount("main", FIRST_UID)
    account.deposit(balances_of(balance))
    if public_key is None:
        return KeyHolder(key, account, by_secret(secret))
    return KeyHolder(key, account, by_public_key(public_key), may_log_on=is_ed25519(public_key))


def rates_of(text: str) -> Rates:
    """Commissions from `maker,taker`, in parts of what is received. Raises BadInput.

    >>> rates_of("0,0.00075").taker
    Decimal('0.00075')
    """
    match = _RATES.fullmatch(text.strip())
    if match is None:
        raise BadInput(f"--fees {text!r}: give MAKER,TAKER as parts below 1 in at most 8 decimals, such as 0.001,0.001")
    return Rates(Decimal(match["maker"]), Decimal(match["taker"]))


def balances_of(text: str) -> dict[str, Decimal]:
    """Amounts by asset. Raises BadInput.

    >>> balances_of("USDT=10000,BTC=0.5")
    {'USDT': Decimal('10000'), 'BTC': Decimal('0.5')}
    """
    found: dict[str, Decimal] = {}
    for part in text.split(","):
        match = _BALANCE.fullmatch(part.strip())
        if match is None:
            raise BadInput(f"--balance {part.strip()!r}: give ASSET=AMOUNT, in at most 8 decimals, such as USDT=10000")
        if match["asset"] in found:
            raise BadInput(f"--balance: {match['asset']} is given twice")
        found[match["asset"]] = Decimal(match["amount"])
    return found
