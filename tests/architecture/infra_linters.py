"""The linters of the infrastructure, each as a function that gives its findings; none of them goes online."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from infra.render import ROOT
from tests.support.cloudformation import Json

LINTERS = ROOT / ".venv-lint" / "bin"
EXCEPTIONS = ROOT / "infra" / "lint-exceptions.toml"
LONGEST_S = 120
Finding = tuple[str, str]


def cfn_lint(*templates: Path) -> set[Finding]:
    """(rule, file name) of everything that CloudFormation would refuse or misread."""
    answer = _run([str(Path(sys.executable).with_name("cfn-lint")), "--format", "json", *map(str, templates)])
    found = cast("list[Json]", json.loads(answer.stdout))
    return {(str(cast("Json", each["Rule"])["Id"]), Path(str(each["Filename"])).name) for each in found}


def checkov(*templates: Path) -> dict[str, set[Finding]]:
    """(check, resource) of everything that is less safe than it could be, by the template's file name."""
    files = [argument for template in templates for argument in ("--file", str(template))]
    answer = _run([_installed("checkov"), *files, "--framework", "cloudformation", "--skip-download", "-o", "json"])
    report = cast("Json", json.loads(answer.stdout))
    failed = cast("list[Json]", cast("Json", report["results"])["failed_checks"])
    found: dict[str, set[Finding]] = {template.name: set() for template in templates}
    for each in failed:
        resource = str(each["resource"]).rpartition(".")[2]
        found[Path(str(each["file_path"])).name].add((str(each["check_id"]), resource))
    return found


def parliament(documents: Mapping[str, str], folder: Path) -> set[Finding]:
    """(issue, name) of everything that is wrong with these policies, or wider than it must be."""
    for name, text in documents.items():
        (folder / f"{name}.json").write_text(text, "utf-8")
    answer = _run([_installed("parliament"), "--directory", str(folder), "--json"])
    if answer.returncode not in (0, 1):
        raise AssertionError(answer.stderr[-2000:])
    found = [cast("Json", json.loads(line)) for line in answer.stdout.splitlines() if line]
    return {(str(each["issue"]), Path(str(cast("Json", each["location"])["filepath"])).stem) for each in found}


def accepted_by_checkov(exceptions: Path = EXCEPTIONS) -> set[Finding]:
    """What is left as it is. Every exception says why."""
    listed = cast("dict[str, Json]", tomllib.loads(exceptions.read_text("utf-8"))["checkov"])
    for check, exception in listed.items():
        assert len(str(exception["reason"])) > 20, f"{check}: no reason is given"
    return {(check, str(name)) for check, each in listed.items() for name in cast("list[object]", each["resources"])}


def _installed(name: str) -> str:
    if not (LINTERS / name).exists():
        raise AssertionError(f"{name} is not installed: make test does it, or make .venv-lint/.ready alone")
    return str(LINTERS / name)


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("HOME", "PATH", "TMPDIR") if name in os.environ}
    environment = {**kept, "PYTHONWARNINGS": "ignore", "AWS_EC2_METADATA_DISABLED": "true"}
    return subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LONGEST_S
    )
