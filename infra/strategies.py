"""Strategy files of users on their way into the package of the functions: by hash, those to come and those deployed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from botocore.exceptions import ClientError

from chalicelib.adapters.dynamodb.rules import key_of, sources_in
from chalicelib.adapters.dynamodb.tables import MONEY, full_name
from chalicelib.config import Deployment, load_config, read_config
from chalicelib.errors import BadInput
from chalicelib.series import SENTIMENT
from chalicelib.strategy.chosen import strategy_of
from chalicelib.strategy.parts import FILE
from infra.account import AwsAccount, code_of

Sources = Mapping[str, str]
"""Texts of strategy files by their hashes."""


def read_strategies(files: Sequence[Path]) -> Sources:
    """The strategy files that these settings name. Raises BadInput for one that cannot be used."""
    found = {}
    for config in map(load_config, files):
        if config.strategy.file:
            strategy = strategy_of(config)
            found[strategy.hash] = strategy.source
    return found


def series_lines(files: Sequence[Path], stage: str) -> Iterator[str]:
    """How the series that these agents read, that of headlines apart, get their values where they are deployed."""
    for config in map(load_config, files):
        strategy = strategy_of(config)
        for name in strategy.series:
            if name != SENTIMENT:
                needed = "needs" if name in strategy.needed_series else "may read"
                put = f"trader series put {name} --stage {stage}"
                yield f"agent {config.agent.id}: {strategy.name} {needed} {name}: `{put}` gives it values"


def hash_in(text: str) -> str:
    """The hash of the strategy file that stored settings name; empty where they name none, or cannot be read."""
    try:
        return read_config(text, "").strategy.hash
    except BadInput:
        return ""


def deployed_before(account: AwsAccount, names: Deployment, stored: Mapping[str, str]) -> Sources:
    """The files that stored settings name, as far as an agent ever decided by them: functions go on with those until
    the settings have changed.
    """
    client, found = account.client("dynamodb"), {}
    for rule_hash in filter(None, map(hash_in, stored.values())):
        try:
            item = client.get_item(TableName=full_name(names.prefix, MONEY), Key=key_of(rule_hash)).get("Item")
        except ClientError as error:
            if code_of(error) != "ResourceNotFoundException":
                raise
            item = None
        if item is not None:
            found[rule_hash] = sources_in(item).parts[FILE]
    return found


def that_may_come_first(agents: Mapping[str, str], stored: Mapping[str, str]) -> Mapping[str, str]:
    """The settings that functions of before can go by, too: where a strategy file has changed, those stored stay."""
    return {
        agent_id: stored[agent_id]
        if agent_id in stored and hash_in(text) not in ("", hash_in(stored[agent_id]))
        else text
        for agent_id, text in agents.items()
    }
