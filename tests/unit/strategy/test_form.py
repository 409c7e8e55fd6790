"""What a strategy file must define, and what it may: the first thing that is missing or wrong is named."""

from __future__ import annotations

from math import nan
from types import ModuleType
from typing import NamedTuple

import pytest

from chalicelib.errors import BadInput
from chalicelib.strategy.form import Form, cast, form_of
from tests.support.strategy_files import SOURCE, changed, without


def form(source: str) -> Form:
    """The form of a source, whatever else may be said against what it uses."""
    module = ModuleType("mine")
    exec(compile(source, "mine.py", "exec"), vars(module))  # noqa: S102 (our own text)
    return form_of(module, "mine.py")


def refusal(source: str) -> str:
    with pytest.raises(BadInput) as caught:
        form(source)
    assert str(caught.value).isprintable()
    return str(caught.value)


@pytest.mark.parametrize("name", ["State", "Values"])
def test_a_missing_type_is_named_with_what_is_expected(name: str) -> None:
    source = f"from __future__ import annotations\n{without(name)}"
    assert refusal(source) == f"mine.py: {name} is missing: a class {name}(NamedTuple) is expected"


@pytest.mark.parametrize(("name", "count"), [("start", 1), ("observe", 3), ("decide", 5)])
def test_a_missing_function_and_one_with_other_arguments_are_named(name: str, count: int) -> None:
    assert refusal(without(name)) == f"mine.py: {name} is missing: a function of {count} arguments is expected"
    other = changed(f"def {name}(", f"def {name}(more: int, ")
    assert refusal(other) == f"mine.py: {name} takes {count + 1} arguments: {count} are expected"


def test_what_a_file_may_leave_out_has_defaults() -> None:
    made = form(SOURCE)
    assert (made.reasons, made.ascending) == (("above", "below"), ())
    assert made.limits == {"level": (1.0, 1e6), "bars": (1, 10)}
    assert made.inputs._fields == ()
    assert made.signals(None, 100.0, None) == ()
    bare = changed('REASONS = ("above", "below")', "").replace("reason=1", "reason=0")
    assert form(bare).reasons == ("signal",)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("bars: int = 3", "bars: str = 'a'", "Settings.bars: must be int or float or bool"),
        ("bars: int = 3", "file: int = 3", "Settings.file: the name is taken: it may not be one of name, file, hash"),
        ("level: float = 100.0", "level: float", "Settings.level: needs a default"),
        ("    seen: float\n", "    seen: int\n", "Values.seen: must be float"),
        ('"bars": (1, 10)', '"bras": (1, 10)', "LIMITS: 'bras' is no setting: Settings has level, bars, is_eager"),
        ('"bars": (1, 10)', '"bars": (10, 1)', "LIMITS: bars: must be (lowest, highest), two numbers in that order"),
        ('"bars": (1, 10)', '"bars": (4, 10)', "LIMITS: bars: its default 3 lies outside"),
        ('"bars": (1, 10)', '"bars": 10', "LIMITS: bars: must be (lowest, highest)"),
        ('LIMITS = {"level": (1.0, 1e6), "bars": (1, 10)}', "LIMITS = ()", "LIMITS must be a dict of"),
        ('REASONS = ("above", "below")', "REASONS = ()", "REASONS must be a tuple of 1 to 16 words"),
        ('"below")', '"")', "REASONS: '' must be 1 to 40 printable characters"),
        ('"below")', '"stop_loss")', "REASONS: 'stop_loss' is a reason of our own"),
        ("    seen: int\n", "    seen: set\n", "State: "),
        ("REASONS =", "ASCENDING = (('level', 'no'),)\nREASONS =", "ASCENDING: ('level', 'no') must be two settings"),
        ("REASONS =", "NOT_ABOVE = (('no', 'bars'),)\nREASONS =", "NOT_ABOVE: ('no', 'bars') must be two settings"),
        (
            "REASONS =",
            f"class Inputs(NamedTuple):\n    {'m' * 41}: float\n\nREASONS =",
            f"Inputs.{'m' * 41}: a series must have a name of up to 40 letters, digits and _",
        ),
        ("REASONS =", "class Inputs(NamedTuple):\n    sentiment: int\n\nREASONS =", "Inputs.sentiment: must be float"),
    ],
)
def test_what_has_the_wrong_form_is_named(old: str, new: str, words: str) -> None:
    message = refusal(changed(old, new))
    assert message.startswith("mine.py: ")
    assert words in message


class Pair(NamedTuple):
    whole: int
    inner: tuple[float, ...]


def test_a_state_has_floats_wherever_its_type_says_so() -> None:
    made = cast(Pair, Pair(1, (1, 2)))
    assert [type(each) for each in made.inner] == [float, float]
    assert cast(Pair, Pair(2, (nan,))).inner[0] != 0.0
    for wrong in (Pair(2**53 + 1, ()), (1,), Pair(1.5, ())):  # type: ignore[arg-type]
        with pytest.raises(ValueError, match=r"."):
            cast(Pair, wrong)
