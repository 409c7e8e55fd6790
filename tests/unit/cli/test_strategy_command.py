"""`trader strategy`: what is listed and shown, what a new file is, and what a check says in which order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chalicelib.strategy.loader import built_in, built_in_names, from_file
from tests.e2e.test_paper_run_command import candle_file
from tests.support.markets import wave
from trader.authoring import its_tests
from trader.cli import run

CANDLES = ("--candles", "AAAUSDT_1m.csv", "--bars", "20")
ORDER = ["file", "pure", "form", "settings", "compiles", "same signals", "warm-up", "look-ahead", "speed"]
BUILT_INS = ", ".join(built_in_names())


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with candles and a strategy that `new` wrote."""
    monkeypatch.setenv("TRADER_HOME", str(tmp_path / "var"))
    monkeypatch.chdir(tmp_path)
    candle_file(tmp_path / "AAAUSDT_1m.csv", wave("AAAUSDT", 600, 1, frozenset({50, 51})))
    assert run(["strategy", "new", "mine.py"]) == 0
    return tmp_path


def checked(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> dict[str, Any]:
    capsys.readouterr()
    assert run(["strategy", "check", *arguments, "--json"]) == code
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert told["ok"] is (code == 0)
    return told


def changed(home: Path, old: str, new: str) -> str:
    """The new strategy with one thing otherwise."""
    source = (home / "mine.py").read_text("utf-8")
    assert old in source
    (home / "other.py").write_text(source.replace(old, new), "utf-8")
    return "other.py"


def test_every_built_in_is_listed_with_its_settings_and_idea(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["strategy", "list"]) == 0
    header, *rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert header == ["name", "settings", "idea"]
    assert [name for name, _, _ in rows] == list(built_in_names())
    assert {name: settings for name, settings, _ in rows}["ema_cross"] == ("fast 12, slow 26, atr 14, stop_atr 3.0")
    assert all(idea.endswith(".") for _, _, idea in rows)
    assert run(["strategy", "list", "--json"]) == 0
    assert [each["name"] for each in json.loads(capsys.readouterr().out)] == list(built_in_names())


def test_one_is_shown_with_all_that_it_says_of_itself(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["strategy", "show", "mine.py", "--json"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["hash"] == from_file(home / "mine.py").hash
    assert (told["inputs"], told["values"]) == ([], ["fast", "slow", "atr"])
    assert told["reasons"] == ["trend", "trend over"]
    assert told["settings"][0] == {
        "name": "fast",
        "type": "int",
        "default": 12,
        "allowed": "a whole number from 2 to 500",
    }
    assert run(["strategy", "show", "rsi_sentiment"]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert ["inputs", "sentiment"] in lines
    assert ["rsi_buy", "float", "30.0", "a number from 0 to 100"] in lines
    assert run(["strategy", "show", "rsi_sentiment", "--source"]) == 0
    assert capsys.readouterr().out == built_in("rsi_sentiment").source


def test_a_new_file_comes_with_its_test_and_what_to_do_next(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["strategy", "new", "folder/mine.py"]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        "trader: folder/mine.py: cannot be written: No such file or directory"
    )
    (home / "folder").mkdir()
    assert run(["strategy", "new", "folder/rising.py"]) == 0
    told = capsys.readouterr()
    assert told.out.splitlines() == ["folder/rising.py", "folder/test_rising.py"]
    assert told.err == "next: trader strategy check folder/rising.py\n"
    text = (home / "folder" / "test_rising.py").read_text("utf-8")
    assert '.with_name("rising.py")' in text
    assert "my_strategy" not in text + (home / "folder" / "rising.py").read_text("utf-8")


@pytest.mark.parametrize("there", ["mine.py", "test_mine.py"])
def test_nothing_is_written_over(home: Path, there: str, capsys: pytest.CaptureFixture[str]) -> None:
    other = {"mine.py": "test_mine.py", "test_mine.py": "mine.py"}[there]
    (home / other).unlink()
    (home / there).write_text("mine", "utf-8")
    assert run(["strategy", "new", "mine.py"]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"trader: {there}: is there already, and nothing is written over it"
    )
    assert (home / there).read_text("utf-8") == "mine"
    assert not (home / other).exists()


@pytest.mark.parametrize("name", ["mine", "my-own.py", "1.py", "folder/.py", 'a".py', ""])
def test_a_new_file_is_named_as_a_module(home: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["strategy", "new", name]) == 2
    assert "must be the path of a .py file, its name of letters, digits and _" in capsys.readouterr().err


def test_the_test_that_comes_with_a_new_file_holds() -> None:
    its_tests.test_it_enters_and_leaves()
    its_tests.test_every_stop_lies_below_its_entry()


def test_every_setting_of_a_new_file_is_explained_and_limited(home: Path) -> None:
    form = from_file(home / "mine.py").form
    assert set(form.limits) == set(form.settings._fields)
    source = (home / "mine.py").read_text("utf-8")
    for name in form.settings._fields:
        assert any(line.strip().startswith(f"{name}:") and "  # " in line for line in source.splitlines())
    assert len(source.splitlines()) < 80


def test_a_new_file_passes_its_check(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = checked(capsys, "mine.py", *CANDLES, "--set", "strategy.settings.slow=20")
    assert told["strategy"] == "mine.py"
    assert [each["name"] for each in told["checks"]] == ORDER
    found = {each["name"]: each for each in told["checks"]}
    assert [found[name]["holds"] for name in ORDER[:6]] == [True] * 6
    assert found["look-ahead"]["holds"] is True
    assert found["settings"]["figures"] == {"fast": 12, "slow": 20, "stop_atr": 3.0}
    assert found["warm-up"]["figures"]["defined_after"] == 20
    assert 20 < found["warm-up"]["figures"]["agrees_after"] < 500
    assert found["look-ahead"]["figures"]["streamed"] == 598
    assert found["look-ahead"]["figures"]["cut"] >= 10
    assert min(found["same signals"]["figures"].values()) > 0
    assert 0.0 < found["speed"]["figures"]["compiled_us"] < found["speed"]["figures"]["plain_python_us"]


def test_of_a_built_in_a_pipe_has_every_check_on_a_line(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run(["strategy", "check", "rsi_sentiment", *CANDLES]) == 0
    header, *rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert header == ["check", "result", "what"]
    assert [(name, result) for name, result, _ in rows] == [
        *((name, "ok") for name in ORDER[2:6]),
        *(("warm-up", "-"), ("look-ahead", "ok"), ("speed", "-")),
    ]


@pytest.mark.parametrize(
    ("old", "new", "last", "words"),
    [
        (
            "close - settings.stop_atr *",
            "close - settings.stop_atr **",
            "pure",
            "other.py, line 67: `settings.stop_atr ** values",
        ),
        ("return wait()", "return wait(", "pure", "other.py, line 70: no Python: "),
        ('"trend over")', '"stop_loss")', "form", "other.py: REASONS: 'stop_loss' is a reason of our own"),
        ('"stop_atr": (0.1', '"stop_atr": (5.0', "form", "other.py: LIMITS: stop_atr: its default 3.0 lies outside"),
        ("stop=stop, reason=0", "stop=-1.0", "same signals", "other.py, in decide, at bar 2023-11-14T"),
    ],
)
def test_the_first_thing_that_is_wrong_is_named_in_one_line_and_ends_the_check(
    home: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, last: str, words: str
) -> None:
    told = checked(capsys, changed(home, old, new), *CANDLES, code=1)["checks"]
    assert told[-1]["name"] == last
    assert [each["holds"] for each in told] == [True] * (len(told) - 1) + [False]
    assert run(["strategy", "check", "other.py", *CANDLES]) == 1
    line = capsys.readouterr().err.splitlines()[-1]
    assert line == f"trader: {told[-1]['words']}"
    assert line.startswith(f"trader: {words}")


def test_every_impure_line_is_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    twice = changed(home, "return wait()", "return wait() if close ** 2.0 > 0.0 else wait()")
    told = checked(capsys, twice, *CANDLES, code=1)["checks"]
    assert [(each["name"], each["figures"].get("line")) for each in told[1:]] == [("pure", 70)]
    assert run(["strategy", "check", changed(home, "settings.fast)", "settings.fast ** 1)"), *CANDLES]) == 1
    assert capsys.readouterr().err.endswith(" more)\n")


def test_what_does_not_compile_is_told_and_the_rest_is_looked_at(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two kinds of number in one place: Python does not mind, machine code does."""
    early = "if bar.close < 0.0:\n        return state, Values(0, 0, 0)\n    fast = ema_step("
    other = changed(home, "fast = ema_step(", early)
    told = {each["name"]: each for each in checked(capsys, other, *CANDLES, code=1)["checks"]}
    assert told["compiles"]["holds"] is False
    begins, ends = "other.py: observe cannot be compiled, line ", ": what it returns is of several types: "
    assert told["compiles"]["words"] in {
        f"{begins}{line}{ends}an int in one place, a float in another?" for line in (57, 62)
    }
    assert told["same signals"]["holds"] is None
    assert told["look-ahead"]["holds"] is True
    assert list(told["speed"]["figures"]) == ["plain_python_us"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, f"other.py: there is no such file; built in are {BUILT_INS}"),
        (b"\xff\xfe", "other.py: is not UTF-8 text (byte 0)"),
        (b"#" * 100_001, "other.py: is larger than 100000 bytes: not a strategy"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line_and_no_table(
    home: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, words: str
) -> None:
    if content is not None:
        (home / "other.py").write_bytes(content)
    capsys.readouterr()
    assert run(["strategy", "check", "other.py"]) == 1
    assert capsys.readouterr() == ("", f"trader: {words}\n")


def test_settings_are_checked_as_everywhere(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = checked(capsys, "mine.py", *CANDLES, "--set", "strategy.settings.stop_atr=99", code=1)["checks"]
    assert told[-1]["words"] == "--set: strategy.settings.stop_atr = 99: must be a number from 0.1 to 50"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("check", "mine"), f"'mine' must be {BUILT_INS} or the path of a .py file"),
        (("check",), "Missing argument 'FILE|NAME'"),
        (("show", "nothing"), f"'nothing' must be {BUILT_INS} or the path of a .py file"),
        (("check", "mine.py", "--bars", "0"), "'0' must be a number of bars or all"),
        (("check", "mine.py", "--to", "2025-01-01"), "give --candles too"),
    ],
)
def test_wrong_usage_is_told_as_such(
    home: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    assert run(["strategy", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_a_check_reads_series_of_files_and_says_what_it_makes_up(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "entry.csv").write_text("time,value\n0,-1\n", "utf-8")
    told = checked(capsys, "signals", *CANDLES, "--series", "entry=entry.csv")
    found = {each["name"]: each for each in told["checks"]}
    assert found["settings"]["words"] == "none"
    assert found["same signals"]["figures"]["entries"] == 0
    assert found["same signals"]["figures"]["exits"] > 0
    assert run(["strategy", "check", "signals", *CANDLES, "--series", "entry=entry.csv"]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert "entry: file entry.csv, 1 rows" in lines
    assert "exit: made up, as no --series exit=FILE gives it" in lines


@pytest.mark.parametrize(("name", "words"), [("funding", "reads no such series"), ("sentiment", "makes sentiment up")])
def test_a_series_that_a_check_has_no_use_for_is_refused(
    name: str, words: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "some.csv").write_text("time,value\n0,1\n", "utf-8")
    capsys.readouterr()
    assert run(["strategy", "check", "rsi_sentiment", *CANDLES, "--series", f"{name}=some.csv"]) == 1
    assert words in capsys.readouterr().err.splitlines()[-1]
