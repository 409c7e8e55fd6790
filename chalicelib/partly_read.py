"""Candles of which the newest cannot be had yet."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.domain import Candle
from chalicelib.errors import Unavailable


class PartlyRead(Unavailable):
    """The newest rows of an answer are no candles and may be better when asked for again; `candles` came before."""

    def __init__(self, message: str, candles: Sequence[Candle]) -> None:
        super().__init__(message)
        self.candles = list(candles)
