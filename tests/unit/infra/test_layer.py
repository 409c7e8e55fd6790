"""The layer: the same bytes from the same pins, nothing that binds it to a machine, and all that the Lambdas import."""

from __future__ import annotations

import marshal
import os
import shutil
import ssl
import subprocess
import sys
import zipfile
from importlib.util import MAGIC_NUMBER, cache_from_source, source_hash
from pathlib import Path

import pytest

from chalicelib.errors import BadInput
from infra.render import Target, render
from infra.run_chalice import COMMAND
from layers import authorities
from layers.build import Layer, assemble, build, hashed_pins
from layers.bytecode import compiled
from layers.contents import SERVICES

ROOT = Path(__file__).resolve().parents[3]
TARGET = Target("local", "000000000000", "us-east-1", layers=("arn:aws:lambda:us-east-1:000000000000:layer:any:1",))
UNCHECKED_HASH = 0b01
NEVER_IN_A_LAMBDA = {"cryptography", "dotenv", "websockets"}
"""Imported where a person's machine has them, and done without elsewhere."""

# Runs with the standard library, the zip and the layer, and nothing else. A module whose code asks for a package
# anywhere, in a function too, must find it: handlers import lazily, so importing them alone shows little.
LOOK = f"""
import ast, importlib, pkgutil, sys
sys.path[:0] = sys.argv[1:]
failures = []
def attempt(what, action):
    try:
        action()
    except Exception as error:
        if getattr(error, "name", None) not in {sorted(NEVER_IN_A_LAMBDA)!r}:
            failures.append(f"{{what}}: {{type(error).__name__}}: {{error}}")
asked = set()
import chalicelib
for module in pkgutil.walk_packages(chalicelib.__path__, "chalicelib."):
    source = open(importlib.util.find_spec(module.name).origin, encoding="utf-8").read()
    tree = ast.parse(source)
    typing_only = {{id(each) for node in ast.walk(tree) if isinstance(node, ast.If)
                   and ast.unparse(node.test) == "TYPE_CHECKING" for each in ast.walk(node)}}
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            asked |= {{alias.name for alias in node.names}}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            asked.add(node.module)
for name in sorted(asked):
    attempt(name, lambda: importlib.import_module(name))
attempt("app", lambda: importlib.import_module("app"))
import botocore.session
session = botocore.session.get_session()
for service in {SERVICES!r}:
    attempt(f"client of {{service}}", lambda: session.create_client(service, region_name="us-east-1"))
from pynamodb.connection import Connection
attempt("pynamodb", lambda: Connection(region="us-east-1").client)
print(*failures, sep="\\n")
"""


@pytest.fixture(scope="module")
def layer() -> Layer:
    return build()


