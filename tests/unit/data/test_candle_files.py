import gzip
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from chalicelib.errors import BadInput
from tests.shared_data import shared
from tests.support.candle_reading import read_candles
from trader.data.candle_files import COLUMNS, read_candle_files
from trader.data.candles import CandleColumns, Gaps, gaps

START_MS = 1_700_000_040_000
HEADER = ",".join(COLUMNS)
GOOD = [f"{START_MS + i * 60_000},100.5,101.25,99.0,{100 + i / 10},{i}.5" for i in range(4)]


def csv_file(folder: Path, rows: list[str], name: str = "BTCUSDT_1m.csv", header: str = HEADER) -> Path:
    path = folder / name
    content = ("\n".join([header, *rows]) + "\n").encode()
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


def parquet_file(folder: Path, columns: dict[str, object], name: str = "BTCUSDT_1m.parquet") -> Path:
    path = folder / name
    parquet.write_table(pa.table(columns), path)
    return path


def good_columns() -> dict[str, object]:
    cells = [row.split(",") for row in GOOD]
    kinds: tuple[Callable[[str], object], ...] = (int, float, float, float, float, float)
    return {name: [kind(row[i]) for row in cells] for i, (name, kind) in enumerate(zip(COLUMNS, kinds, strict=True))}


def complaint(path: Path) -> str:
    with pytest.raises(BadInput) as refused:
        read_candles(path)
    text = str(refused.value)
    assert text.startswith(f"{path}: ")
    assert "\n" not in text
    return text.removeprefix(f"{path}: ")


def told(path: Path) -> tuple[CandleColumns, str]:
    """What is read, and the one line that is said of it."""
    lines: list[str] = []
    columns = read_candles(path, say=lines.append)
    [line] = lines
    assert line.startswith(f"{path}: ")
    assert "\n" not in line
    return columns, line.removeprefix(f"{path}: ")


def identical(left: CandleColumns, right: CandleColumns) -> bool:
    same = [np.array_equal(a, b) for a, b in zip(left[1:], right[1:], strict=True) if isinstance(a, np.ndarray)]
    return left.symbol == right.symbol and all(same)


def test_the_three_formats_hold_the_same_candles(tmp_path: Path) -> None:
    from_csv = read_candles(csv_file(tmp_path, GOOD))
    assert identical(from_csv, read_candles(csv_file(tmp_path, GOOD, "BTCUSDT_1m.csv.gz")))
    assert identical(from_csv, read_candles(parquet_file(tmp_path, good_columns())))
    assert from_csv.symbol == "BTCUSDT"
    assert from_csv.open_ms.dtype == np.int64
    assert from_csv.open_ms.tolist() == [START_MS + i * 60_000 for i in range(4)]
    assert from_csv.close.tolist() == [100.0, 100.1, 100.2, 100.3]


def test_other_columns_are_ignored_whatever_their_order_or_content(tmp_path: Path) -> None:
    rows = [f"text,{row.split(',', 1)[1]},{row.split(',', 1)[0]}," for row in GOOD]
    path = csv_file(tmp_path, rows, header="note,open,high,low,close,volume,open_time,empty")
    assert identical(read_candles(path), read_candles(csv_file(tmp_path, GOOD)))


def test_whole_numbers_written_as_floats_are_times(tmp_path: Path) -> None:
    assert read_candles(csv_file(tmp_path, [row.replace(",", ".0,", 1) for row in GOOD])).open_ms[0] == START_MS


def test_a_given_symbol_replaces_the_name_of_the_file(tmp_path: Path) -> None:
    assert read_candles(csv_file(tmp_path, GOOD), "ETHUSDT").symbol == "ETHUSDT"


