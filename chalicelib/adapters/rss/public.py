"""The part of an item that anybody may see: nothing that its feed was asked with and only its owner should know."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import unquote, unquote_plus, urlsplit, urlunsplit

from chalicelib.redact import PART_LENGTH
from chalicelib.secret import STARS


def public(url: str, secrets: Collection[str]) -> str:
    """The address without user and password, without parameters and with stars for parts of the path that are secret.

    >>> public("https://me:hush@example.com/t0p/a?id=5&key=t0p#end", {"t0p"})
    'https://example.com/***/a?id=5#end'
    """
    parts = urlsplit(url)
    kept = (field for field in parts.query.split("&") if unquote_plus(field.partition("=")[2]) not in secrets)
    path = "/".join(STARS if _is_one(part, secrets) else part for part in parts.path.split("/"))
    netloc = parts.netloc.rpartition("@")[2]
    return _starred(urlunsplit(parts._replace(netloc=netloc, path=path, query="&".join(kept))), secrets)


def without(text: str, secrets: Collection[str]) -> str:
    """The text, an address or not, without the secrets; short ones stay where they are not a part of an address.

    >>> without("http://me:hush@example.com/1", {"hush"}), without("a hushed-up-token", {"hush", "hushed-up-token"})
    ('http://example.com/1', 'a ***')
    """
    if not text.startswith(("http://", "https://")):
        return _starred(text, secrets)
    try:
        cleaned = public(text, secrets)
    except ValueError:
        return _starred(text, secrets)
    return text if urlsplit(cleaned) == urlsplit(text) else cleaned  # "?" and "#" before nothing stay


def _is_one(part: str, secrets: Collection[str]) -> bool:
    return bool(part) and unquote(part) in secrets


def _starred(text: str, secrets: Collection[str]) -> str:
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= PART_LENGTH:
            text = text.replace(secret, STARS)
    return text
