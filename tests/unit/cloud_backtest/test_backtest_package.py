"""What the functions of backtests are made of: a zip that needs nothing beside the layer, and an image built once."""

from __future__ import annotations

import doctest
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from chalicelib.config import Deployment
from chalicelib.errors import Rejected, Unavailable
from infra.account import AwsAccount
from infra.backtest import deploy, image, package
from infra.backtest.package import Platform, build_zip, image_context, sources, this_machine
from layers.build import UNZIPPED_LIMIT_BYTES, build
from tests.support.aws import REGION, mocked_aws

DEV = Deployment("dev")
# With the standard library, the zip and the layer only: a whole run needs more of it than importing the handlers does.
RUN = """
import json, sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
import numpy as np
from trader.data.candles import CandleColumns
from trader.cloud_backtest import handlers, sources
from trader.cloud_backtest.folder import FolderObjects
from trader.cloud_backtest.s3 import S3Objects, s3_client
from trader.cloud_backtest.tables import packed
from trader.cloud_backtest.warm import _wave, warm
assert warm() == "plain Python"
store = FolderObjects(Path(sys.argv[1]))
handlers._bucket = lambda name: store
candles = _wave("WARMUSDT", 0)
event = {"bucket": "b", "run_id": "r"}
request = {"symbols": ["WARMUSDT"], "from_ms": 0, "to_ms": int(candles.open_ms[-1]), "objective": "total_return",
           "grid": ["strategy.settings.rsi_buy=30,40"], "folds": 1}
plan = handlers.plan({**event, "request": request, "memory_mb": "1769"}, None)
store.write("history/x.npy", packed(candles))
shard = handlers.shard({**event, "shard": 0, "history": ["history/x.npy"]}, None)
print(json.dumps(handlers.reduce({**event, "history": ["history/x.npy"], "outcomes": [shard]}, None)))
from trader.backtest.engine import fastest
assert not {"pyarrow", "pandas", "numba", "click", "rich", "boto3"} & set(sys.modules), sys.modules
"""


@pytest.fixture(scope="module")
def zipped() -> Path:
    return build_zip(this_machine())


