"""A strategy file that works, to be changed, and its test beside it."""

from __future__ import annotations

from pathlib import Path

from chalicelib.errors import BadInput
from chalicelib.foreign_text import printable

TEMPLATE = Path(__file__).with_name("my_strategy.py")
ITS_TESTS = Path(__file__).with_name("its_tests.py")


def written(file: Path) -> tuple[Path, Path]:
    """The strategy file and its test, written. Raises BadInput where either is there already, or cannot be written."""
    made = (file, file.with_name(f"test_{file.name}"))
    for path in made:
        if path.exists():
            raise BadInput(f"{printable(str(path))}: is there already, and nothing is written over it")
    for path, template in zip(made, (TEMPLATE, ITS_TESTS), strict=True):
        text = template.read_text("utf-8").replace(TEMPLATE.name, file.name)
        try:
            with path.open("x", encoding="utf-8") as stream:
                stream.write(text)
        except (OSError, ValueError) as error:
            raise BadInput(
                f"{printable(str(path))}: cannot be written: {getattr(error, 'strerror', None) or error}"
            ) from error
    return made
