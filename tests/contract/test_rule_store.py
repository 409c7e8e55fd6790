from __future__ import annotations

import random
from dataclasses import replace

from chalicelib.domain import RuleSources
from chalicelib.strategy.loader import LARGEST_BYTES, built_in
from tests.contract.backends import Backend, Stores

HASH = "0123456789abcdef"


def sources(hash_: str = HASH, own: str = "def start(settings):\n\treturn State()\n") -> RuleSources:
    return RuleSources(hash_, "my_strategy.py", {"file": own, "chalicelib.strategy": "# Größe ≤ 1 📈\r\n"})


def test_an_unknown_hash_finds_nothing(stores: Stores) -> None:
    assert stores.rules.find(HASH) is None


def test_sources_come_back_as_they_went(stores: Stores) -> None:
    stores.rules.keep(sources())
    assert stores.rules.find(HASH) == sources()


def test_those_of_a_built_in_strategy_do_too(stores: Stores) -> None:
    kept = built_in("ema_cross").sources
    stores.rules.keep(kept)
    assert stores.rules.find(kept.hash) == kept


def test_the_largest_file_fits_however_little_it_can_be_packed(stores: Stores) -> None:
    """Every part as large as a file may be, of signs without a pattern."""
    draw = random.Random(1)
    signs = [chr(code) for code in range(33, 127)]
    longest = "".join(draw.choices(signs, k=LARGEST_BYTES))
    stores.rules.keep(sources(own=longest))
    found = stores.rules.find(HASH)
    assert found is not None
    assert found.parts["file"] == longest


def test_strategies_stay_apart_by_their_hashes(stores: Stores) -> None:
    stores.rules.keep(sources())
    stores.rules.keep(sources("f" * 16, "another"))
    assert stores.rules.find(HASH) == sources()
    assert stores.rules.find("f" * 16) == sources("f" * 16, "another")


def test_keeping_again_is_no_error_and_changes_nothing(stores: Stores) -> None:
    stores.rules.keep(sources())
    stores.rules.keep(sources())
    assert stores.rules.find(HASH) == sources()


def test_what_a_hash_stands_for_is_never_changed(stores: Stores) -> None:
    """The name of a file is no part of its hash: the first to bring it keeps its name."""
    stores.rules.keep(sources())
    stores.rules.keep(replace(sources(), name="copied.py"))
    assert stores.rules.find(HASH) == sources()


def test_sources_outlive_the_process_that_kept_them(backend: Backend) -> None:
    with backend.open() as first:
        first.rules.keep(sources())
    with backend.open() as second:
        assert second.rules.find(HASH) == sources()
