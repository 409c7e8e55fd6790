"""Series of a run: of files in any run, of the home's store besides in real time."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalicelib import wiring
from chalicelib.config import Config, load_config
from chalicelib.domain import SeriesValue
from chalicelib.errors import BadInput
from tests.support.strategy_cases import FOLDER
from trader.runtime.run_series import READ_ONCE, RunSeries

CLOSE_MS = 1_750_000_020_000


def config(*settings: str) -> Config:
    chosen = f"strategy.file={FOLDER / 'two_series.py'}"
    return load_config(None, [chosen, "agent.symbols=BTCUSDT", "inputs.series_max_age=mood=1h", *settings])


def file_of(folder: Path) -> str:
    (folder / "funding.csv").write_text(f"time,value\n{CLOSE_MS},0.5\n", "utf-8")
    return f"funding={folder / 'funding.csv'}"


def test_in_real_time_what_no_file_gives_comes_from_the_store(tmp_path: Path) -> None:
    store = tmp_path / "series.sqlite"
    with wiring.home_series(store) as series:
        series.put([SeriesValue(name, "", 1.0, CLOSE_MS - 1, "a desk") for name in ("funding", "mood")])
    agent = config()
    read = RunSeries([agent], in_real_time=True)
    assert list(read.lines([agent])) == [
        "agent default: funding: what `trader series put funding` stores",
        "agent default: mood: what `trader series put mood` stores, none older than 1h",
    ]
    with read.opened(store) as series_of:
        known = {name: each.at("BTCUSDT", CLOSE_MS) for name, each in series_of(agent).items()}
    assert {name: (each.value, each.known_ms) for name, each in known.items()} == {
        "funding": (1.0, CLOSE_MS - 1),
        "mood": (1.0, CLOSE_MS - 1),
    }


def test_a_value_that_is_put_while_the_agent_runs_counts_at_the_next_close(tmp_path: Path) -> None:
    agent = config()
    with RunSeries([agent], in_real_time=True).opened(tmp_path / "series.sqlite") as series_of:
        mood = series_of(agent)["mood"]
        assert mood.at("BTCUSDT", CLOSE_MS).known_ms is None
        with wiring.home_series(tmp_path / "series.sqlite") as store:
            store.put([SeriesValue("mood", "BTCUSDT", 0.25, CLOSE_MS, "")])
        assert mood.at("BTCUSDT", CLOSE_MS - 1).known_ms is None
        assert mood.at("BTCUSDT", CLOSE_MS).value == 0.25
        assert mood.at("BTCUSDT", CLOSE_MS + 3_600_000).value == 0.25
        assert mood.at("BTCUSDT", CLOSE_MS + 3_600_001).known_ms is None


def test_a_file_counts_before_the_store(tmp_path: Path) -> None:
    agent, store = config(), tmp_path / "series.sqlite"
    with wiring.home_series(store) as series:
        series.put([SeriesValue("funding", "", 9.0, CLOSE_MS, "")])
    read = RunSeries([agent], [file_of(tmp_path)], in_real_time=True)
    assert "agent default: funding: file funding.csv, 1 rows" in list(read.lines([agent]))
    assert READ_ONCE in list(read.lines([agent]))
    with read.opened(store) as series_of:
        assert series_of(agent)["funding"].at("BTCUSDT", CLOSE_MS).value == 0.5


def test_in_simulated_time_a_needed_series_must_have_a_file(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="needs a series that nothing gives here: funding"):
        RunSeries([config()])
    read = RunSeries([config()], [file_of(tmp_path)])
    with read.opened(tmp_path / "series.sqlite") as series_of:
        assert list(series_of(config())) == ["funding"]
    assert not (tmp_path / "series.sqlite").exists()


def test_who_reads_no_series_opens_no_store(tmp_path: Path) -> None:
    plain = load_config(None, ["agent.symbols=BTCUSDT"])
    with RunSeries([plain], in_real_time=True).opened(tmp_path / "series.sqlite") as series_of:
        assert series_of(plain) == {}
    assert not (tmp_path / "series.sqlite").exists()
