"""What the exchange lists in several quote currencies shares no cash, whatever the names tell."""

from __future__ import annotations

import pytest

from chalicelib.config import load_config
from chalicelib.domain import Symbol
from chalicelib.errors import BadInput
from trader.runtime.markets import refuse_mixed_quotes


def pair(name: str, quote: str) -> Symbol:
    return Symbol(name, name.removesuffix(quote), quote, 0.01, 0.01, 0.01, 5.0)


def test_pairs_of_a_quote_that_no_name_tells_are_judged_by_what_the_exchange_lists() -> None:
    config = load_config(None, ["agent.symbols=BTCUSDT,XYZABC"])
    listed = {"BTCUSDT": pair("BTCUSDT", "USDT"), "XYZABC": pair("XYZABC", "ABC")}
    with pytest.raises(BadInput, match=r"BTCUSDT in USDT, XYZABC in ABC: agent\.symbols must be"):
        refuse_mixed_quotes(config, listed)
    refuse_mixed_quotes(config, {**listed, "XYZABC": pair("XYZABC", "USDT")})


def test_agents_of_other_quotes_may_share_the_market() -> None:
    listed = {"BTCUSDT": pair("BTCUSDT", "USDT"), "ETHBTC": pair("ETHBTC", "BTC")}
    for symbol in listed:
        refuse_mixed_quotes(load_config(None, [f"agent.symbols={symbol}"]), listed)
