"""The rendered project is what Chalice deploys, byte for byte the same each time, and the checkout stays clean."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

import pytest
from chalice.config import Config
from chalice.deploy.appgraph import ApplicationGraphBuilder
from chalice.deploy.models import LambdaFunction, PreCreatedIAMRole

from chalicelib.errors import BadInput
from infra.render import ROOT, Target, filled, render, role_policies
from tests.architecture.stage_names import PLACES, deployed_name, functions

DEV = Target("dev", "123456789012", "eu-west-1", layers=("arn:aws:lambda:eu-west-1:123456789012:layer:deps:1",))
ALL = {"app.py", "requirements.txt", ".chalice/config.json", "chalicelib/__init__.py", "chalicelib/ports.py"}


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_it_holds_the_code_and_nothing_else(tmp_path: Path) -> None:
    files = _files(render(DEV, folder=tmp_path))
    assert files.keys() >= ALL | {f".chalice/policy-{function}.json" for function in functions()}
    sources = {name for name in files if name.startswith("chalicelib/") and name.endswith(".py")}
    assert {name for name in files if "__pycache__" in name} == {cached(name) for name in sources}
    assert not [name for name in files if name.startswith("trader")]
    assert b"${" not in b"".join(text for name, text in files.items() if name.startswith(".chalice"))


def cached(name: str) -> str:
    """Where this Python looks for the bytecode of a file."""
    return cache_from_source(name)


def test_twice_is_as_once_and_what_is_gone_from_the_sources_goes(tmp_path: Path) -> None:
    first = render(DEV, folder=tmp_path / "one")
    second = render(Target("prod", DEV.account, DEV.region), folder=tmp_path / "two")
    (second / "chalicelib" / "removed_since.py").write_text("")
    (second / ".chalice" / "policy-removed.json").write_text("{}")
    render(DEV, folder=second)
    assert _files(first) == _files(second)
    times = {path.stat().st_mtime for folder in (first, second) for path in folder.rglob("*") if path.is_file()}
    assert len(times) == 1


def test_chalices_own_record_of_a_deployment_is_kept(tmp_path: Path) -> None:
    """Without it Chalice would make a second API and leave the first behind."""
    record = tmp_path / ".chalice" / "deployed" / "dev.json"
    record.parent.mkdir(parents=True)
    record.write_text("{}")
    render(DEV, folder=tmp_path)
    assert record.read_text() == "{}"


def test_what_stands_beside_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    render(DEV, folder=tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_it_goes_to_the_folder_of_its_stage(tmp_path: Path) -> None:
    (tmp_path / ".chalice").mkdir()
    (tmp_path / "chalicelib").mkdir()
    for name in ("app.py", "requirements.txt"):
        (tmp_path / name).write_text("")
    assert render(DEV, root=tmp_path) == tmp_path / "var" / "deploy" / "dev"


def test_dependencies_come_from_the_layer_or_are_packed(tmp_path: Path) -> None:
    with_layer = render(DEV, folder=tmp_path / "layer")
    without = render(Target("dev", DEV.account, DEV.region), folder=tmp_path / "packed")
    assert (with_layer / "requirements.txt").read_text() == ""
    assert _config(with_layer)["layers"] == list(DEV.layers)
    assert (without / "requirements.txt").read_text() == (ROOT / "requirements.txt").read_text()
    assert "layers" not in _config(without)


def test_the_environment_can_be_added_to_and_overridden(tmp_path: Path) -> None:
    target = Target("dev", DEV.account, "cn-north-1", "aws-cn", environment={"A": "1", "POWERTOOLS_SERVICE_NAME": "x"})
    given = _config(render(target, folder=tmp_path))["environment_variables"]
    assert given["A"] == "1"
    assert given["POWERTOOLS_SERVICE_NAME"] == "x"
    assert given["TRADER_STAGE"] == "dev"
    assert given["TRADER_TOPIC_ARN"] == "arn:aws-cn:sns:cn-north-1:123456789012:ai-trader-dev-alerts"


def _config(folder: Path) -> Any:
    return json.loads((folder / ".chalice" / "config.json").read_text("utf-8"))


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"stage": "test"}, "stage"),
        ({"account": "12345"}, "account"),
        ({"region": "eu west"}, "region"),
        ({"partition": "azure"}, "partition"),
    ],
)
def test_what_is_no_account_or_region_is_refused(given: Mapping[str, str], named: str) -> None:
    place = {"stage": "dev", "account": "123456789012", "region": "eu-west-1", **given}
    with pytest.raises(BadInput, match=f"^{named}: "):
        Target(**place)  # type: ignore[arg-type]


def test_a_placeholder_that_nobody_knows_is_a_defect() -> None:
    with pytest.raises(KeyError):
        filled(DEV, {"policy-trade.json": "${acount}"})


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.stage)
def test_chalice_makes_of_it_the_functions_that_we_expect(place: Target, tmp_path: Path) -> None:
    import app

    folder = render(place, folder=tmp_path)
    given = {"chalice_app": app.app, "project_dir": str(folder)}
    config = Config(place.stage, user_provided_params=given, config_from_disk=_config(folder))
    made = _lambdas(ApplicationGraphBuilder().build(config, place.stage))
    assert {each.resource_name for each in made} == functions()
    for each in made:
        settings = _config(folder)["lambda_functions"][each.resource_name]
        assert each.function_name == deployed_name(each.resource_name, place.stage)
        assert (each.memory_size, each.timeout) == (settings["lambda_memory_size"], settings["lambda_timeout"])
        assert each.environment_variables["TRADER_STAGE"] == place.stage
        assert each.log_group is None  # the template makes it
        assert each.reserved_concurrency is None  # a new account cannot reserve any
        assert not each.xray
        assert isinstance(each.role, PreCreatedIAMRole)
        name = f"ai-trader-{place.stage}-{place.region}-{each.resource_name}"
        assert each.role.role_arn == f"arn:aws:iam::{place.account}:role/{name}"
        assert role_policies(place)[name] == (folder / ".chalice" / f"policy-{each.resource_name}.json").read_text()
    assert len(role_policies(place)) == len(made)


def _lambdas(application: Any) -> list[LambdaFunction]:
    found: dict[str, LambdaFunction] = {}
    waiting = list(application.resources)
    while waiting:
        each = waiting.pop()
        if isinstance(each, LambdaFunction):
            found[each.resource_name] = each
        waiting.extend(each.dependencies())
    return list(found.values())
