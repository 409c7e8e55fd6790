"""The few errors that callers tell apart.

TraderError
├── Unavailable     the other side did not answer, or its outcome is unknown: look it up or retry later
│   └── NothingDone     it was not sent, or not looked at: known to have changed nothing
├── Rejected        the other side refused for good: stop, do not repeat
│   ├── KeyRefused      the key, its rights or its proof: halt, nothing else will be let in either
│   └── NoSuchOrder     no order of that name is there to be shown or cancelled
├── Conflict        somebody else wrote first: reload and start over
├── Halted          a halt flag forbids the order that was about to be written
└── BadInput        a person, a file or a feed gave something wrong: explain it

Adapters turn their vendor's errors into these; the kernel raises none of them and returns codes.
"""

from __future__ import annotations

from collections.abc import Iterable


class TraderError(Exception):
    """Base of every error that a caller may catch; its text is one line fit to be shown to a user."""


class Unavailable(TraderError):
    """The outcome is unknown or the service is down. Never read as "failed".

    `retry_after_s` is how long the other side asked us to stay away, None when it did not say.
    """

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class NothingDone(Unavailable):
    """Unavailable, and what was asked for is known not to have happened: ask later, there is nothing to look up."""


class Rejected(TraderError):
    """Refused for good: the same request would be refused again."""


class KeyRefused(Rejected):
    """The exchange does not let this key in, or not to do that: halt; whatever is asked next is refused as well."""


class NoSuchOrder(Rejected):
    """The exchange shows no order of this name, or none that could still be cancelled.

    For seconds after a placement of unknown outcome this proves nothing: what is shown may lag behind what trades.
    """


class Conflict(TraderError):
    """The stored version is not the one this change was built on; nothing was written."""


class Halted(TraderError):
    """A halt flag is up; the order and everything committed with it was not written."""


class BadInput(TraderError):
    """What was given cannot be used: the text names what, where and what is allowed."""


def all_of(errors: Iterable[TraderError]) -> str:
    """The texts of several errors as one line, each once."""
    return "; ".join(dict.fromkeys(map(str, errors)))
