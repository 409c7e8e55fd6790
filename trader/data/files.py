"""Files that are whole or not there."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from chalicelib.errors import BadInput


def replace_file(target: Path, write: Callable[[Path], None]) -> None:
    """Write beside the target, then rename: at every moment the target is the old file or the whole new one.

    Raises BadInput if it cannot be written.
    """
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        write(temporary)
        temporary.replace(target)
    except OSError as error:
        raise BadInput(f"{target}: cannot be written ({error.strerror or error})") from error
    finally:
        temporary.unlink(missing_ok=True)


def make_folder(folder: Path) -> None:
    """Make it with its parents. Raises BadInput if it cannot be made or written into."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{folder}: cannot be made ({error.strerror or error})") from error
    if not os.access(folder, os.W_OK):
        raise BadInput(f"{folder}: cannot be written into")
