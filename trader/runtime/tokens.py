"""The tokens of the HTTP routes on this machine: made at the first start, kept in TRADER_HOME/tokens.json."""

from __future__ import annotations

import json
import os
import secrets
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from chalicelib.api.authorizer import Tokens
from chalicelib.errors import BadInput, Unavailable
from chalicelib.secret import Secret

TOKEN_BYTES = 32
VIEWER, OPERATOR = "viewer_token", "operator_token"


def tokens_file(home: Path) -> Path:
    """Where they are."""
    return home / "tokens.json"


def ensure_tokens(home: Path) -> Path:
    """The file with the tokens, made where there is none; only its owner may read it.

    Raises BadInput for a damaged file, Unavailable where it cannot be made.
    """
    path = tokens_file(home)
    if not path.exists():
        _make(path)
    read_tokens(path)
    return path


def keep_to_owner(path: Path, say: Callable[[str], None]) -> None:
    """Take from everybody but the owner what they may do with the file, and say so; nothing where they may do nothing.

    It is used all the same where that cannot be done: the kill switch must work on any file system.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if not mode & 0o077:
            return
        path.chmod(mode & 0o700)
        kept = not stat.S_IMODE(path.stat().st_mode) & 0o077
    except FileNotFoundError:
        return
    except OSError:
        kept = False
    now = "from now on you alone can" if kept else "that cannot be taken back here: keep it elsewhere (TRADER_HOME)"
    say(f"{path}: others could read the tokens; {now}; remove it to have new ones made at the next start")


def read_tokens(path: Path) -> Tokens:
    """The tokens as they are now. Raises BadInput, Unavailable; neither says what the file holds."""
    try:
        given = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise Unavailable(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError):
        raise _damaged(path) from None
    if not isinstance(given, dict):
        raise _damaged(path)
    viewer, operator = given.get(VIEWER), given.get(OPERATOR)
    if not (isinstance(viewer, str) and isinstance(operator, str)):
        raise _damaged(path)
    return Tokens(Secret(viewer), Secret(operator))


def _make(path: Path) -> None:
    """Complete or not there at all, whenever the process dies, and the same for all that start at once."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump({name: secrets.token_urlsafe(TOKEN_BYTES) for name in (VIEWER, OPERATOR)}, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # another process was first: its tokens are the tokens
            os.link(draft, path)
        draft.unlink()
    except OSError as error:
        raise Unavailable(f"{path}: cannot be made ({error.strerror})") from error


def _damaged(path: Path) -> BadInput:
    return BadInput(
        f"{path}: must be a JSON object with {VIEWER} and {OPERATOR}; remove it to have new ones made at the next start"
    )
