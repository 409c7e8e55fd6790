"""What `--candles` names: files, folders and patterns, with commas between them and in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalicelib.errors import BadInput
from trader.data.candle_paths import extension_of, paths_of


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with files of two months, their checksums and a name with a comma."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    for name in ("BTCUSDT-1m-2025-02.zip", "BTCUSDT-1m-2025-01.zip", "BTCUSDT-1m-2025-01.zip.CHECKSUM", ".hidden.csv"):
        (tmp_path / "data" / name).write_text("x")
    for name in ("BINANCE_BTCUSDT, 1.csv", "BINANCE_ETHUSDT, 1.csv", "a.csv", "b[1].csv"):
        (tmp_path / name).write_text("x")
    return tmp_path


def named(given: str) -> list[list[str]]:
    return [[str(path) for path in part] for part in paths_of(given)]


MONTHS = ["data/BTCUSDT-1m-2025-01.zip", "data/BTCUSDT-1m-2025-02.zip"]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("a.csv", [["a.csv"]]),
        ("data", [MONTHS]),
        ("data/", [MONTHS]),
        ("data/BTCUSDT-1m-2025-*.zip", [MONTHS]),
        ("data/BTCUSDT-1m-2025-*", [MONTHS]),
        ("**/*-02.zip", [MONTHS[1:]]),
        ("data/*-01.zip, a.csv", [MONTHS[:1], ["a.csv"]]),
        ("BINANCE_BTCUSDT, 1.csv", [["BINANCE_BTCUSDT, 1.csv"]]),
        ("BINANCE_BTCUSDT, 1.csv,BINANCE_ETHUSDT, 1.csv", [["BINANCE_BTCUSDT, 1.csv"], ["BINANCE_ETHUSDT, 1.csv"]]),
        ("a.csv,BINANCE_*, 1.csv", [["a.csv"], ["BINANCE_BTCUSDT, 1.csv", "BINANCE_ETHUSDT, 1.csv"]]),
        ("b[1].csv", [["b[1].csv"]]),
    ],
)
def test_what_is_named_is_found(given: str, expected: list[list[str]]) -> None:
    assert named(given) == expected


def test_names_that_are_too_long_for_one_together_are_several(folder: Path) -> None:
    names = [f"BTCUSDT-1m-2025-{month:02}.csv" for month in range(1, 13)]
    for name in names:
        (folder / name).write_text("x")
    assert named(",".join(names)) == [[name] for name in names]


def test_a_home_folder_in_quotes_is_that_of_the_user(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    assert named("~/data/*-01.zip") == [[str(folder / MONTHS[0])]]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("given", "line"),
    [
        ("absent.csv", "absent.csv: no such file"),
        ("absent, 1.csv", "absent: no such file, and none is called absent, 1.csv"),
        ("data/ETH*.zip", "data/ETH*.zip: no file has such a name"),
        ("a.csv,./a.csv", "a.csv: named twice in --candles"),
        ("data,data/*-02.zip", "data/BTCUSDT-1m-2025-02.zip: named twice in --candles"),
        ("a.csv,", "--candles 'a.csv,': an empty file name; give FILE or FILE,FILE"),
    ],
)
def test_what_names_nothing_is_refused(given: str, line: str) -> None:
    with pytest.raises(BadInput) as refused:
        paths_of(given)
    assert str(refused.value) == line


def test_a_folder_without_candle_files_is_refused_by_name(folder: Path) -> None:
    (folder / "empty").mkdir()
    with pytest.raises(BadInput, match=r"^empty: no candle files in this folder; their names end in"):
        paths_of("empty")


def test_an_extension_is_the_longest_that_fits_in_any_case() -> None:
    assert [extension_of(Path(name)) for name in ("a.CSV", "a.csv.gz", "a.json.gz", "a.xlsx")] == [
        ".csv",
        ".csv.gz",
        ".json.gz",
        "",
    ]
