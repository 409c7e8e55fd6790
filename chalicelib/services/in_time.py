"""An answer within a time, or none: for analyzers that run in this process and could take for ever."""

from __future__ import annotations

import atexit
from collections.abc import Callable, Sequence
from threading import Event, Lock, Thread

from chalicelib.domain import Score
from chalicelib.errors import Unavailable
from chalicelib.ports import SentimentAnalyzer

LONGEST_END_S = 10.0
"""How long the process waits at its end for a call that is under way."""

_lock = Lock()
"""Held while a call begins or ends, and while the process begins to end."""
_under_way: set[Thread] = set()
_ending = Event()


class InTimeAnalyzer:
    """A SentimentAnalyzer that is unavailable when another one takes longer than `deadline_s`.

    It is for one caller at a time. A late call cannot be ended, only abandoned: until it ends, further ones are refused
    at once. It runs in a thread that does not keep the process alive. What the other one raises is raised.
    """

    def __init__(self, analyzer: SentimentAnalyzer, deadline_s: float) -> None:
        self._analyzer = analyzer
        self._deadline_s = deadline_s
        self._late: Thread | None = None

    @property
    def model(self) -> str:
        """That of the analyzer."""
        return self._analyzer.model

    def score(self, titles: Sequence[str]) -> list[Score]:
        """One score per title, in order. Raises Unavailable when it takes longer, or an earlier call still does."""
        if self._late is not None and self._late.is_alive():
            raise Unavailable(f"{self.model}: still busy with an earlier batch")
        answers: list[list[Score] | Exception] = []

        def ask() -> None:
            try:
                answers.append(self._analyzer.score(titles))
            except Exception as error:
                answers.append(error)

        self._late = _begin(ask)
        self._late.join(self._deadline_s)
        if not answers:
            raise Unavailable(f"{self.model}: no answer within {self._deadline_s:g} s")
        answer = answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def _begin(call: Callable[[], None]) -> Thread:
    """A thread that makes the call; never returns once the process ends."""

    def run() -> None:
        try:
            call()
        finally:
            with _lock:
                _under_way.discard(thread)

    thread = Thread(target=run, name="sentiment", daemon=True)
    with _lock:
        begins = not _ending.is_set()
        if begins:
            _under_way.add(thread)
            thread.start()
    if not begins:
        Event().wait()  # for ever: to be refused now would have a fallback score what the next run can
    return thread


@atexit.register
def _let_end() -> None:
    """A library in C must not be taken apart while a thread computes in it: the process would crash at its end."""
    with _lock:
        _ending.set()
        waited_for = list(_under_way)
    for thread in waited_for:
        thread.join(LONGEST_END_S)
