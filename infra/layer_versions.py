"""The layer in the account: published when its contents changed."""

from __future__ import annotations

from typing import Any

from chalicelib.config import Deployment
from infra.account import AwsAccount, pages
from layers.build import Layer

RUNTIMES = ["python3.11", "python3.12", "python3.13"]
ARCHITECTURES = ["arm64", "x86_64"]


def publish(account: AwsAccount, names: Deployment, layer: Layer) -> str:
    """The ARN of the version with these contents, which is published only if the newest has others."""
    client = account.client("lambda")
    if (newest := _newest(account, names, layer)) is not None:
        return str(newest["LayerVersionArn"])
    published = client.publish_layer_version(
        LayerName=names.prefix,
        Description=layer.content_hash,
        Content={"ZipFile": layer.path.read_bytes()},
        CompatibleRuntimes=RUNTIMES,
        CompatibleArchitectures=ARCHITECTURES,
    )
    return str(published["LayerVersionArn"])


def is_new(account: AwsAccount, names: Deployment, layer: Layer) -> bool:
    """Whether it would be published."""
    return _newest(account, names, layer) is None


def delete_all(account: AwsAccount, names: Deployment, *, but: str = "") -> int:
    """Delete the layer's versions, except the one with this ARN; how many were deleted."""
    client = account.client("lambda")
    versions = [each for each in _versions(account, names) if each["LayerVersionArn"] != but]
    for each in versions:
        client.delete_layer_version(LayerName=names.prefix, VersionNumber=each["Version"])
    return len(versions)


def _newest(account: AwsAccount, names: Deployment, layer: Layer) -> dict[str, Any] | None:
    """The newest version, None if it has other contents."""
    newest = max(_versions(account, names), key=lambda each: int(each["Version"]), default=None)
    return newest if newest is not None and newest.get("Description") == layer.content_hash else None


def _versions(account: AwsAccount, names: Deployment) -> list[dict[str, Any]]:
    return list(pages(account.client("lambda"), "list_layer_versions", "LayerVersions", LayerName=names.prefix))
