"""Whatever is given as configuration becomes settings or one line that explains it."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.assets import default_keywords, may_share_quote, split_symbol
from chalicelib.config import Config, Secret, load_config
from chalicelib.config.keys import ROWS, SECTIONS, SETTINGS, value_of
from chalicelib.config.renamed import RENAMED
from chalicelib.config.values import shown
from chalicelib.errors import BadInput
from chalicelib.foreign_text import printable
from chalicelib.headlines import match_symbols
from chalicelib.strategy.chosen import config_hash, rule_of
from chalicelib.strategy.settings import contradictions
from trader.config_reference import toml

T = TypeVar("T")

EMPTY = Path(os.devnull)
"""A configuration file without a line, so that an agent.toml of the developer does not count."""

names = st.one_of(
    st.sampled_from([*ROWS, *SECTIONS, *RENAMED, *RENAMED.values()]),
    st.text(max_size=20),
    st.from_regex(r"[a-z]{1,8}(\.[a-z_]{1,8}){0,3}"),
)
numbers = st.one_of(
    st.integers().map(str), st.floats().map(repr), st.sampled_from(["0x" + "f" * 400, "1" * 5000, "1e999", "-nan"])
)
scalars = st.one_of(
    numbers,
    st.text(max_size=30),
    st.text(max_size=30).map(repr),
    st.sampled_from(
        ["true", "1979-05-27T07:32:00Z", "07:32:00", '"""', "{", "[" * 3000, '"paper"', '"BTCUSDT"', '"http://a:b@c"']
    ),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(st.sampled_from(["BTCUSDT", "a", '"b c"']), inner, max_size=2).map(
            lambda table: f"{{ {', '.join(f'{key} = {value}' for key, value in table.items())} }}"
        ),
    ),
    max_leaves=6,
)
sections = st.one_of(st.sampled_from(SECTIONS), st.text(max_size=8))
lines = st.one_of(
    st.tuples(names, values).map(" = ".join),
    st.tuples(names.map(lambda name: name.partition(".")[2]), values).map(" = ".join),
    sections.map(lambda name: f"[{name}]"),
    sections.map(lambda name: f"[[{name}]]"),
    st.text(max_size=30),
)
documents = st.one_of(
    st.lists(lines, max_size=6).map(lambda each: "\n".join(each).encode("utf-8", "surrogatepass")),
    st.tuples(st.sampled_from(sorted(ROWS)), values).map(
        lambda pair: f"[{pair[0].partition('.')[0]}]\n{pair[0].partition('.')[2]} = {pair[1]}".encode(
            "utf-8", "surrogatepass"
        )
    ),
    st.binary(max_size=80),
)


def made_or_line(make: Callable[[], T]) -> T | None:
    """What it makes, or None after checking that it was refused in one printable line."""
    try:
        return make()
    except BadInput as error:
        line = str(error)
        assert line.isprintable()
        assert 0 < len(line) < 1500
        return None


def assert_sound(config: Config) -> None:
    """The invariants that the rest of the program builds on."""
    for name in ROWS:
        value = value_of(config, name)
        assert not isinstance(value, float) or math.isfinite(value)
    assert 0.0 < config.risk.position_fraction <= 1.0
    assert set(config.agent.symbols) <= set(config.news.keywords)
    rule = made_or_line(lambda: rule_of(config))
    if rule is not None:
        assert list(contradictions(rule)) == []
        assert len(config_hash(config, rule)) == 12


@given(content=documents)
def test_any_file_is_read_or_explained_in_one_line(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder, "agent.toml")
        file.write_bytes(content)
        config = made_or_line(lambda: load_config(file, []))
    if config is not None:
        assert_sound(config)


@given(overrides=st.lists(st.tuples(names, values).map("=".join), max_size=3))
def test_any_override_is_read_or_explained_in_one_line(overrides: list[str]) -> None:
    config = made_or_line(lambda: load_config(EMPTY, overrides))
    if config is not None:
        assert_sound(config)


