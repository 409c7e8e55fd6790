"""What a strategy's code may do to us: nothing. Whatever it raises, and whatever takes too long, is one line."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from chalicelib.errors import BadInput
from chalicelib.foreign_text import printable
from chalicelib.strategy.loader import line_of
from chalicelib.strategy.rule import NonsenseError, Strategy

LONGEST_S = 5.0
"""A bar takes microseconds; one that takes so long will not end."""


class TooLongError(BadInput):
    """The strategy did not return in time; asked again it would cost that time again."""


@contextmanager
def guarded(strategy: Strategy, function: str, longest_s: float = LONGEST_S) -> Iterator[None]:
    """Within it the strategy runs: what it raises becomes BadInput, which names its line; so does running for ever.

    Time is watched in the main thread only, where minutes are traded; elsewhere no alarm can be set.
    """
    try:
        with _alarm(longest_s):
            yield
    except TooLongError as error:
        raise TooLongError(_told(strategy, function, error)) from error
    except Exception as error:
        raise BadInput(_told(strategy, function, error)) from error


def _told(strategy: Strategy, function: str, error: BaseException) -> str:
    said = str(error) if isinstance(error, NonsenseError | BadInput) else f"{type(error).__name__}: {error}"
    return f"{printable(strategy.name)}{line_of(error, strategy.file)}, in {function}: {printable(said, 200)}"


@contextmanager
def _alarm(longest_s: float) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(number: int, frame: FrameType | None) -> None:
        raise TooLongError(f"did not return within {longest_s:g} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, longest_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
