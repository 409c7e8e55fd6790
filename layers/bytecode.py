"""What Python makes of sources before it runs them. A Lambda cannot keep it, so each cold start would make it anew."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from chalicelib.errors import BadInput
from layers.complaints import last_line


def compiled(sources: Mapping[str, bytes], place: str) -> dict[str, bytes]:
    """The bytecode of those that are Python, by the names where an import looks for it, e.g. `a/__pycache__/b.…pyc`.

    For the running Python, which is the one that Chalice picks for the functions; another one passes it over. `place`
    is the folder they will be in, which tracebacks name. It is not checked against the sources at run time and holds no
    time, so the same sources make the same bytes. Raises BadInput for what is no Python.
    """
    with tempfile.TemporaryDirectory() as scratch:
        for name, source in sources.items():
            if name.endswith(".py"):
                path = Path(scratch, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(source)
        _compile(Path(scratch), place)
        made = sorted(Path(scratch).rglob("*.pyc"))
        return {path.relative_to(scratch).as_posix(): path.read_bytes() for path in made}


def _compile(folder: Path, place: str) -> None:
    # A process of its own: what else has run in one leaves traces in the order and sharing of what is written.
    alone = [sys.executable, "-I", "-S", "-B", "-m", "compileall", "-q", "-j", "1"]
    done = subprocess.run(  # noqa: S603
        [*alone, "--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", place, str(folder)],
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise BadInput(f"bytecode: {last_line(done, 'compileall failed')}")
