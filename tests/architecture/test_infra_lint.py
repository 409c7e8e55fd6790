"""cfn-lint and checkov over the template, parliament over every policy; each is shown a planted defect beside ours."""

from __future__ import annotations

import json
from pathlib import Path

from infra.render import policies
from tests.architecture.infra_linters import accepted_by_checkov, cfn_lint, checkov, parliament
from tests.architecture.stage_names import PLACES, container_policies
from tests.support.cloudformation import TEMPLATE


def _planted(folder: Path, old: str, new: str) -> Path:
    text = TEMPLATE.read_text("utf-8")
    assert old in text
    path = folder / "planted.yaml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path


def test_cfn_lint(tmp_path: Path) -> None:
    planted = _planted(tmp_path, "TimeToLiveSpecification:", "TimeToLive:")
    found = cfn_lint(TEMPLATE, planted)
    assert {rule for rule, name in found if name == planted.name} == {"E3002"}  # no such property
    assert not {rule for rule, name in found if name == TEMPLATE.name}


def test_checkov(tmp_path: Path) -> None:
    planted = _planted(tmp_path, "BlockPublicAcls: true", "BlockPublicAcls: false")
    found = checkov(TEMPLATE, planted)
    assert found[planted.name] - found[TEMPLATE.name] == {("CKV_AWS_53", "Bucket")}
    assert found[TEMPLATE.name] == accepted_by_checkov()


def test_parliament(tmp_path: Path) -> None:
    documents = {f"{place.stage}-{function}": text for place in PLACES for function, text in policies(place).items()}
    documents |= {name: json.dumps(each) for place in PLACES for name, each in container_policies(place).items()}
    planted = {
        "star": _policy("dynamodb:GetItem", "*"),
        "unknown": _policy("dynamodb:GetItm", "arn:aws:dynamodb:eu-west-1:123456789012:table/ai-trader-dev-money"),
        "mismatch": _policy("sns:Publish", "arn:aws:dynamodb:eu-west-1:123456789012:table/ai-trader-dev-money"),
    }
    assert parliament({**documents, **planted}, tmp_path) == {
        ("RESOURCE_STAR", "star"),
        ("UNKNOWN_ACTION", "unknown"),
        ("RESOURCE_MISMATCH", "mismatch"),
    }


def _policy(action: str, resource: str) -> str:
    statement = {"Effect": "Allow", "Action": [action], "Resource": [resource]}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
