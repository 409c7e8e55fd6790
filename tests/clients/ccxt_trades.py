"""ccxt 4.5.90, its addresses changed and nothing else, on the simulated exchange, over REST and as ccxt.pro."""

from __future__ import annotations

import asyncio
import sys
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

KEYS = {"apiKey": "simulated", "secret": "hush"}
PAIR = "BTC/USDT"


def moved(urls: Any, rest: str, websocket: str) -> Any:
    """The same addresses at another host."""
    if isinstance(urls, dict):
        return {name: moved(url, rest, websocket) for name, url in urls.items()}
    parts = urlsplit(urls)
    return f"{websocket if parts.scheme == 'wss' else rest}{parts.path}"


def exchange_of(module: str, rest: str, websocket: str) -> Any:
    exchange = import_module(module).binance(KEYS)
    exchange.urls["api"] = moved(exchange.urls["api"], rest, websocket)
    return exchange


def lists_over_rest(exchange: Any, last: float) -> None:
    """It has no lists of its own, but every endpoint of the exchange has a method."""
    above, below = (exchange.price_to_precision(PAIR, last * part) for part in (1.2, 0.8))
    bracket = {"aboveType": "LIMIT_MAKER", "abovePrice": above, "belowType": "STOP_LOSS", "belowStopPrice": below}
    asked = {"symbol": "BTCUSDT", "side": "SELL", "quantity": "0.01", **bracket}
    oco = exchange.private_post_orderlist_oco(asked)
    assert sorted(each["triggerPrice"] or 0 for each in exchange.fetch_open_orders(PAIR)) == [0, float(below)]
    assert exchange.private_get_orderlist({"orderListId": oco["orderListId"]})["listOrderStatus"] == "EXECUTING"
    gone = exchange.private_delete_orderlist({"symbol": "BTCUSDT", "orderListId": oco["orderListId"]})
    assert gone["listStatusType"] == "ALL_DONE"
    first = {"workingType": "LIMIT", "workingSide": "BUY", "workingTimeInForce": "GTC", "workingPrice": below}
    after = {f"pending{name[0].upper()}{name[1:]}": value for name, value in bracket.items()}
    asked = {"symbol": "BTCUSDT", "workingQuantity": "0.01", "pendingSide": "SELL", **first, **after}
    waiting = exchange.private_post_orderlist_opoco(asked)["orderReports"]
    assert [each["status"] for each in waiting] == ["NEW", "PENDING_NEW", "PENDING_NEW"]
    assert len(exchange.cancel_all_orders(PAIR)) == 1
    assert exchange.private_get_openorderlist() == []


def over_rest(rest: str, websocket: str) -> None:
    exchange = exchange_of("ccxt", rest, websocket)
    exchange.load_markets()
    assert exchange.fetch_balance()["total"]["USDT"] > 0
    market = exchange.create_order(PAIR, "market", "buy", 0.01)
    assert (market["status"], market["filled"]) == ("closed", 0.01)
    last = exchange.fetch_ticker(PAIR)["last"]
    limit = exchange.create_order(PAIR, "limit", "buy", 0.01, last * 0.9)
    assert exchange.fetch_order(limit["id"], PAIR)["status"] == "open"
    edited = exchange.edit_order(limit["id"], PAIR, "limit", "buy", 0.02, last * 0.9)
    assert exchange.cancel_order(edited["id"], PAIR)["status"] == "canceled"
    stop = exchange.create_order(PAIR, "STOP_LOSS_LIMIT", "sell", 0.01, last * 0.89, {"stopPrice": last * 0.9})
    assert [each["id"] for each in exchange.fetch_open_orders(PAIR)] == [stop["id"]]
    exchange.cancel_all_orders(PAIR)
    lists_over_rest(exchange, last)
    assert exchange.fetch_my_trades(PAIR)[-1]["side"] == "buy"
    assert len(exchange.fetch_orders(PAIR)) >= 3
    assert exchange.fetch_ohlcv(PAIR, "1m", limit=5)
    book = exchange.fetch_order_book(PAIR)
    assert book["bids"][0][0] < book["asks"][0][0]
    assert exchange.fetch_trades(PAIR, limit=5)[-1]["price"] > 0
    try:
        exchange.fetch_order("999999", PAIR)
    except import_module("ccxt").OrderNotFound:
        return
    raise AssertionError("an order that is not there was found")


async def over_websocket(rest: str, websocket: str) -> None:
    exchange = exchange_of("ccxt.pro", rest, websocket)
    await exchange.load_markets()
    watching = asyncio.create_task(exchange.watch_orders(PAIR))
    balances = asyncio.create_task(exchange.watch_balance())
    await asyncio.sleep(1.0)
    market = await exchange.create_order_ws(PAIR, "market", "buy", 0.01)
    assert market["status"] == "closed"
    orders = await asyncio.wait_for(watching, 10)
    assert orders[-1]["id"] == market["id"], orders
    assert (await asyncio.wait_for(balances, 10))["BTC"]["total"] > 0
    last = (await exchange.fetch_ticker(PAIR))["last"]
    limit = await exchange.create_order_ws(PAIR, "limit", "buy", 0.01, last * 0.9)
    assert (await exchange.fetch_order_ws(limit["id"], PAIR))["status"] == "open"
    assert len(await exchange.fetch_open_orders_ws(PAIR)) == 1
    assert (await exchange.cancel_order_ws(limit["id"], PAIR))["status"] == "canceled"
    # Of a spot account it makes nothing itself: it looks for `assets`, where the answer has `balances`.
    assert (await exchange.fetch_balance_ws())["info"]["balances"]
    assert await exchange.fetch_my_trades_ws(PAIR)
    trades = asyncio.create_task(exchange.watch_my_trades(PAIR))
    await exchange.create_order_ws(PAIR, "limit", "buy", 0.01, last * 0.999)
    assert (await asyncio.wait_for(trades, 30))[-1]["price"] > 0
    await exchange.close()


def main(rest: str, websocket: str) -> None:
    over_rest(rest, websocket)
    asyncio.run(over_websocket(rest, websocket))


if __name__ == "__main__":
    main(*sys.argv[1:])
