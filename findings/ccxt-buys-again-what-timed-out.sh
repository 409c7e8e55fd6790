#!/usr/bin/env bash
# Expected: options["maxRetriesOnFailure"] of ccxt repeats what may be repeated, requests that read; a placement whose outcome is unknown
#   (504, -1007) is raised, or looked up by the client id that ccxt has given it.
# Happens: createOrder is sent again like everything else, signed anew, under the same newClientOrderId. Binance refuses an id only
#   while an order of it is open: a market order that was filled behind the first answer is filled a second time, and create_order returns
#   the second as if it was the only one.
# Matters: one line of settings against hiccups doubles a position exactly when the exchange is under load; nothing tells of it.
# Version: ccxt 4.5.90. The exchange here is a server on the loopback that fills what comes and answers the first time with 504.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
"${PYTHON:=python3}" -m pip install -qq --no-compile --no-warn-conflicts --target "$work" ccxt==4.5.90
PYTHONPATH=$work "$PYTHON" -W ignore - <<'PY'
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import ccxt

UNKNOWN = {"code": -1007, "msg": "Timeout waiting for response from backend server. Send status unknown; execution status unknown."}
LOT = {"filterType": "LOT_SIZE", "minQty": "0.00001", "maxQty": "9000", "stepSize": "0.00001"}
PAIR = {"symbol": "BTCUSDT", "status": "TRADING", "baseAsset": "BTC", "quoteAsset": "USDT", "orderTypes": ["MARKET"], "filters": [LOT]}
filled = []


def placed(asked):
    order = {key: asked[key][0] for key in ("symbol", "side", "type")}
    filled.append((asked["newClientOrderId"][0], asked["quantity"][0]))
    amounts = {"origQty": "0.1", "executedQty": "0.1", "cummulativeQuoteQty": "9000", "price": "0"}
    return {**order, **amounts, "orderId": len(filled), "clientOrderId": filled[-1][0], "status": "FILLED", "transactTime": 1}


class Exchange(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(200, {"symbols": [PAIR]})

    def do_POST(self):
        order = placed(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        self.answer(*((504, UNKNOWN) if len(filled) == 1 else (200, order)))

    def answer(self, status, answer):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Exchange)
threading.Thread(target=server.serve_forever, daemon=True).start()


def bought(**options):
    filled.clear()
    exchange = ccxt.binance({"apiKey": "key", "secret": "secret"})
    exchange.options.update({"fetchMarkets": {"types": ["spot"]}, "fetchMargins": False, **options})
    exchange.has["fetchCurrencies"] = False
    for name in ("public", "private"):
        exchange.urls["api"][name] = f"http://127.0.0.1:{server.server_port}/api/v3"
    try:
        order = exchange.create_order("BTC/USDT", "market", "buy", 0.1)
        return f"{order['filled']} {order['status']}", list(filled)
    except ccxt.BaseError as problem:
        return type(problem).__name__, list(filled)


print("ccxt", ccxt.__version__)
plain, patient = bought(), bought(maxRetriesOnFailure=1)
for name, (said, orders) in (("as it comes", plain), ("maxRetriesOnFailure=1", patient)):
    print(f"  {name:22} says {said:15} filled at the exchange: {len(orders)} times 0.1")
assert plain[0] == "RequestTimeout" and len(plain[1]) == 1, plain
assert patient[0] == "0.1 closed" and len(patient[1]) == 2, patient
assert len(set(patient[1])) == 1, f"the second has an id of its own: {patient[1]}"
print("FOUND: 0.1 was asked for and is told, 0.2 were bought, both under one client id")
PY