def test_gaps_are_allowed_and_counted(tmp_path: Path) -> None:
    minutes = (0, 1, 4, 5, 7)
    rows = [f"{START_MS + minute * 60_000},1,1,1,1,0" for minute in minutes]
    assert gaps(read_candles(csv_file(tmp_path, rows))) == Gaps(minutes=3, runs=2)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (f"{START_MS + 60_000},100,101,99,100,1", "row 3: another candle of the same open_time came before it"),
        (f"{START_MS},100,101,99,100,1", "row 3: another candle of the same open_time came before it"),
        (f"{START_MS + 120_001},100,101,99,100,1", "row 3: open_time is no full minute in milliseconds"),
        ("-60000,100,101,99,100,1", "row 3: open_time is negative"),
        ("20250131000500,100,101,99,100,1", "row 3: open_time is after the year 2100"),
        (",100,101,99,100,1", "row 3: open_time is missing or not a number"),
        ("nan,100,101,99,100,1", "row 3: open_time is missing or not a number"),
        ("inf,100,101,99,100,1", "row 3: open_time is missing or not a number"),
        (f"{START_MS + 120_000},,101,99,100,1", "row 3: open is missing or no finite number"),
        (f"{START_MS + 120_000},100,NaN,99,100,1", "row 3: high is missing or no finite number"),
        (f"{START_MS + 120_000},100,inf,99,100,1", "row 3: high is missing or no finite number"),
        (f"{START_MS + 120_000},100,101,-inf,100,1", "row 3: low is missing or no finite number"),
        (f"{START_MS + 120_000},100,101,0,100,1", "row 3: low is not above 0"),
        (f"{START_MS + 120_000},100,101,-1,100,1", "row 3: low is not above 0"),
        (f"{START_MS + 120_000},100,98,99,100,1", "row 3: high is below low"),
        (f"{START_MS + 120_000},100,101,5e-324,100,1", "row 3: low is below 1e-18, less than any price"),
        (f"{START_MS + 120_000},100,1e300,99,100,1", "row 3: high is above 1e+18, more than any price"),
        (f"{START_MS + 120_000},1e19,1e19,1e19,1e19,1", "row 3: open is above 1e+18, more than any price"),
        (f"{START_MS + 120_000},100,101,99,100,1e300", "row 3: volume is above 1e+36, more than any market trades"),
        (f"{START_MS + 120_000},102,101,99,100,1", "row 3: open lies outside low and high"),
        (f"{START_MS + 120_000},100,101,99,98,1", "row 3: close lies outside low and high"),
        (f"{START_MS + 120_000},100,101,99,100,-1", "row 3: volume is negative"),
        (f"{START_MS + 120_000},100,101,99,100,", "row 3: volume is missing or no finite number"),
    ],
)
def test_a_row_that_is_no_candle_is_left_out_and_told_by_its_number(tmp_path: Path, row: str, expected: str) -> None:
    for name in ("BTCUSDT.csv", "BTCUSDT.csv.gz"):
        path = csv_file(tmp_path, [*GOOD[:2], row, GOOD[3]], name)
        columns, line = told(path)
        assert columns.open_ms.tolist() == [START_MS, START_MS + 60_000, START_MS + 180_000]
        assert line.startswith(f"1 row is no candle of a minute and is left out, it is {expected}")


def test_several_odd_rows_are_one_line_with_the_earliest(tmp_path: Path) -> None:
    rows = [GOOD[0], GOOD[1].replace("101.25", "1"), GOOD[2], f"{START_MS},1,1,1,1,1"]
    columns, line = told(csv_file(tmp_path, rows))
    assert columns.open_ms.tolist() == [START_MS, START_MS + 120_000]
    assert line.startswith("2 rows are no candles of a minute and are left out, the first is row 2: high is below")


def test_a_row_that_says_the_same_again_is_read_once_and_told(tmp_path: Path) -> None:
    columns, line = told(csv_file(tmp_path, [*GOOD[:2], *GOOD[:2], *GOOD[2:]]))
    assert identical(columns, read_candles(csv_file(tmp_path, GOOD)))
    assert line == "2 rows repeat others and are read once"


def test_one_row_in_the_far_future_does_not_cost_those_after_it(tmp_path: Path) -> None:
    columns, line = told(csv_file(tmp_path, [GOOD[0], "4102444740000,1,1,1,1,1", *GOOD[1:]]))
    assert identical(columns, read_candles(csv_file(tmp_path, GOOD)))
    assert line.endswith("it is row 2: open_time is out of order: rows must be sorted by time")


@pytest.mark.parametrize("kept", [1, 2])
def test_a_file_most_of_whose_rows_are_none_is_no_candle_file(tmp_path: Path, kept: int) -> None:
    off = [f"{START_MS + 14_000 + i * 60_000},1,1,1,1,1" for i in range(3)]
    said = "row 3: open_time is no full minute in milliseconds (3 of 5 rows are no candles of a minute)"
    if kept == 2:
        assert complaint(csv_file(tmp_path, [*GOOD[:2], *off])) == said
    else:
        assert len(told(csv_file(tmp_path, [*GOOD[:2], *off[:2]]))[0].open_ms) == 2


def test_a_table_is_sifted_over_the_pieces_that_it_is_read_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [GOOD[0], GOOD[1], GOOD[1], GOOD[2], GOOD[2].replace("99.0", "98.0"), GOOD[3]]
    whole, line = told(csv_file(tmp_path, rows))
    monkeypatch.setattr("trader.data.tables.columnar.ROWS_AT_A_TIME", 2)
    cells = [list(map(float, row.split(","))) for row in rows]
    columns: dict[str, object] = {name: [row[at] for row in cells] for at, name in enumerate(COLUMNS)}
    in_pieces, said = told(parquet_file(tmp_path, columns))
    assert identical(whole, in_pieces)
    assert whole.low.tolist() == [99.0] * 4
    assert line == said
    assert "it is row 5: another candle of the same open_time came before it; 1 row repeats another" in line


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("2023-11-14,100,101,99,100,1", "row 3: '2023-11-14' is not a number"),
        (f"{START_MS + 120_000},100,abc,99,100,1", "row 3: 'abc' is not a number"),
        (f"{START_MS + 120_000},100,101,99,100", "row 3: Expected 6 columns, got 5"),
    ],
)
def test_a_row_that_cannot_be_read_is_refused_by_its_number(tmp_path: Path, row: str, expected: str) -> None:
    for name in ("BTCUSDT.csv", "BTCUSDT.csv.gz"):
        assert complaint(csv_file(tmp_path, [*GOOD[:2], row], name)).startswith(expected)


