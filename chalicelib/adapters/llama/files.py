"""Which file a model is, and which rules are around it: a name says nothing, a hash everything."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from chalicelib import headlines
from chalicelib.errors import BadInput


def sha256_of(path: Path) -> str:
    """In hexadecimal; 0.1 s for 100 MB. Raises BadInput naming a file that cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BadInput(f"{path}: the model file cannot be read ({error.strerror}); make llama writes it") from error


@cache
def rules_version() -> str:
    """A hash of what sanitises, reads and averages, in 8 hexadecimal digits: of this package and what makes text plain.

    Scores are remembered under it, so an edited rule is never answered with what the old one made.
    """
    sources = [*sorted(Path(__file__).parent.glob("*.py")), Path(headlines.__file__)]
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:8]
