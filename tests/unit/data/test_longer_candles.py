"""Files of hours and days as their sources write them: read at their interval, refused at any other."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from chalicelib.config.intervals import INTERVALS_MS
from chalicelib.errors import BadInput
from trader.backtest.steps import SETTING
from trader.data.candle_files import read_candle_files
from trader.data.candles import gaps
from trader.data.spacing import Step

FIRST_S = 1_735_689_600  # 2025-01-01, a Wednesday
PRICES = "100.5,102.0,99.25,101.0"
Line = Callable[[int], str]


def at(moment: int, pattern: str) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime(pattern)


def trading_view_hour(moment: int) -> str:
    return f"{moment},{PRICES},7.5"


def trading_view_day(moment: int) -> str:
    return f"{at(moment, '%Y-%m-%dT%H:%M:%SZ')},{PRICES},7.5"


def crypto_data_download(moment: int) -> str:
    return f"{moment * 1000},{at(moment, '%Y-%m-%d %H:%M:%S')},BTCUSDT,{PRICES},7.5,757.5,12"


def yahoo(moment: int) -> str:
    return f"{at(moment, '%Y-%m-%d')},{PRICES},100.9,7"


def binance(moment: int) -> str:
    return f"{moment * 1_000_000},{PRICES},7.5,{(moment + 3600) * 1_000_000 - 1},757.5,12,3.0,300.0,0"


CDD = "https://www.CryptoDataDownload.com\nUnix,Date,Symbol,Open,High,Low,Close,Volume BTC,Volume USDT,tradecount\n"
TRADING_VIEW = "time,open,high,low,close,Volume\n"
YAHOO = "Date,Open,High,Low,Close,Adj Close,Volume\n"
FILES: dict[str, tuple[str, str, str, Line]] = {
    "BINANCE_BTCUSDT, 60.csv": ("1h", "BTCUSDT", TRADING_VIEW, trading_view_hour),
    "BINANCE_BTCUSDT, 240.csv": ("4h", "BTCUSDT", TRADING_VIEW, trading_view_hour),
    "BINANCE_BTCUSDT, 1D.csv": ("1d", "BTCUSDT", TRADING_VIEW, trading_view_day),
    "Binance_BTCUSDT_1h.csv": ("1h", "BTCUSDT", CDD, crypto_data_download),
    "Binance_BTCUSDT_d.csv": ("1d", "BTCUSDT", CDD, crypto_data_download),
    "AAPL.csv": ("1d", "AAPL", YAHOO, yahoo),
    "BTC-USD.csv": ("1d", "BTCUSD", YAHOO, yahoo),
    "BTCUSDT-1h-2025-01.zip": ("1h", "BTCUSDT", "", binance),
}


def write(path: Path, header: str, lines: Sequence[str]) -> None:
    text = header + "".join(f"{line}\n" for line in lines)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as packed:
            packed.writestr(f"{path.stem}.csv", text)
    else:
        path.write_text(text, "utf-8")


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("name", FILES)
def test_a_file_is_read_at_its_interval_and_refused_at_others(name: str, newest_first: bool, tmp_path: Path) -> None:
    interval, symbol, header, line = FILES[name]
    moments = [FIRST_S + place * INTERVALS_MS[interval] // 1000 for place in range(40) if place not in (5, 6, 20)]
    lines = [line(moment) for moment in moments]
    write(tmp_path / name, header, lines[::-1] if newest_first else lines)
    read = str(tmp_path / name)
    [columns] = read_candle_files(read, say=lambda line: None, step=Step(INTERVALS_MS[interval], SETTING))
    assert columns.symbol == symbol
    assert columns.open_ms.tolist() == [moment * 1000 for moment in moments]
    assert {tuple(row) for row in np.array(columns[2:6]).T.tolist()} == {(100.5, 102.0, 99.25, 101.0)}
    assert gaps(columns, INTERVALS_MS[interval]) == (3 * INTERVALS_MS[interval] // 60_000, 2)
    with pytest.raises(BadInput, match=f"and agent.interval is 1m: give {SETTING}{interval}$"):
        read_candle_files(read, step=Step(setting=SETTING))
    with pytest.raises(
        BadInput, match=f"only 1m is traded here; trader paper backtest {SETTING}{interval} reads them$"
    ):
        read_candle_files(read)


def test_days_of_a_stock_leave_weekends_out(tmp_path: Path) -> None:
    moments = [moment for moment in range(FIRST_S, FIRST_S + 30 * 86_400, 86_400) if at(moment, "%u") < "6"]
    write(tmp_path / "AAPL.csv", YAHOO, [yahoo(moment) for moment in moments])
    [columns] = read_candle_files(str(tmp_path / "AAPL.csv"), say=lambda line: None, step=Step(86_400_000, SETTING))
    assert len(columns.open_ms) == len(moments)
    assert gaps(columns, 86_400_000) == (8 * 1440, 4)


def test_days_that_open_at_another_midnight_are_refused_by_their_time(tmp_path: Path) -> None:
    moments = range(FIRST_S, FIRST_S + 30 * 86_400, 86_400)
    lines = [f"{at(moment, '%Y-%m-%d')} 00:00:00-05:00,{PRICES},7" for moment in moments]
    write(tmp_path / "AAPL.csv", "Date,Open,High,Low,Close,Volume\n", lines)
    words = (
        "its candles open at times such as 2025-01-01 05:00 UTC; those of 1d open at midnight, UTC, as dates alone do"
    )
    with pytest.raises(BadInput, match=f"AAPL.csv: {words}$"):
        read_candle_files(str(tmp_path / "AAPL.csv"), step=Step(86_400_000, SETTING))


def test_a_row_off_the_grid_is_left_out_by_its_interval(tmp_path: Path) -> None:
    said: list[str] = []
    lines = [trading_view_hour(FIRST_S + place * 3600 + 60 * (place == 7)) for place in range(30)]
    write(tmp_path / "BTCUSDT.csv", "open_time,open,high,low,close,volume\n", lines)
    [columns] = read_candle_files(str(tmp_path / "BTCUSDT.csv"), say=said.append, step=Step(3_600_000, SETTING))
    assert len(columns.open_ms) == 29
    assert "1 row is no candle of 1h and is left out, it is row 8: open_time is no multiple of 3600 seconds" in said[-1]
