"""Taking secrets out of text that goes where people read: the known ones by value, others by their form."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from chalicelib.secret import STARS, Secret

PART_LENGTH = 8
"""Characters. Shorter parts of a URL (`api`, `v1`) are no secret, and hiding them would shred every text."""

_FORMS = re.compile(
    r"(?P<scheme>\b(?:bearer|basic)\s+)[\w.~+/=-]{6,}"
    r"|(?P<header>\b(?:authorization|x-mbx-apikey)[\"']?\s*[:=]\s*[\"']?)(?!bearer|basic)[^\s\"',;}]+"
    r"|(?P<query>[?&](?:signature|token|secret|key|api_?key)=)[^&\s\"']+"
    r"|(?P<telegram>/bot)\d+:[\w-]+"
    r"|(?P<slack>/services/)[\w/-]{12,}"
    r"|(?P<discord>/api/webhooks/\d+/)[\w-]+",
    re.IGNORECASE,
)


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
        return _FORMS.sub(lambda found: f"{found.group(found.lastgroup or 0)}{STARS}", text)


def _shapes(text: str) -> Iterator[str]:
    for part in (text, *_url_parts(text)):
        for shape in (part, quote(part, safe=""), quote(part), unquote(part), repr(part)[1:-1], _in_json(part)):
            if shape:
                yield from (shape, _in_json(shape))


def _in_json(text: str) -> str:
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
