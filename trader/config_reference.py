"""agent.example.toml and the table in docs/configuration.md, written from the keys themselves.

`python -m trader.config_reference` brings both up to date; a test fails while they are not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from chalicelib.config.keys import ROWS, SECTIONS, Config, value_of
from chalicelib.secret import Secret
from chalicelib.strategy.loader import built_in
from trader.authoring.described import Described, all_described, described

EXAMPLE = Path("agent.example.toml")
REFERENCE = Path("docs/configuration.md")
START = "<!-- keys: written by python -m trader.config_reference -->\n"
END = "<!-- end of keys -->\n"
STRATEGY = "strategy"
OF_ANOTHER = "`trader strategy show NAME` prints those of another."
HEAD = """\
# The settings of one agent. Copy this file to agent.toml, take away the # before a key and change its value.
# Every key may be left out: the values shown are the defaults, but for a key without #, whose default stands above it.
# Secrets stand in .env, never here.
# docs/configuration.md has all of this as a table.
"""


def toml(value: object) -> str:
    """A setting as TOML writes it, on one line.

    >>> toml(0.5), toml(("a", "b")), toml({"A": ("a",)})
    ('0.5', '["a", "b"]', '{ A = ["a"] }')
    """
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{name} = {toml(each)}' for name, each in value.items())} }}"
    if isinstance(value, tuple):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, Secret):
        return toml(value.reveal())
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def example() -> str:
    """The text of agent.example.toml: every key with its default, commented out below what it means and may be."""
    return HEAD + "".join(_example_section(section) for section in SECTIONS)


def _example_section(section: str) -> str:
    if section == STRATEGY:
        return _example_keys(section) + _example_settings(described(built_in(Config().strategy.name)))
    return _example_keys(section)


def _example_settings(strategy: Described) -> str:
    lines = ["", f"[{STRATEGY}.settings]", f"# The settings of {strategy.name}: {OF_ANOTHER}"]
    for row in strategy.settings:
        lines += [f"# Allowed: {row.allowed}.", f"#{row.name} = {toml(row.default)}"]
    return "\n".join([*lines, ""])


def _example_keys(section: str) -> str:
    lines = ["", f"[{section}]"]
    for own, name in _keys(section):
        row, default = ROWS[name], toml(value_of(Config(), name))
        lines += [f"# {row.about}", f"# Allowed: {row.kind.words}."]
        if row.of_new_agents is None:
            lines.append(f"#{own} = {default}")
        else:
            lines += [f"# Left out, as in files from before it came: {default}.", f"{own} = {toml(row.of_new_agents)}"]
    return "\n".join([*lines, ""])


def table() -> str:
    """The Markdown tables of all keys, one for each section."""
    return "\n".join(_table_section(section) for section in SECTIONS)


def _table_section(section: str) -> str:
    if section == STRATEGY:
        return "\n".join([_table_keys(section), *map(_table_settings, all_described())])
    return _table_keys(section)


def _table_settings(strategy: Described) -> str:
    lines = [f"### [{STRATEGY}.settings] of {strategy.name}", "", strategy.idea, ""]
    lines += ["| key | default | allowed |", "| --- | --- | --- |"]
    lines += [f"| `{row.name}` | `{toml(row.default)}` | {row.allowed} |" for row in strategy.settings]
    return "\n".join([*lines, ""])


def _table_keys(section: str) -> str:
    lines = [f"### [{section}]", "", "| key | default | allowed | what it is |", "| --- | --- | --- | --- |"]
    for own, name in _keys(section):
        row = ROWS[name]
        new = "" if row.of_new_agents is None else f" `{EXAMPLE}` has `{toml(row.of_new_agents)}`."
        cells = (f"`{own}`", f"`{toml(value_of(Config(), name))}`", row.kind.words, f"{row.about}{new}")
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join([*lines, ""])


def _keys(section: str) -> Iterator[tuple[str, str]]:
    for name in ROWS:
        if name.startswith(f"{section}."):
            yield name.removeprefix(f"{section}."), name


def reference(text: str) -> str:
    """The text of docs/configuration.md with its tables written anew."""
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n{table()}\n{END}{after}"


def main() -> None:
    """Write both files, from the project's root."""
    EXAMPLE.write_text(example(), encoding="utf-8")
    REFERENCE.write_text(reference(REFERENCE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
