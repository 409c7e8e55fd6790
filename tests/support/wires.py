"""Ports that something happens around: a crash, or somebody else's run, right before or right after the n-th call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Crash(BaseException):
    """The process died here; no handler of the project may catch it."""


class Wire:
    """Counts the calls of all ports it is strung through and acts once, before or after the call number `at`."""

    def __init__(self, at: int = -1, after: bool = False, act: Callable[[], None] | None = None) -> None:
        self.calls: list[str] = []
        self._at = at
        self._after = after
        self._act = act or self._crash
        self._busy = False

    def strung(self, name: str, port: Any) -> Any:
        """The port with the wire strung through each of its methods."""
        return _Strung(name, port, self) if not callable(port) else port

    def call(self, name: str, method: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        if self._busy:  # what the act itself does is not counted
            return method(*arguments, **named)
        number = len(self.calls)
        self.calls.append(name)
        if number == self._at and not self._after:
            self._fire()
        result = method(*arguments, **named)
        if number == self._at and self._after:
            self._fire()
        return result

    def _fire(self) -> None:
        self._busy = True
        try:
            self._act()
        finally:
            self._busy = False

    @staticmethod
    def _crash() -> None:
        raise Crash


class _Strung:
    def __init__(self, name: str, port: Any, wire: Wire) -> None:
        self._name, self._port, self._wire = name, port, wire

    def __getattr__(self, method: str) -> Any:
        found = getattr(self._port, method)
        if not callable(found):
            return found
        return lambda *arguments, **named: self._wire.call(f"{self._name}.{method}", found, *arguments, **named)
