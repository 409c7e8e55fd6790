#!/usr/bin/env bash
# Expected: `fetch_ohlcv(symbol, "1m", since=1 January 2024, params={"paginate": True})` begins on 1 January 2024, as it does
#   without `paginate`: the manual calls it "automatic pagination" of the same request, ten calls unless more are allowed.
# Happens: the ten pages are those before now. `since` is raised to ten thousand minutes ago without a word, and with a
#   `limit` the first of these are given, so that neither the dates asked for nor the newest candles come. The exchange
#   is never asked for any minute of 2024. With `until` beside it the same `since` is kept.
# Matters: a history is downloaded by exactly this call. It comes whole, sorted and without a gap, of a week that nobody
#   asked for; a backtest over "2024" is one over last week.
# Version: ccxt 4.5.90, its HTTP layer answered by a market that has a candle for every minute.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
"${PYTHON:=python3}" -m pip install -qq --no-compile --no-warn-conflicts --target "$work" ccxt==4.5.90
PYTHONPATH=$work "$PYTHON" - <<'PY'
from urllib.parse import parse_qs, urlsplit

import ccxt

MINUTE = 60_000
SINCE = 1_704_067_200_000  # 2024-01-01


class Answered(ccxt.binance):
    """Binance's klines by its public description, for a market that never stands still."""

    def fetch(self, url, method="GET", headers=None, body=None):
        address = urlsplit(url)
        query = {name: int(values[0]) for name, values in parse_qs(address.query).items() if values[0].isdigit()}
        if address.path.endswith("/exchangeInfo"):
            return {"symbols": [pair]}
        assert address.path.endswith("/klines"), url
        self.asked.append(query["startTime"])
        first = -(-query["startTime"] // MINUTE) * MINUTE
        last = min(query.get("endTime", 2**62), self.milliseconds())
        times = range(first, last + 1, MINUTE)[: query["limit"]]
        return [[t, "1", "1", "1", "1", "1", t + MINUTE - 1, "1", 1, "1", "1", "0"] for t in times]


pair = {"symbol": "BTCUSDT", "status": "TRADING", "baseAsset": "BTC", "quoteAsset": "USDT", "filters": [], "permissions": ["SPOT"]}


def asked_for(**arguments):
    exchange = Answered({"options": {"fetchMarkets": {"types": ["spot"]}, "fetchCurrencies": False}})
    exchange.asked = []
    candles = exchange.fetch_ohlcv("BTC/USDT", "1m", since=SINCE, **arguments)
    return exchange, candles


def told(name, exchange, candles):
    first, last = (exchange.iso8601(candles[at][0]) for at in (0, -1))
    print(f"  {name:32} {len(candles):6} candles from {first} to {last}, {len(exchange.asked)} requests")
    return candles[0][0] - SINCE


print(f"ccxt {ccxt.__version__}: fetch_ohlcv BTC/USDT 1m since 2024-01-01")
plain = told("without paginate", *asked_for())
paged = told("paginate", *asked_for(params={"paginate": True}))
limited = told("paginate, limit=1000", *asked_for(limit=1000, params={"paginate": True}))
bounded = told("paginate, until=2024-01-05", *asked_for(params={"paginate": True, "until": SINCE + 4 * 1440 * MINUTE}))
exchange, _ = asked_for(params={"paginate": True})
week_ago = exchange.milliseconds() - 10_001 * MINUTE
assert plain == bounded == 0, (plain, bounded)
assert min(exchange.asked) >= week_ago - 60 * MINUTE and SINCE + paged >= week_ago - MINUTE, exchange.asked
assert limited == paged or abs(limited - paged) <= 60 * MINUTE
print("With paginate alone, nothing of the year that was asked for was asked of the exchange.")
PY
