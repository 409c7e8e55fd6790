"""Where text leaves the program for people's eyes: these doors and no other, each printable and without secrets.

A new door belongs into DOORS, with a case in CHECKED that pushes hostile text through it.
"""

from __future__ import annotations

import ast
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from chalicelib.adapters.binance.faults import failure
from chalicelib.adapters.lambda_log import InvocationFailed, LambdaLog
from chalicelib.adapters.stream_notifier import StreamNotifier
from chalicelib.domain import Alert
from chalicelib.redact import Redactor
from trader.cli import output
from trader.cli.error_log import record
from trader.cli.group import answer

ROOT = Path(__file__).parents[2]
HOSTILE = "a\x1b[2J\x1b]0;title\x07\x9b31m\u202eb\r\nALERT forged https://me:hush@host/?access_token=hush-hush"

DOORS = {
    "chalicelib/adapters/stream_notifier.py": "alerts on a terminal",
    "trader/cli/output.py": "every line of the command line",
    "trader/cli/__init__.py": "the word at Ctrl-C",
    "trader/cloud_backtest/warm.py": "the build of an image: one word of ours",
    "infra/emulator/__main__.py": "a version",
    "infra/__main__.py": "make deploy and its kin: errors of chalicelib and infra, each one line",
    "layers/build.py": "the build of a layer: sizes",
}


def writes(tree: ast.AST) -> Iterator[ast.AST]:
    """Calls that print, and uses of a standard stream's write."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in ("print", "click.echo", "click.secho", "sys.stdout.write", "sys.stderr.write"):
                yield node


def test_nothing_is_printed_but_at_the_doors() -> None:
    found = {
        str(path.relative_to(ROOT))
        for folder in ("chalicelib", "trader", "infra", "layers", "sentiment_container")
        for path in (ROOT / folder).rglob("*.py")
        if any(writes(ast.parse(path.read_text("utf-8"))))
    }
    assert found == set(DOORS)


def test_one_module_says_what_is_printable() -> None:
    """`isprintable` elsewhere only refuses text; nobody else rewrites it character by character."""
    rewriting = {
        str(path.relative_to(ROOT))
        for folder in ("chalicelib", "trader", "infra")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.GeneratorExp) and "isprintable" in ast.unparse(node)
    }
    assert rewriting == {"chalicelib/foreign_text.py", "trader/cli/output.py"}


def _note(_: Path) -> str:
    stream = io.StringIO()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("sys.stderr", stream)
        output.note(HOSTILE)
    return stream.getvalue()


def _usage(_: Path) -> str:
    stream = io.StringIO()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("sys.stderr", stream)
        assert answer(["status", f"--{HOSTILE}"]) == 2
    return "".join(stream.getvalue().splitlines()[-1:])


def _alert(_: Path) -> str:
    stream = io.StringIO()
    StreamNotifier(stream).notify(Alert(HOSTILE, HOSTILE, 0))
    return stream.getvalue()


def _error_log(home: Path) -> str:
    path = record(RuntimeError("x"), [HOSTILE], home)
    assert path is not None
    return path.read_text("utf-8").splitlines()[0]


def _exchange(_: Path) -> str:
    return str(failure(400, {}, json.dumps({"code": -1100, "msg": HOSTILE}).encode(), "https://host/x", 0))


def _lambda_log(_: Path) -> str:
    stream = io.StringIO()
    log = LambdaLog(f"doors-{uuid4()}", Redactor(), stream=stream)
    with pytest.raises(InvocationFailed) as caught, log.invocation(0):
        raise ValueError(HOSTILE)
    return str(caught.value)


CHECKED: dict[str, Callable[[Path], str]] = {
    "note": _note,
    "usage": _usage,
    "alert": _alert,
    "error.log": _error_log,
    "exchange": _exchange,
    "lambda log": _lambda_log,
}


@pytest.mark.parametrize("door", CHECKED)
def test_hostile_text_leaves_as_one_printable_line(door: str, tmp_path: Path) -> None:
    line = CHECKED[door](tmp_path).removesuffix("\n")
    assert line.isprintable(), line
    assert "ALERT forged" in line


@pytest.mark.parametrize("door", sorted(set(CHECKED) - {"exchange"}))
def test_no_secret_leaves(door: str, tmp_path: Path) -> None:
    assert "hush" not in CHECKED[door](tmp_path)


def test_a_result_is_printable_on_a_terminal_and_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_table("T", ("a",), [(HOSTILE,)])
    output.print_facts("T", {"a": HOSTILE})
    output.print_line(HOSTILE, 1)
    printed = capsys.readouterr().out
    assert all(line.replace("\t", "").isprintable() for line in printed.removesuffix("\n").split("\n"))
    output.print_json({"a": HOSTILE + "\U000e0001"})
    printed = capsys.readouterr().out.removesuffix("\n")
    assert printed.isprintable()
    assert json.loads(printed) == {"a": HOSTILE + "\U000e0001"}
