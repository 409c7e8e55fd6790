"""Columns of a table, told apart by the names that exchanges, platforms and data sets give them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

from chalicelib.assets import split_symbol
from trader.data.tables.unclear import Unclear

COLUMNS = ("open_time", "open", "high", "low", "close", "volume")
UTC_NAMES = ("gmttime", "utctime", "timeutc", "dateutc", "datetimeutc", "timestamputc")
LOCAL_NAMES = ("localtime", "timelocal")
TIME_RANKS = (
    ("opentime", "klineopentime", "candlebegintime"),
    ("unix", "unixtimestamp", "unixtime", "epoch"),
    ("timestamp", "starttime", "startat", "timeperiodstart", "windowstart", "mts"),
    ("datetime",),
    ("date", "time", *UTC_NAMES, *LOCAL_NAMES, "t", "ts", "start", "begin"),
    ("", "indexlevel0"),
)
"""The first rank that a table has names its time; the last is what pandas calls an index without a name."""
CLOSE_TIMES = ("closetime", "timeclose", "timeperiodend", "endtime", "end", "closeat")
PRICES = {
    "open": ("open", "openprice", "priceopen", "o"),
    "high": ("high", "highprice", "pricehigh", "h"),
    "low": ("low", "lowprice", "pricelow", "l"),
    "close": ("close", "closeprice", "priceclose", "c"),
}
VOLUMES = ("volume", "volumebase", "basevolume", "volumefrom", "volumetraded", "baseassetvolume", "v", "vol")
TICK_VOLUMES = ("tickvol", "tickvolume")
QUOTE_VOLUMES = ("to", "quote", "currency", "usd", "usdt", "ccy", "eur")
SYMBOLS = ("symbol", "ticker", "pair", "market", "instrumentname", "instid", "tic")


class ColumnPlaces(NamedTuple):
    """Places: of the time one, or a date and a clock; of what `COLUMNS` has behind it; of the symbol, if any."""

    time: tuple[int, ...]
    prices: tuple[int, int, int, int, int]
    symbol: int | None = None


def plain_name(name: str) -> str:
    """A column's name as names are compared.

    >>> plain_name(" Open_Time"), plain_name("<TICKVOL>"), plain_name("Volume (BTC)")
    ('opentime', 'tickvol', 'volumebtc')
    """
    return re.sub(r"[\W_]+", "", name.casefold())


def is_header(names: Sequence[str]) -> bool:
    """Whether these cells name columns: a price, and a second column of candles beside it."""
    known = {plain_name(name) for name in names}
    found = [column for column, aliases in PRICES.items() if known & set(aliases)]
    times = known & {name for rank in TIME_RANKS[:-1] for name in rank}
    return bool(found) and len(found) + bool(times) + any(name.startswith("vol") for name in known) > 1


def columns_of(names: Sequence[str], symbol: str | None) -> ColumnPlaces:
    """The columns under these names; a volume in another currency than the symbol's base is none.

    Raises Unclear for a column that is missing, or that two could be.
    """
    plain = [plain_name(name) for name in names]
    time = _time(names, plain)
    prices = [_one(names, plain, column, [aliases[:1], aliases[1:]]) for column, aliases in PRICES.items()]
    volume = _one(names, plain, "volume", [VOLUMES[:-1], _named_volumes(plain, symbol), VOLUMES[-1:], TICK_VOLUMES])
    symbols = [place for place, name in enumerate(plain) if name in SYMBOLS]
    return ColumnPlaces(time, (*prices, volume), symbols[0] if len(symbols) == 1 else None)  # type: ignore[arg-type]


def _time(names: Sequence[str], plain: Sequence[str]) -> tuple[int, ...]:
    if plain.count("date") == 1 and plain.count("time") == 1 and not {*plain} & {*chain.from_iterable(TIME_RANKS[:4])}:
        return plain.index("date"), plain.index("time")
    closes = [name for name, each in zip(names, plain, strict=True) if each in CLOSE_TIMES]
    if closes and not {*plain} & {name for rank in TIME_RANKS for name in rank}:
        raise Unclear(f"no column open_time, only {closes[0]}: candles are known by the minute in which they open")
    return (_one(names, plain, "open_time", TIME_RANKS),)


def _one(names: Sequence[str], plain: Sequence[str], column: str, ranks: Sequence[Sequence[str]]) -> int:
    """The place of a column: under our own name, else under the first rank of names that the table has."""
    if names.count(column) == 1:
        return names.index(column)
    for rank in ranks:
        places = [place for place, name in enumerate(plain) if name in rank]
        if len(places) == 1:
            return places[0]
        if places:
            raise Unclear(f"more than one column {column}: {', '.join(names[place] for place in places)}; leave one")
    raise Unclear(f"no column {column}; it has {', '.join(names)}")


def _named_volumes(plain: Sequence[str], symbol: str | None) -> list[str]:
    """Names such as Volume BTC: that of the symbol's base, of a symbol that is not known yet whatever is no quote."""
    named = {name: name.removeprefix("volume") for name in plain if re.fullmatch("volume.+", name)}
    if symbol:
        base, quote = split_symbol(symbol)
        if quote:
            return [name for name, currency in named.items() if currency == base.casefold()]
        return [name for name, currency in named.items() if symbol.casefold().startswith(currency)]
    return [name for name, currency in named.items() if currency not in QUOTE_VOLUMES]
