"""The project as `chalice deploy` takes it, in a folder of its own: the checkout's `.chalice` has placeholders where an
account, a region and a stage belong, and stays as it is.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import cast

from chalicelib.errors import BadInput
from chalicelib.strategy.loader import DEPLOYED as DEPLOYED_STRATEGIES
from layers import authorities
from layers.bytecode import compiled

ROOT = Path(__file__).resolve().parents[1]
STAGES = ("local", "dev", "prod")
CONFIG = "config.json"
PLACE = "/var/task"
"""Where Lambda unpacks the code."""
DEPLOYED = "deployed"
"""Chalice's own record, in `.chalice`, of what it made in the account; rendering leaves it alone."""

NOT_IN_A_ZIP = ("adapters/llama", "wiring/container.py", "wiring/local_scoring.py", "wiring/sentiment.py")
"""Language models run in the container function and on a person's machine: they need numpy and llama.cpp."""

_FILE_TIME_S = 946_684_800
"""2000-01-01: equal sources make equal archives, so that a deployment of nothing new changes no function."""
REGION = "[a-z]{2,4}(?:-[a-z]+)+-[0-9]"
_FORMS = {
    "account": ("[0-9]{12}", "12 digits"),
    "region": (REGION, "a region such as eu-west-1"),
    "partition": ("aws(-[a-z]+)*", "aws, aws-cn or aws-us-gov"),
}


@dataclass(frozen=True, slots=True)
class Target:
    """Where a stage is deployed to, and what the deployment adds. Raises BadInput for what is no account or region."""

    stage: str
    account: str
    region: str
    partition: str = "aws"
    layers: tuple[str, ...] = ()
    """ARNs of layer versions that hold the dependencies; without one they are packed with the code."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables of every function, beside and before those in the configuration."""

    def __post_init__(self) -> None:
        if self.stage not in STAGES:
            raise BadInput(f"stage: {self.stage!r} given, {', '.join(STAGES)} allowed")
        for name, (form, words) in _FORMS.items():
            if not re.fullmatch(form, getattr(self, name)):
                raise BadInput(f"{name}: {getattr(self, name)!r} given, {words} allowed")


def filled(target: Target, sources: Mapping[str, str]) -> dict[str, str]:
    """The files of `.chalice` by name, with the target's names in place of the placeholders.

    >>> target = Target("dev", "123456789012", "eu-west-1")
    >>> filled(target, {"policy-trade.json": "arn:${partition}:sns:${region}:${account}:ai-trader-${stage}-alerts"})
    {'policy-trade.json': 'arn:aws:sns:eu-west-1:123456789012:ai-trader-dev-alerts'}
    """
    names = {name: getattr(target, name) for name in ("stage", "account", "region", "partition")}
    files = {name: Template(text).substitute(names) for name, text in sources.items()}
    if CONFIG in files:
        files[CONFIG] = _configured(target, files[CONFIG])
    return files


def _configured(target: Target, text: str) -> str:
    """The configuration with this stage only, and with what the target adds."""
    config = cast("dict[str, object]", json.loads(text))
    stages = cast("dict[str, object]", config["stages"])
    environment = cast("dict[str, str]", config["environment_variables"])
    added: dict[str, object] = {"layers": list(target.layers)} if target.layers else {}
    variables = {**environment, **_authorities(target), **target.environment}
    everything = {
        **config,
        **added,
        "environment_variables": dict(sorted(variables.items())),
        "stages": {target.stage: stages[target.stage]},
    }
    return json.dumps(everything, indent=2) + "\n"


def _authorities(target: Target) -> dict[str, str]:
    """Has botocore trust Amazon's own authorities only, which the layer brings; China's regions have others."""
    return {"AWS_CA_BUNDLE": authorities.PLACE} if target.layers and target.partition == "aws" else {}


def policies(target: Target, root: Path = ROOT) -> dict[str, str]:
    """The policy documents, by function."""
    files = filled(target, _sources(root))
    return {name[len("policy-") : -len(".json")]: text for name, text in files.items() if name.startswith("policy-")}


def role_policies(target: Target, root: Path = ROOT) -> dict[str, str]:
    """The policy documents, by the name of the role that its function is configured with."""
    functions = json.loads(filled(target, _sources(root))[CONFIG])["lambda_functions"]
    roles = {function: given["iam_role_arn"].rpartition("/")[2] for function, given in functions.items()}
    return {roles[function]: document for function, document in policies(target, root).items()}


def render(
    target: Target, root: Path = ROOT, folder: Path | None = None, strategies: Mapping[str, str] | None = None
) -> Path:
    """Write the project of this target, in place of an earlier one; where it stands (var/deploy/{stage} by default).

    `strategies` are the files of users that go with it, by their hashes.
    """
    project = folder or root / "var" / "deploy" / target.stage
    _clear(project)
    _write(project / "app.py", (root / "app.py").read_bytes())
    package = {path.relative_to(root).as_posix(): path.read_bytes() for path in _package_files(root / "chalicelib")}
    for name, content in {**package, **compiled(package, PLACE)}.items():
        _write(project / name, content)
    for rule_hash, source in (strategies or {}).items():
        _write(project / "chalicelib" / "strategies" / DEPLOYED_STRATEGIES / f"{rule_hash}.py", source.encode())
    requirements = b"" if target.layers else (root / "requirements.txt").read_bytes()
    _write(project / "requirements.txt", requirements)
    for name, text in filled(target, _sources(root)).items():
        _write(project / ".chalice" / name, text.encode())
    return project


def _sources(root: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in sorted((root / ".chalice").glob("*.json"))}


def _package_files(package: Path) -> Iterator[Path]:
    """What belongs into a zip, sorted; neither this machine's caches nor what editors leave behind."""
    for path in sorted(package.rglob("*")):
        place = path.relative_to(package)
        hidden = any(part.startswith(".") or part == "__pycache__" for part in place.parts)
        elsewhere = any(place.is_relative_to(part) for part in NOT_IN_A_ZIP)
        if path.is_file() and not hidden and not elsewhere and path.suffix != ".pyc":
            yield path


def _clear(project: Path) -> None:
    """Remove what an earlier rendering wrote; nothing else, so that no mistaken folder is emptied."""
    shutil.rmtree(project / "chalicelib", ignore_errors=True)
    chalice = project / ".chalice"
    for path in [project / "app.py", project / "requirements.txt", *chalice.glob("*.json")]:
        path.unlink(missing_ok=True)
    shutil.rmtree(chalice / "deployments", ignore_errors=True)  # archives that Chalice keeps of earlier sources


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (_FILE_TIME_S, _FILE_TIME_S))
