"""Money is real only where two places say so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.config import Config, Mode
from chalicelib.errors import BadInput
from trader.by_hand.destination import AskedExchange, destination_of, is_live

PAPER = Config()
LIVE = replace(PAPER, agent=replace(PAPER.agent, mode=Mode.LIVE))


def at(config: Config, base_url: str) -> Config:
    return replace(config, exchange=replace(config.exchange, base_url=base_url))


@pytest.mark.parametrize(
    ("config", "asked", "missing"),
    [
        (PAPER, AskedExchange(), 'agent.mode = "live" in agent.toml and --live on the command line'),
        (PAPER, AskedExchange(live=True), 'agent.mode = "live" in agent.toml'),
        (LIVE, AskedExchange(), "--live on the command line"),
        (LIVE, AskedExchange(testnet=True, base_url="https://api1.binance.com"), "--live on the command line"),
        (at(LIVE, "https://api.binance.us"), AskedExchange(), "--live on the command line"),
    ],
)
def test_real_money_is_asked_for_in_both_places(config: Config, asked: AskedExchange, missing: str) -> None:
    with pytest.raises(BadInput) as caught:
        destination_of(config, asked)
    assert f"which needs {missing};" in str(caught.value)


def test_real_money_that_both_places_ask_for_is_reached() -> None:
    found = destination_of(LIVE, AskedExchange(live=True))
    assert (found.base_url, found.is_live) == ("https://api.binance.com", True)
    assert found.words == "https://api.binance.com (real money)"


def test_an_empty_address_is_no_wish_for_another_one() -> None:
    with pytest.raises(BadInput, match="--base-url must name an exchange"):
        destination_of(PAPER, AskedExchange(base_url=""))


@pytest.mark.parametrize("config", [PAPER, LIVE])
@pytest.mark.parametrize(
    ("asked", "url"),
    [
        (AskedExchange(testnet=True), "https://testnet.binance.vision"),
        (AskedExchange(demo=True), "https://demo-api.binance.com"),
        (AskedExchange(base_url="http://127.0.0.1:9000"), "http://127.0.0.1:9000"),
        (AskedExchange(testnet=True, base_url="http://localhost:9000"), "http://localhost:9000"),
    ],
)
def test_other_exchanges_need_no_more_than_their_name(config: Config, asked: AskedExchange, url: str) -> None:
    found = destination_of(config, asked)
    assert (found.base_url, found.is_live) == (url, False)


def test_the_settings_name_an_exchange_too() -> None:
    assert destination_of(at(PAPER, "http://127.0.0.1:9000"), AskedExchange()).is_simulated
    assert not destination_of(PAPER, AskedExchange(testnet=True)).is_simulated


@pytest.mark.parametrize(
    "url",
    [
        "https://api.binance.com",
        "https://API.BINANCE.COM/api",
        "https://api-gcp.binance.com",
        "https://www.binance.com",
        "https://127.0.0.1.example.com",
        "https://testnet.binance.vision.example.com",
        "https://xtestnet.binance.vision",
        "http://127.0.0.1@api.binance.com",
        "http://10.0.0.5:9000",
        "http://sim:9000",
    ],
)
def test_what_is_not_surely_without_worth_counts_as_real(url: str) -> None:
    assert is_live(url)


def test_what_is_no_address_is_said() -> None:
    with pytest.raises(BadInput, match="is not the address of an exchange"):
        destination_of(LIVE, AskedExchange(live=True, base_url="http://127.0.0.1@api.binance.com"))
