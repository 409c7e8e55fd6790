"""Strategy files on their way to the functions: found by hash, code before settings, the one before kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalicelib.adapters.dynamodb import DynamoRuleStore, Tables, connect, create_tables
from chalicelib.config import Deployment, read_config
from chalicelib.domain import RuleSources
from chalicelib.errors import BadInput
from infra import parameters, strategies
from infra.account import AwsAccount
from infra.render import Target, render
from tests.support.aws import REGION, mocked_aws
from tests.support.own_strategy import EDITED, SOURCE

DEV = Deployment("dev")
OLD, NEW = "0" * 16, "1" * 16


def stored(rule_hash: str, more: str = "") -> str:
    return f'[strategy]\nhash = "{rule_hash}"\nfile = "mine.py"\n{more}'


def agent(folder: Path, source: str = SOURCE, text: str = '[strategy]\nfile = "mine.py"\n') -> Path:
    (folder / "mine.py").write_text(source, "utf-8")
    file = folder / "agent.toml"
    file.write_text(text, "utf-8")
    return file


def test_the_stored_settings_name_the_hash_of_the_file(tmp_path: Path) -> None:
    file = agent(tmp_path)
    [text] = parameters.read_agents(DEV, [file]).values()
    [(rule_hash, source)] = strategies.read_strategies([file]).items()
    assert read_config(text, "stored").strategy.hash == rule_hash
    assert source == SOURCE
    [edited] = strategies.read_strategies([agent(tmp_path, EDITED)])
    assert edited != rule_hash


def test_how_series_get_their_values_is_told(tmp_path: Path) -> None:
    file = agent(tmp_path, text='[agent]\nid = "mine"\n[strategy]\nname = "signals"\n')
    assert strategies.read_strategies([file]) == {}
    assert list(strategies.series_lines([file], "dev")) == [
        "agent mine: signals needs entry: `trader series put entry --stage dev` gives it values",
        "agent mine: signals may read exit: `trader series put exit --stage dev` gives it values",
    ]
    assert list(strategies.series_lines([agent(tmp_path, text="")], "dev")) == []  # that of headlines alone


@pytest.mark.parametrize("text", ['strategy = {file = "mine.py"}\n', 'strategy.file = "mine.py"\n'])
def test_a_file_named_otherwise_than_below_a_heading_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"agent\.toml: strategy\.file: must stand below a line \[strategy\]"):
        parameters.read_agents(DEV, [agent(tmp_path, text=text)])


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (SOURCE.replace("risen + 1", "risen ** 1"), "mine.py, line 33: `state.risen ** 1`"),
        (SOURCE.replace("def observe", "def observed"), "mine.py: observe is missing"),
    ],
)
def test_a_file_that_does_not_load_fails_the_deploy(source: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        parameters.read_agents(DEV, [agent(tmp_path, source)])
    assert why in str(refused.value)


@pytest.mark.parametrize(
    ("before", "text", "first"),
    [
        (None, stored(NEW), stored(NEW)),  # new agents find the code that comes with them
        (stored(OLD), stored(NEW), stored(OLD)),
        (stored(OLD), stored(OLD, "[risk]\n"), stored(OLD, "[risk]\n")),
        (stored(OLD), "[agent]\n", "[agent]\n"),  # one of our own, which every package has
        ("[agent]\n", stored(NEW), "[agent]\n"),
        ("no = settings at all", stored(NEW), "no = settings at all"),
    ],
)
def test_settings_that_name_another_file_come_after_the_code(before: str | None, text: str, first: str) -> None:
    known = {} if before is None else {"mine": before}
    assert strategies.that_may_come_first({"mine": text}, known) == {"mine": first}


def test_the_file_before_goes_with_the_package_where_it_ever_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    with mocked_aws(monkeypatch):
        account = AwsAccount("123456789012", REGION)
        texts = {"mine": stored(OLD), "other": stored(NEW), "ours": "[agent]\n"}
        assert strategies.deployed_before(account, DEV, texts) == {}  # before the tables are there
        create_tables(connect(REGION), DEV.prefix)
        DynamoRuleStore(Tables(connect(REGION), DEV.prefix)).keep(RuleSources(OLD, "mine.py", {"file": SOURCE}))
        assert strategies.deployed_before(account, DEV, texts) == {OLD: SOURCE}


def test_the_package_holds_files_by_their_hashes(tmp_path: Path) -> None:
    project = render(Target("dev", "123456789012", "eu-west-1"), folder=tmp_path / "app", strategies={OLD: SOURCE})
    assert (project / "chalicelib" / "strategies" / "deployed" / f"{OLD}.py").read_text("utf-8") == SOURCE
    render(Target("dev", "123456789012", "eu-west-1"), folder=tmp_path / "app")
    assert not (project / "chalicelib" / "strategies" / "deployed").exists()
