"""Bearer tokens: the viewer's may read, the operator's may also halt and resume."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum

from chalicelib.api.messages import HttpRefusal
from chalicelib.secret import Secret

KNOWN_FOR_MS = 300_000
"""How long a token that was taken back may still be good."""
UNKNOWN_AFTER_MS = 30_000
"""How old the tokens may be when one is called unknown: a new token works after this, and guessing reads no more."""
CHALLENGE = 'Bearer realm="ai-trader"'
_BEARER = re.compile(r"bearer +([!-~]{1,512})", re.IGNORECASE)


class Scope(IntEnum):
    """What a token allows; each allows what the ones before it do."""

    VIEWER = 1
    OPERATOR = 2


@dataclass(frozen=True, slots=True)
class Tokens:
    """The two tokens; an empty one is good for nothing."""

    viewer: Secret = field(default_factory=Secret)
    operator: Secret = field(default_factory=Secret)


TokenSource = Callable[[int], Tokens]
"""Given the greatest age in milliseconds: the tokens, not older than that. Raises Unavailable."""


def authorize(header: str | None, needed: Scope, source: TokenSource) -> None:
    """Refuse the request unless this Authorization header holds a token of at least that scope. Raises Unavailable."""
    if header is None:
        raise _challenged("a bearer token is needed", CHALLENGE)
    match = _BEARER.fullmatch(header)
    if match is None:
        raise _challenged("the Authorization header must be: Bearer <token>", f'{CHALLENGE}, error="invalid_request"')
    given = match[1]
    scope = scope_of(given, source(KNOWN_FOR_MS)) or scope_of(given, source(UNKNOWN_AFTER_MS))
    if scope is None:
        raise _challenged("unknown token", f'{CHALLENGE}, error="invalid_token"')
    if scope < needed:
        headers = {"WWW-Authenticate": f'{CHALLENGE}, error="insufficient_scope", scope="{needed.name.lower()}"'}
        raise HttpRefusal(403, f"this needs the {needed.name.lower()} token", headers)


def scope_of(given: str, tokens: Tokens) -> Scope | None:
    """What the token allows, None if it is none; the time it takes says nothing about how much of it was right.

    >>> scope_of("b", Tokens(Secret("a"), Secret("b"))), scope_of("", Tokens())
    (<Scope.OPERATOR: 2>, None)
    """
    is_viewer = _same(given, tokens.viewer)
    is_operator = _same(given, tokens.operator)
    if is_operator:
        return Scope.OPERATOR
    return Scope.VIEWER if is_viewer else None


def _same(given: str, secret: Secret) -> bool:
    return hmac.compare_digest(given.encode(), secret.reveal().encode()) and bool(secret)


def _challenged(text: str, challenge: str) -> HttpRefusal:
    return HttpRefusal(401, text, {"WWW-Authenticate": challenge})
