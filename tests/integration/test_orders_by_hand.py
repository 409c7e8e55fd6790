"""Orders by hand on the simulated exchange, from the command line to the fill."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from chalicelib.adapters.binance.order_limits import UnfilledLedger
from chalicelib.adapters.sqlite import Database, SqliteTexts
from chalicelib.domain import Side
from chalicelib.errors import BadInput
from chalicelib.exchange_account import OrderFill
from tests.fakes.hand_venue import taken
from tests.sim_server import generated, running
from tests.support.faulty_exchange import FaultyExchange, faulty
from tests.support.signing import KEY, SECRET
from trader.by_hand import sending
from trader.by_hand.destination import Destination
from trader.by_hand.ticket import ticket_of
from trader.cli import run
from trader.cli.order import confirm
from trader.cli.order_shown import order_object
from trader.sim.trading.floor import TradingFloor
from trader.sim.trading.opening import member_of

PLACE = "POST /api/v3/order"


@pytest.fixture(scope="module")
def exchange() -> Iterator[FaultyExchange]:
    with faulty(balance="USDT=10000") as served:
        yield served


@pytest.fixture(autouse=True)
def folder(exchange: FaultyExchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with keys and the exchange's address, in which nothing rests when a test begins."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRADER_HOME", str(tmp_path / "var"))
    monkeypatch.setenv("BINANCE_API_KEY", KEY)
    monkeypatch.setenv("BINANCE_API_SECRET", SECRET)
    monkeypatch.setattr(sending, "LOOK_AFTER_S", (0.0, 0.1, 0.3))
    (tmp_path / "agent.toml").write_text(f'[exchange]\nbase_url = "{exchange.server.url}"\n', "utf-8")
    exchange.trader.ask("DELETE", "openOrders", symbol="BTCUSDT")
    return tmp_path


class Typed:
    """Commands as they are typed, and what they print."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.said = ""

    def answer(self, line: str, code: int = 0) -> Any:
        """The JSON that the command prints; `said` is what it tells beside."""
        self._capsys.readouterr()
        assert run([*line.split(), "--json"]) == code, self._capsys.readouterr().err
        printed = self._capsys.readouterr()
        self.said = printed.err
        assert "Traceback" not in self.said
        return json.loads(printed.out) if printed.out else None


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str]) -> Typed:
    return Typed(capsys)


def test_an_order_is_named_before_it_is_sent_and_filled(typed: Typed, exchange: FaultyExchange) -> None:
    order = typed.answer("order place BTCUSDT BUY 0.0010")
    assert (order["status"], order["quantity"], order["executed"]) == ("FILLED", "0.00100000", "0.00100000")
    assert order["fees"] == {"BTC": "0.00000100"}
    assert f"sending MARKET BUY 0.0010 BTCUSDT to {exchange.server.url} (no real money) as {order['client_id']}" in (
        typed.said
    )
    shown = typed.answer(f"order show BTCUSDT {order['client_id']}")
    assert shown == {**order, "fees": None}
    assert {row["asset"] for row in typed.answer("account")["balances"]} == {"BTC", "USDT"}


def test_an_order_rests_is_listed_and_cancelled(typed: Typed) -> None:
    order = typed.answer("order place BTCUSDT buy 0.001 --limit 60000.5")
    assert (order["status"], order["type"], order["price"]) == ("NEW", "LIMIT", "60000.50000000")
    assert [row["order_id"] for row in typed.answer("order open BTCUSDT")] == [order["order_id"]]
    assert typed.answer(f"order cancel BTCUSDT {order['order_id']}")["status"] == "CANCELED"
    assert typed.answer("order open") == []
    typed.answer(f"order cancel BTCUSDT {order['client_id']}", code=1)
    assert "nothing was cancelled: it is CANCELED already" in typed.said
    filled = typed.answer("order place BTCUSDT BUY 0.001")
    typed.answer(f"order cancel BTCUSDT {filled['order_id']}", code=1)
    assert f"order {filled['order_id']}: nothing was cancelled: it is FILLED already" in typed.said
    typed.answer("order cancel BTCUSDT never-placed", code=1)
    assert "Unknown order sent. (-2011)" in typed.said


def test_an_order_that_comes_twice_is_told_as_the_one_that_it_is(typed: Typed, exchange: FaultyExchange) -> None:
    exchange.meet("twice", PLACE)
    order = typed.answer("order place BTCUSDT BUY 0.001 --limit 60000")
    assert order["status"] == "NEW"
    assert "found: the exchange has it, NEW" in typed.said
    assert exchange.open_ids() == [order["client_id"]]


