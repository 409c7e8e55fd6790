"""agent.example.toml and docs/configuration.md are complete and true."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib.config import Config, load_config, load_secrets
from chalicelib.config.keys import ROWS
from chalicelib.errors import BadInput
from chalicelib.strategy.chosen import rule_of
from chalicelib.strategy.loader import built_in, built_in_names
from trader.config_reference import EXAMPLE, REFERENCE, example, reference

ROOT = Path(__file__).parents[3]
REMEDY = "run: python -m trader.config_reference"


def test_the_example_file_is_what_the_keys_say() -> None:
    assert (ROOT / EXAMPLE).read_text(encoding="utf-8") == example(), REMEDY


def test_the_reference_is_what_the_keys_say() -> None:
    text = (ROOT / REFERENCE).read_text(encoding="utf-8")
    assert text == reference(text), REMEDY
    assert all(f"| `{name.partition('.')[2]}` |" in text for name in ROWS)
    assert all(f"### [strategy.settings] of {name}\n" in text for name in built_in_names())


def test_the_example_changes_what_new_agents_begin_with_alone_as_it_stands_and_with_every_line_taken_in(
    tmp_path: Path,
) -> None:
    of_new_agents = replace(Config(), inputs=replace(Config().inputs, sentiment_max_age="24h"))
    text, settings = (ROOT / EXAMPLE).read_text(encoding="utf-8"), built_in(Config().strategy.name).form.settings()
    uncommented = re.sub(r"^#(?=\S)", "", text, flags=re.MULTILINE)
    assert len(re.findall(r"^\w+ = ", uncommented, flags=re.MULTILINE)) == len(ROWS) + len(settings)
    for name, content in (("commented.toml", text), ("uncommented.toml", uncommented)):
        (tmp_path / name).write_text(content, encoding="utf-8")
        read = load_config(tmp_path / name)
        assert replace(read, strategy=Config().strategy) == of_new_agents
        assert rule_of(read).settings == settings


def test_the_mistakes_shown_in_the_reference_are_explained_as_shown(tmp_path: Path) -> None:
    text = (ROOT / REFERENCE).read_text(encoding="utf-8")
    shown = re.findall(r"trader: agent\.toml: ([a-z]+)\.([a-z_]+)(?: = ([0-9.]+))?: (.+)", text)
    assert len(shown) == 2
    for section, key, value, explanation in shown:
        file = tmp_path / "agent.toml"
        file.write_text(f"[{section}]\n{key} = {value or 0}\n")
        with pytest.raises(BadInput, match=re.escape(explanation.removesuffix("..."))):
            load_config(file)


def test_the_variables_in_the_reference_are_the_ones_that_are_read(tmp_path: Path) -> None:
    text = (ROOT / REFERENCE).read_text(encoding="utf-8")
    names = re.findall(r"^\| `([A-Z_]+)` \|", text, flags=re.MULTILINE)
    secrets = load_secrets(tmp_path / ".env", dict.fromkeys(names, "given"))
    assert len(names) == len(secrets.__slots__)
    assert all(getattr(secrets, own).reveal() == "given" for own in secrets.__slots__)


def test_reading_settings_loads_neither_network_nor_cloud_modules() -> None:
    code = "import sys, chalicelib.config; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    loaded = set(modules.split())
    assert not loaded & {
        "dotenv",
        "requests",
        "json",
        "difflib",
        "hashlib",
        "ssl",
        "asyncio",
        "logging",
        "chalicelib.domain",
    }
