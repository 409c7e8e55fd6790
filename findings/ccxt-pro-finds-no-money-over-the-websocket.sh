#!/usr/bin/env bash
# Expected: ccxt.pro's fetch_balance_ws of Binance's spot market reads the answer to account.status that Binance documents, and that ccxt
#   has in a comment above the lines that read it.
# Happens: it comes back without a single currency and without an error, whatever the account holds: the list is looked for one level too
#   high. cancel_order_ws of an order of a list (the answer is the list, as documented) gives an order whose id and status are None.
# Matters: `balance["USDT"]` is a KeyError at best; `balance["free"].get("USDT", 0)` is a wallet with nothing in it, of which a
#   program concludes that it has no position. fetch_balance over REST is right.
# Version: ccxt 4.5.90. The exchange here is a server on the loopback with the documented answers.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
"${PYTHON:=python3}" -m pip install -qq --no-compile --no-warn-conflicts --target "$work" ccxt==4.5.90
PYTHONPATH=$work "$PYTHON" -W ignore - <<'PY'
import asyncio

import ccxt.pro
from aiohttp import web

PAIR = {"symbol": "BTCUSDT", "status": "TRADING", "baseAsset": "BTC", "quoteAsset": "USDT", "filters": []}
BALANCES = [{"asset": "BTC", "free": "1.34", "locked": "0.086"}, {"asset": "USDT", "free": "1021.21", "locked": "0"}]
ACCOUNT = {"canTrade": True, "updateTime": 1660801833000, "accountType": "SPOT", "balances": BALANCES}
ENDED = {"symbol": "BTCUSDT", "orderId": 7, "orderListId": 1, "clientOrderId": "leg", "status": "CANCELED", "side": "SELL"}
LIST = {"orderListId": 1, "contingencyType": "OCO", "listStatusType": "ALL_DONE", "listOrderStatus": "ALL_DONE", "symbol": "BTCUSDT"}
LIST |= {"orders": [{"symbol": "BTCUSDT", "orderId": 7, "clientOrderId": "leg"}], "orderReports": [ENDED]}
RESULTS = {"account.status": ACCOUNT, "order.cancel": LIST}


async def over_websocket(request):
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        asked = message.json()
        await socket.send_json({"id": asked["id"], "status": 200, "result": RESULTS[asked["method"]], "rateLimits": []})
    return socket


async def over_rest(request):
    return web.json_response(ACCOUNT if "account" in request.path else {"symbols": [PAIR]})


async def main():
    app = web.Application()
    app.add_routes([web.get("/ws-api/v3", over_websocket), web.get("/api/v3/{name}", over_rest)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    address = f"127.0.0.1:{runner.addresses[0][1]}"
    exchange = ccxt.pro.binance({"apiKey": "key", "secret": "secret"})
    exchange.options.update({"fetchMarkets": {"types": ["spot"]}, "fetchMargins": False})
    exchange.has["fetchCurrencies"] = False
    exchange.urls["api"] |= {"public": f"http://{address}/api/v3", "private": f"http://{address}/api/v3"}
    exchange.urls["api"]["ws"]["ws-api"]["spot"] = f"ws://{address}/ws-api/v3"
    rest, socket = await exchange.fetch_balance(), await exchange.fetch_balance_ws()
    order = await exchange.cancel_order_ws("7", "BTC/USDT")
    await exchange.close()
    await runner.cleanup()
    return rest, socket, order


rest, socket, order = asyncio.run(main())
print("ccxt", ccxt.__version__)
print(f"  fetch_balance    total {rest['total']}")
print(f"  fetch_balance_ws total {socket.get('total')}")
print(f"  cancel_order_ws  id {order['id']}, status {order['status']}")
assert rest["total"] == {"BTC": 1.426, "USDT": 1021.21}, rest["total"]
assert socket.get("total") == {} and "BTC" not in socket and "USDT" not in socket, socket
assert order["id"] is None and order["status"] is None, order
print("FOUND: 1.426 BTC and 1021.21 USDT over REST are no currency at all over the WebSocket API")
PY
