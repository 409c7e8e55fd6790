"""Pieces of strategy files for tests, by name, from the text files beside this one."""

from __future__ import annotations

from pathlib import Path

MARK = "# !"
"""At the end of a line that is refused."""


def snippets(name: str) -> dict[str, str]:
    """The pieces of a text file; each begins after a line `==== what it is`."""
    _, *parts = (Path(__file__).parent / f"{name}.txt").read_text("utf-8").split("\n==== ")
    return {title: code for title, _, code in (part.partition("\n") for part in parts)}


def marked(code: str) -> set[int]:
    """The lines, from 1, that are marked as refused."""
    return {line for line, text in enumerate(code.splitlines(), start=1) if text.endswith(MARK)}
