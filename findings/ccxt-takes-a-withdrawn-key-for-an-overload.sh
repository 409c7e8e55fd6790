#!/usr/bin/env bash
# Expected: -2015 Invalid API-key, IP, or permissions for action is ccxt's AuthenticationError, an ExchangeError that no program
#   repeats, whenever it comes.
# Happens: it is that until the first signed answer that is no error. From then on the same -2015 is DDoSProtection, a NetworkError, of
#   which ccxt's manual says that it is usually recoverable, by waiting and asking again.
# Matters: a program that started well and whose key is deleted, expires, loses trading or its address while it runs, is told to
#   wait and try again, for ever, with its positions open; started anew it says at once what is wrong.
# Version: ccxt 4.5.90. The exchange here is a server on the loopback that accepts the key once.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
"${PYTHON:=python3}" -m pip install -qq --no-compile --no-warn-conflicts --target "$work" ccxt==4.5.90
PYTHONPATH=$work "$PYTHON" -W ignore - <<'PY'
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import ccxt

DENIED = (401, {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."})
PAIR = {"symbol": "BTCUSDT", "status": "TRADING", "baseAsset": "BTC", "quoteAsset": "USDT", "filters": []}
answers = []


class Exchange(BaseHTTPRequestHandler):
    def do_GET(self):
        status, answer = (200, {"symbols": [PAIR]}) if "exchangeInfo" in self.path else answers.pop(0)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Exchange)
threading.Thread(target=server.serve_forever, daemon=True).start()


def started():
    exchange = ccxt.binance({"apiKey": "key", "secret": "secret", "options": {"fetchMarkets": {"types": ["spot"]}, "fetchMargins": False}})
    exchange.has["fetchCurrencies"] = False
    for name in ("public", "private"):
        exchange.urls["api"][name] = f"http://127.0.0.1:{server.server_port}/api/v3"
    return exchange


def said(exchange):
    try:
        return exchange.fetch_open_orders("BTC/USDT")
    except ccxt.BaseError as problem:
        return problem


answers += [DENIED, (200, []), DENIED]
at_once, running = said(started()), started()
assert said(running) == [], "the key was not accepted"
later = said(running)
print("ccxt", ccxt.__version__)
for when, problem in (("before a first success", at_once), ("after it", later)):
    print(f"  {when:22} {type(problem).__name__:20} NetworkError: {isinstance(problem, ccxt.NetworkError)}")
assert type(at_once) is ccxt.AuthenticationError, repr(at_once)
assert type(later) is ccxt.DDoSProtection and isinstance(later, ccxt.NetworkError), repr(later)
print("FOUND: the key that is withdrawn from a running program is an overload of the exchange")
PY
