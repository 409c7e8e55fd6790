"""Settings: where they come from, and the one line that explains each mistake."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from threading import Timer

import pytest

from chalicelib.config import Config, HaltAction, Mode, alert_webhook, home, load_config, params
from chalicelib.config.keys import ROWS, value_of
from chalicelib.errors import BadInput
from chalicelib.kernel.account import Costs
from chalicelib.kernel.limits import Limits
from chalicelib.kernel.lots import SymbolSteps
from chalicelib.strategy.chosen import config_hash, rule_of


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """agent.toml in an empty working directory; it does not exist yet."""
    monkeypatch.chdir(tmp_path)
    return Path("agent.toml")


def refusal(file: Path | None, *overrides: str) -> str:
    with pytest.raises(BadInput) as caught:
        rule_of(load_config(file, overrides))
    message = str(caught.value)
    assert message.isprintable()
    return message


def hash_of(config: Config) -> str:
    return config_hash(config, rule_of(config))


def refused_text(file: Path, text: str) -> str:
    file.write_text(text, encoding="utf-8")
    return refusal(file)


@pytest.mark.usefixtures("file")
def test_without_a_file_the_defaults_hold() -> None:
    assert load_config(None) == Config()


def test_agent_toml_of_the_working_directory_is_read_unasked(file: Path) -> None:
    file.write_text('[agent]\nid = "mine"\ncash = 500\n')
    agent = load_config(None).agent
    assert (agent.id, agent.cash) == ("mine", 500.0)
    assert isinstance(agent.cash, float)


def test_keys_left_out_keep_their_defaults(file: Path) -> None:
    file.write_text('[risk]\nhalt_action = "flatten"\n')
    assert load_config(file) == replace(Config(), risk=replace(Config().risk, halt_action=HaltAction.FLATTEN))


def test_every_default_is_allowed_by_its_own_rule() -> None:
    for name, row in ROWS.items():
        default = value_of(Config(), name)
        if name == "news.keywords":
            assert row.kind.read({"BTCUSDT": ["bitcoin", "btc"]}) == default
        elif not row.kind.is_secret:
            assert row.kind.read(list(default) if isinstance(default, tuple) else default) == default


def test_an_override_goes_before_the_file_and_the_last_before_the_first(file: Path) -> None:
    file.write_text("[risk]\nstop_loss = 0.1\n")
    assert load_config(file, ["risk.stop_loss=0.2", " risk.stop_loss = 3e-1 "]).risk.stop_loss == 0.3


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ('agent.symbols=["ETHUSDT", "BTCUSDT"]', ("ETHUSDT", "BTCUSDT")),
        ("agent.symbols=ETHUSDT, BTCUSDT", ("ETHUSDT", "BTCUSDT")),
        ("agent.symbols=ETHUSDT", ("ETHUSDT",)),
        ("agent.mode=live", Mode.LIVE),
        ('agent.mode="live"', Mode.LIVE),
        ("agent.seed=0x10", 16),
        ("news.feeds=[]", ()),
        ("news.feeds=./feed.xml", ("./feed.xml",)),
        ("exchange.base_url=http://127.0.0.1:9000", "http://127.0.0.1:9000"),
        ("fees.slippage=-0.0", 0.0),
    ],
)
@pytest.mark.usefixtures("file")
def test_override_values_are_toml_or_plain_text(override: str, expected: object) -> None:
    assert value_of(load_config(None, [override]), override.partition("=")[0]) == expected


@pytest.mark.usefixtures("file")
def test_an_override_cannot_smuggle_in_a_second_key() -> None:
    assert refusal(None, 'agent.id="a"\nmode="live"').startswith("--set: agent.id = ")


def test_every_symbol_gets_keywords_and_a_listed_one_keeps_its_own(file: Path) -> None:
    file.write_text(
        '[agent]\nsymbols = ["ETHUSDT", "PEPEUSDT", "SOLUSDT"]\n[news.keywords]\nSOLUSDT = ["solana labs"]\n'
    )
    assert load_config(file).news.keywords == {
        "ETHUSDT": ("ethereum", "ether", "eth"),
        "PEPEUSDT": ("=PEPE", "$pepe"),
        "SOLUSDT": ("solana labs",),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[risk]\nstop_loss = 1.5", "risk.stop_loss = 1.5: must be a number from 0 up to but not including 1"),
        ("[risk]\nstop_loss = 1", "risk.stop_loss = 1: must be a number from 0 up to but not including 1"),
        ("[risk]\nstop_loss = -0.1", "risk.stop_loss = -0.1: must be a number from 0 up to but not including 1"),
        ("[risk]\nstop_loss = nan", "risk.stop_loss = nan: must be a number from 0 up to but not including 1"),
        ("[risk]\ntake_profit = inf", "risk.take_profit = inf: must be a number from 0 to 100"),
        ("[risk]\nstop_loss = true", "risk.stop_loss = true: must be a number from 0 up to but not including 1"),
        ("[risk]\nposition_fraction = 0", "risk.position_fraction = 0: must be a number above 0 and up to 1"),
        ("[risk]\nmax_exposure = 1.01", "risk.max_exposure = 1.01: must be a number from 0 to 1"),
        ('[risk]\nhalt_action = "stop"', 'risk.halt_action = "stop": must be "freeze" or "flatten"'),
        ("[agent]\ncash = 0", "agent.cash = 0: must be a number above 0 and up to 1e+12"),
        ('[agent]\ncash = "10"', 'agent.cash = "10": must be a number above 0 and up to 1e+12'),
        ("[agent]\nseed = true", "agent.seed = true: must be a whole number from 0 to 4294967295"),
        ("[agent]\nseed = 1.0", "agent.seed = 1.0: must be a whole number from 0 to 4294967295"),
        ('[agent]\nmode = "Live"', 'agent.mode = "Live": must be "paper", "testnet" or "live"'),
        (
            '[agent]\ninterval = "7m"',
            'agent.interval = "7m": must be one of 1m, 3m, 5m, 15m, 30m, 1h, 2h, 4h, 6h, 8h, 12h, 1d',
        ),
        ("[agent]\ncash = 2024-01-01", "agent.cash = 2024-01-01: must be a number above 0 and up to 1e+12"),
        (
            "[strategy.settings]\nrsi_period = 1",
            "strategy.settings.rsi_period = 1: must be a whole number from 2 to 1000",
        ),
        (
            "[strategy.settings]\nrsi_buy = 80",
            "strategy.settings.rsi_buy = 80.0: must be below strategy.settings.rsi_sell, which is 70",
        ),
        (
            "[strategy.settings]\nrsi_sell = 30",
            "strategy.settings.rsi_buy = 30.0: must be below strategy.settings.rsi_sell, which is 30",
        ),
        (
            "[strategy.settings]\nsentiment_buy = -1.1",
            "strategy.settings.sentiment_buy = -1.1: must be a number from -1 to 1",
        ),
        ("[exchange]\nrecv_window_ms = 0", "exchange.recv_window_ms = 0: must be a whole number from 1 to 60000"),
        ("risk = 3", "risk = 3: must be a table of keys, headed [risk]"),
        ("[[risk]]\nstop_loss = 0.1", "risk = [a table]: must be a table of keys, headed [risk]"),
        (
            "[risk]\nmin_notional = 20\nmax_notional = 10",
            "risk.max_notional = 10.0: must be at least risk.min_notional, which is 20, or 0 (off)",
        ),
        (
            '[agent]\nsymbols = ["BTCUSDT", "ETHBTC"]',
            'agent.symbols = ["BTCUSDT", "ETHBTC"]: must be pairs of one quote currency: they share one cash',
        ),
        (
            '[agent]\nmode = "testnet"',
            'exchange.base_url = "https://api.binance.com": must be a test network\'s while agent.mode = "testnet", '
            "e.g. https://testnet.binance.vision",
        ),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(file: Path, text: str, message: str) -> None:
    assert refused_text(file, text) == f"agent.toml: {message}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rsi_period = 1", "rsi_period = 1: must be a whole number from 2 to 1000"),
        ("rsi_buy = 80", "rsi_buy = 80.0: must be below strategy.settings.rsi_sell, which is 70"),
        ("rsi_sell = 30", "rsi_buy = 30.0: must be below strategy.settings.rsi_sell, which is 30"),
        ("sentiment_buy = -1.1", "sentiment_buy = -1.1: must be a number from -1 to 1"),
    ],
)
def test_a_wrong_setting_of_the_strategy_is_named_as_any_other(file: Path, text: str, message: str) -> None:
    """Under its new name where it is given by the old one, too."""
    for section in ("strategy.settings", "strategy"):
        assert refused_text(file, f"[{section}]\n{text}") == f"agent.toml: strategy.settings.{message}"


@pytest.mark.parametrize(
    "symbols",
    ["[]", '["btc$usdt"]', '["BTC-PERP"]', '["BTCUSDT", "BTCUSDT"]', '"BTCUSDT"', "[1]", "[[]]", '["BTCUSDT\\n"]'],
)
def test_symbols_are_a_list_of_different_exchange_names(file: Path, symbols: str) -> None:
    message = refused_text(file, f"[agent]\nsymbols = {symbols}")
    assert message.startswith("agent.toml: agent.symbols = ")
    assert message.endswith(
        "must be a list of at least 1, none twice, each a symbol of 1 to 20 letters and digits, such as BTCUSDT"
    )


@pytest.mark.parametrize("agent_id", ["", "*", "a b", "-a", "a" * 33, "é", "a/b"])
def test_an_agent_id_is_a_plain_name(file: Path, agent_id: str) -> None:
    assert refused_text(file, f'[agent]\nid = "{agent_id}"').startswith(
        f'agent.toml: agent.id = "{agent_id}": must be 1'
    )


@pytest.mark.parametrize(
    "keywords", ["[]", "{ BTCUSDT = [] }", '{ BTCUSDT = "btc" }', '{ "b c" = ["btc"] }', '{ BTCUSDT = [" "] }']
)
def test_keywords_are_lists_of_words_by_symbol(file: Path, keywords: str) -> None:
    assert refused_text(file, f"[news]\nkeywords = {keywords}").startswith("agent.toml: news.keywords = ")


@pytest.mark.parametrize(
    "url", ["ftp://host/", "http:/host", "https://", "https://a b/", "javascript:alert(1)", "feed.xml"]
)
def test_feeds_are_web_addresses_or_paths(file: Path, url: str) -> None:
    assert "must be a list, none twice, each an http(s) URL" in refused_text(file, f'[news]\nfeeds = ["{url}"]')


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[risk]\nstoploss = 1", "risk.stoploss: unknown key: did you mean risk.stop_loss? [risk] has stop_loss, "),
        ("[strategy]\nstop_loss = 1", "strategy.stop_loss: unknown key: did you mean risk.stop_loss? [strategy] has "),
        ("[strategi]\nrsi_buy = 1", "strategi: unknown section: did you mean [strategy]? the sections are agent, "),
        ("[risk]\nside = 1", "risk.side: unknown key: [risk] has stop_loss, "),
        ("[risk]\nfee_rate = 1", "risk.fee_rate: unknown key: did you mean fees.rate? [risk] has "),
        (
            "rsi_period = 3",
            "rsi_period: unknown section: did you mean strategy.settings.rsi_period? the sections are agent, ",
        ),
        ("[fees.vip]\nrate = 1", "fees.vip: unknown key: [fees] has rate, slippage"),
        ('[fees]\n"a\\nb\\u2028" = 1', "fees.a\\nb\\u2028: unknown key: [fees] has rate, slippage"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(file: Path, text: str, message: str) -> None:
    assert refused_text(file, text).startswith(f"agent.toml: {message}")


@pytest.mark.parametrize(
    "override",
    ["", "risk.stop_loss", "=1", "risk=1", "risk.=1", ".stop_loss=1", "news.keywords.BTCUSDT=btc", "Risk.stop_loss=0"],
)
@pytest.mark.usefixtures("file")
def test_an_override_that_names_no_key_is_explained(override: str) -> None:
    assert refusal(None, override).startswith("--set: ")


def test_contradictions_between_file_and_override_name_both(file: Path) -> None:
    file.write_text("[strategy.settings]\nrsi_buy = 60\n")
    assert refusal(file, "strategy.settings.rsi_sell=50").startswith(
        "agent.toml and --set: strategy.settings.rsi_buy = 60.0: must be below"
    )


def test_a_syntax_error_is_given_with_its_line(file: Path) -> None:
    message = refused_text(file, "[agent]\nid = 'a'\ncash = = 1\n")
    assert message == "agent.toml: is not valid TOML: Invalid value (at line 3, column 8)"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe[\x00a\x00]\x00", "agent.toml: is not UTF-8 text (byte 0)"),
        (b"[agent]\nid = '\x80'", "agent.toml: is not UTF-8 text (byte 14)"),
        (b"\x00" * 100, "agent.toml: is not valid TOML: Invalid statement (at line 1, column 1)"),
        (b"#" * 1_000_001, "agent.toml: is larger than 1000000 bytes: not a configuration"),
        (b"[agent]\nseed = " + b"1" * 5000, "agent.toml: is not a configuration: a number too long or brackets"),
        (b"[agent]\nseed = 0x" + b"f" * 5000, "agent.toml: agent.seed = an integer of more than 18 digits: must be"),
        (b"[agent]\nseed = " + b"[" * 5000, "agent.toml: is not a configuration: a number too long or brackets"),
        (b"[agent" + b".a" * 5000 + b"]", "agent.toml: agent.a: unknown key: "),
    ],
)
def test_a_file_that_is_no_configuration_is_explained(file: Path, content: bytes, message: str) -> None:
    file.write_bytes(content)
    assert refusal(file).startswith(message)


def test_windows_line_ends_and_byte_order_mark_are_read(file: Path) -> None:
    file.write_bytes(b'\xef\xbb\xbf[agent]\r\nid = "mine"\r\n')
    assert load_config(file).agent.id == "mine"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no.toml", "no.toml: there is no such file"),
        ("new\nline.toml", "new\\nline.toml: there is no such file"),
        ("folder", "folder: cannot be read: Is a directory"),
        ("nul\0.toml", "nul\\x00.toml: cannot be read: embedded null byte"),
        ("x" * 5000, f"{'x' * 299}…: cannot be read: File name too long"),
    ],
)
def test_a_file_that_cannot_be_read_is_explained(file: Path, name: str, message: str) -> None:
    file.with_name("folder").mkdir()
    assert refusal(Path(name)) == message


def test_the_hash_follows_what_decides_and_nothing_else(file: Path) -> None:
    default = hash_of(Config())
    assert len(default) == 12
    assert hash_of(load_config(None)) == default
    for same in ("agent.id=other", "agent.mode=live", "exchange.recv_window_ms=1", "alerts.webhook=http://127.0.0.1/"):
        assert hash_of(load_config(None, [same])) == default
    others = ("agent.cash=1", "strategy.settings.rsi_buy=29", "strategy.name=ema_cross", "inputs.sentiment_window=5")
    for other in (*others, "risk.error_limit=4", "fees.rate=0", "news.feeds=[]"):
        assert hash_of(load_config(None, [other])) != default
    file.write_text("[risk]\nstop_loss = 0.02\nmax_drawdown = -0.0\n[agent]\ncash = 10_000\n")
    assert hash_of(load_config(file)) == default


@pytest.mark.usefixtures("file")
def test_the_address_of_alerts_is_not_waited_for(file: Path) -> None:
    os.mkfifo(file)
    held = os.open(file, os.O_RDWR)
    ends = Timer(0.3, os.close, [held])  # nobody waits for ever
    ends.start()
    with pytest.raises(BadInput, match=r"agent\.toml: cannot be read: not a regular file"):
        alert_webhook(file)
    ends.join()


def test_the_kernel_gets_the_settings_under_its_own_names() -> None:
    overrides = ["risk.trailing_stop=0.5", "risk.halt_action=flatten", "fees.slippage=0.001"]
    given = params(load_config(None, overrides), [SymbolSteps(0.001, 0.01, 5.0)])
    assert given.limits == Limits(0.02, 0.04, 0.5, 0.1, 0.0, 0.0, 0.05, 0.0, 0.5, 0, 0, True, risk_per_trade=0.01)
    assert rule_of(load_config(None, ["strategy.settings.rsi_period=7"])).settings == (7, 30.0, 70.0, 0.0, 0.0)
    assert given.costs == Costs(fee_rate=0.001, slippage=0.001)
    assert (given.lot_steps, given.ticks, given.min_notionals) == ((0.001,), (0.01,), (5.0,))


def test_the_store_lives_in_trader_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADER_HOME", "/tmp/elsewhere")  # noqa: S108 (only named, never written)
    assert home() == Path("/tmp/elsewhere")  # noqa: S108
    monkeypatch.setenv("TRADER_HOME", "")
    assert home() == Path("var")
