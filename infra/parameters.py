"""What the Lambdas read from SSM: tokens and secrets, and one configuration per agent."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from botocore.exceptions import ClientError

from chalicelib import wiring
from chalicelib.config import Config, Deployment, Secrets, load_config, read_config
from chalicelib.config.keys import ROWS
from chalicelib.config.values import OFF
from chalicelib.errors import BadInput
from chalicelib.secret import Secret
from chalicelib.strategy.chosen import odd_lines, rule_of
from chalicelib.wiring.aws import AGENTS, ALERT_SECRETS, API_SECRETS, OPERATOR_TOKEN, VIEWER_TOKEN, WEBHOOK, fleet_of
from infra import fitting
from infra.account import AwsAccount, code_of, pages

TOKENS = (VIEWER_TOKEN, OPERATOR_TOKEN)
SECRETS = {
    "webhook": f"{ALERT_SECRETS}/{WEBHOOK}",
    "binance_api_key": "exchange/binance-api-key",
    "binance_api_secret": "exchange/binance-api-secret",
}
"""Where what .env holds is stored. Each folder is for another function, so that none reads what is not its business:
the tokens in api are for the REST handler, alerts are for notify, and the exchange's keys for nobody yet."""
TOKEN_BYTES = 32
LARGEST_AGENT_CHARACTERS = 4096
"""Of a standard parameter, which is free; a larger one costs 0.05 USD a month."""
MAX_AGE = "inputs.sentiment_max_age"
DEFAULT_AGENT = '[agent]\nid = "default"\n'


def keep_tokens(account: AwsAccount, names: Deployment, *, rotate: bool) -> None:
    """See that each token exists; with `rotate` every one is made anew and the old ones end."""
    client = account.client("ssm")
    for token in TOKENS:
        try:
            client.put_parameter(
                Name=token_path(names, token),
                Value=secrets.token_urlsafe(TOKEN_BYTES),
                Type="SecureString",
                Overwrite=rotate,
            )
        except ClientError as error:
            if code_of(error) != "ParameterAlreadyExists":
                raise


def token_path(names: Deployment, token: str) -> str:
    """The parameter that holds a token."""
    return names.path(f"{API_SECRETS}/{token}")


def read_token(account: AwsAccount, names: Deployment, token: str) -> Secret:
    """One of the tokens."""
    found = account.client("ssm").get_parameter(Name=token_path(names, token), WithDecryption=True)
    return Secret(found["Parameter"]["Value"])


def store_secrets(account: AwsAccount, names: Deployment, given: Secrets) -> list[str]:
    """Store the secrets that are given; one that is not keeps what is stored. Where those stand that were stored."""
    found: dict[str, Secret] = {path: getattr(given, own) for own, path in SECRETS.items()}
    client = account.client("ssm")
    stored = {path: secret for path, secret in found.items() if secret}
    for path, secret in stored.items():
        client.put_parameter(Name=names.path(path), Value=secret.reveal(), Type="SecureString", Overwrite=True)
    return list(stored)


def has_webhook(account: AwsAccount, names: Deployment) -> bool:
    """Whether an address is stored that alerts are posted to."""
    folder = names.path(ALERT_SECRETS)
    return any(each["Name"] == f"{folder}/{WEBHOOK}" for each in _under(account.client("ssm"), folder))


def read_agents(names: Deployment, files: Sequence[Path]) -> dict[str, str]:
    """The text to store by agent id; without files that of ./agent.toml, or of the defaults.

    Raises BadInput for what the Lambdas would refuse.
    """
    if not files and not Path("agent.toml").exists():
        return {load_config().agent.id: DEFAULT_AGENT}
    agents: dict[str, str] = {}
    for file in files or [Path("agent.toml")]:
        config = load_config(file)
        if config.agent.id in agents:
            raise BadInput(f"{file}: agent.id = {config.agent.id!r}: another of the files has the same")
        agents[config.agent.id] = _text_of(file, config)
    for refused in fleet_of(names.path(AGENTS), tuple(agents.items())).refused:
        raise refused
    return agents


def begun(agents: Mapping[str, str], stored: Mapping[str, str], tell: Callable[[str], None]) -> dict[str, str]:
    """The texts to store, with the age limit of headlines that an agent began with where its file says nothing of it.

    That is the limit in what is stored, and that of new agents for one that is not. Raises BadInput where it fits not.
    """
    texts = {}
    for agent_id, text in agents.items():
        value = _silent_max_age(text, stored.get(agent_id))
        texts[agent_id] = text if value == OFF else _with_max_age(f"agent {agent_id}", text, value)
        if value != OFF:
            tell(f'parameters: agent {agent_id}: {MAX_AGE} = "{value}" is added: its file says nothing of it')
    return texts


def _silent_max_age(text: str, before: str | None) -> str:
    """The limit that the settings do not say and that has to be added, "off" for none."""
    if read_config(text, "").inputs.says_max_age:
        return OFF
    if before is None:
        return str(ROWS[MAX_AGE].of_new_agents)
    try:
        return read_config(before, "").inputs.sentiment_max_age
    except BadInput:  # what is stored could not be used: no limit ever applied
        return OFF


