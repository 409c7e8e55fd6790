"""binance-sdk-spot 13.3 on the simulated exchange, without a line in its log: all answers are what it declares."""

from __future__ import annotations

import asyncio
import logging
import sys
from importlib import import_module
from typing import Any

KEYS = {"api_key": "simulated", "api_secret": "hush"}
LOT: dict[str, Any] = {"symbol": "BTCUSDT", "quantity": 0.01}


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
    await asyncio.sleep(1.0)
    parsed(await connection.user_data_stream_unsubscribe())
    await asyncio.sleep(1.0)
    assert len(events) >= 16, len(events)
    for event in events:
        assert not isinstance(event.actual_instance, dict), event
    await connection.close_connection(close_session=True)


def main(rest: str, websocket: str) -> None:
    listening = Listening()
    logging.getLogger().addHandler(listening)
    asyncio.run(over_websocket(websocket, over_rest(rest)))
    assert not listening.lines, listening.lines


if __name__ == "__main__":
    main(*sys.argv[1:])
