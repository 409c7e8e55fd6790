"""Who may do what with which token, and how often an unknown one has the tokens read again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib.api.authorizer import KNOWN_FOR_MS, UNKNOWN_AFTER_MS, Scope, Tokens, authorize, scope_of
from chalicelib.api.messages import HttpRefusal
from chalicelib.errors import Unavailable
from chalicelib.secret import Secret

TOKENS = Tokens(Secret("viewer-token"), Secret("operator-token"))


def status_of(header: str | None, needed: Scope = Scope.VIEWER, tokens: Tokens = TOKENS) -> int:
    """200 where the request may go on."""
    try:
        authorize(header, needed, lambda _: tokens)
    except HttpRefusal as refused:
        challenged = refused.response.headers["WWW-Authenticate"].startswith("Bearer ")
        return refused.response.status if challenged else 0
    return 200


@pytest.mark.parametrize(
    ("header", "for_viewer", "for_operator"),
    [
        (None, 401, 401),
        ("", 401, 401),
        ("viewer-token", 401, 401),
        ("Basic viewer-token", 401, 401),
        ("Bearer", 401, 401),
        ("Bearer ", 401, 401),
        ("Bearer two words", 401, 401),
        ("Bearer viewer-token ", 401, 401),
        ("Bearer viewer-toke", 401, 401),
        ("Bearer viewer-tokenx", 401, 401),
        ("Bearer VIEWER-TOKEN", 401, 401),
        ("Bearer viewer-tokén", 401, 401),
        ("Bearer viewer-token\n", 401, 401),
        ("Bearer " + "x" * 100_000, 401, 401),
        ("Bearer viewer-token", 200, 403),
        ("bearer viewer-token", 200, 403),
        ("Bearer operator-token", 200, 200),
    ],
)
def test_only_the_right_token_opens(header: str | None, for_viewer: int, for_operator: int) -> None:
    assert (status_of(header), status_of(header, Scope.OPERATOR)) == (for_viewer, for_operator)


@pytest.mark.parametrize("given", ["", "x", "None", "***"])
def test_tokens_that_are_not_set_are_good_for_nothing(given: str) -> None:
    assert scope_of(given, Tokens()) is None
    assert status_of(f"Bearer {given}", tokens=Tokens()) == 401


def test_one_unset_token_leaves_the_other_alone() -> None:
    assert scope_of("v", Tokens(viewer=Secret("v"))) is Scope.VIEWER
    assert scope_of("", Tokens(viewer=Secret("v"))) is None


def test_the_wider_scope_counts_where_both_tokens_are_one() -> None:
    assert scope_of("same", Tokens(Secret("same"), Secret("same"))) is Scope.OPERATOR


class Cached:
    """Tokens as an adapter keeps them: read again when they are older than asked for."""

    def __init__(self) -> None:
        self.stored = TOKENS
        self.now_ms = 0
        self.reads = 0
        self._kept: tuple[int, Tokens] | None = None

    def __call__(self, max_age_ms: int) -> Tokens:
        if self._kept is None or self.now_ms - self._kept[0] > max_age_ms:
            self.reads += 1
            self._kept = (self.now_ms, self.stored)
        return self._kept[1]

    def opens(self, token: str) -> bool:
        try:
            authorize(f"Bearer {token}", Scope.VIEWER, self)
        except HttpRefusal:
            return False
        return True


def test_a_new_token_works_soon_and_the_old_one_ends() -> None:
    source = Cached()
    assert source.opens("viewer-token")
    source.stored = Tokens(Secret("new"), Secret("other"))
    source.now_ms = UNKNOWN_AFTER_MS
    assert (source.opens("new"), source.opens("viewer-token")) == (False, True)
    source.now_ms += 1
    assert (source.opens("new"), source.opens("viewer-token")) == (True, False)


def test_a_token_that_was_taken_back_ends_without_anybody_trying_the_new_one() -> None:
    source = Cached()
    assert source.opens("viewer-token")
    source.stored = Tokens()
    source.now_ms = KNOWN_FOR_MS + 1
    assert not source.opens("viewer-token")


def test_guessing_does_not_have_the_tokens_read_each_time() -> None:
    source = Cached()
    for number in range(1000):
        source.now_ms = number * 100
        assert not source.opens(f"guess-{number}")
    assert source.reads <= 1 + 100_000 // UNKNOWN_AFTER_MS


def test_tokens_that_cannot_be_read_open_nothing() -> None:
    def unreadable(max_age_ms: int) -> Tokens:
        raise Unavailable("down")

    with pytest.raises(Unavailable):
        authorize("Bearer viewer-token", Scope.VIEWER, unreadable)


@pytest.mark.parametrize("given", ["viewer-token", "operator-token", "guess-1"])
def test_no_refusal_repeats_a_token(given: str) -> None:
    refusals: list[Callable[[], None]] = [
        lambda: authorize(f"Bearer {given}", Scope.OPERATOR, lambda _: Tokens(Secret("viewer-token"))),
        lambda: authorize(given, Scope.VIEWER, lambda _: TOKENS),
    ]
    for attempt in refusals:
        with pytest.raises(HttpRefusal) as caught:
            attempt()
        response = caught.value.response
        assert given not in f"{caught.value} {response.body} {response.all_headers()}"
