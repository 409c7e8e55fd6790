#!/usr/bin/env bash
# Expected: cancelReplace that was done by half is answered 409 with -2021, and `data` says which half: the newer of Binance's two
#   clients hands on what the older one does.
# Happens: binance-sdk-spot raises ClientError with the text alone: no `data`, no code (its `status_code` is None), no response.
#   binance-connector's ClientError has code and data; of python-binance the response can be read, ccxt has it in the text.
# Matters: with ALLOW_FAILURE the half that failed may be either: "Order cancel-replace partially failed." is the same for no order in the
#   market (cancelled, the new one refused) and for two.
# Versions: binance-sdk-spot 13.3.0, binance-connector 3.13.0, python-binance 1.0.37. The exchange here is a server on the loopback.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
"${PYTHON:=python3}" -m pip install -qq --no-compile --no-warn-conflicts --target "$work/newer" binance-sdk-spot==13.3.0
"$PYTHON" -m pip install -qq --no-compile --no-warn-conflicts --target "$work/older" binance-connector==3.13.0
"$PYTHON" -m pip install -qq --no-compile --no-warn-conflicts --target "$work/other" python-binance==1.0.37
cat > "$work/half_replacing.py" <<'PY'
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

DONE = {"symbol": "BTCUSDT", "orderId": 7, "status": "CANCELED"}
PLACED = {"symbol": "BTCUSDT", "orderId": 8, "status": "NEW"}
NO_ORDER = {"cancelResult": "SUCCESS", "newOrderResult": "FAILURE", "cancelResponse": DONE, "newOrderResponse": {"code": -2010, "msg": "No."}}
TWO_ORDERS = {"cancelResult": "FAILURE", "newOrderResult": "SUCCESS", "cancelResponse": {"code": -2011, "msg": "No."}, "newOrderResponse": PLACED}
HALVES = (NO_ORDER, TWO_ORDERS)
answers = []
ORDER = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": 1}


class Exchange(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(409)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        answer = {"code": -2021, "msg": "Order cancel-replace partially failed.", "data": answers.pop(0)}
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Exchange)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}"


def problems(request):
    """What the request raises when nothing is in the market, and when two orders are."""
    answers[:] = HALVES
    raised = []
    for _ in HALVES:
        try:
            request()
        except Exception as problem:
            raised.append(problem)
    return raised
PY
PYTHONPATH=$work/newer:$work "$PYTHON" -W ignore - <<'PY'
from importlib.metadata import version

from binance_common.configuration import ConfigurationRestAPI
from binance_sdk_spot.spot import Spot
from half_replacing import ORDER, address, problems

api = Spot(config_rest_api=ConfigurationRestAPI(api_key="key", api_secret="secret", base_path=address)).rest_api
first, second = problems(lambda: api.order_cancel_replace(**ORDER, cancel_replace_mode="ALLOW_FAILURE", cancel_order_id=7))
print(f"binance-sdk-spot {version('binance-sdk-spot')}: {first!r} {vars(first)}")
assert type(first).__name__ == "ClientError" and vars(first) == vars(second), (vars(first), vars(second))
assert first.status_code is None and set(vars(first)) == {"error_message", "status_code"}, vars(first)
assert first.__cause__ is None and first.__context__ is None
PY
PYTHONPATH=$work/older:$work "$PYTHON" -W ignore - <<'PY'
from importlib.metadata import version

from binance.spot import Spot
from half_replacing import HALVES, ORDER, address, problems

client = Spot("key", "secret", base_url=address)
raised = problems(lambda: client.cancel_and_replace(**ORDER, cancelReplaceMode="ALLOW_FAILURE", cancelOrderId=7))
print(f"binance-connector {version('binance-connector')}: {[(problem.error_code, problem.error_data['cancelResult']) for problem in raised]}")
assert tuple(problem.error_data for problem in raised) == HALVES
PY
PYTHONPATH=$work/other:$work "$PYTHON" -W ignore - <<'PY'
from importlib.metadata import version

from binance.client import Client
from half_replacing import HALVES, ORDER, address, problems

client = Client("key", "secret", ping=False)
client.API_URL = f"{address}/api"
raised = problems(lambda: client.cancel_replace_order(**ORDER, cancelReplaceMode="ALLOW_FAILURE", cancelOrderId=7))
print(f"python-binance {version('python-binance')}: {[(problem.code, problem.response.json()['data']['cancelResult']) for problem in raised]}")
assert tuple(problem.response.json()["data"] for problem in raised) == HALVES
PY
echo "FOUND: of no order in the market and of two, Binance's newer client raises the same words"
