"""Every store of objects keeps the port's promises."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from chalicelib.errors import BadInput, Rejected, Unavailable
from tests.fakes.web_server import dead_url
from tests.support.aws import REGION, aws_at, mocked_aws
from trader.cloud_backtest.folder import FolderObjects
from trader.cloud_backtest.objects import Objects
from trader.cloud_backtest.s3 import S3Objects, s3_client

KEY = "runs/a-run/a file.csv"


@pytest.fixture(params=["folder", "s3"])
def objects(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Objects]:
    if request.param == "folder":
        yield FolderObjects(tmp_path / "store")
        return
    with mocked_aws(monkeypatch):
        boto3.client("s3", region_name=REGION).create_bucket(Bucket="a-bucket")
        yield S3Objects(s3_client(), "a-bucket")


def test_what_is_written_is_read(objects: Objects) -> None:
    assert not objects.has(KEY)
    assert objects.read(KEY) is None
    objects.write(KEY, b"one\x00", "text/csv")
    assert objects.has(KEY)
    assert objects.read(KEY) == b"one\x00"
    assert not objects.has("runs/a-run")


def test_a_write_replaces_the_whole(objects: Objects) -> None:
    objects.write(KEY, b"a longer content")
    objects.write(KEY, b"short")
    assert objects.read(KEY) == b"short"
    objects.write(KEY, b"")
    assert objects.read(KEY) == b""


def test_files_go_in_and_come_out(objects: Objects, tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(bytes(range(256)) * 9000)
    objects.upload(KEY, source, "text/csv")
    assert objects.read(KEY) == source.read_bytes()
    assert objects.download(KEY, target)
    assert target.read_bytes() == source.read_bytes()


def test_what_is_not_there_leaves_no_file(objects: Objects, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"old")
    assert not objects.download(KEY, target)
    assert target.read_bytes() == b"old"


def test_a_download_that_cannot_be_written_is_explained(objects: Objects, tmp_path: Path) -> None:
    objects.write(KEY, b"x")
    with pytest.raises(BadInput, match="cannot be written"):
        objects.download(KEY, tmp_path / "no folder" / "target")


def test_a_bucket_that_is_not_there_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    with mocked_aws(monkeypatch):
        store = S3Objects(s3_client(), "another")
        with pytest.raises(Rejected, match="s3://another/k: NoSuchBucket"):
            store.write("k", b"")


def test_a_store_that_does_not_answer_may_do_so_later(monkeypatch: pytest.MonkeyPatch) -> None:
    aws_at(dead_url(), monkeypatch)
    monkeypatch.setattr("trader.cloud_backtest.s3.ATTEMPTS", 1)
    with pytest.raises(Unavailable, match="s3://a-bucket/k: Could not connect"):
        S3Objects(s3_client(), "a-bucket").read("k")