@pytest.fixture(scope="module")
def unpacked(layer: Layer, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """What Lambda puts on the path: the zip as Chalice packs it, and the layer's folder."""
    folder = tmp_path_factory.mktemp("lambda")
    project = render(TARGET, folder=folder / "project")
    environment = {**os.environ, "TRADER_STAGE": "local", "AWS_DEFAULT_REGION": "us-east-1", "PYTHONPATH": str(ROOT)}
    subprocess.run(
        [sys.executable, "-c", COMMAND, "package", "--stage", "local", "out"],
        cwd=project,
        env=environment,
        capture_output=True,
        check=True,
    )
    with zipfile.ZipFile(project / "out" / "deployment.zip") as archive:
        archive.extractall(folder / "code")
    with zipfile.ZipFile(layer.path) as archive:
        archive.extractall(folder / "layer")
    return folder / "code", folder / "layer" / "python"


def missing(code: Path, packages: Path) -> list[str]:
    """One line for everything that the zip asks for and neither it nor the packages have."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", LOOK, str(code), str(packages)],
        env={"TRADER_STAGE": "local"},
        cwd=code,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:  # so much is missing that the look itself ended
        return done.stderr.splitlines()[-1:]
    return [line for line in done.stdout.splitlines() if line]


def test_zip_and_layer_hold_all_that_the_handlers_import(unpacked: tuple[Path, Path]) -> None:
    assert missing(*unpacked) == []


@pytest.mark.parametrize("lost", ["feedparser", "pynamodb/attributes.py", "botocore/data/sns"])
def test_what_is_lost_is_missed(lost: str, unpacked: tuple[Path, Path], tmp_path: Path) -> None:
    code, packages = unpacked
    poorer = tmp_path / "python"
    shutil.copytree(packages, poorer)
    gone = poorer / lost
    shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
    assert missing(code, poorer)


def test_the_zip_brings_no_package_of_its_own(unpacked: tuple[Path, Path]) -> None:
    assert {entry.name for entry in unpacked[0].iterdir()} <= {"app.py", "chalicelib", "chalice", "__pycache__"}


def test_the_same_wheels_make_the_same_bytes(layer: Layer, tmp_path: Path) -> None:
    wheels = sorted(layer.path.parent.glob("wheels-*/*.whl"))
    again = assemble(wheels, tmp_path / "again.zip")
    reversed_order = assemble(wheels[::-1], tmp_path / "reversed.zip")
    assert again.path.read_bytes() == layer.path.read_bytes() == reversed_order.path.read_bytes()
    assert again.content_hash == layer.content_hash


def test_another_content_is_another_layer(tmp_path: Path) -> None:
    hashes = {
        assemble([wheel(tmp_path / f"{text}.whl", {"a.py": f"{text} = 1"})], tmp_path / "x.zip").content_hash
        for text in "ab"
    }
    assert len(hashes) == 2


def test_nothing_binds_it_to_a_machine(layer: Layer) -> None:
    with zipfile.ZipFile(layer.path) as archive:
        members = archive.infolist()
    names = [member.filename for member in members]
    assert names == sorted(names)
    assert {member.date_time for member in members} == {(1980, 1, 1, 0, 0, 0)}
    assert not [name for name in names if name.endswith((".so", ".pyd", ".dylib"))]
    parts = {part for name in names for part in name.split("/")[:-1]}
    assert not parts & {"bin", "tests", "pip", "setuptools", "numpy", "pandas"}


def cached(name: str) -> str:
    """Where this Python looks for the bytecode of a file."""
    return cache_from_source(name)


def test_every_module_starts_from_bytecode(unpacked: tuple[Path, Path]) -> None:
    """Which no import checks against its source, and whose tracebacks name the place in the Lambda."""
    for folder, place in zip(unpacked, ("/var/task/", "/opt/python/"), strict=True):
        for source in folder.rglob("*.py"):
            name = source.relative_to(folder)
            if name.parts[0] in ("app.py", "chalice"):  # Chalice puts them in
                continue
            content = Path(cached(str(source))).read_bytes()
            assert content[:4] == MAGIC_NUMBER
            assert int.from_bytes(content[4:8], "little") == UNCHECKED_HASH
            assert content[8:16] == source_hash(source.read_bytes())
            assert marshal.loads(content[16:]).co_filename == f"{place}{name}"  # noqa: S302


def test_what_is_no_python_is_refused() -> None:
    with pytest.raises(BadInput, match="bytecode: "):
        compiled({"a.py": b"def"}, "/opt")


def test_it_stays_small(layer: Layer) -> None:
    assert layer.zipped_bytes < 5_500_000
    assert layer.unzipped_bytes < 15_000_000 < layer.wheels_bytes


def test_licences_stay(layer: Layer) -> None:
    with zipfile.ZipFile(layer.path) as archive:
        licences = [name for name in archive.namelist() if ".dist-info/" in name]
    assert {name.split("/")[1].split("-")[0] for name in licences} >= {"botocore", "pynamodb", "requests"}


def test_a_pin_without_hash_is_refused() -> None:
    with pytest.raises(BadInput, match=r"no entry for idna==3\.20; run: make lock"):
        hashed_pins("idna==3.20", "six==1.17.0 --hash=sha256:b")


def wheel(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def test_what_a_wheel_puts_elsewhere_is_put_in_place(tmp_path: Path) -> None:
    files = {"x-1.data/purelib/x.py": "", "x-1.data/scripts/x": "", "x/tests/test_x.py": "", "x-1.dist-info/RECORD": ""}
    made = assemble([wheel(tmp_path / "x.whl", files)], tmp_path / "x.zip")
    with zipfile.ZipFile(made.path) as archive:
        assert archive.namelist() == [cached("python/x.py"), "python/x.py"]


def test_the_authorities_of_aws_are_in_it_and_are_what_botocore_is_told_to_trust(layer: Layer) -> None:
    with zipfile.ZipFile(layer.path) as archive:
        trusted = ssl.create_default_context(cadata=archive.read(authorities.FILE).decode())
    subjects = [str(entry["subject"]) for entry in trusted.get_ca_certs()]
    assert len(subjects) == len(authorities.LABELS)
    assert all(any(label in subject for subject in subjects) for label in authorities.LABELS)
    assert f"/opt/{authorities.FILE}" == authorities.PLACE


def test_a_bundle_without_one_of_them_is_refused() -> None:
    with pytest.raises(BadInput, match=r"has no Amazon Root CA 1, .*: connections to AWS would fail"):
        authorities.authorities({authorities.BUNDLE: b'# Label: "Other"\n-----BEGIN CERTIFICATE-----\n'})
