"""A private key in a file of its own, named by BINANCE_PRIVATE_KEY_FILE."""

from __future__ import annotations

from pathlib import Path

from chalicelib.errors import BadInput
from chalicelib.foreign_text import printable
from chalicelib.secret import Secret

KEY_FILE_VARIABLE = "BINANCE_PRIVATE_KEY_FILE"
PEM_BEGINS = "-----BEGIN"
_MOST_BYTES = 100_000
_PRIVATE = "PRIVATE KEY-----"
_OTHERS = 0o077
"""Rights of whoever is not the owner."""


def private_key_in(file: Path) -> Secret:
    """The PEM text in the file. Raises BadInput, without any of it, where there is none or it cannot be read."""
    named = f"{KEY_FILE_VARIABLE} = {printable(str(file))}"
    try:
        with file.expanduser().open("rb") as opened:
            content = opened.read(_MOST_BYTES)
    except (OSError, RuntimeError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "that is no path"
        raise BadInput(f"{named}: cannot be read: {reason}") from None
    text = content.decode("ascii", "replace")
    begin = text.find(PEM_BEGINS)
    if begin < 0 or _PRIVATE not in text[begin:]:
        raise BadInput(f"{named}: holds no private key: give PEM text, which has a line -----BEGIN PRIVATE KEY-----")
    return Secret(text[begin:].strip())


def is_for_others_too(file: Path) -> bool:
    """Whether somebody else on this machine may read or change the file. Never raises."""
    try:
        return bool(file.expanduser().stat().st_mode & _OTHERS)
    except (OSError, RuntimeError, ValueError):
        return False
