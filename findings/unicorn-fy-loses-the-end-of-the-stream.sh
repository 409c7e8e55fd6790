#!/usr/bin/env bash
# Expected: UnicornFy turns Binance's stream messages into dictionaries with full names; a message of a kind that it does not
#   know is passed on, or refused aloud; a field that it names has the message's value.
# Happens: `eventStreamTerminated` (the user-data subscription is dead) and `externalLockUpdate` (balance locked elsewhere) come
#   out as a dictionary with nothing in it but the library's name. Candles have `first_trade_id` and `last_trade_id` False: the
#   numbers are looked for one level too high. A `trade` in today's shape, without the order ids that Binance took out,
#   raises KeyError 'b', though an aggregate trade is read.
# Matters: an agent that waits for fills through it never learns that no fill can come any more; one that spots missing
#   trades by the candles' trade ids finds none missing, as False == False.
# Version: unicorn-fy 0.17.2. The messages have the shape of Binance's documentation, with invented values.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
"${PYTHON:=python3}" -m pip install -qq --no-compile --no-warn-conflicts --target "$work" unicorn-fy==0.17.2
PYTHONPATH=$work "$PYTHON" - <<'PY'
import json
from importlib.metadata import version

from unicorn_fy import UnicornFy

CANDLE = {"t": 1767225600000, "T": 1767225659999, "s": "BTCUSDT", "i": "1m", "f": 4100, "L": 4199, "o": "1", "c": "2", "h": "3",
          "l": "1", "v": "9", "n": 100, "x": True, "q": "18", "V": "5", "Q": "10", "B": "0"}
MESSAGES = {
    "terminated": {"e": "eventStreamTerminated", "E": 1767225660001},
    "locked": {"e": "externalLockUpdate", "E": 1767225660001, "a": "BTC", "d": "0.25", "T": 1767225660000},
    "balance": {"e": "balanceUpdate", "E": 1767225660001, "a": "BTC", "d": "0.25", "T": 1767225660000},
    "candle": {"stream": "btcusdt@kline_1m", "data": {"e": "kline", "E": 1767225660001, "s": "BTCUSDT", "k": CANDLE}},
    "trade": {"stream": "btcusdt@trade", "data": {"e": "trade", "E": 1767225660001, "s": "BTCUSDT", "t": 4199, "p": "2",
                                                  "q": "1", "T": 1767225660000, "m": True, "M": True}},
}
seen = {}
for name, message in MESSAGES.items():
    try:
        seen[name] = UnicornFy.binance_com_websocket(json.dumps(message))
        seen[name].pop("unicorn_fied")
    except KeyError as error:
        seen[name] = repr(error)

print("unicorn-fy", version("unicorn-fy"))
for name in ("balance", "terminated", "locked", "trade"):
    print(f"  {name:10} {seen[name]}")
ids = {key: seen["candle"]["kline"][key] for key in ("first_trade_id", "last_trade_id", "number_of_trades")}
print(f"  candle     trades {CANDLE['f']} to {CANDLE['L']}: {ids}")
assert seen["balance"]["event_type"] == "balanceUpdate" and seen["terminated"] == seen["locked"] == {}, seen
assert ids == {"first_trade_id": False, "last_trade_id": False, "number_of_trades": 100}, ids
assert seen["trade"] == "KeyError('b')", seen["trade"]
print("FOUND: eventStreamTerminated becomes {}, a candle's trade ids False, a trade KeyError('b')")
PY