@pytest.mark.parametrize("missing", COLUMNS)
def test_a_missing_column_is_named(tmp_path: Path, missing: str) -> None:
    header = HEADER.replace(missing, "other") if missing != "open" else HEADER.replace(",open,", ",other,")
    assert f"no column {missing}" in complaint(csv_file(tmp_path, GOOD, header=header))
    columns = good_columns()
    del columns[missing]
    assert f"no column {missing}" in complaint(parquet_file(tmp_path, columns))


def test_parquet_columns_of_another_type_are_refused(tmp_path: Path) -> None:
    texts = good_columns() | {"close": ["100", "100.5", "high", "4"]}
    assert complaint(parquet_file(tmp_path, texts)) == "column close holds texts that are no numbers, such as 'high'"
    flags = good_columns() | {"volume": [True] * 4}
    assert complaint(parquet_file(tmp_path, flags)) == "column volume holds bool, it must hold numbers"
    local = good_columns() | {"local_time": pa.array([START_MS] * 4, pa.timestamp("ms"))}
    del local["open_time"]
    assert complaint(parquet_file(tmp_path, local)).startswith("column local_time does not say its zone")
    spans = good_columns() | {"open_time": pa.array([START_MS] * 4, pa.duration("ms"))}
    assert complaint(parquet_file(tmp_path, spans)) == "column open_time holds duration[ms], it must hold times"


def test_numbers_are_read_to_the_last_bit_in_whatever_kind_they_are_kept(tmp_path: Path) -> None:
    values = [1195.88, 575.08790926, 0.1, 1e-8]
    texts = [f" {value:.8f}" for value in values]
    decimals = pa.array(map(Decimal, texts), pa.decimal128(38, 8))
    times = {"open_time": [str(START_MS + i * 60_000) for i in range(4)]}
    expected = read_candles(parquet_file(tmp_path, good_columns() | dict.fromkeys(COLUMNS[1:], values)))
    for kind in (texts, decimals, pa.array(texts, pa.string_view())):
        columns: dict[str, object] = dict.fromkeys(COLUMNS[1:], kind)
        assert identical(read_candles(parquet_file(tmp_path, good_columns() | columns | times)), expected)


def test_of_prices_in_32_bits_it_is_told_that_they_are_not_exact(tmp_path: Path) -> None:
    narrow = good_columns() | {"close": pa.array([100.1] * 4, pa.float32())}
    assert told(parquet_file(tmp_path, narrow))[1].endswith("prices of 32-bit floats, right to some 7 digits")


def test_parquet_rows_are_checked_like_csv_rows(tmp_path: Path) -> None:
    holes = good_columns() | {"high": [102.0, None, 102.0, 102.0]}
    assert "it is row 2: high is missing or no finite number" in told(parquet_file(tmp_path, holes))[1]
    no_time = good_columns() | {"open_time": pa.array([START_MS, None, None, None], pa.int64())}
    assert complaint(parquet_file(tmp_path, no_time)).startswith("row 2: open_time is missing or not a number (3 of 4")


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    table = pa.table(good_columns())
    path = tmp_path / "BTCUSDT.parquet"
    parquet.write_table(table.append_column("close", table.column("close")), path)
    assert "more than one column close" in complaint(path)