@given(override=st.text(max_size=60))
def test_any_text_as_override_is_explained_in_one_line(override: str) -> None:
    assert made_or_line(lambda: load_config(EMPTY, [override])) is None


fractions = st.floats(0, 1, exclude_max=True)
allowed = st.fixed_dictionaries(
    {},
    optional={
        "agent.id": st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}", fullmatch=True),
        "agent.mode": st.sampled_from(["paper", "live"]),
        "agent.symbols": st.lists(
            st.from_regex(r"[A-Z0-9]{3,6}USDT", fullmatch=True), min_size=1, max_size=4, unique=True
        ),
        "agent.cash": st.floats(0, 1e12, exclude_min=True),
        "agent.seed": st.integers(0, 2**32 - 1),
        "strategy.settings.rsi_buy": st.floats(0, 69),
        "strategy.settings.sentiment_sell": st.floats(-1, 1),
        "inputs.sentiment_window": st.integers(1, 1000),
        "risk.stop_loss": fractions,
        "risk.min_notional": st.one_of(st.integers(0, 10**12), st.floats(0, 1e12)),
        "risk.cooldown_bars": st.integers(0, 1_000_000),
        "risk.halt_action": st.sampled_from(["freeze", "flatten"]),
        "fees.rate": fractions,
        "news.keywords": st.dictionaries(
            st.from_regex("[A-Z0-9]{5,20}", fullmatch=True),
            st.lists(
                st.from_regex(r"[^\W_]([\w \"'-]{0,20}[^\W_])?", fullmatch=True), min_size=1, max_size=3, unique=True
            ),
            max_size=3,
        ),
    },
)


@given(given_values=allowed)
def test_settings_written_out_in_full_are_read_back_the_same(given_values: dict[str, object]) -> None:
    overrides = [f"{name}={toml(_frozen(value))}" for name, value in given_values.items()]
    config = load_config(EMPTY, overrides)
    for name, value in given_values.items():
        if name != "news.keywords":
            assert written(config)[name] == _frozen(value)
    full = load_config(EMPTY, [f"{name}={toml(value)}" for name, value in written(config).items()])
    assert full == config
    assert config_hash(full, rule_of(full)) == config_hash(config, rule_of(config))


def written(config: Config) -> dict[str, object]:
    """Every value by the full name of its key."""
    settings = {f"{SETTINGS}{name}": value for name, value in config.strategy.settings.items()}
    return {name: value_of(config, name) for name in ROWS} | settings


def _frozen(value: object) -> object:
    if isinstance(value, dict):
        return {name: _frozen(each) for name, each in value.items()}
    return tuple(value) if isinstance(value, list) else value


@given(symbol=st.from_regex("[A-Z0-9]{5,20}", fullmatch=True))
def test_any_symbol_has_a_base_and_a_keyword(symbol: str) -> None:
    base, quote = split_symbol(symbol)
    assert base
    assert base + quote == symbol
    assert all(word.strip("=$ ") for word in default_keywords(symbol))
    assert not match_symbols("a rise to $4, as well as 1 of 9 others", {symbol: default_keywords(symbol)})
    assert may_share_quote([symbol])


@given(value=st.recursive(st.one_of(st.text(), st.integers(), st.floats(), st.booleans()), st.lists))
def test_any_given_value_is_shown_short_and_on_one_line(value: object) -> None:
    assert shown(value).isprintable()
    assert len(shown(value)) < 600


@given(text=st.text())
def test_text_made_printable_is_left_alone_where_it_was(text: str) -> None:
    assert printable(text).isprintable()
    if text.isprintable() and len(text) <= 300:
        assert printable(text) == text


@given(text=st.text(min_size=4))
def test_a_secret_shows_none_of_its_text(text: str) -> None:
    for seen in (repr(Secret(text)), str(Secret(text)), f"{Secret(text)}"):
        assert seen == "***"
    assert Secret(text).reveal() == text
