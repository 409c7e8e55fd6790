"""binance-sdk-spot 13.3 on the simulated exchange, without a line in its log: all answers are what it declares."""

from __future__ import annotations

import asyncio
import logging
import sys
from importlib import import_module
from typing import Any

KEYS = {"api_key": "simulated", "api_secret": "hush"}
LOT: dict[str, Any] = {"symbol": "BTCUSDT", "quantity": 0.01}
LISTS = ("oco", "oto", "otoco", "opo", "opoco")


class Listening(logging.Handler):
    """Keeps what would be logged as a warning or worse."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def parsed(response: Any) -> Any:
    """What it made of an answer, which is no bare JSON."""
    data = response.data()
    assert not isinstance(data, dict), data
    return data


def spot(**settings: Any) -> Any:
    return import_module("binance_sdk_spot.spot").Spot(**settings)


def list_settings(last: float) -> dict[str, dict[str, Any]]:
    """What a list of each kind is asked for with: the first order rests far away, and nothing is triggered."""
    bracket = {"above_type": "LIMIT_MAKER", "above_price": round(last * 1.5, 2)}
    bracket |= {"below_type": "STOP_LOSS_LIMIT", "below_stop_price": round(last * 0.5, 2)}
    bracket |= {"below_price": round(last * 0.49, 2), "below_time_in_force": "GTC"}
    after = {f"pending_{name}": value for name, value in bracket.items()}
    limit = {"pending_type": "LIMIT", "pending_price": round(last * 1.5, 2), "pending_time_in_force": "GTC"}
    first = {"symbol": "BTCUSDT", "working_type": "LIMIT", "working_side": "BUY", "working_quantity": 0.01}
    first |= {"working_price": round(last * 0.6, 2), "working_time_in_force": "GTC", "pending_side": "SELL"}
    lot = {"pending_quantity": 0.009}
    return {
        "oco": {**LOT, "side": "SELL", **bracket},
        "oto": {**first, **limit, **lot},
        "otoco": {**first, **after, **lot},
        "opo": {**first, **limit},
        "opoco": {**first, **after},
    }


def lists_over_rest(rest: Any, last: float) -> None:
    settings = list_settings(last)
    for kind in LISTS:
        placed = parsed(getattr(rest, f"order_list_{kind}")(**settings[kind]))
        assert parsed(rest.get_order_list(order_list_id=placed.order_list_id)).list_order_status == "EXECUTING"
        assert [each.order_list_id for each in parsed(rest.open_order_list())] == [placed.order_list_id]
        gone = parsed(rest.delete_order_list(symbol="BTCUSDT", order_list_id=placed.order_list_id))
        assert {each.status for each in gone.order_reports} == {"CANCELED"}, gone
    filled = parsed(rest.order_list_opoco(**settings["opoco"] | {"working_price": round(last * 1.04, 2)}))
    assert [each.status for each in filled.order_reports] == ["FILLED", "PENDING_NEW", "PENDING_NEW"], filled
    assert {each.status for each in parsed(rest.get_open_orders(symbol="BTCUSDT"))} == {"NEW"}
    parsed(rest.delete_open_orders(symbol="BTCUSDT"))
    assert len(parsed(rest.all_order_list())) == len(LISTS) + 1


async def lists_over_websocket(connection: Any, last: float) -> None:
    settings = list_settings(last)
    for kind in LISTS:
        placed = parsed(await getattr(connection, f"order_list_place_{kind}")(**settings[kind])).result
        found = parsed(await connection.order_list_status(order_list_id=placed.order_list_id)).result
        assert found.list_order_status == "EXECUTING"
        parsed(await connection.open_order_lists_status())
        parsed(await connection.order_list_cancel(symbol="BTCUSDT", order_list_id=placed.order_list_id))
    old = {"price": round(last * 1.5, 2), "stop_price": round(last * 0.5, 2)}
    placed = parsed(await connection.order_list_place(side="SELL", **LOT, **old)).result
    gone = parsed(await connection.order_list_cancel(symbol="BTCUSDT", order_list_id=placed.order_list_id)).result
    assert gone.list_order_status == "ALL_DONE"
    parsed(await connection.all_order_lists())


def over_rest(address: str) -> float:
    """A price that was paid."""
    made = import_module("binance_common.configuration").ConfigurationRestAPI(**KEYS, base_path=address)
    rest = spot(config_rest_api=made).rest_api
    rest.ping()
    for asked in (rest.time, rest.exchange_info, rest.execution_rules, rest.rate_limit_order):
        parsed(asked())
    parsed(rest.klines(symbol="BTCUSDT", interval="1m"))
    for name in ("avg_price", "depth", "get_trades", "historical_trades", "agg_trades", "reference_price"):
        parsed(getattr(rest, name)(symbol="BTCUSDT"))
    parsed(rest.ui_klines(symbol="BTCUSDT", interval="1m"))
    for name in ("ticker_price", "ticker_book_ticker", "ticker24hr"):
        parsed(getattr(rest, name)(symbol="BTCUSDT"))
        parsed(getattr(rest, name)())
    last = float(parsed(rest.new_order(side="BUY", type="MARKET", **LOT)).fills[0].price)
    resting = {"time_in_force": "GTC", "price": round(last * 0.9, 2)}
    for kind in ("ACK", "RESULT", "FULL"):
        placed = parsed(rest.new_order(side="BUY", type="LIMIT", new_order_resp_type=kind, **LOT, **resting))
        assert parsed(rest.get_order(symbol="BTCUSDT", order_id=placed.order_id)).status == "NEW"
        assert parsed(rest.delete_order(symbol="BTCUSDT", order_id=placed.order_id)).status == "CANCELED"
    placed = parsed(rest.new_order(side="BUY", type="LIMIT", **LOT, **resting))
    parsed(rest.order_amend_keep_priority(symbol="BTCUSDT", new_qty=0.005, order_id=placed.order_id))
    parsed(rest.order_amendments(symbol="BTCUSDT", order_id=placed.order_id))
    replacing = {"cancel_replace_mode": "STOP_ON_FAILURE", "cancel_order_id": placed.order_id}
    parsed(rest.order_cancel_replace(side="BUY", type="LIMIT", **LOT, **resting, **replacing))
    stop = {**resting, "stop_price": round(last * 0.91, 2)}
    parsed(rest.new_order(side="SELL", type="STOP_LOSS_LIMIT", **LOT, **stop))
    parsed(rest.new_order(side="SELL", type="STOP_LOSS", trailing_delta=500, **LOT))
    parsed(
        rest.new_order(
            side="BUY", type="LIMIT", iceberg_qty=0.005, strategy_id=1, strategy_type=1_000_000, **LOT, **resting
        )
    )
    parsed(rest.new_order(side="BUY", type="LIMIT", **{**LOT, **resting, "time_in_force": "IOC"}))
    parsed(rest.get_open_orders(symbol="BTCUSDT"))
    parsed(rest.delete_open_orders(symbol="BTCUSDT"))
    parsed(rest.order_test(side="BUY", type="MARKET", **LOT))
    parsed(rest.order_test(side="BUY", type="MARKET", compute_commission_rates=True, **LOT))
    for name in ("all_orders", "my_trades", "account_commission", "my_filters", "my_allocations"):
        parsed(getattr(rest, name)(symbol="BTCUSDT"))
    parsed(rest.my_prevented_matches(symbol="BTCUSDT", order_id=1))
    parsed(rest.get_account())
    lists_over_rest(rest, last)
    return last


async def over_websocket(address: str, last: float) -> None:
    configuration = import_module("binance_common.configuration")
    made = configuration.ConfigurationWebSocketAPI(**KEYS, stream_url=f"{address}/ws-api/v3")
    connection = await spot(config_ws_api=made).websocket_api.create_connection()
    subscription = await connection.user_data_stream_subscribe_signature()
    events: list[Any] = []
    subscription.stream.on("message", events.append)
    for method in ("ping", "time", "exchange_info", "session_status", "session_subscriptions"):
        parsed(await getattr(connection, method)())
    parsed(await connection.klines(symbol="BTCUSDT", interval="1m"))
    parsed(await connection.ui_klines(symbol="BTCUSDT", interval="1m"))
    parsed(await connection.execution_rules())
    for method in ("reference_price", "depth", "trades_recent", "trades_historical", "trades_aggregate"):
        parsed(await getattr(connection, method)(symbol="BTCUSDT"))
    for method in ("avg_price", "ticker_price", "ticker_book", "ticker24hr"):
        parsed(await getattr(connection, method)(symbol="BTCUSDT"))
    parsed(await connection.order_place(side="BUY", type="MARKET", **LOT))
    resting = {"time_in_force": "GTC", "price": round(last * 0.8, 2)}
    placed = parsed(await connection.order_place(side="BUY", type="LIMIT", **LOT, **resting)).result
    parsed(await connection.order_status(symbol="BTCUSDT", order_id=placed.order_id))
    parsed(await connection.open_orders_status(symbol="BTCUSDT"))
    parsed(await connection.order_amend_keep_priority(symbol="BTCUSDT", new_qty=0.005, order_id=placed.order_id))
    parsed(await connection.order_amendments(symbol="BTCUSDT", order_id=placed.order_id))
    replacing = {"cancel_replace_mode": "STOP_ON_FAILURE", "cancel_order_id": placed.order_id}
    placed = parsed(
        await connection.order_cancel_replace(side="BUY", type="LIMIT", **LOT, **resting, **replacing)
    ).result.new_order_response
    parsed(await connection.order_cancel(symbol="BTCUSDT", order_id=placed.order_id))
    stop = {**resting, "stop_price": round(last * 0.81, 2), "strategy_id": 7}
    parsed(await connection.order_place(side="SELL", type="STOP_LOSS_LIMIT", **LOT, **stop))
    parsed(await connection.order_place(side="SELL", type="STOP_LOSS", trailing_delta=1000, **LOT))
    parsed(await connection.order_place(side="BUY", type="LIMIT", **{**LOT, **resting, "time_in_force": "IOC"}))
    parsed(await connection.open_orders_cancel_all(symbol="BTCUSDT"))
    parsed(await connection.order_test(side="BUY", type="MARKET", **LOT))
    for method in ("all_orders", "my_trades", "account_commission", "my_filters", "my_allocations"):
        parsed(await getattr(connection, method)(symbol="BTCUSDT"))
    for method in ("account_status", "account_rate_limits_orders"):
        parsed(await getattr(connection, method)())
    await lists_over_websocket(connection, last)
    await asyncio.sleep(1.0)
    parsed(await connection.user_data_stream_unsubscribe())
    await asyncio.sleep(1.0)
    assert len(events) >= 16, len(events)
    for event in events:
        assert not isinstance(event.actual_instance, dict), event
    told = [event.actual_instance.l for event in events if type(event.actual_instance).__name__ == "ListStatus"]
    assert told == ["EXEC_STARTED", "ALL_DONE"] * (len(LISTS) + 1), told
    await connection.close_connection(close_session=True)


def main(rest: str, websocket: str) -> None:
    listening = Listening()
    logging.getLogger().addHandler(listening)
    asyncio.run(over_websocket(websocket, over_rest(rest)))
    assert not listening.lines, listening.lines


if __name__ == "__main__":
    main(*sys.argv[1:])
