"""Take every trace of a stage out of an account. What is gone already is passed over, so it can be run again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.config import Deployment
from infra import layer_versions, parameters, roles
from infra.account import AwsAccount, code_of, in_one_line, pages
from infra.backtest.deploy import delete as delete_backtests
from infra.chalice_app import ChaliceApp
from infra.cloudformation import Stack
from infra.render import render

Tell = Callable[[str], None]


def destroy(account: AwsAccount, names: Deployment, folder: Path, tell: Tell) -> None:
    """Remove app, layer, stack, roles, data, logs and parameters of the stage. Raises TraderError in one line."""
    stack = Stack(account, names.prefix)
    with in_one_line("backtests"):
        delete_backtests(account, names)
    tell("backtests: deleted")
    with in_one_line("app"):
        render(account.target(names), folder=folder)
        ChaliceApp(account, names, folder).delete()
    tell("app: deleted")
    with in_one_line("layer"):
        tell(f"layer: {layer_versions.delete_all(account, names)} versions deleted")
    with in_one_line("stack"):
        resources = stack.resources()
        buckets = {f"{names.prefix}-{account.account_id}-{account.region}", *resources.get("AWS::S3::Bucket", [])}
        for bucket in sorted(buckets):
            _empty_bucket(account, bucket)
        for repository in resources.get("AWS::ECR::Repository", []):
            _empty_repository(account, repository)
        for table in _tables(account.client("dynamodb"), names.prefix):
            _let_go(account.client("dynamodb"), table)
        stack.delete()
    tell(f"stack: {stack.name} deleted")
    with in_one_line("roles"):
        tell(f"roles: {roles.delete_all(account, names)} deleted")
    with in_one_line("what is left"):
        for what, count in _sweep(account, names, buckets).items():
            if count:
                tell(f"what was left: {count} {what} deleted")
        tell(f"parameters: {parameters.delete_all(account, names)} deleted")


def _empty_bucket(account: AwsAccount, bucket: str) -> None:
    """Delete all versions of all objects, which a bucket must lose before it can go."""
    client = account.client("s3")
    try:
        for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
            found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            if found:
                named = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
                client.delete_objects(Bucket=bucket, Delete={"Objects": named, "Quiet": True})
    except ClientError as error:
        if code_of(error) != "NoSuchBucket":
            raise


def _empty_repository(account: AwsAccount, repository: str) -> None:
    client = account.client("ecr")
    images = list(pages(client, "list_images", "imageIds", repositoryName=repository))
    for start in range(0, len(images), 100):
        client.batch_delete_image(repositoryName=repository, imageIds=images[start : start + 100])


def _let_go(client: Any, table: str) -> None:
    """End the table's protection, and its recovery: of a table that has it AWS would keep a backup for 35 days."""
    if client.describe_table(TableName=table)["Table"].get("DeletionProtectionEnabled"):
        client.update_table(TableName=table, DeletionProtectionEnabled=False)
        client.get_waiter("table_exists").wait(TableName=table)
    backups = client.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    if backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus") == "ENABLED":
        client.update_continuous_backups(
            TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}
        )


def _tables(client: Any, prefix: str) -> list[str]:
    return [name for name in pages(client, "list_tables", "TableNames") if name.startswith(f"{prefix}-")]


def _sweep(account: AwsAccount, names: Deployment, buckets: set[str]) -> dict[str, int]:
    """Delete what no record tells of: the rest of a deploy that broke off, logs that came in late, what was kept."""
    prefix = names.prefix
    return {
        "functions": _delete_functions(account, prefix),
        "schedules": _delete_rules(account, prefix),
        "tables": _delete_tables(account, prefix),
        "buckets": sum(_delete_bucket(account, bucket) for bucket in buckets),
        "log groups": _delete_log_groups(account, prefix),
    }


def _is_ours(name: str, prefix: str) -> bool:
    """Whether a name is the stage's: stages have no hyphen, so none is the beginning of another.

    >>> [_is_ours(name, "ai-trader-dev") for name in ("ai-trader-dev", "ai-trader-dev-trade", "ai-trader-devel-trade")]
    [True, True, False]
    """
    return name == prefix or name.startswith(f"{prefix}-")


def _delete_functions(account: AwsAccount, prefix: str) -> int:
    client = account.client("lambda")
    found = [each["FunctionName"] for each in pages(client, "list_functions", "Functions")]
    ours = [name for name in found if _is_ours(name, prefix)]
    for name in ours:
        client.delete_function(FunctionName=name)
    return len(ours)


def _delete_rules(account: AwsAccount, prefix: str) -> int:
    client = account.client("events")
    ours = [each["Name"] for each in pages(client, "list_rules", "Rules", NamePrefix=f"{prefix}-")]
    for name in ours:
        targets = [each["Id"] for each in pages(client, "list_targets_by_rule", "Targets", Rule=name)]
        if targets:
            client.remove_targets(Rule=name, Ids=targets)
        client.delete_rule(Name=name)
    return len(ours)


def _delete_tables(account: AwsAccount, prefix: str) -> int:
    client = account.client("dynamodb")
    ours = _tables(client, prefix)
    for name in ours:
        client.delete_table(TableName=name)
    return len(ours)


def _delete_bucket(account: AwsAccount, bucket: str) -> int:
    try:
        account.client("s3").delete_bucket(Bucket=bucket)
    except ClientError as error:
        if code_of(error) != "NoSuchBucket":
            raise
        return 0
    return 1


def _delete_log_groups(account: AwsAccount, prefix: str) -> int:
    client = account.client("logs")
    start = f"/aws/lambda/{prefix}"
    groups = pages(client, "describe_log_groups", "logGroups", logGroupNamePrefix=start)
    ours = [each["logGroupName"] for each in groups if _is_ours(each["logGroupName"], start)]
    for name in ours:
        client.delete_log_group(logGroupName=name)
    return len(ours)
