"""The binding to llama.cpp, where it is installed, and quiet."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

from chalicelib.errors import Unavailable


@cache
def llama_cpp_binding() -> Any:
    """The binding, silenced: llama.cpp writes pages about every model it loads. Raises Unavailable without it
    or with another version."""
    try:
        import llama_cpp
        from llama_cpp import _utils

        for unused in (_utils.outnull_file, _utils.errnull_file):
            unused.close()  # opened on import and never closed, which Python warns of when it exits
        llama_cpp.llama_log_set(_silence(llama_cpp), ctypes.c_void_p(0))
    except (ImportError, OSError, RuntimeError, AttributeError) as error:  # an attribute: of another version of it
        raise Unavailable(f"llama.cpp is not installed here: run make llama ({error})") from error
    return llama_cpp


@cache
def _silence(llama_cpp: Any) -> Any:
    """Kept for as long as the process lives, since llama.cpp keeps calling it."""
    return llama_cpp.llama_log_callback(lambda level, text, data: None)
