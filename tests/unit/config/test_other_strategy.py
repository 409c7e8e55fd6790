"""Settings in a file belong to the strategy that the file names; whoever names another is told what is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalicelib.config import Config, load_config

OWN = '[strategy]\nname = "ema_cross"\nhash = "0123456789abcdef"\n[strategy.settings]\nfast = 5\nslow = 9\n'
LEFT_OUT = "fast, slow left out: settings of ema_cross, not of"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "agent.toml"
    path.write_text(OWN, "utf-8")
    return path


def loaded(file: Path, *overrides: str) -> tuple[Config, list[str]]:
    said: list[str] = []
    return load_config(file, overrides, said.append), said


def test_the_same_strategy_keeps_its_settings(file: Path) -> None:
    for overrides in ((), ("risk.stop_loss=0.01",), ("strategy.name=ema_cross",)):
        config, said = loaded(file, *overrides)
        assert (config.strategy.settings, said) == ({"fast": 5, "slow": 9}, [])
        assert config.strategy.hash == "0123456789abcdef"


def test_another_strategy_has_none_of_them_and_one_line_says_so(file: Path) -> None:
    config, said = loaded(file, "strategy.name=rsi_sentiment", "strategy.settings.rsi_buy=20")
    assert config.strategy.settings == {"rsi_buy": 20}
    assert said == [f"{file}: {LEFT_OUT} rsi_sentiment"]
    assert config.strategy.hash == ""
    config, said = loaded(file, "strategy.file=mine.py")
    assert (config.strategy.settings, config.strategy.file) == ({}, "mine.py")
    assert said == [f"{file}: {LEFT_OUT} mine.py"]


def test_old_names_are_those_of_the_default_strategy(file: Path) -> None:
    file.write_text("[strategy]\nrsi_buy = 25\n", "utf-8")
    _, said = loaded(file, "strategy.name=ema_cross")
    assert said[1:] == [f"{file}: rsi_buy left out: settings of rsi_sentiment, not of ema_cross"]


def test_a_name_on_the_command_line_stands_in_for_a_file_in_the_settings(file: Path) -> None:
    file.write_text('[strategy]\nfile = "mine.py"\n[strategy.settings]\nfast = 5\n', "utf-8")
    config, said = loaded(file, "strategy.name=ema_cross")
    assert (config.strategy.name, config.strategy.file, config.strategy.settings) == ("ema_cross", "", {})
    assert said == [f"{file}: fast left out: settings of {file.parent / 'mine.py'}, not of ema_cross"]


def test_the_file_that_the_settings_name_is_the_same_by_any_path(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text('[strategy]\nfile = "mine.py"\n[strategy.settings]\nfast = 5\n', "utf-8")
    monkeypatch.chdir(file.parent)
    for named in ("mine.py", "./mine.py", str(file.parent / "mine.py")):
        config, said = loaded(file, f"strategy.file={named}")
        assert (config.strategy.settings, said) == ({"fast": 5}, [])


def test_of_a_name_and_a_file_the_last_one_counts(file: Path) -> None:
    config, _ = loaded(file, "strategy.file=mine.py", "strategy.name=rsi_sentiment")
    assert (config.strategy.name, config.strategy.file) == ("rsi_sentiment", "")
    config, _ = loaded(file, "strategy.name=rsi_sentiment", "strategy.file=mine.py")
    assert config.strategy.file == "mine.py"
