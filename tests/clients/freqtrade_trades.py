"""freqtrade 2026.9's own exchange layer, told of other addresses by its configuration, on the simulated exchange."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

PAIR = "BTC/USDT"


def moved(urls: Any, rest: str, websocket: str) -> Any:
    """The same addresses at another host."""
    if isinstance(urls, dict):
        return {name: moved(url, rest, websocket) for name, url in urls.items()}
    parts = urlsplit(urls)
    return f"{websocket if parts.scheme == 'wss' else rest}{parts.path}"


def configuration(rest: str, websocket: str) -> dict[str, Any]:
    """What a user of freqtrade writes to trade here, where addresses are those of its own ccxt moved."""
    addresses = {"urls": {"api": moved(import_module("ccxt").binance().urls["api"], rest, websocket)}}
    exchange = {
        "name": "binance",
        "key": "simulated",
        "secret": "hush",
        "pair_whitelist": [PAIR],
        "pair_blacklist": [],
        "enable_ws": False,
        "ccxt_config": addresses,
        "ccxt_sync_config": {},
        "ccxt_async_config": {},
    }
    return {
        "dry_run": False,
        "stake_currency": "USDT",
        "trading_mode": "spot",
        "margin_mode": "",
        "candle_type_def": import_module("freqtrade.enums").CandleType.SPOT,
        "runmode": import_module("freqtrade.enums").RunMode.LIVE,
        "timeframe": "5m",
        "exchange": exchange,
        "entry_pricing": {"price_side": "same", "use_order_book": True, "order_book_top": 1},
        "exit_pricing": {"price_side": "same", "use_order_book": True, "order_book_top": 1},
        "order_types": {"entry": "limit", "exit": "limit", "stoploss": "limit", "stoploss_on_exchange": True},
        "order_time_in_force": {"entry": "GTC", "exit": "GTC"},
    }


def trade(exchange: Any) -> None:
    assert PAIR in exchange.get_markets(quote_currencies=["USDT"], tradable_only=True)
    candles = exchange.refresh_latest_ohlcv([(PAIR, "5m", import_module("freqtrade.enums").CandleType.SPOT)])
    assert len(next(iter(candles.values()))) > 50
    last = exchange.fetch_ticker(PAIR)["last"]
    assert exchange.get_rate(PAIR, refresh=True, side="entry", is_short=False) > 0
    bought = exchange.create_order(
        pair=PAIR, ordertype="market", side="buy", amount=0.02, rate=last, leverage=1.0, time_in_force="GTC"
    )
    assert (bought["status"], bought["filled"]) == ("closed", 0.02), bought
    since = import_module("datetime").datetime.fromtimestamp(bought["timestamp"] / 1000, import_module("datetime").UTC)
    trades = exchange.get_trades_for_order(bought["id"], PAIR, since)
    assert trades[0]["amount"] == 0.02, trades
    assert exchange.get_fee(PAIR) >= 0
    limit = exchange.create_order(
        pair=PAIR, ordertype="limit", side="buy", amount=0.01, rate=last * 0.9, leverage=1.0, time_in_force="GTC"
    )
    assert exchange.fetch_order(limit["id"], PAIR)["status"] == "open"
    assert exchange.cancel_order(limit["id"], PAIR)["status"] == "canceled"
    kinds = {"stoploss": "limit", "stoploss_on_exchange_limit_ratio": 0.99}
    stop = exchange.create_stoploss(
        pair=PAIR, amount=0.01, stop_price=last * 0.9, order_types=kinds, side="sell", leverage=1.0
    )
    found = exchange.fetch_stoploss_order(stop["id"], PAIR)
    assert (found["status"], found["info"]["type"]) == ("open", "STOP_LOSS_LIMIT"), found
    ended = exchange.cancel_stoploss_order_with_result(stop["id"], PAIR, 0.01)
    assert ended["status"] == "canceled", ended
    assert exchange.get_balances()["USDT"]["total"] > 0


def main(rest: str, websocket: str) -> None:
    resolver = import_module("freqtrade.resolvers").ExchangeResolver
    exchange = resolver.load_exchange(configuration(rest, websocket), validate=True)
    try:
        assert type(exchange).__name__ == "Binance"
        trade(exchange)
    finally:
        exchange.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
