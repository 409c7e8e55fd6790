#!/usr/bin/env bash
# Expected: Binance says of a 5XX that the execution status is unknown and may have been a success; its own client hands on that it is
#   unknown, or asks what became of the order.
# Happens: binance-sdk-spot, as it comes (`retries` = 3), sends a DELETE again after 500, 502, 503 and 504. The order is gone by
#   then, the second answer is -2011 Unknown order sent, and that is what delete_order raises: BadRequestError, as of an order that
#   never was. The 503 is not told. A POST is not repeated: ServerError.
# Matters: BadRequestError means that nothing was done. A cancel that was done, perhaps after a part was filled, reads as one
#   that was refused: a program that cancels before it places elsewhere goes on with a state that is not the exchange's.
# Version: binance-sdk-spot 13.3.0. The exchange here is a server on the loopback that cancels and answers 503, once.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
"${PYTHON:=python3}" -m pip install -qq --no-compile --no-warn-conflicts --target "$work" binance-sdk-spot==13.3.0
PYTHONPATH=$work "$PYTHON" -W ignore - <<'PY'
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version

from binance_common.configuration import ConfigurationRestAPI
from binance_sdk_spot.spot import Spot

heard, open_orders = [], {"7"}
LOST = (503, {"code": -1000, "msg": "Unknown error, please check your request or try again later."})
UNKNOWN = (400, {"code": -2011, "msg": "Unknown order sent."})


class Exchange(BaseHTTPRequestHandler):
    def do_POST(self):
        heard.append(self.command)
        cancels = self.command == "DELETE"
        status, answer = UNKNOWN if cancels and not open_orders else LOST
        if cancels:
            open_orders.clear()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    do_DELETE = do_POST

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Exchange)
threading.Thread(target=server.serve_forever, daemon=True).start()
spot = Spot(config_rest_api=ConfigurationRestAPI(api_key="key", api_secret="secret", base_path=f"http://127.0.0.1:{server.server_port}"))


def said(request):
    heard.clear()
    try:
        return repr(request()), list(heard)
    except Exception as problem:
        return f"{type(problem).__name__}: {problem}", list(heard)


cancelled = said(lambda: spot.rest_api.delete_order(symbol="BTCUSDT", order_id=7))
placed = said(lambda: spot.rest_api.new_order(symbol="BTCUSDT", side="BUY", type="MARKET", quantity=0.1))
print("binance-sdk-spot", version("binance-sdk-spot"))
for text, requests in (cancelled, placed):
    print(f"  {' '.join(requests):15} {text}")
assert placed[1] == ["POST"] and placed[0].startswith("ServerError"), placed
assert cancelled[1] == ["DELETE", "DELETE"], cancelled
assert cancelled[0].startswith("BadRequestError") and "Unknown order sent" in cancelled[0] and "503" not in cancelled[0], cancelled
assert not open_orders
print("FOUND: the cancel was done, and is told as an order that the exchange does not know")
PY
