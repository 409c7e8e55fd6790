"""While the image is built: a model file from an address or from a folder, taken only with the sha256 it must have.

python fetch_model.py GIVEN URL SHA256 TARGET    an empty URL: the file GIVEN. Needs nothing but the standard library.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
import urllib.request
from http.client import HTTPException
from pathlib import Path

SILENT_S = 60.0


def fetch(given: Path, url: str, sha256: str, target: Path) -> None:
    """Put the file there. Raises SystemExit with one line that says what is wrong."""
    if url and not url.startswith("https://"):
        raise SystemExit(f"{url}: a model comes over https only")
    if not url and not given.is_file():
        raise SystemExit(f"{given.name}: no such model: run make llama first, or give an address and a sha256")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        if url:
            with urllib.request.urlopen(url, timeout=SILENT_S) as source, target.open("wb") as copy:  # noqa: S310
                shutil.copyfileobj(source, copy)
        else:
            shutil.copyfile(given, target)
    except (OSError, HTTPException, ValueError) as error:  # ValueError: an address of no form
        raise SystemExit(f"{url or given.name}: cannot be read ({error})") from None
    with target.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256.lower():
        target.unlink()
        raise SystemExit(f"{url or given.name}: its sha256 is {found}, not {sha256}: refused")


if __name__ == "__main__":
    fetch(Path(sys.argv[1]), sys.argv[2], sys.argv[3], Path(sys.argv[4]))
