"""Strategies from files: what each is known by, and the one line that names what is wrong with a file."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from chalicelib.domain import RuleSources
from chalicelib.errors import BadInput
from chalicelib.kernel.indicators import FAMILIES
from chalicelib.strategy.loader import built_in, built_in_names, from_file, recorded
from chalicelib.strategy.parts import FILE, INDICATORS
from chalicelib.strategy.settings import rule_with
from tests.architecture.import_time import loaded_by
from tests.support.strategy_files import SOURCE, changed, written


def refusal(path: Path) -> str:
    with pytest.raises(BadInput) as caught:
        from_file(path)
    message = str(caught.value)
    assert message.isprintable()
    return message


def test_every_built_in_loads_and_an_unknown_one_is_answered_with_all() -> None:
    assert {"rsi_sentiment", "ema_cross"} <= set(built_in_names())
    for name in built_in_names():
        assert built_in(name).name == name
    with pytest.raises(BadInput, match=r"strategy\.name = 'rsi': must be one of .*ema_cross, .*rsi_sentiment"):
        built_in("rsi")


def test_a_file_is_known_by_what_is_in_it(tmp_path: Path) -> None:
    one = from_file(written(tmp_path))
    assert (one.name, one.source) == ("mine.py", SOURCE)
    assert len(one.hash) == 16
    assert from_file(written(tmp_path)) == one
    other = from_file(written(tmp_path, f"{SOURCE}\n# a later version\n"))
    assert other.hash != one.hash


def test_the_same_file_twice_is_one_module_and_a_later_version_another(tmp_path: Path) -> None:
    """Types of one module are equal to each other; both versions stay usable side by side."""
    one, again = from_file(written(tmp_path)), from_file(written(tmp_path))
    assert one.module is again.module
    later = from_file(written(tmp_path, changed("level: float = 100.0", "level: float = 50.0")))
    assert later.module is not one.module
    assert (one.form.settings().level, later.form.settings().level) == (100.0, 50.0)
    (tmp_path / "elsewhere").mkdir()
    assert from_file(written(tmp_path / "elsewhere")).module is one.module


def test_the_hash_covers_the_file_and_what_it_imports_from_us(tmp_path: Path) -> None:
    plain = from_file(written(tmp_path))
    assert set(plain.parts) == {
        FILE,
        "chalicelib.strategy",
        "chalicelib.kernel.choice",
        "chalicelib.kernel.bar",
        "chalicelib.kernel.codes",
        "chalicelib.kernel.fold",
    }
    imports = f"from {INDICATORS} import EMA_START\nfrom typing"
    with_indicators = from_file(written(tmp_path, changed("from typing", imports)))
    assert set(with_indicators.parts) - set(plain.parts) == {f"{INDICATORS}.ema"}
    for name, text in with_indicators.parts.items():
        assert text == (SOURCE.replace("from typing", imports) if name == FILE else text)
        assert text.strip()


def test_no_other_indicator_is_loaded_with_a_strategy() -> None:
    """A Lambda starts in the time of its imports."""
    families = {f"{INDICATORS}.{family}" for family in FAMILIES.values()}
    loaded = loaded_by("chalicelib.strategies.ema_cross")
    assert loaded & families == {f"{INDICATORS}.ema", f"{INDICATORS}.atr"}


def test_a_kept_strategy_says_which_of_its_parts_this_version_has_otherwise(tmp_path: Path) -> None:
    kept = from_file(written(tmp_path)).sources
    assert recorded(kept) == (from_file(written(tmp_path)), ())
    older = RuleSources("0123456789abcdef", kept.name, {**kept.parts, "chalicelib.kernel.bar": "# another"})
    strategy, otherwise = recorded(older)
    assert (strategy.source, otherwise) == (SOURCE, ("chalicelib.kernel.bar",))
    ours = built_in("ema_cross")
    assert recorded(ours.sources)[0] is ours


def test_a_rule_travels_to_another_process_by_its_source(tmp_path: Path) -> None:
    for strategy, given in ((from_file(written(tmp_path)), {"bars": 5}), (built_in("ema_cross"), {"fast": 5})):
        rule = rule_with(strategy, given)
        again = pickle.loads(pickle.dumps(rule))  # noqa: S301 (our own bytes)
        assert (again, again.key, again.strategy.parts) == (rule, rule.key, strategy.parts)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe", "mine.py: is not UTF-8 text (byte 0)"),
        (b"#" * 100_001, "mine.py: is larger than 100000 bytes: not a strategy"),
    ],
)
def test_what_is_no_text_of_a_strategy_is_explained(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_bytes(content)
    assert refusal(path) == f"{tmp_path}/{words}"


def test_a_file_that_is_not_there_is_answered_with_the_built_in_ones(tmp_path: Path) -> None:
    assert refusal(tmp_path / "no.py").startswith(f"{tmp_path}/no.py: there is no such file; built in are ")
    assert refusal(tmp_path).startswith(f"{tmp_path}: there is no such file")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("return State(0)", "return State(1 // 0)", "in start: ZeroDivisionError"),
        ("    seen = min(", "    seen = 1 // 0 + min(", "in observe: ZeroDivisionError"),
        ("    if in_position:", "    if 1 // 0 and in_position:", "in decide: ZeroDivisionError"),
        ("return leave(reason=1) if close <", "return leave(reason=2) if True or close <", "in decide: NonsenseError"),
        ("return State(seen), Values", "return Values", "in observe: NonsenseError: observe returned"),
        ("return State(0)", "return (0,)", "in start: "),
    ],
)
def test_what_fails_over_its_first_bars_is_refused_with_its_function(
    old: str, new: str, words: str, tmp_path: Path
) -> None:
    source = changed(old, new)
    message = refusal(written(tmp_path, source))
    assert words in message
    if "ZeroDivision" in words:
        line = next(at for at, text in enumerate(source.splitlines(), 1) if "1 // 0" in text)
        assert message.startswith(f"{tmp_path}/mine.py, line {line}: in ")


def test_a_copy_of_a_known_file_is_named_with_its_line_too(tmp_path: Path) -> None:
    """One module stands behind both, compiled under the name of the first."""
    (tmp_path / "copy").mkdir()
    source = changed("return State(0)", "return State(2 // 0)")
    assert "mine.py, line 29: in start" in refusal(written(tmp_path, source))
    assert f"{tmp_path}/copy/mine.py, line 29: in start" in refusal(written(tmp_path / "copy", source))
