"""What a preflight finds, and what it says is to be done."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest

from chalicelib.config import Config
from chalicelib.config.keys import Sizing
from chalicelib.errors import BadInput, Rejected
from chalicelib.exchange_account import AccountState, KeyRights
from tests.fakes.hand_venue import NOW_MS, PAIR, RICH, FakeVenue
from trader.by_hand.destination import Destination
from trader.by_hand.finding import Premises
from trader.by_hand.least_account import least_account
from trader.by_hand.preflight import must_be_fixed, preflight

SIM = Destination("http://127.0.0.1:9000", is_live=False)
TESTNET = Destination("https://testnet.binance.vision", is_live=False)
REAL = Destination("https://api.binance.com", is_live=True)
GOOD = KeyRights(reads=True, trades=True, withdraws=False, is_bound=True)
DAY_MS = 86_400_000


def found(
    venue: FakeVenue | None = None,
    config: Config | None = None,
    destination: Destination = REAL,
    has_keys: bool = True,
    has_alerts: bool = True,
    key_file: Path | None = None,
) -> dict[str, tuple[str, str]]:
    """State and words by check; everything is in order unless a test says otherwise."""
    venue = venue or FakeVenue(rights=GOOD)
    premises = Premises(config or Config(), destination, venue, has_keys, has_alerts, NOW_MS, key_file)
    return {each.check: (each.state.value, each.words) for each in preflight(premises)}


def test_where_all_is_well_nothing_is_to_be_fixed() -> None:
    told = found()
    assert {state for state, _ in told.values()} == {"ok"}
    assert {"region", "clock", "keys", "account", "permissions", "addresses", "expiry", "alerts"} < told.keys()
    assert told["balance for BTCUSDT"][1] == "1000 USDT free; the least account for these settings is 60.00 USDT"


@pytest.mark.parametrize(("mode", "state"), [(0o600, "ok"), (0o400, "ok"), (0o640, "fix"), (0o604, "fix")])
def test_a_key_file_that_others_may_read_is_to_be_fixed(mode: int, state: str, tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.touch()
    file.chmod(mode)
    assert found(key_file=file)["keys"][0] == state
    assert ("chmod 600" in found(key_file=file)["keys"][1]) is (state == "fix")


@pytest.mark.parametrize(
    ("rights", "check", "words"),
    [
        (replace(GOOD, trades=False), "permissions", "enable spot trading for the key"),
        (replace(GOOD, reads=False, trades=False), "permissions", "enable reading and spot trading for the key"),
        (replace(GOOD, withdraws=True), "withdrawals", "take that from it"),
        (replace(GOOD, is_bound=False), "addresses", "restrict it to the address of this machine"),
        (replace(GOOD, ends_ms=NOW_MS + 13 * DAY_MS), "expiry", "until 2025-06-28 15:06:40Z: renew it"),
        (replace(GOOD, ends_ms=NOW_MS - 1), "expiry", "renew it"),
    ],
)
def test_a_key_that_may_too_little_or_too_much_is_to_be_fixed(rights: KeyRights, check: str, words: str) -> None:
    state, told = found(FakeVenue(rights=rights))[check]
    assert state == "fix"
    assert words in told


def test_a_key_that_ends_later_is_fine() -> None:
    assert found(FakeVenue(rights=replace(GOOD, ends_ms=NOW_MS + 30 * DAY_MS)))["expiry"][0] == "ok"


def test_a_test_network_tells_nothing_of_its_keys() -> None:
    assert found(FakeVenue(), destination=TESTNET)["key"][0] == "note"


@pytest.mark.parametrize(("ahead_ms", "state"), [(1_000, "ok"), (1_001, "fix"), (-5_000, "ok"), (-5_001, "fix")])
def test_a_clock_may_differ_by_what_the_exchange_takes(ahead_ms: int, state: str) -> None:
    venue = FakeVenue(rights=GOOD, clock_ms=NOW_MS - ahead_ms)
    assert found(venue)["clock"][0] == state
    assert found(venue, destination=SIM)["clock"][0] == ("note" if state == "fix" else "ok")


def test_without_keys_the_rest_is_looked_at_all_the_same() -> None:
    told = found(has_keys=False)
    assert told["keys"] == ("fix", "set BINANCE_API_KEY, and BINANCE_API_SECRET or BINANCE_PRIVATE_KEY_FILE, in .env")
    assert {told[name] for name in ("account", "key", "balance")} == {("note", "not looked at without keys")}
    assert told["status of BTCUSDT"][0] == "ok"


@dataclass
class Distant(FakeVenue):
    """It answers nobody here, and does not know the key."""

    def time_ms(self) -> int:
        raise BadInput("https://api.binance.com: not served in this region (HTTP 451)")

    def account(self) -> AccountState:
        raise Rejected("Invalid API-key, IP, or permissions for action. (-2015)")


def test_what_an_exchange_refuses_is_to_be_fixed_in_its_words() -> None:
    told = found(Distant(rights=GOOD))
    assert told["exchange"] == ("fix", "https://api.binance.com: not served in this region (HTTP 451)")
    assert told["account"] == ("fix", "Invalid API-key, IP, or permissions for action. (-2015)")
    assert told["status of BTCUSDT"][0] == "ok"


def test_a_blocked_account_is_to_be_fixed() -> None:
    assert found(FakeVenue(rights=GOOD, state=replace(RICH, can_trade=False)))["account"][0] == "fix"


@pytest.mark.parametrize(
    ("change", "check", "state"),
    [
        ({"status": "BREAK"}, "status of BTCUSDT", "fix"),
        ({"kinds": ("LIMIT",)}, "order types of BTCUSDT", "fix"),
        ({"kinds": ("MARKET", "PEGGED")}, "order types of BTCUSDT", "note"),
        ({"unknown_filters": ("T_PLUS_SELL",)}, "filters of BTCUSDT", "fix"),
        ({"least_entry": Decimal("100.01")}, "balance for BTCUSDT", "fix"),
        ({"least_entry": Decimal(100)}, "balance for BTCUSDT", "ok"),
    ],
)
def test_a_symbol_that_is_not_as_we_know_them_is_told(change: dict[str, object], check: str, state: str) -> None:
    venue = FakeVenue(rights=GOOD, listed=replace(PAIR, **change))  # type: ignore[arg-type]
    assert found(venue)[check][0] == state


def test_nobody_to_tell_matters_where_money_is_real() -> None:
    assert found(has_alerts=False)["alerts"][0] == "fix"
    assert found(has_alerts=False, destination=TESTNET)["alerts"][0] == "note"


def sized(**risk: object) -> Config:
    config = Config()
    return replace(config, risk=replace(config.risk, **risk))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("config", "least"),
    [
        (sized(position_fraction=0.5), "12"),
        (sized(position_fraction=1.0, max_exposure=0.25), "24"),
        (sized(position_fraction=1.0, max_exposure=0.0), "6"),
        (sized(min_notional=20.0), "200"),
        (sized(sizing=Sizing.AMOUNT, entry_amount=25.0), "25.0"),
        (sized(sizing=Sizing.RISK, stop_loss=0.0), None),
    ],
)
def test_the_least_account_is_that_of_the_least_entry(config: Config, least: str | None) -> None:
    assert least_account(config, Decimal(6)) == (None if least is None else Decimal(least))


def test_an_entry_by_its_risk_costs_what_its_stop_may_lose() -> None:
    config = replace(
        sized(sizing=Sizing.RISK, stop_loss=0.05, risk_per_trade=0.01), fees=replace(Config().fees, rate=0.0)
    )
    least = least_account(config, Decimal(6))
    assert least is not None
    assert round(least, 6) == 30  # a hundredth of equity at risk, a twentieth of the entry: an entry of a fifth


def test_an_amount_below_the_least_entry_is_to_be_fixed() -> None:
    state, words = found(config=sized(sizing=Sizing.AMOUNT, entry_amount=5.0))["balance for BTCUSDT"]
    assert state == "fix"
    assert "risk.entry_amount = 5.0: the least entry with legal exits is 6 USDT" in words


def test_one_thing_to_fix_is_enough() -> None:
    premises = Premises(Config(), TESTNET, FakeVenue(), True, False, NOW_MS)
    assert not must_be_fixed(preflight(premises))
    assert must_be_fixed(preflight(replace(premises, has_keys=False)))
