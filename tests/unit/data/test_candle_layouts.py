"""What people have is read and it is told what was taken for what; what could be two things is refused by name."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pytest

from chalicelib.errors import BadInput
from tests.support.candle_layouts import (
    RISING,
    at,
    binance,
    feathered,
    parquetted,
    plain,
    table,
    text,
    zip_of,
    zipped,
)
from trader.data.candle_files import read_candle_files

HEADER = "time,open,high,low,close,volume\n"
DAY_MS, HOUR_MS = 86_400_000, 3_600_000
EARLY = [(row[0] - 8 * DAY_MS, *row[1:]) for row in RISING]
"""From the 5th to the 6th of January."""
HOURS = [(RISING[0][0] // HOUR_MS * HOUR_MS + i * HOUR_MS, *row[1:]) for i, row in enumerate(RISING)]

READ: dict[str, tuple[bytes, str]] = {
    # Binance's archive: headerless, microseconds since 2025, zipped
    "BTCUSDT-1m-2025-01.zip": (
        zipped("BTCUSDT-1m-2025-01.csv", binance(per_millisecond=1000)),
        "no header, read as Binance's columns; open_time in microseconds",
    ),
    # The same unpacked by hand and packed anew on a Mac, in a folder
    "BTCUSDT-1m-2025.zip": (
        zip_of(
            {
                "year/": b"",
                "year/BTCUSDT-1m-2025.csv": binance(),
                "__MACOSX/._BTCUSDT.csv": b"x",
                "year/.DS_Store": b"x",
            }
        ),
        "no header, read as Binance's columns",
    ),
    # CryptoDataDownload: an address first, the newest first, both volumes
    "Binance_BTCUSDT_2025_minute.csv": (
        text(
            lambda t, o, h, low, c, v: f"{t},{at(t, '%F %T')},BTCUSDT,{o},{h},{low},{c},{v},{v * 9},5",
            "https://www.CryptoDataDownload.com\n"
            "Unix,Date,Symbol,Open,High,Low,Close,Volume BTC,Volume USDT,tradecount\n",
            RISING[::-1],
        ),
        "1 line before its header left out; read Unix for open_time, Volume BTC for volume; "
        "newest first, so that its rows are counted from the last",
    ),
    # TradingView: a comma in the name, seconds, lines of the chart beside the prices
    "BINANCE_BTCUSDT, 1.csv": (
        text(
            lambda t, o, h, low, c, v: f"{t // 1000},{o},{h},{low},{c},{v},NaN",
            "time,open,high,low,close,Volume,Volume MA\n",
        ),
        "read time for open_time; open_time in seconds",
    ),
    # TradingView with times as text, in the zone of the chart
    "BINANCE_BTCUSDT, 1_5e3f1.csv": (
        text(plain("%FT%T+01:00", hours=1), "time,open,high,low,close,Volume\n"),
        "read time for open_time",
    ),
    # freqtrade
    "BTC_USDT-1m.feather": (feathered(table("date", pa.timestamp("ms", "UTC"))), "read date for open_time"),
    "BTC_USDT-1m.json.gz": (
        gzip.compress(json.dumps(RISING).encode()),
        "rows read as time, open, high, low, close, volume",
    ),
    # Kaggle: Bitstamp in seconds, volumes by currency; Binance with a sentence as header
    "btcusd_1-min_data.csv": (
        text(
            lambda t, o, h, low, c, v: f"{t / 1000},{o},{h},{low},{c},{v},{v * 9},{o}",
            "Timestamp,Open,High,Low,Close,Volume_(BTC),Volume_(Currency),Weighted_Price\n",
        ),
        "read Timestamp for open_time, Volume_(BTC) for volume; open_time in seconds",
    ),
    "btcusdt_1m_data_2018_to_2025.csv": (
        text(
            lambda t, o, h, low, c, v: f"{at(t, '%F %T')}.000000 UTC,{o},{h},{low},{c},{v},{at(t, '%F %T')},1,2",
            "Open time,Open,High,Low,Close,Volume,Close time,Quote asset volume,Number of trades\n",
        ),
        "",
    ),
    # MetaTrader 5 and 4
    "BTCUSDT_M1_202501130000_202501140000.csv": (
        text(
            lambda t, o, h, low, c, v: f"{at(t, '%Y.%m.%d')}\t{at(t, '%T')}\t{o}\t{h}\t{low}\t{c}\t{v}\t0\t12",
            "\ufeff<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n",
            encoding="utf-16-le",
        ),
        "UTF-16 text; cells separated by tabs; read <DATE> and <TIME> for open_time, <TICKVOL> for volume; "
        "times without a zone taken as UTC",
    ),
    "BTCUSDT_mt4.csv": (
        text(plain("%Y.%m.%d,%H:%M")),
        "no header, read as MetaTrader's columns: date, time, open, high, low, close, volume; "
        "times without a zone taken as UTC",
    ),
    # Bitfinex with its header, China's quantitative data sets
    "BTCUSDT_bitfinex.csv": (
        text(lambda t, o, h, low, c, v: f"{t},{o},{c},{h},{low},{v}", "MTS,OPEN,CLOSE,HIGH,LOW,VOLUME\n"),
        "read MTS for open_time",
    ),
    "BTC-USDT.csv": (
        text(plain("%F %T"), "candle_begin_time,open,high,low,close,volume\n"),
        "read candle_begin_time for open_time; times without a zone taken as UTC",
    ),
    # Kraken's downloads, Dukascopy's, pandas with an index, a spreadsheet of a country with decimal commas
    "XBTUSD_1.csv": (
        text(lambda t, o, h, low, c, v: f"{t // 1000},{o},{h},{low},{c},{v},5"),
        "no header, read as time, open, high, low, close, volume and another; open_time in seconds",
    ),
    # Columns by symbol, as pandas writes what yfinance gives
    "BTC-USD.csv": (
        text(
            lambda t, o, h, low, c, v: f"{at(t, '%F %T+00:00')},{c},{h},{low},{o},{v}",
            "Price,Close,High,Low,Open,Volume\nTicker,BTC-USD,BTC-USD,BTC-USD,BTC-USD,BTC-USD\nDatetime,,,,,\n",
        ),
        "3 lines of header read as one; read Datetime for open_time",
    ),
    # What APIs answer, Bybit's and Polygon's
    "BTCUSDT_answer.json": (
        json.dumps(
            {"retCode": 0, "result": {"symbol": "BTCUSDT", "list": [[*map(str, row)] for row in RISING[::-1]]}}
        ).encode(),
        "an answer of which result.list is read; rows read as time, open, high, low, close, volume; "
        "newest first, so that its rows are counted from the last",
    ),
    "BTCUSD_answer.json": (
        json.dumps(
            {"ticker": "X:BTCUSD", "results": [dict(zip("tohlcv", row, strict=True)) for row in RISING]}
        ).encode(),
        "an answer of which results is read; read t for open_time, o for open, h for high, l for low, c for close, "
        "v for volume",
    ),
    "BTCUSD_Candlestick_1_M_BID.csv": (
        text(plain("%d.%m.%Y %T.000"), "Gmt time,Open,High,Low,Close,Volume\n"),
        "read Gmt time for open_time",
    ),
    "BTCUSDT.parquet": (
        parquetted(table("__index_level_0__", pa.timestamp("ns"))),
        "read __index_level_0__ for open_time; times without a zone taken as UTC",
    ),
    "BTCUSDT_sheet.csv": (
        text(
            lambda t, *prices: ";".join([at(t, "%d/%m/%Y %H:%M"), *(f"{each}".replace(".", ",") for each in prices)]),
            "date;open;high;low;close;volume\n",
        ),
        "cells separated by semicolons, decimals behind a comma; read date for open_time; dates with the day first; "
        "times without a zone taken as UTC",
    ),
}
"""Files by name, and what is said of each."""


REFUSED: dict[str, tuple[bytes, str]] = {
    "BTCUSDT_1h.csv": (
        text(plain("%FT%TZ"), HEADER, HOURS),
        "its candles are an hour apart, and only 1m is traded here;"
        " trader paper backtest --set agent.interval=1h reads them",
    ),
    "BTCUSDT_slash.csv": (
        text(plain("%d/%m/%Y %H:%M"), HEADER, EARLY),
        "times such as '05/01/2025 23:55': day or month first? Nothing above 12 says so; write 2025-01-31T12:00:00Z",
    ),
    "BTCUSDT_eastern.csv": (
        text(plain("%F %T EST"), HEADER),
        "the time '2025-01-13 23:55:00 EST' is in no form that is known; write 2025-01-31T12:00:00Z",
    ),
    "BTCUSDT_local.csv": (
        text(plain("%d.%m.%Y %T"), HEADER.replace("time", "Local time")),
        "column Local time does not say its zone: write its times in UTC, such as 2025-01-31T12:00:00Z",
    ),
    "DAT_ASCII_EURUSD_M1_2025.csv": (
        text(lambda t, *prices: ";".join([at(t, "%Y%m%d %H%M%S"), *map(str, prices)])),
        "no header, and times such as '20250113 235500' are HistData's, in UTC-5: write them as 2025-01-31T12:00:00Z",
    ),
    "BTCUSDT_ends.csv": (
        text(lambda t, *prices: ",".join(map(str, (t + 59_999, *prices))), HEADER.replace("time", "close_time")),
        "no column open_time, only close_time: candles are known by the minute in which they open",
    ),
    "BTCUSDT_closes.csv": (
        text(lambda t, *prices: ",".join(map(str, (t + 59_999, *prices))), HEADER),
        "its times are those at which candles close (…:59); give those at which they open",
    ),
    "BTCUSDT_thousands.csv": (
        text(lambda t, *prices: ";".join([f"{t}", *["94,125"] * 5]), HEADER.replace(",", ";")),
        "numbers such as '94,125': decimals or thousands? Write them as 1234.5",
    ),
    "BTCUSDT_spreadsheet.csv": (
        text(lambda t, *prices: ",".join([f"{t:.5E}", *map(str, prices)]), HEADER),
        "times such as 1.73681E+12 have lost their digits, as in a spreadsheet: take the file it came from",
    ),
    "BTCUSDT_coinbase.csv": (
        text(lambda t, o, h, low, c, v: f"{t // 1000},{low},{h},{o},{c},{v}", rows=RISING[::-1]),
        "no header, and its prices fit low, high, open, close: name the columns in a first line",
    ),
    "MATICUSDT_mean_of_volumes.csv": (
        text(plain("%FT%TZ"), "time,open,high,low,close,Volume MA\n"),
        "no column volume; it has time, open, high, low, close, Volume MA",
    ),
    "BTCUSDT_yahoo.csv": (
        text(lambda t, o, h, low, c, v: f"{t // 1000},{c},{h},{low},{o},{v}"),
        "no header, and its prices fit close, high, low, open: name the columns in a first line",
    ),
    "BTCUSDT_mean.csv": (
        text(lambda t, o, h, low, c, v: f"{t // 1000},{o},{h},{low},{c},{(h + low) / 2},{v}"),
        "no header, and its sixth column holds prices, no volume: name the columns in a first line",
    ),
    "20250113_btcusdt_minute_trade.csv": (
        text(lambda t, *prices: ",".join(map(str, (t - RISING[0][0], *prices)))),
        "no header, and times such as 0 that do not say their day: write them as 2025-01-31T12:00:00Z",
    ),
    "BTC_USDT-202501.csv": (
        text(lambda t, o, h, low, c, v: f"{t // 1000},{v},{c},{h},{low},{o}"),
        "no header, and its prices are no open, high, low, close: name the columns in a first line",
    ),
    "BTCUSDT_eight.csv": (
        text(lambda t, o, h, low, c, v: f"{t},{o},{h},{low},{c},{o},{v},3"),
        "no header, and 8 columns; without one there must be 6 (time, open, high, low, close, volume), "
        "7 (time, open, high, low, close, volume and another), 12 (Binance's columns)",
    ),
    "BTCUSDT_all.csv": (
        text(
            lambda t, *prices: ",".join([f"{t}", "BTCUSDT" if t % 120_000 else "ETHUSDT", *map(str, prices)]),
            "time,symbol,open,high,low,close,volume\n",
        ),
        "candles of several symbols (BTCUSDT, ETHUSDT): one file a symbol",
    ),
    "BTCUSDT_named.csv": (
        text(
            lambda t, *prices: ",".join([f"{t}", "ETH/USDT", *map(str, prices)]),
            "time,symbol,open,high,low,close,volume\n",
        ),
        "is named for BTCUSDT and says ETHUSDT in its column of symbols; --symbol decides",
    ),
    "prices_2025.csv": (
        text(plain("%FT%TZ"), HEADER),
        "which symbol? It is taken from the file's name, which gives no single one; name it by --symbol",
    ),
    "BINANCE_BTCUSDT, 1.csv": (
        text(lambda t, o, h, low, c, v: f"{t // 1000},{o},{h},{low},{c}", "time,open,high,low,close\n"),
        "no column volume; it has time, open, high, low, close",
    ),
    "BTCUSDT_quote.csv": (
        text(plain("%FT%TZ"), HEADER.replace("volume", "Volume USDT")),
        "no column volume; it has time, open, high, low, close, Volume USDT",
    ),
    "BTCUSDT_twice.csv": (
        text(lambda *cells: ",".join(map(str, (*cells, 1.0))), HEADER.replace("\n", ",close\n")),
        "more than one column close: close, close; leave one",
    ),
    "BTCUSDT_numbered.csv": (
        "".join([",open,high,low,close,volume\n", *(f"{i},1,2,1,1,{i}\n" for i in range(30))]).encode(),
        "no column open_time; it has open, high, low, close, volume and the numbers of its rows",
    ),
    "BTCUSDT_shuffled.csv": (
        text(plain("%FT%TZ"), HEADER, [RISING[i * 17 % 30] for i in range(30)]),
        "its rows are in no order of time (16 of 30 go back): sort them",
    ),
    "BTCUSDT_cut.csv": (
        text(plain("%s000"), HEADER) + bytes(100),
        "row 31: bytes of 0 in it: a copy that was cut short? Copy it again",
    ),
    "BTCUSDT_both.zip": (
        zip_of({"BTCUSDT-1m-2025-01.csv": binance(), "ETHUSDT-1m-2025-01.csv": binance()}),
        "a zip archive of 2 files (BTCUSDT-1m-2025-01.csv, ETHUSDT-1m-2025-01.csv), not of one: unpack it",
    ),
    "BTCUSDT_nested.zip": (
        zipped("inner.zip", zipped("BTCUSDT-1m-2025-01.csv", binance())),
        "zip packed in zip: unpack it",
    ),
    "BTCUSDT_empty.zip": (zip_of({}), "a zip archive of 0 files, not of one: unpack it"),
    "BTCUSDT_bytes.csv": (
        bytes(range(256)),
        "neither text nor Parquet, Feather, zip or gzip by its content",
    ),
    "BTCUSDT_book.csv": (
        zipped("[Content_Types].xml", b"<Types/>"),
        "an Excel workbook: save its sheet as CSV",
    ),
    "BTCUSDT_two.csv": (
        text(plain("%F %T"), "Price,Open,High,Low,Close,Volume\nTicker,BTC-USD,ETH-USD,,,\nDatetime,,,,,\n"),
        "several symbols in one file (BTC-USD, ETH-USD): one file a symbol",
    ),
    "BTCUSDT_answers.json": (
        json.dumps({"bids": [[1, 2]], "asks": [[1, 2]]}).encode(),
        "JSON of another form than [[time, open, high, low, close, volume], …]",
    ),
    "BTCUSDT_page.csv": (
        b"<!DOCTYPE html>\n<html><title>404</title></html>\n",
        "no table of candles: neither names of columns nor numbers in its first line ('<!DOCTYPE html>')",
    ),
}
"""Files by name, and what is said of each."""


@pytest.mark.parametrize("name", READ)
def test_a_layout_that_people_have_is_read_and_told_on_one_line(tmp_path: Path, name: str) -> None:
    content, line = READ[name]
    (tmp_path / name).write_bytes(content)
    said: list[str] = []
    [columns] = read_candle_files(str(tmp_path / name), say=said.append)
    assert columns.symbol in ("BTCUSDT", "BTCUSD", "XBTUSD")
    assert [*zip(*(column.tolist() for column in columns[1:]), strict=True)] == RISING
    assert said == ([f"{tmp_path / name}: {line}"] if line else [])


@pytest.mark.parametrize("name", REFUSED)
def test_what_could_be_two_things_is_refused_on_one_line(tmp_path: Path, name: str) -> None:
    content, line = REFUSED[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput) as refused:
        read_candle_files(str(tmp_path / name))
    assert str(refused.value) == f"{tmp_path / name}: {line}"


@pytest.mark.parametrize("name", ["BTCUSDT.zip", "BTCUSDT.csv.gz"])
def test_what_unpacks_to_more_than_any_table_of_candles_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trader.data.tables.containers.LARGEST_UNPACKED_BYTES", 2**20)
    content = binance([*RISING] * 500)
    (tmp_path / name).write_bytes(zipped("a.csv", content) if name.endswith(".zip") else gzip.compress(content))
    with pytest.raises(BadInput, match="it unpacks to more than 1 MB: no candles of minutes"):
        read_candle_files(str(tmp_path / name))


def test_a_symbol_inside_may_be_a_pair_or_the_base_of_the_one_that_the_file_is_named_for(tmp_path: Path) -> None:
    for cell, name in (("BTC/USDT", "minutes.csv"), ("BTC", "BTCUSDT_1m.csv"), ("BTC-USDT-SWAP", "okx.csv")):
        line = "time,symbol,open,high,low,close,volume\n"
        (tmp_path / name).write_bytes(text(lambda t, *prices, cell=cell: ",".join(map(str, (t, cell, *prices))), line))
        assert read_candle_files(str(tmp_path / name), say=print)[0].symbol == "BTCUSDT"


def test_months_with_a_header_and_without_are_one_series(tmp_path: Path) -> None:
    names = b"open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_quote,ignore\n"
    (tmp_path / "BTCUSDT-1m-2022-04.csv").write_bytes(binance(RISING[:20]))
    (tmp_path / "BTCUSDT-1m-2022-05.csv").write_bytes(names + binance(RISING[20:]))
    said: list[str] = []
    [columns] = read_candle_files(str(tmp_path), say=said.append)
    assert [*zip(*(column.tolist() for column in columns[1:]), strict=True)] == RISING
    assert said == [f"{tmp_path / 'BTCUSDT-1m-2022-04.csv'}: no header, read as Binance's columns"]


@pytest.mark.parametrize("form", ["%d.%m.%Y %H:%M", "%Y.%m.%d,%H:%M", "%F %H:%M", "%m/%d/%Y %H:%M"])
@pytest.mark.parametrize("step", [1, -1])
def test_open_and_close_are_told_apart_in_any_order_of_days(tmp_path: Path, form: str, step: int) -> None:
    turn_of_the_month = [(row[0] + 18 * DAY_MS, *row[1:]) for row in RISING][::step]
    path = tmp_path / "BTCUSDT_bare.csv"
    path.write_bytes(text(plain(form), rows=turn_of_the_month))
    [columns] = read_candle_files(str(path))
    assert columns.close.tolist() == [row[4] for row in RISING]
