"""Parameters in memory, for whoever needs a ParameterSource without AWS; held to the contract suite."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.errors import BadInput, Unavailable


class StoredParameters:
    """Implements ports.ParameterSource over full names; `down` makes it Unavailable for what was never read."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self.values = dict(values or {})
        self.down = False
        self._read: dict[str, Mapping[str, str]] = {}

    def texts(self, path: str, max_age_ms: int = 300_000) -> Mapping[str, str]:
        if not path.startswith("/"):
            raise BadInput(f"parameters {path}: no path")
        if self.down:
            if path in self._read:
                return self._read[path]
            raise Unavailable(f"parameters {path}: down")
        start = path.rstrip("/") + "/"
        below = {name[len(start) :]: text for name, text in self.values.items() if name.startswith(start)}
        self._read[path] = {name: text for name, text in below.items() if "/" not in name}
        return self._read[path]
