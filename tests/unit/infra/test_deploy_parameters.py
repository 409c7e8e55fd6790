"""What a deploy stores for the Lambdas to read: tokens, secrets, agents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib.config import Deployment, Secrets, load_config, read_config
from chalicelib.errors import BadInput
from chalicelib.secret import Secret
from chalicelib.wiring import aws
from infra import parameters
from infra.account import AwsAccount
from infra.deploy import is_nobody_told
from tests.support.aws import REGION, mocked_aws

DEV, OTHER = Deployment("dev"), Deployment("prod")
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsAccount]:
    with mocked_aws(monkeypatch):
        yield AwsAccount("123456789012", REGION)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def agent(name: str, text: str) -> Path:
    path = Path(name)
    path.write_text(text, "utf-8")
    return path


def stored(account: AwsAccount, names: Deployment = DEV) -> dict[str, tuple[str, str]]:
    """Type and value by the end of the path."""
    root = names.path("").rstrip("/")
    client = account.client("ssm")
    found = client.get_parameters_by_path(Path=root, Recursive=True, WithDecryption=True)["Parameters"]
    return {each["Name"].removeprefix(f"{root}/"): (each["Type"], each["Value"]) for each in found}


def test_tokens_are_made_once_and_kept(account: AwsAccount) -> None:
    parameters.keep_tokens(account, DEV, rotate=False)
    first = stored(account)
    parameters.keep_tokens(account, DEV, rotate=False)
    assert stored(account) == first
    assert {name: kind for name, (kind, _) in first.items()} == {
        "api/viewer-token": "SecureString",
        "api/operator-token": "SecureString",
    }
    values = {value for _, value in first.values()}
    assert len(values) == 2
    assert all(len(value) >= 43 for value in values)


def test_rotation_ends_both_tokens(account: AwsAccount) -> None:
    parameters.keep_tokens(account, DEV, rotate=False)
    before = stored(account)
    parameters.keep_tokens(account, DEV, rotate=True)
    assert not set(stored(account).values()) & set(before.values())
    read = parameters.read_token(account, DEV, "viewer-token")
    assert read.reveal() == stored(account)["api/viewer-token"][1]


def test_a_secret_that_is_not_given_stays(account: AwsAccount) -> None:
    assert parameters.store_secrets(account, DEV, Secrets(webhook=Secret("https://a.example/1"))) == ["alerts/webhook"]
    assert parameters.store_secrets(account, DEV, Secrets(binance_api_key=Secret("k"))) == ["exchange/binance-api-key"]
    assert stored(account) == {
        "alerts/webhook": ("SecureString", "https://a.example/1"),
        "exchange/binance-api-key": ("SecureString", "k"),
    }


def test_without_a_file_the_defaults_are_deployed() -> None:
    agents = parameters.read_agents(DEV, [])
    assert list(agents) == ["default"]
    assert read_config(agents["default"], "stored") == load_config()


def test_the_file_here_is_deployed_without_its_comments() -> None:
    agent("agent.toml", (ROOT / "agent.example.toml").read_text("utf-8").replace('#id = "default"', 'id = "mine"'))
    agents = parameters.read_agents(DEV, [])
    assert list(agents) == ["mine"]
    assert "#" not in agents["mine"]
    assert read_config(agents["mine"], "stored") == load_config(Path("agent.toml"))


def test_what_looks_like_a_comment_inside_a_text_stays() -> None:
    file = agent("a.toml", '[news.keywords]\nBTCUSDT = ["""\n# not a comment""", "b"]\n')
    assert read_config(parameters.read_agents(DEV, [file])["default"], "stored") == load_config(file)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[agent]\nmode = "live"\n', "this version trades on paper only"),
        ('[agent]\ninterval = "1h"\n', "agent.interval = 1h: candles longer than 1m are for"),
        ('[news]\nfeeds = ["./news.xml"]\n', r"a Lambda cannot read the file ./news\.xml"),
        ("[strategy]\nrsi_buy = 200\n", r"strategy\.settings\.rsi_buy"),
        ('[alerts]\nwebhook = "https://hooks.example/x"\n', r"alerts\.webhook: settings are stored in clear"),
        (f"[news.keywords]\nBTCUSDT = [{', '.join(repr('x' * 90 + str(n)) for n in range(60))}]\n", "at most 4096 fit"),
    ],
)
def test_what_a_lambda_could_not_use_is_refused(text: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        parameters.read_agents(DEV, [agent("a.toml", text)])


def test_two_agents_of_one_name_are_refused() -> None:
    with pytest.raises(BadInput, match=r"b\.toml: agent\.id = 'default': another of the files has the same"):
        parameters.read_agents(DEV, [agent("a.toml", ""), agent("b.toml", "")])


def test_agents_on_two_exchanges_are_refused() -> None:
    other = '[agent]\nid = "b"\n[exchange]\nbase_url = "http://127.0.0.1:1"\n'
    with pytest.raises(BadInput, match=r"exchange\.base_url"):
        parameters.read_agents(DEV, [agent("a.toml", ""), agent("b.toml", other)])


def test_an_agent_that_is_no_longer_listed_goes(account: AwsAccount) -> None:
    assert parameters.store_agents(account, DEV, {"a": "[agent]\nid='a'\n", "b": "[agent]\nid='b'\n"}) == []
    parameters.store_agents(account, OTHER, {"c": "[agent]\nid='c'\n"})
    assert parameters.store_agents(account, DEV, {"b": "[agent]\nid='b'\n#\n"}) == ["a"]
    assert stored(account) == {"agents/b": ("String", "[agent]\nid='b'\n#\n")}
    assert list(stored(account, OTHER)) == ["agents/c"]


def test_all_of_a_stage_goes_and_no_other(account: AwsAccount) -> None:
    agents = {f"a{number}": f"[agent]\nid='a{number}'\n" for number in range(12)}
    for names in (DEV, OTHER):
        parameters.store_agents(account, names, agents)
        parameters.keep_tokens(account, names, rotate=False)
    assert parameters.delete_all(account, DEV) == 14
    assert stored(account) == {}
    assert parameters.delete_all(account, DEV) == 0
    assert len(stored(account, OTHER)) > 0


def test_a_stage_tells_nobody_until_it_has_an_address(account: AwsAccount) -> None:
    assert is_nobody_told(account, DEV, {"AWS::DynamoDB::Table": ["money"]})
    assert not is_nobody_told(account, DEV, {"AWS::SNS::Subscription": ["arn:of:mail"]})
    parameters.store_secrets(account, DEV, Secrets(webhook=Secret("https://example.com/hook")))
    assert not is_nobody_told(account, DEV, {})
    assert is_nobody_told(account, OTHER, {})


@pytest.fixture
def _as_a_function() -> Iterator[None]:
    """What wiring keeps of a process is made anew, before and after."""
    made = (aws.this_stage, aws.parameters, aws.clients)
    for each in made:
        each.cache_clear()
    yield
    for each in made:
        each.cache_clear()


@pytest.mark.usefixtures("_as_a_function")
def test_a_secret_is_read_without_the_space_around_it(account: AwsAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    path = DEV.path("alerts/webhook")
    account.client("ssm").put_parameter(Name=path, Value=" https://example.com/hook\n", Type="SecureString")
    monkeypatch.setenv("TRADER_STAGE", "dev")
    assert aws.secrets("alerts")["webhook"].reveal() == "https://example.com/hook"


def stored_text(text: str, before: str | None) -> tuple[str, list[str]]:
    told: list[str] = []
    stored = {} if before is None else {"a": before}
    return parameters.begun({"a": text}, stored, told.append)["a"], told


@pytest.mark.parametrize(
    "text",
    [
        '[agent]\nid = "a"\n',
        '[agent]\nid = "a"\n[inputs]\nsentiment_window = 5\n[risk]\nstop_loss = 0.01\n',
        'inputs.sentiment_window = 5\nagent.id = "a"\n',
        "",
    ],
)
def test_a_new_agent_whose_file_says_nothing_of_the_age_of_headlines_is_stored_with_24h(text: str) -> None:
    made, told = stored_text(text, None)
    config = read_config(made, "made")
    assert (config.inputs.sentiment_max_age, len(told)) == ("24h", 1)
    silent = read_config(text, "text")
    assert replace(config, inputs=silent.inputs) == silent
    assert config.inputs.sentiment_window == silent.inputs.sentiment_window


@pytest.mark.parametrize(
    ("before", "age"),
    [('[agent]\nid = "a"\n', "off"), ('[inputs]\nsentiment_max_age = "36h"\n', "36h"), ("[inputs]\nno = 1\n", "off")],
)
def test_one_that_is_stored_keeps_what_is_stored_and_without_a_limit_its_text(before: str, age: str) -> None:
    text = '[agent]\nid = "a"\n[risk]\nstop_loss = 0.01\n'
    made, told = stored_text(text, before)
    assert read_config(made, "made").inputs.sentiment_max_age == age
    assert (made == text) == (age == "off") == (not told)


@pytest.mark.parametrize("before", [None, '[inputs]\nsentiment_max_age = "36h"\n'])
@pytest.mark.parametrize("age", ["off", "3h"])
def test_what_a_file_says_is_stored_as_it_stands(age: str, before: str | None) -> None:
    text = f'[inputs]\nsentiment_max_age = "{age}"\n'
    assert stored_text(text, before) == (text, [])


def test_where_it_cannot_be_added_that_is_said() -> None:
    with pytest.raises(BadInput, match=r"agent a: inputs: must stand below a line \[inputs\]"):
        stored_text("inputs = { sentiment_window = 5 }\n", None)
