"""A document cut into its items, so that what is wrong in one costs no other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

_MARK = re.compile(r"(?P<open><!\[CDATA\[|<!--)|(?P<close>\]\]>|-->)|<(?:[\w.-]+:)?(?i:item|entry)(?=[\s/>])")
_CLOSE_OF = {"<![CDATA[": "]]>", "<!--": "-->"}
_ITEM_END = re.compile(r"</(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE)
_ROOT = re.compile(
    r"""(?:[^<]++|<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^\[<>]*(?:\[.*?\]\s*)?>)*+"""
    r"""<([^\s<>/!?]++)(?:"[^"]*+"|'[^']*+'|[^<>"']++)*+>""",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Pieces:
    """The items of a document, each as it stands there, and what is around them."""

    opening: str
    """All before the end of the first element's tag: what the items need to mean what they mean."""
    about: str
    """The document without its items."""
    items: tuple[str, ...]
    closing: str

    def document(self, item: str) -> str:
        """A document of this item alone."""
        return f"{self.opening}{item}{self.closing}"


def pieces(text: str) -> Pieces:
    """The document's pieces; sections and comments that are closed hide what looks like an item in them.

    >>> cut = pieces("<rss><title>Desk</title><item>1</item><item>2 <b></item></rss>")
    >>> cut.items, cut.about, cut.document("?")
    (('<item>1</item>', '<item>2 <b></item>'), '<rss><title>Desk</title></rss>', '<rss>?</rss>')
    """
    starts = _starts(text)
    first = starts[0] if starts else len(text)
    items = tuple(_to_its_end(text[begin:end]) for begin, end in pairwise([*starts, len(text)]))
    after = starts[-1] + len(items[-1]) if items else len(text)
    root = _ROOT.match(text, 0, first)
    return Pieces(
        opening=text[: root.end()] if root else "<rss>",
        about=text[:first] + text[after:],
        items=items,
        closing=f"</{root[1]}>" if root else "</rss>",
    )


def _starts(text: str) -> list[int]:
    """Places where items begin. What a section seems to hide counts once another begins before its end, or the
    document ends: it was left open.
    """
    starts: list[int] = []
    hidden: list[int] = []
    section = ""
    for mark in _MARK.finditer(text):
        if mark["open"]:
            if mark[0] == section:
                starts += hidden
                hidden = []
            section = section or mark[0]
        elif mark["close"]:
            if mark[0] == _CLOSE_OF.get(section):
                section, hidden = "", []
        else:
            (hidden if section else starts).append(mark.start())
    return starts + hidden


def _to_its_end(piece: str) -> str:
    ends = [found.end() for found in _ITEM_END.finditer(piece)]
    return piece[: ends[-1]] if ends else piece
