"""A report's page with its script run in node, as far as a small stand-in for a browser goes."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

NODE = shutil.which("node")
STUB = Path(__file__).with_name("page_stub.js")
needs_node = pytest.mark.skipif(NODE is None, reason="there is no node to run the page's script")


def asked_of(page: str, script: str) -> Any:
    """What the script returns, run after the page's own: `report` is the page, `drawn(id)` what a canvas was told."""
    asked = f"\nconsole.log(JSON.stringify((() => {{ {script} }})()));"
    done = subprocess.run(
        [str(NODE), "-e", STUB.read_text("utf-8") + asked],
        input=page,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)
