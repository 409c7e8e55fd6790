#!/usr/bin/env bash
# Expected: a client of an exchange that takes quantities as float writes them as the exchange reads them: digits and a point.
# Happens: binance-sdk-spot, Binance's own, and python-binance sign and send quantity=0.00001, the least lot of BTCUSDT, as
#   `1e-05`, and 0.0001 as `0.0001`. binance-sdk-spot writes a Decimal out in full; its parameter is declared a float all the
#   same. Binance's documented form of a quantity, ^([0-9]{1,20})(\.[0-9]{1,20})?$, has no exponent: -1100.
# Matters: every test passes with orders of 0.01. It is the last, small sale, what is left of a position in part, that is
#   refused, so that the position stays open; a Decimal from the same program passes.
# Versions: binance-sdk-spot 13.3.0, python-binance 1.0.37. The exchange here is a server on the loopback that only listens.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
"${PYTHON:=python3}" -m pip install -qq --no-compile --no-warn-conflicts --target "$work" \
  binance-sdk-spot==13.3.0 python-binance==1.0.37
PYTHONPATH=$work "$PYTHON" -W ignore - <<'PY'
import re
import threading
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version
from urllib.parse import parse_qs, urlsplit

from binance.client import Client
from binance_common.configuration import ConfigurationRestAPI
from binance_sdk_spot.spot import Spot

heard = []
ALLOWED = re.compile(r"^([0-9]{1,20})(\.[0-9]{1,20})?$")


class Exchange(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        heard.append(parse_qs(f"{urlsplit(self.path).query}&{body}")["quantity"][0])
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Exchange)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}"
spot = Spot(config_rest_api=ConfigurationRestAPI(api_key="key", api_secret="secret", base_path=address, retries=0))
other = Client("key", "secret", ping=False)
other.API_URL = f"{address}/api"


def sent(order):
    order()
    return heard.pop()


def by_sdk(quantity):
    return sent(lambda: spot.rest_api.new_order(symbol="BTCUSDT", side="SELL", type="MARKET", quantity=quantity))


def by_other(quantity):
    return sent(lambda: other.create_order(symbol="BTCUSDT", side="SELL", type="MARKET", quantity=quantity))


print(f"binance-sdk-spot {version('binance-sdk-spot')}, python-binance {version('python-binance')}")
for quantity in (0.0001, 0.00001, Decimal("0.00001")):
    print(f"  {quantity!r:20} {by_sdk(quantity):12} {by_other(quantity)}")
assert ALLOWED.match(by_sdk(0.0001)) and ALLOWED.match(by_other(0.0001)), "larger quantities are written with exponents too"
assert ALLOWED.match(by_sdk(Decimal("0.00001"))), "a Decimal is written with an exponent too"
assert by_sdk(0.00001) == by_other(0.00001) == "1e-05", (by_sdk(0.00001), by_other(0.00001))
print("FOUND: the least lot of BTCUSDT goes out as 1e-05, ten of them as 0.0001")
PY