@pytest.fixture(scope="module")
def unpacked(zipped: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Folders as Lambda unpacks them: the zip, and the layer's packages."""
    folder = tmp_path_factory.mktemp("unpacked")
    for archive, name in ((zipped, "task"), (build().path, "opt")):
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(folder / name)
    return folder / "task", folder / "opt" / "python"


def test_zip_and_layer_are_all_that_a_run_needs(unpacked: tuple[Path, Path], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", RUN, str(tmp_path), *map(str, unpacked)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={"AWS_DEFAULT_REGION": "us-east-1"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert '"best": ' in done.stdout
    assert (tmp_path / "runs" / "r" / "report.html").stat().st_size > 10_000


def test_it_fits_a_function(unpacked: tuple[Path, Path]) -> None:
    size = sum(path.stat().st_size for folder in unpacked for path in folder.rglob("*") if path.is_file())
    assert size < UNZIPPED_LIMIT_BYTES / 3


def test_the_same_sources_make_the_same_zip_and_others_another(zipped: Path, tmp_path: Path) -> None:
    for wheel in zipped.parent.glob("numpy-*"):
        shutil.copytree(wheel, tmp_path / wheel.name)
    older = tmp_path / "backtest-0.zip"
    older.touch()
    again = build_zip(this_machine(), tmp_path)
    assert (again.name, again.read_bytes()) == (zipped.name, zipped.read_bytes())
    assert not older.exists()


def test_numpy_is_of_the_platform_and_runs_on_the_oldest_runtime() -> None:
    for machine, marks in (("arm64", "aarch64"), ("x86_64", "x86_64")):
        wheel = package._wheel(Platform("3.11", machine), package.FOLDER)
        assert wheel.name.endswith(f"cp311-cp311-manylinux_2_17_{marks}.manylinux2014_{marks}.whl")


def test_a_wheel_that_cannot_be_had_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="the pinned numpy cannot be downloaded"):
        build_zip(Platform("2.7", "arm64"), tmp_path)


def test_code_of_a_persons_machine_stays_there() -> None:
    names = sources()
    assert {"trader/cloud_backtest/handlers.py", "trader/report/page.js", "chalicelib/kernel/step.py"} <= names.keys()
    assert not [name for name in names if "/cli/" in name or "/sim/" in name or "__pycache__" in name]


def test_an_image_is_built_from_what_its_hash_is_over(tmp_path: Path) -> None:
    tag = image_context(tmp_path / "one")
    copied = [line.split()[-2] for line in (tmp_path / "one" / image_file()).read_text().splitlines() if is_copy(line)]
    assert copied
    for name in copied:
        assert (tmp_path / "one" / name).exists(), name
    assert image_context(tmp_path / "two") == tag


def image_file() -> str:
    return package.IMAGE_FILES[0]


def is_copy(line: str) -> bool:
    return line.startswith("COPY") and "--from" not in line


def command(folder: Path, script: str) -> str:
    """A docker of ours."""
    path = folder / "docker"
    path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    path.chmod(0o755)
    return str(path)


def test_docker_is_there_when_its_server_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert image.docker_here(command(tmp_path, "echo 28.2.2"))
    assert not image.docker_here(command(tmp_path, "echo cannot connect >&2; exit 1"))
    assert not image.docker_here(str(tmp_path / "none"))
    monkeypatch.setattr(image, "LOOK_S", 0.2)
    assert not image.docker_here(command(tmp_path, "exec sleep 5"))


@dataclass
class Registry:
    """As much of ECR as a push asks for. It has a tag once `pushed` names a file that exists."""

    pushed: Path
    asked: list[str] = field(default_factory=list)

    def describe_repositories(self, repositoryNames: list[str]) -> Mapping[str, Any]:  # noqa: N803
        assert repositoryNames == ["ai-trader-dev-backtest"]
        return {"repositories": [{"repositoryUri": "1.dkr.ecr.eu-west-1.amazonaws.com/ai-trader-dev-backtest"}]}

    def describe_images(self, repositoryName: str, imageIds: list[Any]) -> Mapping[str, Any]:  # noqa: N803
        self.asked.append(imageIds[0]["imageTag"])
        if not self.pushed.exists():
            raise ClientError({"Error": {"Code": "ImageNotFoundException"}}, "DescribeImages")
        return {"imageDetails": [{"imageDigest": "sha256:" + "a" * 64}]}

    def get_authorization_token(self) -> Mapping[str, Any]:
        return {"authorizationData": [{"authorizationToken": "QVdTOnNlY3JldA=="}]}  # AWS:secret


class FakeAccount(AwsAccount):
    """An account whose every service is this object."""

    served: Any = None

    def client(self, service: str, config: object = None) -> Any:
        return type(self).served


@pytest.fixture
def account() -> AwsAccount:
    return FakeAccount("123456789012", "eu-west-1")


def test_an_image_is_pushed_once_and_named_by_its_digest(account: AwsAccount, tmp_path: Path) -> None:
    registry = FakeAccount.served = Registry(tmp_path / "pushed")
    log = tmp_path / "log"
    docker = command(
        tmp_path,
        f'echo "$@" >> {log}; [ "$1" = login ] && cat >> {log}; [ "$1" = push ] && touch {registry.pushed}; true',
    )
    uri = image.push(account, DEV, Platform("3.13", "arm64"), docker)
    assert uri == f"1.dkr.ecr.eu-west-1.amazonaws.com/ai-trader-dev-backtest@sha256:{'a' * 64}"
    login, secret_and_build, push = log.read_text("utf-8").splitlines()
    assert login == "login --username AWS --password-stdin 1.dkr.ecr.eu-west-1.amazonaws.com"
    assert secret_and_build.startswith("secretbuild --provenance=false --platform=linux/arm64 ")
    assert push.endswith("-arm64")
    assert set(registry.asked) == {push.rpartition(":")[2]}
    assert image.push(account, DEV, Platform("3.13", "arm64"), docker) == uri
    assert len(log.read_text("utf-8").splitlines()) == 3


def test_what_docker_says_last_is_the_reason(account: AwsAccount, tmp_path: Path) -> None:
    FakeAccount.served = Registry(tmp_path / "pushed")
    docker = command(tmp_path, 'cat > /dev/null; [ "$1" = build ] && { echo "no space left" >&2; exit 1; }; true')
    with pytest.raises(Rejected, match="docker build: no space left"):
        image.push(account, DEV, Platform("3.13", "arm64"), docker)


def test_a_push_that_left_nothing_is_noticed(account: AwsAccount, tmp_path: Path) -> None:
    FakeAccount.served = Registry(tmp_path / "pushed")
    with pytest.raises(Unavailable, match="does not have it"):
        image.push(account, DEV, Platform("3.13", "arm64"), command(tmp_path, "cat > /dev/null; true"))


def test_the_examples_in_docstrings_hold() -> None:
    assert doctest.testmod(deploy) == doctest.TestResults(failed=0, attempted=1)


def test_without_docker_an_account_gets_a_zip_for_its_cheapest_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image, "docker_here", lambda: False)
    with mocked_aws(monkeypatch):
        account, client = AwsAccount("123456789012", REGION), boto3.client("s3", region_name=REGION)
        client.create_bucket(Bucket="a-bucket")
        given, words = deploy._packaged(account, DEV, "a-bucket", "a-layer")
        assert words == "a zip of plain Python (no Docker here)"
        assert (given["Package"], given["Architecture"], given["ImageUri"]) == ("zip", "arm64", "none")
        assert given["Runtime"] == f"python{this_machine().python}"
        stored = client.head_object(Bucket="a-bucket", Key=given["CodeKey"])
        again, _ = deploy._packaged(account, DEV, "a-bucket", "a-layer")
        assert again == given
        assert client.head_object(Bucket="a-bucket", Key=given["CodeKey"])["LastModified"] == stored["LastModified"]


def test_with_docker_an_account_gets_an_image_for_the_processor_that_built_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image, "docker_here", lambda: True)
    monkeypatch.setattr(image, "push", lambda account, names, target: f"image for {target.architecture}")
    given, words = deploy._packaged(AwsAccount("123456789012", REGION), DEV, "a-bucket", "a-layer")
    assert words == "an image with numba"
    here = this_machine().architecture
    assert (given["Package"], given["Architecture"], given["ImageUri"]) == ("image", here, f"image for {here}")


class Limits:
    """An account's concurrency."""

    def __init__(self, unreserved: int) -> None:
        self._unreserved = unreserved

    def get_account_settings(self) -> Mapping[str, Any]:
        return {"AccountLimit": {"UnreservedConcurrentExecutions": self._unreserved}}


@pytest.mark.parametrize(("unreserved", "at_once"), [(1000, 250), (10, 2), (2, 1)])
def test_a_sweep_leaves_most_of_the_account_to_trading(account: AwsAccount, unreserved: int, at_once: int) -> None:
    FakeAccount.served = Limits(unreserved)
    assert deploy._at_once(account) == at_once
    assert deploy._at_once(AwsAccount("1", "us-east-1", endpoint="http://127.0.0.1:1")) == (os.cpu_count() or 1)
