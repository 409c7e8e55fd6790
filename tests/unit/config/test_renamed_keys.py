"""Keys that once stood elsewhere are read for good; the new names are said once, and both names at once are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalicelib.config import Config, load_config
from chalicelib.config.renamed import RENAMED
from chalicelib.errors import BadInput
from chalicelib.strategy.chosen import rule_of
from tests.support.strategy_files import written


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path("agent.toml")


def loaded(file: Path, *overrides: str) -> tuple[Config, list[str]]:
    said: list[str] = []
    return load_config(file, overrides, said.append), said


def test_a_file_of_old_names_reads_as_one_of_new_names_and_one_line_says_them(file: Path) -> None:
    file.write_text("[strategy]\nrsi_buy = 25\nrsi_period = 7\nsentiment_window = 5\n", "utf-8")
    old, said = loaded(file)
    file.write_text("[strategy.settings]\nrsi_buy = 25\nrsi_period = 7\n[inputs]\nsentiment_window = 5\n", "utf-8")
    assert loaded(file) == (old, [])
    assert rule_of(old).settings[:2] == (7, 25.0)
    assert said == [
        "agent.toml: strategy.rsi_buy is now strategy.settings.rsi_buy, strategy.rsi_period is now"
        " strategy.settings.rsi_period, strategy.sentiment_window is now inputs.sentiment_window; the old names go on"
    ]


def test_old_names_on_the_command_line_have_a_line_of_their_own(file: Path) -> None:
    file.write_text("[strategy]\nrsi_buy = 25\n", "utf-8")
    config, said = loaded(file, "strategy.rsi_sell=65", "risk.stop_loss=0.1")
    assert config.strategy.settings == {"rsi_buy": 25, "rsi_sell": 65}
    assert [line.partition(":")[0] for line in said] == ["agent.toml", "--set"]


@pytest.mark.parametrize(("old", "new"), RENAMED.items())
def test_both_names_of_a_key_in_one_file_are_refused_naming_both(old: str, new: str, file: Path) -> None:
    sections = [(name.rpartition(".")[0], name.rpartition(".")[2]) for name in (old, new)]
    file.write_text("".join(f"[{section}]\n{own} = 5\n" for section, own in sections), "utf-8")
    with pytest.raises(BadInput) as caught:
        load_config(file)
    assert str(caught.value) == f"agent.toml: {old} and {new} are two names of one key: give the second alone"


@pytest.mark.parametrize("written_as", ["strategy", "strategy.settings"])
@pytest.mark.parametrize("override", ["strategy.rsi_buy", "strategy.settings.rsi_buy"])
def test_an_override_goes_before_the_file_under_either_name(written_as: str, override: str, file: Path) -> None:
    file.write_text(f"[{written_as}]\nrsi_buy = 25\n", "utf-8")
    assert rule_of(loaded(file, f"{override}=20")[0]).settings.rsi_buy == 20.0


def test_a_strategy_file_lies_beside_its_agent_toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "agents"
    folder.mkdir()
    mine = written(folder)
    (folder / "agent.toml").write_text('[strategy]\nfile = "mine.py"\n[strategy.settings]\nbars = 4\n', "utf-8")
    monkeypatch.chdir(tmp_path)
    for path in (Path("agents/agent.toml"), folder / "agent.toml"):
        rule = rule_of(load_config(path))
        assert (rule.strategy.name, rule.settings.bars) == ("mine.py", 4)
    (folder / "agent.toml").write_text(f'[strategy]\nfile = "{mine}"\n', "utf-8")
    assert rule_of(load_config(Path("agents/agent.toml"))).strategy.name == "mine.py"


def test_a_strategy_file_on_the_command_line_lies_where_we_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "agent.toml").write_text("", "utf-8")
    written(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert rule_of(load_config(Path("agents/agent.toml"), ["strategy.file=mine.py"])).strategy.name == "mine.py"
    with pytest.raises(BadInput, match=r"agents/mine\.py: there is no such file"):
        rule_of(load_config(Path("agents/agent.toml"), ["strategy.file=agents/mine.py"]))
