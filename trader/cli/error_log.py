"""TRADER_HOME/error.log: what a report of a defect can attach. It holds no secret, and its owner alone reads it."""

from __future__ import annotations

import os
import re
import traceback
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from chalicelib.address import secrets_in
from chalicelib.config import given_secrets
from chalicelib.foreign_text import escaped
from chalicelib.redact import PART_LENGTH, Redactor
from chalicelib.secret import Secret

_ADDRESS = re.compile(r"[a-z][a-z\d+.-]*://[^\s\"',]+", re.IGNORECASE)
_SECRET_OPTION = re.compile(r"--?[\w-]*(?:token|secret|key|passw|webhook)[\w-]*", re.IGNORECASE)
_SECRET_SETTING = re.compile(r"[\w.]*(?:token|secret|key|passw|webhook)\w*", re.IGNORECASE)


def record(error: BaseException, arguments: Sequence[str], home: Path) -> Path | None:
    """The file, with the error's traceback at its end; None where it cannot be written."""
    path = home / "error.log"
    redactor = redactor_of(arguments)
    lines = "".join(traceback.format_exception(error)).splitlines()
    shown = [redactor.clean(escaped(line)) for line in (f"{datetime.now(UTC).isoformat()} {list(arguments)}", *lines)]
    try:
        home.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(handle, "a", encoding="utf-8", errors="backslashreplace") as file:
            with suppress(OSError):  # not ours, or a file system without modes
                os.fchmod(handle, 0o600)
            file.write("\n".join([*shown, "\n"]))
    except OSError:
        return None
    return path


def redactor_of(arguments: Sequence[str]) -> Redactor:
    """Knows the secrets of this command line, of the environment and of .env."""
    addresses = (address for argument in arguments for address in _ADDRESS.findall(argument))
    parts = (part for address in addresses for part in secrets_in(address) if len(part) >= PART_LENGTH)
    return Redactor(*map(Secret, _given(arguments)), *map(Secret, parts), *given_secrets())


def _given(arguments: Sequence[str]) -> Iterator[str]:
    """The values of options and settings that are named like secrets."""
    before = ""
    for argument in arguments:
        name, given, value = argument.partition("=")
        if given and (_SECRET_OPTION.fullmatch(name) or _SECRET_SETTING.fullmatch(name)):
            yield value.strip().strip("\"'")
        elif _SECRET_OPTION.fullmatch(before) and not before.count("="):
            yield argument.strip()
        setting = value.partition("=") if name == "--set" else ("", "", "")
        if _SECRET_SETTING.fullmatch(setting[0]):
            yield setting[2].strip().strip("\"'")
        before = argument
