"""The image holds what the tests ran: the same pins, the models that the heads were fitted on, nothing that moves."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.test_requirements import pins

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "sentiment_container"
DOCKERFILE = (FOLDER / "Dockerfile").read_text("utf-8")
ARGUMENTS = dict(re.findall(r"^ARG (\w+)=(.*)$", DOCKERFILE, re.MULTILINE))
FETCH = str(FOLDER / "fetch_model.py")


def test_every_pin_is_that_of_the_project() -> None:
    project = {**pins("requirements-dev.lock"), **pins("requirements-llama.lock")}
    container = pins("sentiment_container/requirements.txt")
    shared = container.keys() & project.keys()
    assert {"botocore", "pynamodb", "numpy", "llama-cpp-python"} <= shared
    assert {name: container[name] for name in shared} == {name: project[name] for name in shared}


def test_every_pin_has_a_hash_and_no_address() -> None:
    for name in ("requirements.txt", "requirements-build.txt"):
        text = (FOLDER / name).read_text("utf-8")
        blocks = [block for block in re.split(r"\n(?=\S)", text.strip()) if not block.startswith("#")]
        assert all("--hash=sha256:" in block for block in blocks)
        assert "http" not in text
    assert DOCKERFILE.count("--require-hashes") == DOCKERFILE.count("pip install") == 2


def test_every_stage_is_built_on_the_one_digest() -> None:
    assert re.fullmatch(r"python:3\.12-slim@sha256:[0-9a-f]{64}", ARGUMENTS["BASE"])
    stages = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert set(stages) == {"${BASE}", "scratch"}
    assert re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE) == ["10001"]


def test_nothing_is_stripped_since_numpy_would_not_load_any_more() -> None:
    assert not re.search(r"^[^#]*\bstrip\b", DOCKERFILE, re.MULTILINE)


def test_both_kinds_of_processor_are_built_for_and_not_the_one_that_builds() -> None:
    builds = dict(re.findall(r'^ +(amd64|arm64)\) flags="(.*)"', DOCKERFILE, re.MULTILINE))
    assert builds.keys() == {"amd64", "arm64"}
    assert all("-DGGML_NATIVE=OFF" in flags for flags in builds.values())


def test_the_models_are_those_that_the_shipped_heads_were_fitted_on() -> None:
    heads = [json.loads(file.read_text("utf-8")) for file in (ROOT / "chalicelib/adapters/llama/heads").glob("*.json")]
    fitted = {(head["model"]["name"], head["model"]["sha256"]) for head in heads}
    assert fitted == {(ARGUMENTS[name], ARGUMENTS[f"{name}_SHA256"]) for name in ("PRIMARY", "SECOND")}


def test_only_what_the_image_is_made_of_is_sent_to_docker() -> None:
    ignore = (FOLDER / "Dockerfile.dockerignore").read_text("utf-8")
    assert [line for line in ignore.splitlines() if not line.startswith("#")][:3] == [
        "*",
        "!chalicelib",
        "!sentiment_container",
    ]
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    sources = [source for line in copied for source in line.split()]
    assert len(sources) == 6
    assert all((ROOT / source).exists() for source in sources)
    assert {source.partition("/")[0] for source in sources} == {"chalicelib", "sentiment_container"}


def fetched(given: Path, url: str, sha256: str, target: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, FETCH, str(given), url, sha256, str(target)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_model_is_taken_with_its_sha256_only(tmp_path: Path) -> None:
    given, target = tmp_path / "model.gguf", tmp_path / "models" / "model.gguf"
    given.write_bytes(b"weights")
    right = hashlib.sha256(b"weights").hexdigest()
    assert fetched(given, "", right, target).returncode == 0
    assert target.read_bytes() == b"weights"
    refused = fetched(given, "", "0" * 64, target)
    assert refused.returncode == 1
    assert refused.stderr == f"model.gguf: its sha256 is {right}, not {'0' * 64}: refused\n"
    assert not target.exists()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "no such model: run make llama first"),
        ("http://example.com/model.gguf", "over https only"),
        ("https://127.0.0.1:1/model.gguf", "cannot be read"),
        ("https://127.0.0.1:x/model.gguf", "cannot be read (nonnumeric port: 'x')"),
        ("https://[/model.gguf", "cannot be read (Invalid IPv6 URL)"),
    ],
)
def test_what_cannot_be_fetched_is_one_line(tmp_path: Path, url: str, words: str) -> None:
    refused = fetched(tmp_path / "absent.gguf", url, "0" * 64, tmp_path / "out.gguf")
    assert refused.returncode == 1
    [line] = refused.stderr.splitlines()
    assert words in line
