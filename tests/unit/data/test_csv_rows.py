"""Small CSV files: what is accepted, and which row a mistake is said to be in."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalicelib.errors import BadInput
from trader.data.csv_rows import Ascending, read_rows, time_ms

NOW = 1_750_000_000_000


def rows(tmp_path: Path, content: bytes) -> list[tuple[int, str]]:
    path = tmp_path / "rows.csv"
    path.write_bytes(content)
    return read_rows(path, ("time", "word"), lambda row: (time_ms(row["time"]), row["word"]))


@pytest.mark.parametrize(
    "content",
    [
        b"time,word\n1750000000000,a\n",
        b"\xef\xbb\xbftime,word\r\n1750000000000,a\r\n",
        b"word,more,time\na,x,1750000000000",
        b'time,word\n\n1750000000000,"a"\n\n',
        b"time,word\n1750000000000,a,too,many\n",
    ],
    ids=["plain", "bom and crlf", "any order and more columns", "blank lines and quotes", "more cells than columns"],
)
def test_the_usual_ways_to_write_a_row_are_read(content: bytes, tmp_path: Path) -> None:
    assert rows(tmp_path, content) == [(NOW, "a")]


def test_quoted_commas_line_breaks_and_any_script_are_kept(tmp_path: Path) -> None:
    assert rows(tmp_path, 'time,word\n1750000000000,"a, ""b""\nç 漢"\n'.encode()) == [(NOW, 'a, "b"\nç 漢')]


def test_a_header_alone_is_no_rows(tmp_path: Path) -> None:
    assert rows(tmp_path, b"time,word\n") == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no column time, word; needed are time, word"),
        (b"time;word\n1;a\n", "no column time, word"),
        (b"time\n1750000000000\n", "no column word"),
        (b"time,word\n1750000000000\n", "row 1: too few columns"),
        (b"time,word\n1750000000000,a\n1750000000,b\n", "row 2: time 1750000000 must be milliseconds"),
        (b"time,word\n1750000000000000,a\n", "row 1: time 1750000000000000 must be milliseconds"),
        (b"time,word\n2025-06-15,a\n", "row 1: time '2025-06-15' must be a whole number of milliseconds"),
        (b"time,word\n1750000000000.5,a\n", "row 1: time '1750000000000.5' must be a whole number"),
        (b"time,word\n" + b"9" * 6000 + b",a\n", "row 1: time '9999"),
        (b'time,word\n1750000000000,a\n1750000000000,"b\n', "row 2: unexpected end of data"),
        (b'time,word\n1750000000000,"a" b\n', "row 1: "),
        (b"time,word\n1750000000000," + b"x" * 200_000 + b"\n", "row 1: field larger than field limit"),
        (b"time,word\n1750000000000,\xff\n", "is not UTF-8 text"),
        (b"\xff\xfet\x00i\x00", "is not UTF-8 text"),
    ],
)
def test_a_mistake_is_one_line_naming_file_and_row(content: bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        rows(tmp_path, content)
    assert str(caught.value).startswith(f"{tmp_path / 'rows.csv'}: {message}")
    assert len(str(caught.value).splitlines()) == 1


def test_a_folder_and_an_absent_file_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent.csv"):
        with pytest.raises(BadInput, match=f"^{path}: cannot be read"):
            read_rows(path, ("time",), lambda row: row)


def test_times_may_repeat_but_not_go_back() -> None:
    ascending = Ascending()
    assert [ascending.check(value) for value in (5, 5, 6)] == [5, 5, 6]
    with pytest.raises(ValueError, match=r"time 4 lies before that of the row above \(6\)"):
        ascending.check(4)
