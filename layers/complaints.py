"""What a process that failed said last."""

from __future__ import annotations

from subprocess import CompletedProcess


def last_line(done: CompletedProcess[str], otherwise: str) -> str:
    """The last line that is not blank of what it printed, on stderr rather than on stdout.

    >>> last_line(CompletedProcess([], 1, "working", "Traceback ...\\nKeyError: 'a'\\n"), "failed")
    "KeyError: 'a'"
    """
    said = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    return said[-1] if said else otherwise