def test_files_that_are_no_candle_files_get_one_clear_line(tmp_path: Path) -> None:
    assert complaint(tmp_path / "absent.csv") == "no such file"
    (tmp_path / "BTCUSDT.xlsx").touch()
    assert "must end in .parquet, .feather, .csv" in complaint(tmp_path / "BTCUSDT.xlsx")
    (tmp_path / "folder.csv").mkdir()
    assert complaint(tmp_path / "folder.csv") == "not a file"
    for name in ("empty.csv", "empty.csv.gz", "empty.parquet"):
        (tmp_path / name).write_bytes(b"")
        assert complaint(tmp_path / name) == "the file is empty"
    for name in ("noise.csv", "noise.csv.gz", "noise.parquet"):
        (tmp_path / name).write_bytes(bytes(range(256)) * 20)
        complaint(tmp_path / name)
    assert complaint(csv_file(tmp_path, [])) == "no candles in it, only a header"
    assert complaint(tmp_path / ("x" * 300 + ".csv")) == "no such file"


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_damaged_zip_archive_is_refused(tmp_path: Path, method: int) -> None:
    path = tmp_path / "BTCUSDT-1m-2025-01.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("BTCUSDT-1m-2025-01.csv", "\n".join([HEADER, *GOOD]))
    content = bytearray(path.read_bytes())
    content[60:100] = b"\xff" * 40
    path.write_bytes(content)
    assert complaint(path).startswith("not a ")


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    rows = [f"{START_MS + i * 60_000},{100 + i % 7},200,50,{100 + i % 11},{i}" for i in range(5_000)]
    whole = csv_file(tmp_path, rows, "A.csv.gz").read_bytes()
    (tmp_path / "B.csv.gz").write_bytes(whole[: len(whole) // 2])
    assert "Truncated" in complaint(tmp_path / "B.csv.gz")
    whole = parquet_file(tmp_path, good_columns()).read_bytes()
    (tmp_path / "C.parquet").write_bytes(whole[:-20])
    assert "not a readable .parquet file" in complaint(tmp_path / "C.parquet")


def test_damaged_parquet_bytes_never_escape_as_another_error(tmp_path: Path) -> None:
    whole = parquet_file(tmp_path, good_columns()).read_bytes()
    path = tmp_path / "DAMAGED.parquet"
    for position in range(0, len(whole), 23):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 0x5A]) + whole[position + 1 :])
        try:
            read_candles(path)
        except BadInput as refused:
            assert "\n" not in str(refused)  # noqa: PT017 (most flips must be refused, some hit unused bytes)


def test_several_files_keep_their_order_and_take_their_symbols(tmp_path: Path) -> None:
    first, second = csv_file(tmp_path, GOOD, "ETHUSDT_a.csv"), csv_file(tmp_path, GOOD, "BTCUSDT_b.csv")
    assert [c.symbol for c in read_candle_files(f"{first},{second}")] == ["ETHUSDT", "BTCUSDT"]
    assert [c.symbol for c in read_candle_files(f"{first}, {second}", "A, B")] == ["A", "B"]


@pytest.mark.parametrize(
    ("files", "symbols", "expected"),
    [
        ("{0},{1}", "A", "give one symbol per candle file (2)"),
        ("{0}", "A,B", "give one symbol per candle file (1)"),
        ("{0},{1}", "A,", '--symbol "": must be a symbol'),
        ("{0},{0}", None, "ETHUSDT_a.csv: named twice in --candles"),
        ("{0},", None, "an empty file name"),
        ("", None, "an empty file name"),
    ],
)
def test_files_and_symbols_that_do_not_match_are_refused(
    tmp_path: Path, files: str, symbols: str | None, expected: str
) -> None:
    paths = [csv_file(tmp_path, GOOD, "ETHUSDT_a.csv"), csv_file(tmp_path, GOOD, "BTCUSDT_b.csv")]
    with pytest.raises(BadInput) as refused:
        read_candle_files(files.format(*paths), symbols)
    assert expected in str(refused.value)


def test_one_symbol_does_not_make_one_market_of_a_folder_with_files_of_several(tmp_path: Path) -> None:
    for name in ("BTCUSDT-1m-2025-01.csv", "ETHUSDT-1m-2025-02.csv"):
        csv_file(tmp_path, GOOD, name)
    with pytest.raises(BadInput) as refused:
        read_candle_files(str(tmp_path), "BTCUSDT")
    assert str(refused.value) == (
        f"--symbol BTCUSDT: given for files of BTCUSDT, ETHUSDT in {tmp_path}; name those of one symbol by a pattern"
    )
    [columns] = read_candle_files(f"{tmp_path}/BTC*", "XBTUSDT")
    assert columns.symbol == "XBTUSDT"


def test_a_file_without_a_symbol_in_its_name_needs_one(tmp_path: Path) -> None:
    path = csv_file(tmp_path, GOOD, "_1m.csv")
    assert "name it by --symbol" in complaint(path)
    assert read_candles(path, "BTCUSDT").symbol == "BTCUSDT"


def test_a_year_of_real_minutes_loads_with_its_gaps() -> None:
    columns = read_candles(shared("klines/FILUSDT_usdm_1m_12months_gapped.parquet"))
    assert len(columns.open_ms) == 518_400
    assert gaps(columns) == Gaps(minutes=357_120, runs=6)


def test_months_put_together_in_another_order_are_refused_and_not_halved(tmp_path: Path) -> None:
    months = [[f"{START_MS + minute * 60_000},1,1,1,1,0" for minute in range(first, first + 500)] for first in (500, 0)]
    said = "500 of its 1000 rows are out of order of time: sort them"
    assert complaint(csv_file(tmp_path, [*months[0], *months[1]])) == said
