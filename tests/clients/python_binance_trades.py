"""python-binance 1.0.37 on the simulated exchange, over REST and over the WebSocket API with its user stream."""

from __future__ import annotations

import asyncio
import sys
from importlib import import_module
from typing import Any

LOT = {"symbol": "BTCUSDT", "quantity": "0.01"}


def over_rest(rest: str) -> str:
    """The price of a limit order that rests."""
    client = import_module("binance.client").Client("simulated", "hush", ping=False)
    client.API_URL = f"{rest}/api"
    assert client.order_market_buy(**LOT)["status"] == "FILLED"
    last = float(client.get_symbol_ticker(symbol="BTCUSDT")["price"])
    order = client.order_limit_buy(**LOT, price=f"{last * 0.9:.2f}")
    assert client.get_order(symbol="BTCUSDT", orderId=order["orderId"])["status"] == "NEW"
    assert client.cancel_order(symbol="BTCUSDT", orderId=order["orderId"])["status"] == "CANCELED"
    stop = client.create_order(
        **LOT,
        side="SELL",
        type="STOP_LOSS_LIMIT",
        timeInForce="GTC",
        price=f"{last * 0.89:.2f}",
        stopPrice=f"{last * 0.9:.2f}",
    )
    assert [each["orderId"] for each in client.get_open_orders(symbol="BTCUSDT")] == [stop["orderId"]]
    client.cancel_order(symbol="BTCUSDT", orderId=stop["orderId"])
    protection = client.create_oco_order(
        **LOT,
        side="SELL",
        aboveType="LIMIT_MAKER",
        abovePrice=f"{last * 1.1:.2f}",
        belowType="STOP_LOSS",
        belowStopPrice=f"{last * 0.9:.2f}",
    )
    assert {each["type"] for each in protection["orderReports"]} == {"STOP_LOSS", "LIMIT_MAKER"}
    assert client.v3_get_order_list(orderListId=protection["orderListId"])["listOrderStatus"] == "EXECUTING"
    assert len(client.get_open_oco_orders()) == 1
    one = protection["orderReports"][1]["orderId"]
    assert client.cancel_order(symbol="BTCUSDT", orderId=one)["status"] == "CANCELED"
    assert client.get_open_orders() == []
    assert client.get_my_trades(symbol="BTCUSDT")[-1]["isBuyer"]
    assert len(client.get_all_orders(symbol="BTCUSDT")) == 5
    assert client.get_account()["accountType"] == "SPOT"
    assert client.get_exchange_info()["symbols"]
    book = client.get_order_book(symbol="BTCUSDT")
    assert float(book["bids"][0][0]) < float(book["asks"][0][0])
    assert client.get_recent_trades(symbol="BTCUSDT")[-1]["id"] > 0
    assert client.get_aggregate_trades(symbol="BTCUSDT")[-1]["a"] > 0
    try:
        client.order_market_buy(symbol="BTCUSDT", quantity=0.00001)
    except import_module("binance.exceptions").BinanceAPIException as error:
        assert error.code == -1100, error  # noqa: PT017
    return f"{last * 0.9:.2f}"


async def lists_over_websocket(client: Any, stream: Any, last: float) -> None:
    """What is told of a list, before its orders as it begins and after them as it ends."""
    above, below = f"{last * 1.2:.2f}", f"{last * 0.8:.2f}"
    bracket = {"aboveType": "LIMIT_MAKER", "abovePrice": above, "belowType": "STOP_LOSS", "belowStopPrice": below}
    oco = await client.ws_create_oco_order(**LOT, side="SELL", **bracket)
    assert (await client.ws_get_oco_order(orderListId=oco["orderListId"]))["listOrderStatus"] == "EXECUTING"
    assert len(await client.ws_get_oco_open_orders()) == 1
    await client.ws_cancel_oco_order(symbol="BTCUSDT", orderListId=oco["orderListId"])
    told = [await asyncio.wait_for(stream.recv(), 10)]
    while told[-1].get("L") != "ALL_DONE":
        told.append(await asyncio.wait_for(stream.recv(), 10))
    named = [event.get("x", event["e"]) for event in told if event["e"] != "outboundAccountPosition"]
    assert named == ["listStatus", "NEW", "NEW", "CANCELED", "CANCELED", "listStatus"], told
    first = {"workingType": "LIMIT", "workingSide": "BUY", "workingTimeInForce": "GTC", "workingPrice": below}
    then = {"pendingType": "LIMIT", "pendingSide": "SELL", "pendingTimeInForce": "GTC", "pendingPrice": above}
    oto = await client.ws_create_oto_order(
        symbol="BTCUSDT", workingQuantity="0.01", pendingQuantity="0.009", **first, **then
    )
    assert [each["status"] for each in oto["orderReports"]] == ["NEW", "PENDING_NEW"]
    await client.ws_cancel_oco_order(symbol="BTCUSDT", orderListId=oto["orderListId"])


async def over_websocket(rest: str, websocket: str, low: str) -> None:
    binance = import_module("binance")
    import_module(
        "binance.ws.reconnecting_websocket"
    ).ReconnectingWebsocket.TIMEOUT = 0.5  # for so long it does not close
    binance.AsyncClient.WS_API_URL = f"{websocket}/ws-api/v3"
    client = binance.AsyncClient("simulated", "hush")
    client.API_URL = f"{rest}/api"
    async with binance.BinanceSocketManager(client).user_socket() as stream:
        placed = await client.ws_create_order(**LOT, side="BUY", type="MARKET")
        assert placed["status"] == "FILLED"
        told = [await asyncio.wait_for(stream.recv(), 10) for _ in range(4)]
        assert [event.get("x") for event in told] == ["NEW", None, "TRADE", None], told
        limit = await client.ws_order_limit(**LOT, side="BUY", price=low)
        assert (await client.ws_get_order(symbol="BTCUSDT", orderId=limit["orderId"]))["status"] == "NEW"
        assert len(await client.ws_get_open_orders(symbol="BTCUSDT")) == 1
        await client.ws_cancel_order(symbol="BTCUSDT", orderId=limit["orderId"])
        told = [await asyncio.wait_for(stream.recv(), 10) for _ in range(4)]
        assert told[2]["X"] == "CANCELED", told
        last = float((await client.get_symbol_ticker(symbol="BTCUSDT"))["price"])
        await lists_over_websocket(client, stream, last)
        await client.ws_order_limit(**LOT, side="BUY", price=f"{last * 0.9995:.2f}")
        await client.ws_order_limit(**LOT, side="SELL", price=f"{last * 1.0005:.2f}")
        executions: list[Any] = []
        while "TRADE" not in executions:
            executions.append((await asyncio.wait_for(stream.recv(), 30)).get("x"))
        assert (await client.ws_get_account())["balances"]
    await client.close_connection()


def main(rest: str, websocket: str) -> None:
    asyncio.run(over_websocket(rest, websocket, over_rest(rest)))


if __name__ == "__main__":
    main(*sys.argv[1:])