def test_orders_of_other_processes_of_the_home_are_counted(typed: Typed, folder: Path) -> None:
    typed.answer("order place BTCUSDT BUY 0.001")
    assert not (folder / "var").exists()
    (folder / "var").mkdir()
    typed.answer("order place BTCUSDT BUY 0.001")
    path = folder / "var" / "exchange.sqlite"
    with Database(path) as database:
        [(name,)] = database.query("SELECT name FROM shared_text")
    assert KEY not in name
    UnfilledLedger(SqliteTexts(path), name.removeprefix("unfilled ")).learn({"1D": 1})
    typed.answer("order place BTCUSDT BUY 0.001", code=1)
    assert "nothing was placed: too many unfilled orders" in typed.said


def test_amounts_between_two_steps_become_legal_which_is_said(typed: Typed) -> None:
    order = typed.answer("order place BTCUSDT BUY 0.0010099 --limit 60000.509")
    assert (order["quantity"], order["price"]) == ("0.00100000", "60000.50000000")
    assert "LIMIT BUY 0.0010099 BTCUSDT at 60000.509 is not on the steps of BTCUSDT: it becomes" in typed.said


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("BUY 0.00001", "NOTIONAL: "),
        ("BUY 0.000001", "LOT_SIZE: "),
        ("BUY 0.001 --limit 1000000", "PERCENT_PRICE_BY_SIDE: "),
    ],
)
def test_what_no_filter_lets_pass_is_refused_before_it_is_sent(line: str, words: str, typed: Typed) -> None:
    assert typed.answer(f"order place BTCUSDT {line}", code=1) is None
    assert words in typed.said
    assert "nothing was sent" in typed.said
    assert "sending" not in typed.said


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"status": "CANCEL_ONLY"}, "its status is CANCEL_ONLY, and orders are sent where it is TRADING"),
        ({"filters": [{"filterType": "NEVER_SEEN", "limit": 3}]}, "NEVER_SEEN: a filter that is not known"),
    ],
)
def test_a_symbol_that_does_not_trade_or_has_a_filter_that_nobody_knows_is_sent_no_order(
    change: dict[str, object], words: str, typed: Typed, exchange: FaultyExchange
) -> None:
    exchange.post("state", symbol="BTCUSDT", **change)
    try:
        assert typed.answer("order place BTCUSDT BUY 0.001", code=1) is None
    finally:
        requests.delete(f"{exchange.server.url}/sim/state", timeout=10)
    assert f"BTCUSDT: {words}" in typed.said
    assert "nothing was sent" in typed.said
    assert "sending" not in typed.said


