"""The market of a run, read from the store."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.config import Config
from chalicelib.errors import BadInput
from chalicelib.kernel.lots import ANY
from chalicelib.moments import minute_text
from chalicelib.strategy.chosen import rule_of, strategy_of
from trader.backtest.data import Data
from trader.backtest.engine import fastest
from trader.backtest.market import tape_of, with_inputs
from trader.backtest.preparing import prepare
from trader.backtest.sentiment_columns import closes_of
from trader.backtest.series_columns import series_columns
from trader.cloud_backtest.objects import Objects
from trader.cloud_backtest.pieces import pieces_of
from trader.cloud_backtest.request import BacktestRequest
from trader.cloud_backtest.series import read_series
from trader.cloud_backtest.tables import joined, unpacked
from trader.data.candles import CandleColumns, between, gaps

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StoredMarket:
    """Implements tuning.sweep.Market: the same candles for all settings, as nothing is known of sentiment."""

    whole: Data

    def data(self, config: Config) -> Data:
        """As tuning.sweep.Market says."""
        return self.whole


def load_market(objects: Objects, request: BacktestRequest, history: Sequence[str]) -> StoredMarket:
    """The candles in the objects that the history step named, one key a piece, and the series that the request names.

    Without lot steps and sentiment, as `trader paper backtest` has it. Raises BadInput, Unavailable, Rejected.
    """
    candles = _candles(objects, request, history)
    config = request.config()
    tape = tape_of(candles)
    files = read_series(objects, request.series)
    known = series_columns(files, config.inputs, request.symbols, closes_of(tape.times))
    tape = with_inputs(tape, strategy_of(config), known)
    if request.source:
        prepare(rule_of(config), tape, fastest(), log.warning)
    return StoredMarket(Data(request.symbols, tape, tuple(map(gaps, candles)), (ANY,) * len(candles)))


def _candles(objects: Objects, request: BacktestRequest, history: Sequence[str]) -> list[CandleColumns]:
    pieces = pieces_of(request.symbols, request.from_ms, request.to_ms)
    if len(history) != len(pieces):
        raise BadInput(f"history: {len(history)} objects for {len(pieces)} months")
    parts: dict[str, list[CandleColumns]] = {symbol: [] for symbol in request.symbols}
    for piece, key in zip(pieces, history, strict=True):
        content = objects.read(key)
        if content is None:
            raise BadInput(f"{key}: has expired or was never written; start the run anew")
        parts[piece.symbol].append(between(unpacked(key, piece.symbol, content), piece.first_ms, piece.last_ms))
    candles = [joined(symbol, found) for symbol, found in parts.items()]
    for each in candles:
        if not len(each.open_ms):
            span = f"{minute_text(request.from_ms)}Z to {minute_text(request.to_ms)}Z"
            raise BadInput(f"{each.symbol}: no candles from {span}")
    return candles
