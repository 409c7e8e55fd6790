"""What an exchange asks of orders, read of a file: the same as a live run is told, and nothing half-written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.binance.payloads import symbol_of
from chalicelib.domain import Symbol
from chalicelib.errors import BadInput
from chalicelib.kernel.lots import ANY, SymbolSteps
from chalicelib.wiring import asked_of
from tests.shared_data import shared
from tests.sim_server import generated
from trader.data.symbols_info import read_symbols_info, remember_symbols, unknown_steps
from trader.sim.exchange_info import exchange_info


def test_a_file_tells_what_a_live_run_is_told(tmp_path: Path) -> None:
    exchange = generated("BTCUSDT,ETHBTC,SHIBUSDT")
    views = [exchange.view(name) for name in exchange.listed()]
    answer = exchange_info(exchange, views, with_permission_sets=True)
    file = tmp_path / "info.json"
    file.write_text(json.dumps(answer), "utf-8")
    found = read_symbols_info(file)
    assert found == {name: asked_of(symbol_of(name, answer)) for name in exchange.listed()}
    assert all(min(steps) > 0.0 for steps in found.values())


def test_of_two_lot_steps_the_coarser_one_counts(tmp_path: Path) -> None:
    """Entries are market orders, which have a step of their own; each step is a multiple of the finer one."""
    exchange = generated("BTCUSDT")
    answer = json.loads(json.dumps(exchange_info(exchange, [exchange.view("BTCUSDT")], with_permission_sets=True)))
    for rule in answer["symbols"][0]["filters"]:
        if rule["filterType"] == "MARKET_LOT_SIZE":
            rule["stepSize"] = "0.01"
    file = tmp_path / "info.json"
    file.write_text(json.dumps(answer), "utf-8")
    assert read_symbols_info(file)["BTCUSDT"].lot == asked_of(symbol_of("BTCUSDT", answer)).lot == 0.01


def test_a_recorded_answer_is_read() -> None:
    recorded = shared("binance/payloads/recorded_exchange_info.json")
    answer = json.loads(recorded.read_text("utf-8"))
    found = read_symbols_info(recorded)
    assert found
    assert found == {name: asked_of(symbol_of(name, answer)) for name in found}


steps = st.one_of(st.just(0.0), st.integers(0, 12).map(lambda power: 10.0**-power), st.sampled_from([5.0, 0.25, 3e-07]))


@given(st.dictionaries(st.from_regex("[A-Z]{5,9}", fullmatch=True), st.tuples(steps, steps, steps), max_size=4))
def test_what_is_remembered_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, told: dict[str, tuple[float, float, float]]
) -> None:
    file = tmp_path_factory.mktemp("kept") / "symbols" / "host.json"
    for name, (lot, tick, least) in told.items():
        remember_symbols(file, [Symbol(name, "A", "B", tick, lot, 0.0, least)])
    kept = read_symbols_info(file) if told else {}
    assert kept == {name: SymbolSteps(*values) for name, values in told.items()}


def test_what_is_told_anew_takes_the_place_of_what_was_known(tmp_path: Path) -> None:
    file = tmp_path / "host.json"
    for tick in (0.01, 0.5):
        remember_symbols(file, [Symbol("BTCUSDT", "BTC", "USDT", tick, 1e-5, 0.0, 5.0)])
    assert read_symbols_info(file) == {"BTCUSDT": SymbolSteps(1e-5, 0.5, 5.0)}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no JSON"),
        ("[]", "an object with symbols"),
        ("{}", "must have a list of symbols"),
        ('{"symbols": [{"symbol": "A"}]}', "a symbol and a list of filters"),
        ('{"symbols": [{"symbol": "A", "filters": [{"filterType": "LOT_SIZE"}]}]}', "A: LOT_SIZE.minQty"),
        ("[" * 100_000, "no JSON"),
    ],
)
def test_what_is_no_answer_of_the_exchange_gets_one_line(text: str, says: str, tmp_path: Path) -> None:
    file = tmp_path / "info.json"
    file.write_text(text, "utf-8")
    with pytest.raises(BadInput, match=says) as found:
        read_symbols_info(file)
    assert str(found.value).startswith(f"{file}: ")
    assert "\n" not in str(found.value)


def test_a_file_that_is_not_there_gets_one_line(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read_symbols_info(tmp_path / "none.json")


def test_of_what_is_not_known_the_user_is_told() -> None:
    assert list(unknown_steps([("A", SymbolSteps(0.1, 0.0, 0.0))])) == []
    [line] = unknown_steps([("A", ANY), ("B", SymbolSteps(0.1, 0.0, 0.0)), ("C", ANY)])
    assert line.startswith("A, C: lot steps, ticks and least orders are not known (--symbols-info FILE)")


def test_a_file_saved_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    lots = {"filterType": "LOT_SIZE", "minQty": "0.5", "maxQty": "9000", "stepSize": "0.5"}
    file = tmp_path / "info.json"
    file.write_text(json.dumps({"symbols": [{"symbol": "AAAUSDT", "filters": [lots]}]}), "utf-8-sig")
    assert read_symbols_info(file)["AAAUSDT"].lot == 0.5
