"""trader score, as a user runs it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.e2e.commands import COMMAND, environment


def score(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [COMMAND, "score", *arguments],
        env=environment(Path("absent")),
        input=given,
        capture_output=True,
        timeout=60,
        check=False,
    )


def test_each_headline_is_a_line_of_json() -> None:
    done = score("Bitcoin hits record high", "Exchange hacked")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [list(row) for row in rows] == [["headline", "score", "label", "model"]] * 2
    assert [row["label"] for row in rows] == ["positive", "negative"]
    assert rows[0]["headline"] == "Bitcoin hits record high"


def test_a_dash_reads_lines_whatever_their_bytes() -> None:
    done = score("-", given=b"Bitcoin soars\n\n\xff\xfe ether crashes\r\n" + b"x" * 100_000)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["label"] for row in rows] == ["positive", "negative", "neutral"]
    assert done.returncode == 0


def test_the_domain_chooses_the_words() -> None:
    models = {
        json.loads(score("Orders", "--domain", domain).stdout)["model"].split("-")[1]
        for domain in ("crypto", "finance")
    }
    assert models == {"crypto", "finance"}


def test_an_analyzer_that_is_not_there_is_one_line() -> None:
    done = score("--analyzer", "llama", "Bitcoin soars")
    assert (done.returncode, done.stdout) == (1, b"")
    assert len(done.stderr.splitlines()) == 1
    assert b"llama" in done.stderr


def test_no_headline_is_wrong_usage() -> None:
    assert score().returncode == 2
