"""Parts of an address that only its owner should know: the one rule for all that is shown, stored or told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import unquote, unquote_plus

from chalicelib.secret import STARS

TELLING_NAME = (
    r"(?:[\w.-]*(?:token|secret|passw|pwd|signature|api[_-]?key|apikey|access[_-]?key|credential|session|auth(?!or))[\w.-]*"
    r"|(?:[\w.-]*[_.-]|rss|feed|user)?key|sig|pass|pw|sid|jwt)"
)
"""A pattern of parameters whose values are secrets, however short."""
_NAMED = re.compile(TELLING_NAME, re.IGNORECASE)
_PLAIN = re.compile(
    r"q|query|s|search|terms?|keywords?|tags?|cats?|categor(?:y|ies)|topics?|sections?|channels?|lang(?:uage)?|[hg]l|ceid|locale"
    r"|country|regions?|edition|format|output|kind|type|feed|rss|pages?|paged|limit|count|num|size|max|sort|order|authors?"
    r"|sources?|sites?|symbols?|pairs?|coins?|currenc(?:y|ies)|interval|from|to|since|until|date|fields|filter|public"
    r"|(?:start|end)time|version",
    re.IGNORECASE,
)
"""Names of parameters that say what is asked for; of others nobody knows."""
_SHORTEST = 5
"""Characters of a value that may be a secret, where its name does not say so."""

_START = re.compile(
    r"((?!file:)[a-z][a-z\d+.-]+:/{1,2})(?:[^/?#:@]*:(?!\d*(?:[/?#]|$)).*@|[^/?#]*@)?[^/?#]*", re.IGNORECASE
)
_USER_WITHOUT_SCHEME = re.compile(r"[^/?#\s@]*:[^\s@]*@")
_MARKS = re.compile(r"([/?#&;])")
_UUID = re.compile(r"[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}", re.IGNORECASE)
_WORDS = re.compile(r"[^\W_]+")
_RUN = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[^A-Za-z]+")
_SHORTEST_RUN = 3.0
"""Characters of a word or number in written text, on average: what mixes capitals and has shorter ones is drawn."""


def hidden(address: str) -> str:
    """The address with stars for user and password, for what in its path looks drawn at random, and for values.

    A value stays where its parameter's name says that it is none of the owner's own, and it does not look random.

    >>> hidden("https://me:pw@example.com/private/0a1b2c3d4e5f60718293a4b5/rss?t=abcde&q=btc")
    'https://***@example.com/private/***/rss?t=***&q=btc'
    """
    start = _START.match(address)
    if start is None:
        return _USER_WITHOUT_SCHEME.sub(f"{STARS}@", address, count=1)
    host = start[0].rpartition("@")[2] if "@" in start[0] else start[0].removeprefix(start[1])
    user = f"{STARS}@" if "@" in start[0] else ""
    return f"{start[1]}{user}{host}{''.join(map(_part, _MARKS.split(address[start.end() :])))}"


def secrets_in(address: str) -> frozenset[str]:
    """All that `hidden` hides, as itself: password, values, parts of the path, and what of these dots and colons part.

    >>> sorted(secrets_in("https://me:hush%21@example.com/feed/0a1b2c3d4e5f/?token=t0p&q=btc"))
    ['0a1b2c3d4e5f', 'hush!', 't0p']
    """
    start = _START.match(address)
    if start is None:
        return frozenset()
    _, _, password = start[0].removeprefix(start[1]).rpartition("@")[0].partition(":")
    return frozenset(filter(None, (unquote(password), *_secret_parts(address[start.end() :]))))


def looks_random(text: str) -> bool:
    """Whether a part of a path, or a value, looks drawn at random rather than written.

    >>> [looks_random(text) for text in ("bitcoin-price-news-2025-11-30", "outboundfeeds", "v2.1", "Top-Stories")]
    [False, False, False, False]
    >>> [looks_random(text) for text in ("kJ8_x-9QzA_b7", "0a1b2c3d4e5f", "SECRETSECRET", "e9a1c3d5")]
    [True, True, True, True]
    """
    if _UUID.search(text) or any(map(_is_random_word, _WORDS.findall(text))):
        return True
    letters = "".join(_WORDS.findall(text))
    is_mixed = letters != letters.lower() and letters != letters.upper()
    return is_mixed and len(letters) >= 10 and len(letters) < _SHORTEST_RUN * len(_RUN.findall(letters))


def _part(part: str) -> str:
    if "=" not in part:
        return STARS if looks_random(unquote(part)) else part
    name, _, value = part.partition("=")
    return f"{STARS if looks_random(unquote(name)) else name}={STARS if _is_secret(name, value) else value}"


def _secret_parts(rest: str) -> Iterator[str]:
    for part in _MARKS.split(rest):
        name, equals, value = part.partition("=")
        if looks_random(unquote(name)):
            yield from (unquote(name), *filter(looks_random, re.split("[.:]", unquote(name))))
        if equals and _is_secret(name, value):
            yield unquote_plus(value)


def _is_secret(name: str, value: str) -> bool:
    if _NAMED.fullmatch(unquote(name)):
        return bool(value)
    if _PLAIN.fullmatch(unquote(name)):
        return looks_random(unquote_plus(value))
    return len(value) >= _SHORTEST


def _is_random_word(word: str) -> bool:
    kinds = "".join(map(_kind, word))
    if len(set(kinds.lower())) > 1:  # letters and digits
        return len(word) >= 12 or (len(word) >= 8 and (_changes(kinds.lower()) >= 3 or len(set(kinds)) == 3))
    return len(word) >= 20 or (len(word) >= 12 and set(kinds) != {"a"} and "Aa" not in kinds) or kinds.count("aA") >= 3


def _kind(character: str) -> str:
    """One of "0", "A" and "a" for a digit, a capital and any other letter."""
    return "0" if character.isdigit() else "A" if character.isupper() else "a"


def _changes(kinds: str) -> int:
    return sum(one != other for one, other in pairwise(kinds))
