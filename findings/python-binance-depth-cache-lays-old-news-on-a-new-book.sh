#!/usr/bin/env bash
# Expected: Binance documents how a local book begins: take a snapshot, drop events that end before it, and apply the first
#   event that spans it (U <= lastUpdateId + 1 <= u). python-binance's DepthCacheManager, "sequential updates" checked,
#   does that, and what it returns is never an older state than its snapshot.
# Happens: it asks for U == lastUpdateId + 1 exactly, which the spanning event hardly ever meets. It then fetches a second,
#   newer snapshot, lays the OLD event over it all the same, winds its update id back to the event's, and returns the mix.
#   Here the best bid comes out above the best ask: nobody ever quoted that book.
# Matters: every start, and every reconnect, costs a second order-book request (weight 25 at 500 levels) and hands the caller
#   books with levels that are gone: a maker that prices off the first book it gets crosses the spread.
# Version: python-binance 1.0.37. The client is a stand-in that answers with two snapshots; the events have documented shape.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
"${PYTHON:=python3}" -m pip install -qq --no-compile --no-warn-conflicts --target "$work" python-binance==1.0.37
PYTHONPATH=$work "$PYTHON" - <<'PY'
import asyncio
from importlib.metadata import version

from binance.ws.depthcache import DepthCacheManager

SNAPSHOTS = [
    {"lastUpdateId": 100, "bids": [["100.00", "1"]], "asks": [["100.20", "1"]]},
    {"lastUpdateId": 120, "bids": [["99.90", "1"]], "asks": [["100.05", "1"]]},  # 20 updates on: bid gone, ask lower
]
EVENTS = [
    {"e": "depthUpdate", "E": 1, "U": 95, "u": 105, "b": [["100.10", "2"]], "a": []},  # spans snapshot 100: valid first event
    {"e": "depthUpdate", "E": 2, "U": 106, "u": 120, "b": [["100.10", "0.00000000"], ["100.00", "0.00000000"]], "a": []},
]


class Client:
    asked = 0

    async def get_order_book(self, **_):
        self.asked += 1
        return SNAPSHOTS[min(self.asked, 2) - 1]


async def main():
    client = Client()
    manager = DepthCacheManager(client, "BTCUSDT", loop=asyncio.get_running_loop(), bm=object())
    await manager._init_cache()
    books = []
    for event in EVENTS:
        cache = await manager._depth_event(event)
        books.append((cache.get_bids()[0][0], cache.get_asks()[0][0]))
        print(f"event {event['U']}..{event['u']}: snapshots fetched {client.asked}, bid {books[-1][0]}, ask {books[-1][1]}")
    assert client.asked == 2, "the spanning event no longer costs a second snapshot"
    assert books[0] == (100.10, 100.05), f"no longer crossed: {books[0]}"


print("python-binance", version("python-binance"))
asyncio.run(main())
print("FOUND: the first book has its bid 0.05 above its ask: event 95..105 was laid over snapshot 120")
PY
