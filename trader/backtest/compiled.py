"""The only place that knows numba: the kernel's functions and the walk over them, as machine code.

The functions are registered as they stand, so the rules exist once. Compiling takes seconds and is kept on disk in a
folder named by all that the machine code follows from: numba itself does not notice an edit in a called function.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import llvmlite
import numba
from llvmlite import binding
from numba import njit
from numba.core import config
from numba.extending import register_jitable

from chalicelib.config import cache_folder
from chalicelib.kernel import account, bar, codes, decide, indicators, match, risk, run, series, step
from trader.backtest import fast_forward as fast_forwarding
from trader.backtest import ledger, single, statistics
from trader.backtest import rule_signals as finding_rule_signals
from trader.backtest import walk as walking
from trader.data.arrays import Floats, Integers

KERNEL = (bar, codes, series, indicators, decide, account, risk, match, step, run)
OURS = (finding_rule_signals, fast_forwarding, walking, single, ledger, statistics)
INLINED = ("observe", "bands")
"""By force: then the compiler leaves out every indicator that the rule does not look at."""
KEPT_FOLDERS = 4
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


def keep_on_disk() -> bool:
    """Have numba keep what it compiles; False where no folder can be written."""
    folder = cache_folder() / "compiled" / fingerprint()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "used").touch()
    except OSError:
        return False
    forget_old(folder.parent)
    _settings.CACHE_DIR = str(folder)
    return True


def forget_old(parent: Path) -> None:
    """Keep the folders used last, so that a person who tunes the rule does not collect them."""
    folders = [each for each in parent.iterdir() if (each / "used").exists()]
    folders.sort(key=lambda each: (each / "used").stat().st_mtime, reverse=True)
    for folder in folders[KEPT_FOLDERS:]:
        shutil.rmtree(folder, ignore_errors=True)


for _module in (*KERNEL, *OURS):
    for _function in functions_of(_module):
        register_jitable(forceinline=_function.__name__ in INLINED, no_cfunc_wrapper=True)(_function)
        # no wrapper for callers in C: there are none, and all the wrappers take a second to compile

_compiler = njit(cache=keep_on_disk(), nogil=True, error_model="numpy")
# nogil: threads run at once; numpy: a division by zero, which the kernel never does, is not looked for every time

fill_rule_signals: Callable[..., None] = _compiler(finding_rule_signals.fill_rule_signals)
walk: Callable[..., walking.Walked] = _compiler(walking.walk)
walk_single: Callable[..., walking.Walked] = _compiler(single.walk_single)
trades_of: Callable[..., tuple[Integers, Floats]] = _compiler(ledger.trades_of)
curve_of: Callable[..., tuple[float, Floats]] = _compiler(statistics.curve_of)
