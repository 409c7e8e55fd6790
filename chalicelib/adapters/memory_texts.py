"""Texts for one process."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock


class MemoryTexts:
    """Implements `SharedTexts` among the threads of a process."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._lock = Lock()

    def change(self, name: str, make: Callable[[str], str]) -> str:
        with self._lock:
            text = self._texts.get(name, "")
            self._texts[name] = make(text)
            return text
