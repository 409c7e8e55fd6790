from __future__ import annotations

import pytest

from tests.contract.backends import Backend, Stores
from tests.contract.samples import AGENT, minute_ms


def test_failures_count_up_while_no_minute_is_traded(stores: Stores) -> None:
    assert [stores.failures.count(AGENT, minute_ms(1)) for _ in range(3)] == [1, 2, 3]


def test_a_traded_minute_starts_the_count_anew(stores: Stores) -> None:
    stores.failures.count(AGENT, minute_ms(1))
    assert stores.failures.count(AGENT, minute_ms(2)) == 1
    assert stores.failures.count(AGENT, minute_ms(2)) == 2


def test_an_agent_that_never_traded_counts_too(stores: Stores) -> None:
    assert [stores.failures.count(AGENT, None) for _ in range(2)] == [1, 2]
    assert stores.failures.count(AGENT, minute_ms(1)) == 1


def test_agents_count_apart(stores: Stores) -> None:
    stores.failures.count(AGENT, None)
    assert stores.failures.count("beta", None) == 1


@pytest.mark.parametrize("cursor_ms", [None, minute_ms(1)])
def test_a_forgotten_count_starts_anew_for_that_agent_alone(stores: Stores, cursor_ms: int | None) -> None:
    for agent in (AGENT, "beta"):
        assert [stores.failures.count(agent, cursor_ms) for _ in range(2)] == [1, 2]
    stores.failures.forget(AGENT)
    assert [stores.failures.count(AGENT, cursor_ms) for _ in range(2)] == [1, 2]
    assert stores.failures.count("beta", cursor_ms) == 3


def test_a_count_that_was_never_begun_can_be_forgotten(stores: Stores) -> None:
    stores.failures.forget(AGENT)
    assert stores.failures.count(AGENT, None) == 1


def test_the_count_outlives_the_process(backend: Backend) -> None:
    with backend.open() as first:
        first.failures.count(AGENT, minute_ms(1))
    with backend.open() as second:
        assert second.failures.count(AGENT, minute_ms(1)) == 2
