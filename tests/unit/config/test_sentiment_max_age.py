"""How old a headline may be and still count: what is read, and what it does to the hash of settings."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from chalicelib.config import Config, load_config, value_of
from chalicelib.config.keys import ROWS
from chalicelib.errors import BadInput


def hashed(config: Config) -> str:
    return config.hash_with("rule", {"a": 1})


def hashed_before_the_key_came(config: Config) -> str:
    deciding = {name: value_of(config, name) for name, row in ROWS.items() if row.decides}
    deciding = {name: value for name, value in deciding.items() if not ROWS[name].came_later}
    text = json.dumps(["rule", {"a": 1}, deciding], sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()[:12]


def limited(value: str) -> Config:
    return load_config(Path("/dev/null"), [f"inputs.sentiment_max_age={value}"])


@pytest.mark.parametrize(
    ("given", "read", "milliseconds"),
    [
        ("24h", "24h", 86_400_000),
        ("1d", "24h", 86_400_000),
        ("90m", "90m", 5_400_000),
        ("120m", "2h", 7_200_000),
        ("3650d", "87600h", 315_360_000_000),
        ("off", "off", None),
    ],
)
def test_minutes_hours_and_days_are_read_and_equal_ages_are_equal_settings(
    given: str, read: str, milliseconds: int | None
) -> None:
    inputs = limited(given).inputs
    assert (inputs.sentiment_max_age, inputs.sentiment_max_age_ms) == (read, milliseconds)


@pytest.mark.parametrize(
    "given", ["0", "0h", "24", "24.0", "true", "none", '""', "1.5h", "-1h", "24H", "24 h", "1h30m", "1w", "3651d", "h"]
)
def test_anything_else_is_refused_in_words_that_say_what_would_be_one(given: str) -> None:
    with pytest.raises(BadInput) as refused:
        limited(given)
    assert str(refused.value).startswith("--set: inputs.sentiment_max_age = ")
    assert str(refused.value).endswith(
        'must be minutes, hours or days from "1m" to "3650d" ("90m", "24h", "7d"), or "off"'
    )


def test_settings_that_say_nothing_of_it_have_the_hash_they_always_had() -> None:
    before = hashed_before_the_key_came(Config())
    assert hashed(Config()) == hashed(limited("off")) == before
    assert hashed(limited("24h")) == hashed(limited("1d")) != before
    assert hashed(limited("25h")) != hashed(limited("24h"))
