"""The `trader` command line: one module per command, imported only when it is called.

This module imports next to nothing, so that Ctrl-C is met from the first moment on.
"""

from __future__ import annotations

import signal
import sys

INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells have it."""


def main() -> None:
    """Run the command line and exit with its code; a second Ctrl-C ends the process at once."""
    code = INTERRUPTED
    try:
        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        sys.stderr.write("trader: interrupted\n")
    if code == INTERRUPTED:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """The exit code of the command line with these arguments. Raises KeyboardInterrupt at Ctrl-C, and nothing else.

    0 on success, 1 on a failure explained in one line, 2 on wrong usage; no traceback reaches a user.
    """
    from trader.cli.group import answer

    return answer(arguments)
