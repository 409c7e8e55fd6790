"""HTML whose text is escaped unless it is markup already, so that no name from outside can become part of the page."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape

VOID = frozenset({"br", "hr", "meta"})


class Markup(str):
    """Text that is HTML."""

    __slots__ = ()


def element(name: str, *content: str | int, **attributes: str | int | None) -> Markup:
    """An element. Text is escaped, markup is not; an attribute `class_` is class, `aria_label` aria-label, None none.

    >>> element("p", "a < b", element("br"), class_="note", id=None)
    '<p class="note">a &lt; b<br></p>'
    """
    words = "".join(
        f' {key.removesuffix("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{name}{words}>" if name in VOID else f"<{name}{words}>{joined(content)}</{name}>")


def joined(content: Iterable[str | int]) -> Markup:
    """Pieces one after the other, as `element` takes them."""
    return Markup("".join(piece if isinstance(piece, Markup) else escape(str(piece)) for piece in content))


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str | int]], **attributes: str | None) -> Markup:
    """A table that scrolls sideways where it is wider than the screen; the first cell of a row heads it.

    An empty head leaves the row of headings out; a cell that is an element `td` already stands as it is.
    """
    headings = element("thead", element("tr", *(element("th", name, scope="col") for name in head))) if head else ""
    body = element("tbody", *(element("tr", _row_head(row[0]), *map(_cell, row[1:])) for row in rows))
    made = element("table", element("caption", caption), headings, body, **attributes)
    return element("div", made, class_="scroll", tabindex=0, role="region", aria_label=caption)


def _row_head(content: str | int) -> Markup:
    return element("th", content, scope="row")


def _cell(content: str | int) -> Markup:
    return content if isinstance(content, Markup) and content.startswith("<td") else element("td", content)


def section(title: str, name: str, *content: str) -> Markup:
    """A part of the page with its heading."""
    return element("section", element("h2", title, id=name), *content, aria_labelledby=name)


def json_script(name: str, value: Mapping[str, object]) -> Markup:
    """Data for scripts, which nothing inside can end.

    >>> json_script("x", {"a": "</script>"})
    '<script type="application/json" id="x">{"a":"\\\\u003c/script>"}</script>'
    """
    text = json.dumps(value, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
    return Markup(f'<script type="application/json" id="{escape(name)}">{text}</script>')
