"""binance-connector 3.13 on the simulated exchange, over REST and over the WebSocket API."""

from __future__ import annotations

import json
import queue
import sys
from importlib import import_module
from typing import Any

LOT = {"symbol": "BTCUSDT", "quantity": "0.01"}


def list_settings(last: float) -> tuple[dict[str, str], dict[str, str]]:
    """One cancels the other, and one lets two others follow, with which nothing is filled or triggered."""
    above, below = f"{last * 1.2:.2f}", f"{last * 0.8:.2f}"
    bracket = {"aboveType": "LIMIT_MAKER", "abovePrice": above, "belowType": "STOP_LOSS", "belowStopPrice": below}
    first = {"workingType": "LIMIT", "workingSide": "BUY", "workingPrice": below, "workingTimeInForce": "GTC"}
    after = {f"pending{name[0].upper()}{name[1:]}": value for name, value in bracket.items()}
    quantities = {"workingQuantity": "0.01", "pendingQuantity": "0.009"}
    both = {"symbol": "BTCUSDT", "pendingSide": "SELL", **quantities, **first, **after}
    return {**LOT, "side": "SELL", **bracket}, both


def lists_over_rest(client: Any, last: float) -> None:
    oco, otoco = list_settings(last)
    placed = [client.new_oco_order(**oco), client.new_otoco_order(**otoco)]
    assert [len(each["orderReports"]) for each in placed] == [2, 3]
    assert client.get_oco_order(orderListId=placed[0]["orderListId"])["listOrderStatus"] == "EXECUTING"
    assert [each["contingencyType"] for each in client.get_oco_open_orders()] == ["OCO", "OTO"]
    for each in placed:
        assert client.cancel_oco_order("BTCUSDT", orderListId=each["orderListId"])["listOrderStatus"] == "ALL_DONE"
    assert len(client.get_oco_orders()) == 2


def over_rest(rest: str) -> str:
    """The price of a limit order that rests."""
    client = import_module("binance.spot").Spot("simulated", "hush", base_url=rest)
    [fill] = client.new_order(side="BUY", type="MARKET", **LOT)["fills"]
    last = float(fill["price"])
    limit = {**LOT, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "price": f"{last * 0.9:.2f}"}
    order = client.new_order(**limit)
    assert client.get_order("BTCUSDT", orderId=order["orderId"])["status"] == "NEW"
    assert client.cancel_order("BTCUSDT", orderId=order["orderId"])["status"] == "CANCELED"
    stop = {**limit, "side": "SELL", "type": "STOP_LOSS_LIMIT", "stopPrice": f"{last * 0.91:.2f}"}
    assert client.new_order(**stop)["orderId"] > order["orderId"]
    assert client.cancel_open_orders("BTCUSDT")[0]["type"] == "STOP_LOSS_LIMIT"
    lists_over_rest(client, last)
    assert client.my_trades("BTCUSDT")
    assert client.account(omitZeroBalances="true")["balances"]
    assert client.new_order_test(**limit) == {}
    try:
        client.new_order(symbol="BTCUSDT", side="BUY", type="MARKET", quantity=0.00001)
    except import_module("binance.error").ClientError as error:
        assert error.error_code == -1100, error  # noqa: PT017
    return f"{last * 0.9:.2f}"


def over_websocket(websocket: str, low: str) -> None:
    heard: queue.Queue[dict[str, Any]] = queue.Queue()
    client = import_module("binance.websocket.spot.websocket_api").SpotWebsocketAPIClient(
        stream_url=f"{websocket}/ws-api/v3",
        api_key="simulated",
        api_secret="hush",
        on_message=lambda _, text: heard.put(json.loads(text)),
    )

    def answer() -> Any:
        message = heard.get(timeout=10)
        assert message["status"] == 200, message
        return message["result"]

    client.new_order(side="BUY", type="MARKET", **LOT)
    assert answer()["status"] == "FILLED"
    client.new_order(side="BUY", type="LIMIT", timeInForce="GTC", price=low, **LOT)
    order_id = answer()["orderId"]
    client.get_open_orders(symbol="BTCUSDT")
    assert [each["orderId"] for each in answer()] == [order_id]
    client.get_order("BTCUSDT", orderId=order_id)
    assert answer()["status"] == "NEW"
    client.cancel_order("BTCUSDT", orderId=order_id)
    assert answer()["status"] == "CANCELED"
    client.account()
    assert answer()["balances"]
    client.my_trades(symbol="BTCUSDT")
    assert answer()
    client.order_rate_limit()
    assert len(answer()) == 2
    client.klines("BTCUSDT", "1m", limit=5)
    assert len(answer()) == 5
    client.exchange_info(symbol="BTCUSDT")
    assert answer()["symbols"]
    oco, otoco = list_settings(float(low) / 0.9)
    for place, settings, orders in ((client.new_oco_order, oco, 2), (client.new_otoco_order, otoco, 3)):
        place(**settings)
        placed = answer()
        assert len(placed["orderReports"]) == orders
        client.get_oco_order(orderListId=placed["orderListId"])
        assert answer()["listOrderStatus"] == "EXECUTING"
        client.get_open_oco_orders()
        assert len(answer()) == 1
        client.cancel_oco_order("BTCUSDT", orderListId=placed["orderListId"])
        assert answer()["listOrderStatus"] == "ALL_DONE"
    client.oco_history()
    assert len(answer()) == 4
    client.stop()


def main(rest: str, websocket: str) -> None:
    over_websocket(websocket, over_rest(rest))


if __name__ == "__main__":
    main(*sys.argv[1:])
