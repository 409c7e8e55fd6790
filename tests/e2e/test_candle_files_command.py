"""Candle files as people have them, through every command that takes them; a year of the archive by one pattern."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from random import Random

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

from tests.shared_data import shared
from tests.support.candle_layouts import Row, at, binance, plain, text, zipped
from tests.support.candle_reading import read_candles
from trader.cli import run

MONTHS = [(2024, month) for month in range(7, 13)] + [(2025, month) for month in range(1, 7)]
MINUTES = 240
"""Of each month: enough for the warm-up over all of them, and for trades."""
BACKTEST = ("paper", "backtest", "--no-report", "--out")
HEADER = "open_time,open,high,low,close,volume\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder of a user who has nothing else."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRADER_HOME", str(tmp_path / "home"))
    return tmp_path


def month_of(year: int, month: int) -> list[Row]:
    """The first minutes of a month that swings enough to be traded."""
    start_ms = int(datetime(year, month, 1, tzinfo=UTC).timestamp()) * 1000
    random, close, rows = Random(year * 12 + month), 100.0, []
    for minute in range(MINUTES):
        open_, close = close, round(close * (1 + random.gauss(0, 0.004)), 2)
        high, low = round(max(open_, close) + 0.05, 2), round(min(open_, close) - 0.05, 2)
        rows.append((start_ms + minute * 60_000, open_, high, low, close, round(random.random() * 9, 4)))
    return rows


def write_year(folder: Path) -> None:
    """The monthly archives as downloaded, and beside them the same year in our own layout."""
    (folder / "data").mkdir()
    whole: list[Row] = []
    for year, month in MONTHS:
        rows = month_of(year, month)
        name = f"BTCUSDT-1m-{year}-{month:02}"
        content = zipped(f"{name}.csv", binance(rows, 1000 if year == 2025 else 1))
        (folder / "data" / f"{name}.zip").write_bytes(content)
        (folder / "data" / f"{name}.zip.CHECKSUM").write_text("of another file\n")
        whole += rows
    (folder / "BTCUSDT_1m.csv").write_bytes(text(lambda *row: ",".join(map(str, row)), HEADER, whole))


def test_a_year_of_the_archive_backtests_by_one_pattern(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_year(folder)
    assert run([*BACKTEST, "converted", "--candles", "BTCUSDT_1m.csv"]) == 0
    capsys.readouterr()
    for named in ("data/BTCUSDT-1m-202*.zip", "data"):
        assert run([*BACKTEST, "read", "--candles", named]) == 0
        printed = capsys.readouterr()
        assert "bars\t2880\n" in printed.out
        assert [line for line in printed.err.splitlines() if "Binance" in line] == [
            "data/BTCUSDT-1m-2024-07.zip and 5 more: no header, read as Binance's columns",
            "data/BTCUSDT-1m-2025-01.zip and 5 more: no header, read as Binance's columns; open_time in microseconds",
        ]
        for file in ("trades.csv", "equity.csv"):
            assert (folder / "read" / file).read_bytes() == (folder / "converted" / file).read_bytes()
    assert (folder / "read" / "trades.csv").read_text().count("\n") > 5


def test_a_paper_run_goes_over_the_same_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_year(folder)
    for named in ("BTCUSDT_1m.csv", "data/*-07.zip,data/*-08.zip"):
        assert run(["paper", "run", "--speed", "max", "--ticks", "60", "--candles", named, "--json"]) == 0
    converted, read = capsys.readouterr().out.splitlines()
    assert converted == read


@pytest.mark.parametrize(
    "command",
    [
        (*BACKTEST, "out"),
        ("paper", "run", "--speed", "max"),
        ("tune", "--grid", "risk.stop_loss=0.01,0.02", "--out", "out"),
        ("check-lookahead",),
        ("check-recursion",),
        ("strategy", "check", "rsi_sentiment"),
        ("sim", "--port", "0"),
        ("indicators", "--out", "out.csv"),
    ],
    ids=lambda command: "-".join(command[:2]),
)
def test_every_command_refuses_hours_by_name(
    command: tuple[str, ...], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [(row[0] + minute * 59 * 60_000, *row[1:]) for minute, row in enumerate(month_of(2025, 1))]
    (folder / "BTCUSDT_1h.csv").write_bytes(text(plain("%FT%TZ"), HEADER, rows))
    assert run([*command, "--candles", "BTCUSDT_1h.csv"]) == 1
    found = "trader: BTCUSDT_1h.csv: its candles are an hour apart, and"
    said = {
        "paper run": f"{found} only 1m is traded here; trader paper backtest --set agent.interval=1h reads them\n",
        "sim --port": f"{found} only 1m is traded here; trader paper backtest --set agent.interval=1h reads them\n",
        "indicators --out": f"{found} --interval is 1m: give --interval 1h\n",
    }
    usual = f"{found} agent.interval is 1m: give --set agent.interval=1h\n"
    assert capsys.readouterr().err == said.get(" ".join(command[:2]), usual)


@pytest.mark.parametrize("name", ["prices_2025.csv", "with_header.csv", "BTCUSDT_ETHUSDT.csv", "candles.csv"])
def test_a_file_is_never_blamed_on_an_option_that_nobody_gave(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / name).write_bytes(text(plain("%FT%TZ"), HEADER))
    assert run([*BACKTEST, "out", "--candles", name]) == 1
    line = "which symbol? It is taken from the file's name, which gives no single one; name it by --symbol"
    assert capsys.readouterr().err == f"trader: {name}: {line}\n"
    assert run([*BACKTEST, "out", "--candles", name, "--symbol", "BTCUSDT"]) == 0


def test_files_of_one_symbol_may_be_named_with_it_each(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, month in (("a.csv", 1), ("b.csv", 2)):
        rows = month_of(2025, month)
        (folder / name).write_bytes(text(lambda *row: ",".join(map(str, row)), HEADER, rows))
    for symbols in ("BTCUSDT,BTCUSDT", "BTCUSDT"):
        assert run([*BACKTEST, "out", "--candles", "b.csv,a.csv", "--symbol", symbols]) == 0
        assert "bars\t480\n" in capsys.readouterr().out


def test_a_pattern_that_the_shell_opened_is_answered_with_how_to_write_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*BACKTEST, "out", "--candles", "a-01.zip", "a-02.zip", "a-03.zip"]) == 2
    assert "a-02.zip: put commas between candle files and quotes around a pattern" in capsys.readouterr().err
    assert run([*BACKTEST, "out", "--candles", "a-01.zip", "more"]) == 2
    assert "Got unexpected extra argument (more)" in capsys.readouterr().err


def test_real_candles_are_the_same_in_the_layouts_of_four_publishers(folder: Path) -> None:
    source = read_candles(shared("klines/BTCUSDT_spot_1m_2025-05-20_2025-08-18.parquet"))
    rows = [*zip(*(column[:20_000].tolist() for column in source[1:]), strict=True)]
    table = pa.table(
        dict(zip(("date", "open", "high", "low", "close", "volume"), zip(*rows, strict=True), strict=True))
    )
    stamped = table.set_column(0, "date", table["date"].cast(pa.timestamp("ms", "UTC")))
    feather.write_feather(stamped, folder / "BTC_USDT-1m.feather", compression="lz4")
    parquet.write_table(stamped, folder / "BTC-USDT.parquet")
    (folder / "BTCUSDT-1m-2025-05.zip").write_bytes(zipped("BTCUSDT-1m-2025-05.csv", binance(rows, 1000)))
    line = "https://www.CryptoDataDownload.com\nUnix,Date,Symbol,Open,High,Low,Close,Volume BTC,Volume USDT\n"
    (folder / "Binance_BTCUSDT_2025_minute.csv").write_bytes(
        text(lambda t, *prices: ",".join(map(str, (t, at(t, "%F %T"), "BTCUSDT", *prices, 1))), line, rows[::-1])
    )
    for path in folder.glob("B*"):
        read = read_candles(path, say=print)
        same = [np.array_equal(one, other[:20_000]) for one, other in zip(read[1:], source[1:], strict=True)]
        assert same == [True] * 6, path
