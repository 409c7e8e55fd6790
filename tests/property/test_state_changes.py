"""A state and what changed since come to the state that was changed, to the bit; another form comes to nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.dynamodb.state_changes import changed, changes

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-2, 2), st.sampled_from([0.0, -0.0, 1.0, 0.1, 5e-324]))
FORMS = st.recursive(
    st.just(0),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=4),
    max_leaves=12,
)


def filled(form: Any, scalars: st.DataObject) -> Any:
    if isinstance(form, dict):
        return {key: filled(each, scalars) for key, each in form.items()}
    if isinstance(form, list):
        return [filled(each, scalars) for each in form]
    return scalars.draw(SCALARS)


@given(form=FORMS, scalars=st.data())
def test_what_changed_makes_the_one_state_of_the_other(form: Any, scalars: st.DataObject) -> None:
    before, after = filled(form, scalars), filled(form, scalars)
    made = changes(before, after)
    assert made is not None
    assert repr(changed(before, made)) == repr(after)


@given(one=FORMS, other=FORMS, scalars=st.data())
def test_states_of_other_forms_have_no_changes(one: Any, other: Any, scalars: st.DataObject) -> None:
    before, after = filled(one, scalars), filled(other, scalars)
    made = changes(before, after)
    assert (made is None) or repr(changed(before, made)) == repr(after)
    assert (made is not None) or repr(one) != repr(other)


@pytest.mark.parametrize(("one", "other"), [(0.0, -0.0), (1, 1.0), (1, True), (None, 0.0)])
def test_what_is_equal_is_not_the_same(one: object, other: object) -> None:
    assert repr(changes([7, one], [7, other])) == repr([[1, other]])
    assert changes([7, one], [7, one]) == []


def test_a_place_of_a_window_is_one_run() -> None:
    before = {"window": {"values": [1.0] * 200, "at": 7}, "seen": 1}
    after = {"window": {"values": [1.0] * 7 + [2.0, 3.0] + [1.0] * 191, "at": 9}, "seen": 1}
    assert changes(before, after) == [[7, 2.0, 3.0], [200, 9]]
