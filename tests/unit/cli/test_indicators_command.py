import gzip
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from chalicelib.kernel.bar import Bar
from tests.kernel_cases import RULE
from tests.shared_data import shared
from trader.cli import run

REFERENCE_FILES = ("BTCUSDT_spot_1m_2024-07-26_2024-08-25", "UNITTESTBTC_1m_2017-11_gappy")
REFERENCE_COLUMNS = {
    "rsi_14": "rsi14",
    "ema_50": "ema50_sma_seed",
    "ema_200": "ema200_sma_seed",
    "bb_upper": "bb_upper",
    "bb_middle": "bb_middle",
    "bb_lower": "bb_lower",
}


def candles(folder: Path, rows: int = 260) -> Path:
    path = folder / "BTCUSDT_1m.csv"
    lines = [f"{i * 60_000},100,200,50,{100 + i * 7 % 13},1" for i in range(rows)]
    path.write_text("\n".join(["open_time,open,high,low,close,volume", *lines]))
    return path


def table(path: Path) -> pa.Table:
    return parquet.read_table(path) if path.suffix == ".parquet" else csv.read_csv(path)


@pytest.mark.parametrize("name", REFERENCE_FILES)
def test_the_command_agrees_with_the_reference_vectors(tmp_path: Path, name: str) -> None:
    reference = table(shared(f"klines/{name}.indicators.parquet"))
    out = tmp_path / "out.parquet"
    assert run(["indicators", "--candles", str(shared(f"klines/{name}.parquet")), "--out", str(out)]) == 0
    ours = table(out)
    assert ours.column_names == ["open_time", *REFERENCE_COLUMNS]
    assert np.array_equal(ours.column("open_time").to_numpy(), reference.column("open_time").to_numpy())
    for column, theirs in REFERENCE_COLUMNS.items():
        np.testing.assert_allclose(
            ours.column(column).to_numpy(), reference.column(theirs).to_numpy(), rtol=1e-9, atol=0.0, equal_nan=True
        )


@pytest.mark.parametrize("extension", ["csv", "csv.gz", "parquet"])
def test_every_format_round_trips_the_floats_exactly(tmp_path: Path, extension: str) -> None:
    out = tmp_path / f"out.{extension}"
    assert run(["indicators", "--candles", str(candles(tmp_path)), "--out", str(out)]) == 0
    written = table(out)
    state = RULE.start()
    for row in range(written.num_rows):
        close = float(100 + row * 7 % 13)
        state, values = RULE.observe(state, Bar(row * 60_000, 100.0, 200.0, 50.0, close, 1.0))
        for name, value in zip(REFERENCE_COLUMNS, values, strict=True):
            cell = written.column(name)[row].as_py()
            assert cell == value or (value != value and (cell is None or cell != cell))


def test_a_csv_file_has_a_plain_header_and_empty_cells_where_undefined(tmp_path: Path) -> None:
    out = tmp_path / "out.csv.gz"
    assert run(["indicators", "--candles", str(candles(tmp_path)), "--out", str(out)]) == 0
    lines = gzip.decompress(out.read_bytes()).decode().splitlines()
    assert lines[:2] == ["open_time,rsi_14,ema_50,ema_200,bb_upper,bb_middle,bb_lower", "0,,,,,,"]
    assert len(lines) == 261


def test_gaps_are_reported_on_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = candles(tmp_path)
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:10] + lines[12:]))
    assert run(["indicators", "--candles", str(path), "--out", str(tmp_path / "out.csv"), "--symbol", "X"]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "X: 258 rows, 2 minutes missing in 1 gaps" in captured.err


def test_a_refused_run_explains_itself_and_leaves_the_old_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.csv"
    out.write_text("old")
    bad = tmp_path / "bad.csv"
    bad.write_text("open_time,open,high,low,close,volume\n0,1,1,1,1,-1\n")
    refused = {
        ("--candles", str(bad), "--out", str(out)): f"trader: {bad}: row 1: volume is negative",
        ("--candles", str(candles(tmp_path)), "--out", str(tmp_path / "out.xls")): "the name must end in .parquet",
        ("--candles", str(candles(tmp_path)), "--out", str(tmp_path / "no" / "out.csv")): "cannot be written",
        ("--candles", str(candles(tmp_path)), "--out", str(tmp_path / "no" / "out.parquet")): "cannot be written",
        ("--candles", str(candles(tmp_path)), "--out", str(tmp_path / "no" / "out.csv.gz")): "cannot be written",
    }
    for options, explanation in refused.items():
        assert run(["indicators", *options]) == 1
        captured = capsys.readouterr()
        assert explanation in captured.err
        assert captured.err.count("\n") == 1
    assert out.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["BTCUSDT_1m.csv", "bad.csv", "out.csv"]


def test_missing_options_are_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["indicators", "--candles", "x.csv"]) == 2
    assert "--out" in capsys.readouterr().err
