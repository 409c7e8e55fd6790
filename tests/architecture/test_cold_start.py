"""A Lambda starts in the time of its imports: what a live use case loads must hold nothing of a person's machine."""

import pytest

from tests.architecture.import_time import live_modules, loaded_by

KEPT_OUT = {
    "numpy",
    "pandas",
    "pyarrow",
    "numba",
    "click",
    "rich",
    "websockets",
    "uvicorn",
    "starlette",
    "dotenv",
    "cryptography",
}


def unwanted(modules: set[str]) -> set[str]:
    return {name for name in modules if name.partition(".")[0] in KEPT_OUT | {"trader"}}


@pytest.mark.parametrize("module", live_modules())
def test_a_live_module_loads_nothing_heavy(module: str) -> None:
    assert unwanted(loaded_by(module)) == set()


@pytest.mark.parametrize("heavy", ["trader.data.candle_files", "chalicelib.adapters.binance.stream"])
def test_the_check_sees_what_is_heavy(heavy: str) -> None:
    assert unwanted(loaded_by(heavy)) != set()
