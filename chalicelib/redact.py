"""Taking secrets out of text that goes where people read: the known ones by value, others by their form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from chalicelib.address import TELLING_NAME, hidden
from chalicelib.foreign_text import one_line
from chalicelib.secret import STARS, Secret

PART_LENGTH = 8
"""Characters. Shorter parts of a URL (`api`, `v1`) are no secret, and hiding them would shred every text."""

_FORMS = re.compile(
    r"(?P<scheme>\b(?:bearer|basic)\s+)[\w.~+/=-]{6,}"
    r"|(?P<header>\b(?:authorization|x-mbx-apikey)[\"']?\s*[:=]\s*[\"']?)(?!bearer|basic)[^\s\"',;}]+"
    rf"|(?P<query>[?&;#]{TELLING_NAME}=)[^&;#\s\"']+?(?=[:.,)]{{0,3}}(?:[&;#\s\"']|$))"
    r"|(?P<user>\b[a-z][a-z\d+.-]{0,20}://)[^/?#\s\"'@]*@"
    r"|(?P<telegram>/bot)\d+:[\w-]+"
    r"|(?P<slack>/services/)[\w/-]{12,}"
    r"|(?P<discord>/api/webhooks/\d+/)[\w-]+",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"\bhttps?:/{1,2}[^\s\"'<>\\]*[^\s\"'<>\\:.,;)\]}]", re.IGNORECASE)


class Redactor:
    """Knows this process's secrets.

    >>> redactor = Redactor(Secret("https://hooks.example/T0/abcdefghij"))
    >>> redactor.clean("cannot reach hooks.example: url: /T0/abcdefghij (Authorization: Bearer 123456)")
    'cannot reach hooks.example: url: *** (Authorization: Bearer ***)'
    """

    def __init__(self, *secrets: Secret) -> None:
        self._hidden: set[Secret] = set()
        self._shapes: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self.hide(*secrets)

    def hide(self, *secrets: Secret) -> None:
        """Take these out from now on, too, in every form in which a library may quote them. Cheap to repeat."""
        unknown = set(secrets) - self._hidden
        if not unknown:
            return
        self._hidden |= unknown
        self._shapes.update(shape for secret in unknown for shape in _shapes(secret.reveal()))
        longest_first = sorted(self._shapes, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def clean(self, text: str) -> str:
        """The text with stars for secrets."""
        if self._pattern is not None:
            text = self._pattern.sub(STARS, text)
        return without_forms(text)


def without_forms(text: str) -> str:
    """The text with stars for what has the form of a secret, whoever's it is.

    >>> without_forms("https://me:pw@host/rss?auth_token=abc&author=Ann answered 403")
    'https://***@host/rss?auth_token=***&author=Ann answered 403'
    >>> without_forms("feed https://host/rss?key=a:b/c: answered 404")
    'feed https://host/rss?key=***: answered 404'
    >>> without_forms("https://host/rss?feed_key=abc&sid=def&keyword=btc&pw=ghi")
    'https://host/rss?feed_key=***&sid=***&keyword=btc&pw=***'
    """
    text = _ADDRESS.sub(lambda found: hidden(found[0]), text)
    return _FORMS.sub(lambda found: f"{found[found.lastgroup or 0]}{STARS}{'@' * found[0].endswith('@')}", text)


def shown_address(address: str, characters: int = 200) -> str:
    r"""The address as a message names it: one short line, without what only its owner should know.

    >>> shown_address("https://me:secret@example.com/feed?key=k1&q=btc\n")
    'https://***@example.com/feed?key=***&q=btc'
    >>> shown_address("https://example.com/private/0a1b2c3d4e5f60718293a4b5/rss")
    'https://example.com/private/***/rss'
    """
    return one_line(without_forms(hidden(address)), characters)


def _shapes(text: str) -> Iterator[str]:
    for part in (text, *_url_parts(text)):
        for shape in (part, quote(part, safe=""), quote(part), unquote(part), repr(part)[1:-1], _in_json(part)):
            if shape:
                yield from (shape, _in_json(shape))


def _in_json(text: str) -> str:
    import json  # 14 ms that reading settings need not spend

    return json.dumps(text, ensure_ascii=False)[1:-1]


def _url_parts(text: str) -> Iterator[str]:
    """What an error names when it does not name the whole URL: path with query, path, and the long parts of both."""
    try:
        address = urlsplit(text)
    except ValueError:
        return
    if not address.netloc:
        return
    values = [value for _, value in parse_qsl(address.query)]
    target = f"{address.path}?{address.query}" if address.query else address.path
    for part in (target, address.path, address.fragment, *address.path.split("/"), *values):
        if len(part) >= PART_LENGTH:
            yield part
