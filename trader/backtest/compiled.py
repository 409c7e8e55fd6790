"""The kernel's functions and the walk over them, as machine code.

With `compiled_strategy` and `borrowed` it is all that knows numba. The functions are registered as they stand, so the
rules exist once. Compiling takes seconds and is kept on disk in a folder named by all that the machine code follows
from: numba itself does not notice an edit in a called function.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Container, Iterable
from contextlib import suppress
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import llvmlite
import numba
from llvmlite import binding
from numba import njit
from numba.core import config
from numba.extending import register_jitable

from chalicelib import strategy
from chalicelib.config import cache_folder
from chalicelib.kernel import (
    account,
    admission,
    bar,
    choice,
    codes,
    fold,
    levels,
    limits,
    lots,
    match,
    risk,
    run,
    series,
    step,
)
from trader.backtest import borrowed, folding, ledger, rule_signals, seen_values, single, statistics
from trader.backtest import fast_forward as fast_forwarding
from trader.backtest import walk as walking
from trader.data.arrays import Floats, Integers

KERNEL = (
    *(bar, codes, choice, fold, series, account, limits, lots, levels, risk, admission, match, step, run),
    strategy,
)
OURS = (rule_signals, folding, fast_forwarding, walking, single, ledger, statistics, seen_values, borrowed)
INLINED = (
    *("bands", "settle", "ordered", "protect", "book_order", "book_exit", "end_bar", "with_high", "with_levels"),
    "donchian_step",  # two windows, whose references would be counted at every bar otherwise: three times the time
    *("with_counts", "resized", "adjusted", "fill_market", "book", "admit", "refusal", "entry_refusal"),
    *(
        "with_bar_over",
        "in_time",
        "write_levels",
        "write_terms",
        "own_stop",
        "trailing_level",
        "is_secured",
        "choice_at",
        "level_at",
    ),
    *("wanted_quantity", "within_limits", "exit_order", "mark", "mark_at", "take_all", "_cooldown_after"),
    *(
        "is_over",
        "moves_levels",
        "waits",
        "term_at",
        "terms_of",
        "most_bars",
        "follows_highs",
        "stop_level",
        "levels_of",
    ),
    # into the walk that borrows its arrays: what counts references sees only there that nobody owns them
    *("walk_single", "follow_held", "pass_held", "fast_forward_flat"),
)
"""By force, as `observe` of every strategy: then the compiler leaves out every value that nobody looks at, and hands no
positions and orders from function to function.
"""
KEPT_FOLDERS = 4
KEPT_STRATEGIES = 40
_settings: Any = config  # numba makes its attributes when it is imported


def functions_of(module: ModuleType) -> list[FunctionType]:
    """The functions that a module defines."""
    found = [each for each in vars(module).values() if isinstance(each, FunctionType)]
    return [each for each in found if each.__module__ == module.__name__]


def fingerprint() -> str:
    """Of every source, of numba and of this machine's processor."""
    digest = hashlib.sha256()
    for part in (numba.__version__, llvmlite.__version__, processor()):
        digest.update(part.encode())
    for source in (__file__, *(module.__file__ for module in (*KERNEL, *OURS))):
        digest.update(Path(str(source)).read_bytes())
    return digest.hexdigest()[:16]


def processor() -> str:
    """The processor that numba compiles for."""
    return f"{_settings.CPU_NAME or binding.get_host_cpu_name()} {_settings.CPU_FEATURES or ''}"


def keep_on_disk(strategy_name: str = "") -> bool:
    """Have numba keep what it compiles from here on; False where no folder can be written.

    A strategy has a folder of its own: in one folder numba would read the names of another's types, and fail.
    """
    folder = folder_of(strategy_name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "used").touch()
    except OSError:
        return False
    forget_old(folder.parent)
    _settings.CACHE_DIR = str(folder)
    return True


def folder_of(strategy_name: str = "") -> Path:
    """Where what is compiled of a strategy is kept, of our own code where none is named."""
    return cache_folder() / "compiled" / (f"{fingerprint()}-{strategy_name}" if strategy_name else fingerprint())


def is_own_kept() -> bool:
    """Whether our own code was compiled before, on this machine and of these sources."""
    return any(folder_of().rglob("*.nbi"))


def forget_old(parent: Path) -> None:
    """Keep the folders used last, so that a person who tunes a strategy does not collect them."""
    used = {}
    for folder in parent.iterdir():
        with suppress(OSError):  # another process forgets, too
            used[folder] = (folder / "used").stat().st_mtime
    folders = sorted(used, key=used.__getitem__, reverse=True)
    of_strategies = [folder for folder in folders if "-" in folder.name]
    own = [folder for folder in folders if "-" not in folder.name]
    for folder in (*own[KEPT_FOLDERS:], *of_strategies[KEPT_STRATEGIES:]):
        shutil.rmtree(folder, ignore_errors=True)


def register(functions: Iterable[FunctionType], inlined: Container[str], boundscheck: bool = False) -> None:
    """Have compiled code call these functions as they stand; an index out of bounds raises only if it is checked."""
    for function in functions:
        is_inlined = function.__name__ in inlined
        register_jitable(forceinline=is_inlined, no_cfunc_wrapper=True, boundscheck=boundscheck)(function)
        # no wrapper for callers in C: there are none, and all the wrappers take a second to compile


for _module in (*KERNEL, *OURS):
    register(functions_of(_module), INLINED)

_compiler = njit(cache=keep_on_disk(), nogil=True, error_model="numpy")
# nogil: threads run at once; numpy: a division by zero, which the kernel never does, is not looked for every time

fold_candles: Callable[..., int] = _compiler(folding.fold_candles)
walk: Callable[..., walking.Walked] = _compiler(borrowed.walk)
walk_single: Callable[..., walking.Walked] = _compiler(borrowed.walk_single)
trades_of: Callable[..., tuple[Integers, Floats]] = _compiler(ledger.trades_of)
curve_of: Callable[..., tuple[float, Floats]] = _compiler(statistics.curve_of)
