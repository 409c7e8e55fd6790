"""Servers of `make stack` that go on after the command: each has a file that says where it is and how to end it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from chalicelib.errors import Unavailable

GRACE_S = 10.0


@dataclass(frozen=True, slots=True)
class Server:
    """A server by the file that knows it, `<name>.json` in a folder; its output lies beside it."""

    folder: Path
    name: str

    @property
    def log(self) -> Path:
        """What it writes."""
        return self.folder / f"{self.name}.log"

    @property
    def _file(self) -> Path:
        return self.folder / f"{self.name}.json"

    def url(self) -> str:
        """Where it serves; empty if it does not run."""
        known = self._known()
        return known.get("url", "") if _runs(known) else ""

    def start(self, command: Sequence[str], environment: Mapping[str, str], cwd: Path, ready: Callable[[], str]) -> str:
        """Start it and wait until `ready` tells its URL, which it returns. Raises Unavailable if it ends or is slow."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            process = subprocess.Popen(  # noqa: S603
                command,
                env=dict(environment),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # the Ctrl-C that ends the command is not meant for it
            )
        try:
            url = self._wait(process, ready)
        except BaseException:  # a Ctrl-C too: no file says yet how to end it
            process.kill()
            process.wait()
            raise
        Thread(target=process.wait, daemon=True).start()  # it may outlive us; if it does not, it leaves no zombie
        self._file.write_text(json.dumps({"pid": process.pid, "url": url, "command": list(command)}), "utf-8")
        return url

    def _wait(self, process: subprocess.Popen[bytes], ready: Callable[[], str]) -> str:
        deadline = time.monotonic() + 60.0
        while not (url := ready()):
            if process.poll() is not None or time.monotonic() > deadline:
                raise Unavailable(f"{self.name}: did not start: {self._last_line()}")
            time.sleep(0.05)
        return url

    def stop(self) -> bool:
        """End it if it runs, and wait for that; False if it did not."""
        known = self._known()
        self._file.unlink(missing_ok=True)
        if not _runs(known):
            return False
        pid = int(known["pid"])
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + GRACE_S
        while _runs(known):
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)
        return True

    def _known(self) -> dict[str, str]:
        try:
            return dict(json.loads(self._file.read_text("utf-8")))
        except (OSError, ValueError):
            return {}

    def _last_line(self) -> str:
        lines = [line.strip() for line in self.log.read_text("utf-8", "replace").splitlines() if line.strip()]
        return f"{lines[-1] if lines else 'it said nothing'} ({self.log})"


def _runs(known: Mapping[str, str]) -> bool:
    """Whether the process still is the one that was started: after a reboot its number may be another's."""
    if "pid" not in known:
        return False
    listed = subprocess.run(  # noqa: S603
        ["ps", "-ww", "-o", "stat=", "-o", "args=", "-p", str(known["pid"])],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    state, _, arguments = listed.stdout.strip().partition(" ")
    return bool(state) and not state.startswith("Z") and known["command"][-1] in arguments
