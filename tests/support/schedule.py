"""Threads that take turns request by request, in an order drawn from a seed: races that can be played again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from threading import Condition, Thread, current_thread


class Schedule:
    """A `Watch` under which only one of the actors is between two requests at any time."""

    def __init__(self) -> None:
        self._turn = Condition()
        self._waiting: set[Thread] = set()
        self._running: Thread | None = None
        self._actors: list[Thread] = []

    def before(self, operation: str) -> None:
        """Wait for one's turn; whoever is no actor goes on at once."""
        me = current_thread()
        if me not in self._actors:
            return
        with self._turn:
            self._waiting.add(me)
            self._turn.notify_all()
            self._turn.wait_for(lambda: self._running is me)
            self._waiting.discard(me)
            self._running = None

    def after(self, operation: str) -> None:
        pass

    def play(self, actors: Sequence[Callable[[], None]], seed: int) -> None:
        """Run the actors to their ends."""
        random = Random(seed)
        failures: list[BaseException] = []

        def act(actor: Callable[[], None]) -> None:
            try:
                actor()
            except BaseException as error:
                failures.append(error)
            with self._turn:
                alive.discard(current_thread())
                self._turn.notify_all()

        self._actors = [Thread(target=act, args=(actor,), daemon=True) for actor in actors]
        alive = set(self._actors)
        for thread in self._actors:
            thread.start()
        with self._turn:
            while alive:
                self._turn.wait_for(lambda: alive <= self._waiting)
                if alive:
                    self._running = random.choice(sorted(self._waiting, key=self._actors.index))
                    self._turn.notify_all()
                    self._turn.wait_for(lambda: self._running is None)
        for thread in self._actors:
            thread.join()
        self._actors = []
        for failure in failures:
            raise failure
