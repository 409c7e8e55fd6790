"""What the Dockerfile runs as its proof, with nothing to import but what the image has."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from chalicelib.adapters.llama import MODELS
from chalicelib.headline_domain import DOMAINS
from tests.architecture.test_requirements import pins
from tests.support.models import require_models

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "sentiment_container" / "Dockerfile").read_text("utf-8")
ONLY_PINNED = """
import importlib.metadata, re, sys

pinned, proof = set(sys.argv[1].split(",")), sys.argv[2]
owners = importlib.metadata.packages_distributions()

class Absent:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        theirs = {re.sub(r"[-_.]+", "-", each).lower() for each in owners.get(top, ())}
        if top == "trader" or theirs and not theirs & (pinned | {"ai-trader"}):
            raise ModuleNotFoundError(f"{name} is not in the image", name=name)

sys.meta_path.insert(0, Absent())
exec(proof)
"""


def proven(proof: str, pinned: set[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", ONLY_PINNED, ",".join(pinned), proof],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_image_has_all_that_its_function_imports() -> None:
    require_models()
    [proof] = re.findall(r'^RUN python -c "(.+?)"$', DOCKERFILE.replace("\\\n", ""), re.MULTILINE)
    pinned = set(pins("sentiment_container/requirements.txt"))
    done = proven(proof, pinned)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("label='positive'") == len(DOMAINS)
    assert all(f"{MODELS[0]}-{domain}-" in done.stdout for domain in DOMAINS)
    for needed in ("numpy", "awslambdaric", "pynamodb", "diskcache"):
        assert "is not in the image" in proven(proof, pinned - {needed}).stderr