def test_a_private_key_in_a_file_signs(typed: Typed, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private = Ed25519PrivateKey.generate()
    (folder / "key.pem").write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    monkeypatch.delenv("BINANCE_API_SECRET")
    monkeypatch.setenv("BINANCE_PRIVATE_KEY_FILE", "key.pem")
    exchange = generated(speed=0.001)
    with running(exchange, floor=TradingFloor(exchange, [member_of(KEY, SECRET, public, "USDT=1000")])) as served:
        (folder / "agent.toml").write_text(f'[exchange]\nbase_url = "{served.url}"\n', "utf-8")
        assert typed.answer("order place BTCUSDT BUY 0.001")["status"] == "FILLED"
        (folder / "key.pem").write_text("hush")
        typed.answer("order open", code=1)
    assert "BINANCE_PRIVATE_KEY_FILE = key.pem: holds no private key" in typed.said


@pytest.mark.parametrize("quantity", ["1e-5", "-1", "0", "1,5"])
def test_what_is_no_amount_is_wrong_usage(quantity: str, typed: Typed) -> None:
    typed.answer(f"order place BTCUSDT BUY -- {quantity}".replace("-- ", "" if quantity != "-1" else "-- "), code=2)


@pytest.mark.parametrize(("kind", "more"), [("late", {"duration": "200ms"}), ("error_after", {}), ("cut", {})])
def test_an_order_whose_answer_is_lost_is_found_and_there_once(
    kind: str, more: dict[str, str], typed: Typed, exchange: FaultyExchange
) -> None:
    exchange.meet(kind, PLACE, **more)
    order = typed.answer("order place BTCUSDT BUY 0.001 --limit 60000")
    assert order["status"] == "NEW"
    assert "no clear answer, so the order may be there or not" in typed.said
    assert "found: the exchange has it, NEW" in typed.said
    assert exchange.open_ids() == [order["client_id"]]


def test_an_order_that_never_arrived_stays_unknown_and_is_not_sent_again(
    typed: Typed, exchange: FaultyExchange
) -> None:
    exchange.meet("error", PLACE)
    assert typed.answer("order place BTCUSDT BUY 0.001 --limit 60000", code=1) is None
    assert "which is no proof that it never will: look again with `trader order show BTCUSDT hand-" in typed.said
    assert exchange.open_ids() == []


def test_a_preflight_finds_a_simulated_exchange_in_order(typed: Typed) -> None:
    found = typed.answer("preflight")
    assert found["ok"]
    states = {each["check"]: each["state"] for each in found["findings"]}
    assert {check for check, state in states.items() if state != "ok"} == {"clock", "alerts"}
    assert states["balance for BTCUSDT"] == "ok"


def test_a_preflight_says_what_to_fix(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BINANCE_API_SECRET", "wrong")
    told = {each["check"]: each for each in typed.answer("preflight", code=1)["findings"]}
    assert told["account"]["state"] == "fix"
    assert "(-1022)" in told["account"]["words"]
    monkeypatch.setenv("BINANCE_API_SECRET", "")
    told = {each["check"]: each for each in typed.answer("preflight", code=1)["findings"]}
    assert told["keys"]["state"] == "fix"
    assert told["status of BTCUSDT"]["state"] == "ok"


def test_the_exchange_of_the_command_line_goes_before_that_of_the_settings(
    typed: Typed, folder: Path, exchange: FaultyExchange
) -> None:
    (folder / "agent.toml").write_text('[exchange]\nbase_url = "http://127.0.0.1:9"\n', "utf-8")
    order = typed.answer(f"order place BTCUSDT BUY 0.001 --limit 60000 --testnet --base-url {exchange.server.url}")
    assert exchange.open_ids() == [order["client_id"]]


def test_fees_and_means_are_written_out() -> None:
    order = ticket_of("BTCUSDT", Side.BUY, Decimal(3), None, None, "hand-1")
    fills = [OrderFill(number, Decimal(1), Decimal(1), Decimal("0.00000005"), "BTC") for number in (1, 2)]
    placed = replace(taken(order, 1), fills=tuple(fills), quote_executed=Decimal("0.00000010"))
    told = order_object(placed)
    assert told["fees"] == {"BTC": "0.00000010"}
    assert (told["paid"], told["average_price"]) == ("0.00000010", "0.0000000333333333333")
    assert order_object(replace(placed, quote_executed=None))["average_price"] is None


def test_without_keys_nothing_is_asked(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BINANCE_API_KEY", "")
    typed.answer("order place BTCUSDT BUY 0.001", code=1)
    assert "BINANCE_API_KEY, and BINANCE_API_SECRET or BINANCE_PRIVATE_KEY_FILE: set them in .env" in typed.said


@pytest.mark.parametrize("command", ["order place BTCUSDT BUY 1", "order cancel BTCUSDT 1", "account", "preflight"])
def test_no_command_reaches_real_money_that_was_asked_for_in_one_place(
    command: str, typed: Typed, folder: Path
) -> None:
    typed.answer(f"{command} --live --base-url https://api.binance.invalid", code=1)
    assert 'which needs agent.mode = "live" in agent.toml;' in typed.said
    (folder / "agent.toml").write_text('[agent]\nmode = "live"\n', "utf-8")
    typed.answer(f"{command} --base-url https://api.binance.invalid", code=1)
    assert "which needs --live on the command line;" in typed.said
    typed.answer(f"{command} --live --testnet", code=2)


def test_a_signal_to_go_on_is_the_symbol_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Destination("https://api.binance.com", is_live=True)
    for text in ("", "\n", "yes\n", "BTC\n", "ETHUSDT\n"):
        monkeypatch.setattr("sys.stdin", io.StringIO(text))
        with pytest.raises(BadInput, match="BTCUSDT was not typed: nothing was sent"):
            confirm(real, "MARKET BUY 1 BTCUSDT", "BTCUSDT", yes=False)
    monkeypatch.setattr("sys.stdin", io.StringIO("btcusdt\n"))
    confirm(real, "MARKET BUY 1 BTCUSDT", "BTCUSDT", yes=False)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    confirm(real, "MARKET BUY 1 BTCUSDT", "BTCUSDT", yes=True)
    confirm(Destination("http://127.0.0.1:1", is_live=False), "MARKET BUY 1 BTCUSDT", "BTCUSDT", yes=False)


@pytest.mark.parametrize(
    ("held", "dust"),
    [("0.00000099", "0.00000099"), ("0.00002", "0.00002000"), ("0.00100123", "0.00000123"), ("1", "0.00000000")],
)
def test_what_no_order_can_sell_is_told_as_dust(
    held: str, dust: str, typed: Typed, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with faulty(balance=f"USDT=1,BTC={held}") as served:
        (folder / "agent.toml").write_text(f'[exchange]\nbase_url = "{served.server.url}"\n', "utf-8")
        rows = {row["asset"]: row["dust"] for row in typed.answer("account")["balances"]}
        assert rows == {"BTC": dust, "USDT": None}
        assert run(["account"]) == 0
        assert dust in capsys.readouterr().out
        served.meet("error", "GET /api/v3/exchangeInfo", times=9)
        assert {row["dust"] for row in typed.answer("account")["balances"]} == {None}
        assert "dust is not known: " in typed.said