def _with_max_age(where: str, text: str, value: str) -> str:
    below, above = f'[inputs]\nsentiment_max_age = "{value}"\n', f'{MAX_AGE} = "{value}"\n'
    lines = [below if line.strip() == "[inputs]" else f"{line}\n" for line in text.splitlines()]
    for made in ("".join(lines), f"{text}\n{below}", f"{above}{text}"):
        with suppress(BadInput):
            if read_config(made, where).inputs.says_max_age:
                return made
    raise BadInput(f"{where}: inputs: must stand below a line [inputs], so that a deploy can add sentiment_max_age")


def odd_settings(agents: Mapping[str, str]) -> Iterator[str]:
    """One line for each setting that is odd and not refused."""
    for agent_id, text in agents.items():
        config = read_config(text, f"agent {agent_id}")
        yield from odd_lines(config, rule_of(config))


def _text_of(file: Path, config: Config) -> str:
    """The file without its comments, once what runs in a Lambda can run it."""
    wiring.halting_venue(config.agent.mode)
    rule = wiring.rules(config, {})
    if config.alerts.webhook:
        raise BadInput(f"{file}: alerts.webhook: settings are stored in clear; put it into .env as TRADER_WEBHOOK")
    local = [feed for feed in config.news.feeds if not feed.startswith("http")]
    if local:
        raise BadInput(f"{file}: news.feeds: a Lambda cannot read the file {local[0]}")
    fitting.check(file, config, rule)
    text = _without_comments(file.read_text("utf-8-sig"))
    if config.strategy.file:
        text = _with_hash(file, text, rule.rule.strategy.hash)
    if len(text) > LARGEST_AGENT_CHARACTERS:
        raise BadInput(f"{file}: {len(text)} characters without comments; at most {LARGEST_AGENT_CHARACTERS} fit")
    return text or DEFAULT_AGENT


def _with_hash(file: Path, text: str, rule_hash: str) -> str:
    """The text with the hash of its strategy file, by which functions find the file."""
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if line.strip() == "[strategy]":
            made = "".join([*lines[: number + 1], f'hash = "{rule_hash}"\n', *lines[number + 1 :]])
            if read_config(made, str(file)).strategy.hash == rule_hash:
                return made
    raise BadInput(f"{file}: strategy.file: must stand below a line [strategy], so that a deploy can add its hash")


def _without_comments(text: str) -> str:
    """The text without empty lines and lines of comment; as it is where one of those stands inside a value."""
    short = "".join(f"{line}\n" for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))
    try:
        return short if read_config(short, "") == read_config(text, "") else text
    except BadInput:
        return text


def stored_agents(account: AwsAccount, names: Deployment) -> dict[str, str]:
    """The text that is stored, by agent id."""
    found = _under(account.client("ssm"), names.path(AGENTS))
    return {each["Name"].rpartition("/")[2]: each["Value"] for each in found}


def store_agents(account: AwsAccount, names: Deployment, agents: Mapping[str, str]) -> list[str]:
    """Make the stored agents those given; the ids of those that were taken away. What they traded is kept."""
    client, folder = account.client("ssm"), names.path(AGENTS)
    before = stored_agents(account, names)
    for agent_id, text in agents.items():
        if before.get(agent_id) != text:
            client.put_parameter(Name=f"{folder}/{agent_id}", Value=text, Type="String", Overwrite=True)
    gone = sorted(set(before) - set(agents))
    for agent_id in gone:
        client.delete_parameter(Name=f"{folder}/{agent_id}")
    return gone


def planned(
    account: AwsAccount, names: Deployment, agents: Mapping[str, str], given: Secrets, *, rotate: bool
) -> list[str]:
    """One line for each parameter that the three functions above would write or delete; no value stands in it."""
    root = names.path("")
    stored = {each["Name"].removeprefix(root): each["Value"] for each in _under(account.client("ssm"), root[:-1])}
    tokens = {f"{API_SECRETS}/{token}" for token in TOKENS}
    written = {path for path in tokens if rotate or path not in stored}
    written |= {path for own, path in SECRETS.items() if getattr(given, own)}
    written |= {f"{AGENTS}/{name}" for name, text in agents.items() if stored.get(f"{AGENTS}/{name}") != text}
    gone = {path for path in stored if path.startswith(f"{AGENTS}/")} - {f"{AGENTS}/{name}" for name in agents}
    lines = [f"{'change' if path in stored else 'add'} {root}{path}" for path in sorted(written)]
    return lines + [f"remove {root}{path}" for path in sorted(gone)]


def delete_all(account: AwsAccount, names: Deployment) -> int:
    """Remove every parameter of the stage; how many there were."""
    client = account.client("ssm")
    found = [each["Name"] for each in _under(client, names.path("").rstrip("/"))]
    for start in range(0, len(found), 10):
        client.delete_parameters(Names=found[start : start + 10])
    return len(found)


def _under(client: object, folder: str) -> list[dict[str, str]]:
    return list(pages(client, "get_parameters_by_path", "Parameters", Path=folder, Recursive=True))
