"""`risk.take_profits` in all its spellings, and beside what else it may stand."""

from __future__ import annotations

import pytest

from chalicelib.config import load_config, read_config
from chalicelib.config.keys import params
from chalicelib.errors import BadInput
from chalicelib.kernel.limits import NO_TARGET, ProfitTarget
from chalicelib.kernel.lots import ANY


@pytest.mark.parametrize("given", ["[[0.02, 0.5], [0.05, 0.5]]", "0.02:0.5 0.05:0.5", '"0.02:0.5 0.05:.5"'])
def test_targets_are_read_alike(given: str) -> None:
    found = params(load_config(None, [f"risk.take_profits={given}"]), [ANY]).limits.targets
    assert found == (ProfitTarget(0.02, 0.5), ProfitTarget(0.05, 0.0), NO_TARGET)


@pytest.mark.parametrize(
    "given",
    [
        *("[[0.02, 0.6], [0.05, 0.5]]", "[[0.05, 0.5], [0.02, 0.5]]", "[[0.02]]", "[0.02]", "0.02", "a:b", "[[0, 1]]"),
        *("[[0.1, 0.1], [0.2, 0.1], [0.3, 0.1], [0.4, 0.1]]", "[[nan, 0.5]]", "true"),
    ],
)
def test_what_is_no_list_of_targets_is_refused(given: str) -> None:
    with pytest.raises(BadInput, match=r"--set: risk\.take_profits = .*: must be at most 3 pairs of an ascending"):
        load_config(None, [f"risk.take_profits={given}"])


def test_two_targets_of_all_are_refused_naming_both() -> None:
    text = "[risk]\ntake_profit = 0.03\ntake_profits = [[0.02, 0.5]]\n"
    with pytest.raises(BadInput, match=r"risk\.take_profits .*must be off beside risk\.take_profit = 0\.03"):
        read_config(text, "agent.toml")
    assert read_config(text.replace("0.03", "0"), "agent.toml").risk.take_profits == "0.02:0.5"


def test_an_amount_must_be_given_where_it_sizes() -> None:
    with pytest.raises(BadInput, match=r"risk\.entry_amount = 0\.0: must be above 0 while risk\.sizing"):
        load_config(None, ["risk.sizing=amount"])


def test_who_gives_none_of_the_new_keys_keeps_the_hash() -> None:
    plain = load_config(None, []).hash_with("", {})
    assert load_config(None, ["risk.max_entries=1", "risk.sizing=fraction"]).hash_with("", {}) == plain
    assert load_config(None, ["risk.max_entries=2"]).hash_with("", {}) != plain
