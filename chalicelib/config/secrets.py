"""Secrets: only the environment and .env hold them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from chalicelib.config.private_key import KEY_FILE_VARIABLE, PEM_BEGINS, private_key_in
from chalicelib.errors import BadInput
from chalicelib.foreign_text import printable
from chalicelib.redact import PART_LENGTH
from chalicelib.secret import Secret

SECRETS_FILE = Path(".env")
SECRET_NAME = re.compile(r"api_?key|(^|_)key$|secret|token|passw|passphrase|credential", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Secrets:
    """What only the environment and .env may hold; empty where not given."""

    binance_api_key: Secret = field(default_factory=Secret)
    binance_api_secret: Secret = field(default_factory=Secret)
    webhook: Secret = field(default_factory=Secret)
    token: Secret = field(default_factory=Secret)
    """What `trader status|halt|resume --url` shows to the API."""


_SIGNS = "BINANCE_API_SECRET"
SECRET_VARIABLES = {
    "binance_api_key": "BINANCE_API_KEY",
    "binance_api_secret": _SIGNS,
    "webhook": "TRADER_WEBHOOK",
    "token": "TRADER_TOKEN",
}


def load_secrets(file: Path = SECRETS_FILE, environ: Mapping[str, str] = os.environ) -> Secrets:
    """The secrets of the environment; a variable that it lacks is taken from the file, if that exists.

    The secret that signs may stand in a file of its own. Raises BadInput, without the value, for one that no header or
    URL could carry, for a file that cannot be read, and for two secrets that sign.
    """
    variables = {**_dotenv_values(file), **environ}
    found = Secrets(**{own: _secret(variable, variables) for own, variable in SECRET_VARIABLES.items()})
    key_file = private_key_file(file, environ)
    if key_file is None:
        return found
    if found.binance_api_secret:
        raise BadInput(f"BINANCE_API_SECRET and {KEY_FILE_VARIABLE} are two ways of signing: give one")
    return replace(found, binance_api_secret=private_key_in(key_file))


def private_key_file(file: Path = SECRETS_FILE, environ: Mapping[str, str] = os.environ) -> Path | None:
    """The file that holds a private key, None where none is named. Raises BadInput for a .env that cannot be read."""
    named = {**_dotenv_values(file), **environ}.get(KEY_FILE_VARIABLE, "").strip()
    return Path(named) if named else None


def given_secrets(file: Path = SECRETS_FILE, environ: Mapping[str, str] = os.environ) -> tuple[Secret, ...]:
    """Every secret that was given, to be taken out of text: ours, usable or not, and what is named like one.

    One of .env that the environment goes before is among them. Never raises.
    """
    try:
        written = _dotenv_values(file)
    except BadInput:
        written = {}
    found = [*environ.items(), *written.items()]
    shown = [Secret(value.strip()) for name, value in found if _is_secret(name, value)]
    return (*shown, *_lines_of_keys(value for name, value in found if name in (KEY_FILE_VARIABLE, _SIGNS)))


def _lines_of_keys(named: Iterable[str]) -> Iterator[Secret]:
    """Each line of a private key, given as its text or its file: a part of it would be enough of a leak."""
    for value in named:
        with suppress(BadInput):
            is_text = value.strip().startswith(PEM_BEGINS)
            text = value if is_text or not value.strip() else private_key_in(Path(value.strip())).reveal()
            lines = text.replace("\\n", "\n").splitlines() if PEM_BEGINS in text else []
            yield from (Secret(line.strip()) for line in lines if len(line.strip()) >= PART_LENGTH and "-" not in line)


def _is_secret(name: str, value: str) -> bool:
    """Of names that are not ours short values (`true`) are none: hiding them would shred every text."""
    return name in SECRET_VARIABLES.values() or (SECRET_NAME.search(name) is not None and len(value) >= PART_LENGTH)


def load_secret(own: str, file: Path = SECRETS_FILE, environ: Mapping[str, str] = os.environ) -> Secret:
    """This one of `Secrets`, whatever is wrong with the others; the file is read only where the environment lacks it.

    Raises BadInput as `load_secrets`.
    """
    variable = SECRET_VARIABLES[own]
    return _secret(variable, environ if variable in environ else _dotenv_values(file))


def _secret(variable: str, variables: Mapping[str, str]) -> Secret:
    text = variables.get(variable, "").strip()
    if not re.fullmatch("[!-~]*", text) and not (text.startswith(PEM_BEGINS) and re.fullmatch(r"[ -~\s]*", text)):
        raise BadInput(f"{variable}: must be printable ASCII without spaces")
    return Secret(text)


def _dotenv_values(file: Path) -> dict[str, str]:
    if not file.is_file():
        return {}
    try:
        from dotenv import dotenv_values
    except ImportError:  # on Lambda secrets come from the environment only
        return {}
    try:
        found = dotenv_values(file, interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise BadInput(f"{printable(str(file))}: cannot be read: {reason}") from None
    return {name: value for name, value in found.items() if value is not None}
