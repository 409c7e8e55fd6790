"""The second step: see that the candles of one month of one symbol are in the store, fetched once for all runs."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.domain import MINUTE_MS
from chalicelib.errors import BadInput
from chalicelib.ports import Clock, MarketDataSource
from trader.cloud_backtest.bulk import Bulk
from trader.cloud_backtest.objects import Objects
from trader.cloud_backtest.pieces import Piece, archived_key, asked_key
from trader.cloud_backtest.tables import packed
from trader.data.archive import columns_of
from trader.data.history import minutes_of


@dataclass(frozen=True, slots=True)
class CandleSource:
    """Where candles come from that no archive has."""

    url: str
    market: MarketDataSource
    clock: Clock


def ensure(objects: Objects, piece: Piece, bulk: Bulk | None, exchange: CandleSource) -> str:
    """The key of an object with at least the candles of the piece; what is there already is not fetched again.

    The month's archive if it is published, else what the exchange tells of exactly these minutes. An object is never
    changed: its key says what is in it. Raises ChecksumMismatch, Unavailable, Rejected, BadInput.
    """
    return _archived(objects, piece, bulk) or _asked(objects, piece, exchange)


def _archived(objects: Objects, piece: Piece, bulk: Bulk | None) -> str | None:
    if bulk is None:
        return None
    key = archived_key(bulk.url, piece)
    if not objects.has(key):
        columns = bulk.month(piece.symbol, piece.month)
        if columns is None:
            return None
        objects.write(key, packed(columns))
    return key


def _asked(objects: Objects, piece: Piece, exchange: CandleSource) -> str:
    key = asked_key(exchange.url, piece)
    if not objects.has(key):
        last_closed_ms = exchange.clock.now_ms() // MINUTE_MS * MINUTE_MS - MINUTE_MS
        if piece.last_ms > last_closed_ms:  # the same key would hold more later
            raise BadInput(
                f"{piece.symbol}: the minute {piece.last_ms} has not closed; the last one is {last_closed_ms}"
            )
        limit = minutes_of(piece.first_ms, piece.last_ms)
        candles = exchange.market.candles(
            piece.symbol, "1m", start_ms=piece.first_ms, end_ms=piece.last_ms, limit=limit
        )
        objects.write(key, packed(columns_of(piece.symbol, candles)))
    return key
