from __future__ import annotations

from tests.contract.backends import Backend, Stores
from tests.contract.samples import AGENT, START_MS, flag


def test_nobody_is_halted_at_first(stores: Stores) -> None:
    assert stores.halts.flags(AGENT) == []


def test_an_agent_is_halted_by_its_own_flag_and_by_the_one_for_all(stores: Stores) -> None:
    stores.halts.throw(flag(AGENT))
    stores.halts.throw(flag("*", "everyone"))
    stores.halts.throw(flag("beta"))
    assert sorted(stores.halts.flags(AGENT), key=lambda up: up.scope) == [flag("*", "everyone"), flag(AGENT)]
    assert stores.halts.flags("gamma") == [flag("*", "everyone")]


def test_a_flag_that_is_up_keeps_its_reason_and_since(stores: Stores) -> None:
    stores.halts.throw(flag(reason="first"))
    stores.halts.throw(flag(reason="second", since_ms=START_MS + 1))
    assert stores.halts.flags(AGENT) == [flag(reason="first")]


def test_flatten_is_added_to_a_flag_and_never_taken_from_it(stores: Stores) -> None:
    stores.halts.throw(flag())
    stores.halts.throw(flag(flatten=True))
    stores.halts.throw(flag())
    assert stores.halts.flags(AGENT) == [flag(flatten=True)]


def test_a_cleared_flag_is_down_and_the_others_stay(stores: Stores) -> None:
    stores.halts.throw(flag(AGENT))
    stores.halts.throw(flag("*"))
    stores.halts.clear(AGENT)
    assert stores.halts.flags(AGENT) == [flag("*")]
    stores.halts.clear("*")
    assert stores.halts.flags(AGENT) == []


def test_clearing_what_is_down_is_no_error(stores: Stores) -> None:
    stores.halts.clear("nobody")
    assert stores.halts.flags("nobody") == []


def test_a_flag_thrown_anew_after_a_clear_has_its_own_reason(stores: Stores) -> None:
    stores.halts.throw(flag(reason="first", flatten=True))
    stores.halts.clear(AGENT)
    stores.halts.throw(flag(reason="second"))
    assert stores.halts.flags(AGENT) == [flag(reason="second")]


def test_a_flag_outlives_the_process_that_threw_it(backend: Backend) -> None:
    with backend.open() as first:
        first.halts.throw(flag("*"))
    with backend.open() as second:
        assert second.halts.flags(AGENT) == [flag("*")]
