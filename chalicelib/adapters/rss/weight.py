"""Bounds of what reading a document may cost, counted in its bytes before any parser sees them.

The parsers give no way to stop them, so what would cost too much is not begun. Weights are microseconds of one
processor, measured with feedparser 6.0.12 on documents of one kind each: tests/unit/adapters/test_rss_weight.py makes
them.
"""

from __future__ import annotations

import re
from itertools import islice

from chalicelib.errors import BadInput

WEIGHTS = {b"<": 15, b"=": 3, b"&": 2, b"\n": 2, b"\r": 2, b"]": 1}
"""A lenient parser takes 10 to 15 µs a tag; the strict one gets text in pieces, at references, brackets and lines."""
HEAVIEST = 1_000_000
"""About one second, twenty times the heaviest development feed."""
MOST_ATTRIBUTES = 200
"""Of one element. Time and memory grow with the square of them; a feed's first element has twenty."""
LONGEST_TAG = 100_000
"""Bytes of one, quoted values aside; a lenient parser's patterns take 150 bytes of memory for each."""
MOST_NAMESPACES = 200
"""Declarations that differ; time grows with the square of them, too."""
LONGEST_ENTITY = 32
"""Bytes: accented letters and typographic marks, which is what feeds declare entities for."""

_ENTITY = re.compile(rb"""<!ENTITY\s+(?:%\s+)?[^\s>"']+\s*("[^"]*"|'[^']*')""")
_REFERENCE = re.compile(rb"[&%](?!#)\w")
_TAG = re.compile(rb"""<[A-Za-z_:][^<>"']*+(?:"[^"]*+"[^<>"']*+|'[^']*+'[^<>"']*+)*+""")
_QUOTED = re.compile(rb"\"[^\"]*+\"|'[^']*+'")
_ATTRIBUTE = re.compile(rb"""[^\s=<>"'/]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]*))?""")
_NAMESPACE = re.compile(rb"""\bxmlns[\w:.-]*\s*=\s*(?:"[^"]*"|'[^']*')""")
_EBCDIC = b"\x4c\x6f\xa7\x94"  # "<?xm"


def weight(flat: bytes) -> int:
    """Microseconds that parsing takes at most, once.

    >>> weight(b"<a href='x'>y &amp; z</a>")
    35
    """
    return sum(flat.count(mark) * each for mark, each in WEIGHTS.items())


def refuse_heavy(flat: bytes, feed: str) -> None:
    """Refuse a document, given without NULs, that would cost too much or expand to more. Raises BadInput."""
    if flat.startswith(_EBCDIC):
        raise BadInput(f"feed {feed}: is written in a character set in which no feed is read")
    if weight(flat) > HEAVIEST:
        raise BadInput(
            f"feed {feed}: more than {HEAVIEST // WEIGHTS[b'<']} elements, or as much of attributes and lines"
        )
    _refuse_heavy_tags(flat, feed)
    if flat.count(b"xmlns") > MOST_NAMESPACES and len(set(_NAMESPACE.findall(flat))) > MOST_NAMESPACES:
        raise BadInput(f"feed {feed}: declares more than {MOST_NAMESPACES} namespaces")
    for found in _ENTITY.finditer(flat):
        value = found[1][1:-1]
        if len(value) > LONGEST_ENTITY or _REFERENCE.search(value):
            raise BadInput(f"feed {feed}: declares entities that expand to more text, which is refused")


def _refuse_heavy_tags(flat: bytes, feed: str) -> None:
    for found in _TAG.finditer(flat):
        if len(found[0]) > 2 * MOST_ATTRIBUTES and _attributes(found[0]) > MOST_ATTRIBUTES:
            raise BadInput(f"feed {feed}: an element with more than {MOST_ATTRIBUTES} attributes")
        if len(found[0]) > LONGEST_TAG and len(_QUOTED.sub(b"", found[0])) > LONGEST_TAG:
            raise BadInput(f"feed {feed}: a tag of more than {LONGEST_TAG} bytes")


def _attributes(tag: bytes) -> int:
    """How many it has, those without a value included; no more are counted than it takes to refuse them."""
    return sum(1 for _ in islice(_ATTRIBUTE.finditer(tag), MOST_ATTRIBUTES + 2)) - 1  # the first is its name
