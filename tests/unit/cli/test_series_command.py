"""trader series: what is put into the local store, what of it is shown, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chalicelib.adapters.dynamodb import DynamoSeriesStore, Tables, connect, create_tables
from tests.support.aws import REGION, mocked_aws
from trader.cli.group import answer

BEGINNING_MS = 1_750_000_000_000


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("TRADER_HOME", str(tmp_path / "var"))
    return tmp_path


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, object]]:
    capsys.readouterr()
    assert answer(["series", "show", *arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, list)
    return found


def test_a_value_is_known_from_now_on(capsys: pytest.CaptureFixture[str]) -> None:
    given = ["series", "put", "funding", "--value", "0.0001", "--symbol", "BTCUSDT", "--evidence", "settled"]
    assert answer(given) == 0
    assert capsys.readouterr().out == "funding: 1 stored\n"
    [found] = shown(capsys, "funding", "--symbol", "BTCUSDT")
    assert {**found, "known_ms": 0} == {"known_ms": 0, "symbol": "BTCUSDT", "value": 0.0001, "evidence": "settled"}
    assert isinstance(found["known_ms"], int)
    assert found["known_ms"] > BEGINNING_MS
    assert shown(capsys, "funding") == []


def test_rows_of_a_file_are_known_from_their_times_on(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = home / "mood.csv"
    file.write_text("time,value,symbol\n1735689600000,1,\n1735776000000,,\n1735776000000,3,ETHUSDT\n", "utf-8")
    assert answer(["series", "put", "mood", "--file", str(file)]) == 0
    assert answer(["series", "put", "mood", "--file", str(file)]) == 0
    assert capsys.readouterr().out.splitlines() == ["mood: 3 stored", "mood: 0 stored, 3 were there before"]
    assert [(each["value"], each["evidence"]) for each in shown(capsys, "mood")] == [
        (None, "mood.csv"),
        (1.0, "mood.csv"),
    ]
    file.write_text("time,value\n1735689600000,2\n", "utf-8")
    assert answer(["series", "put", "mood", "--file", str(file)]) == 1
    told = "trader: series mood: the value of 2025-01-01T00:00:00Z is 1.0, not 2.0: what is known once is never changed"
    assert capsys.readouterr().err.strip() == told
    file.write_text("time,value\n1735603200000,2\n", "utf-8")
    assert answer(["series", "put", "mood", "--file", str(file)]) == 1
    assert "2024-12-31T00:00:00Z comes before the newest" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["put", "funding"], 2, "give one of --value X and --file FILE"),
        (["put", "funding", "--value", "1", "--file", "a.csv"], 2, "give one of --value X and --file FILE"),
        (["put", "2x", "--value", "1"], 2, "'2x' must be a name of up to 40 letters"),
        (["put", "sentiment", "--value", "1"], 2, "sentiment is made of headlines"),
        (["put", "funding", "--value", "inf"], 1, "--value inf: must be a number, or nan"),
        (["put", "funding", "--value", "1", "--symbol", "b c"], 1, "--symbol"),
        (["put", "funding", "--value", "1", "--evidence", "x" * 201], 1, "one line of at most 200 characters"),
        (["show", "funding"], 0, "no value of funding that counts for all symbols is stored"),
    ],
)
def test_what_cannot_be_put_is_refused(
    arguments: list[str], code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(["series", *arguments]) == code
    assert words in " ".join(capsys.readouterr().err.split())


def test_a_stage_has_values_of_its_own(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with mocked_aws(monkeypatch):
        create_tables(connect(REGION), "ai-trader-dev")
        monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
        assert answer(["series", "put", "funding", "--value", "2", "--stage", "dev"]) == 0
        [found] = DynamoSeriesStore(Tables(connect(REGION), "ai-trader-dev")).latest("funding", "", 9)
        assert found.value == 2.0
        assert [each["value"] for each in shown(capsys, "funding", "--stage", "dev")] == [2.0]
    assert shown(capsys, "funding") == []
