"""Why what is refused by its name or by its form is refused, and what to write instead."""

from __future__ import annotations

import ast
from collections.abc import Mapping

_POWERS = "powers differ in last bits between engines: multiply"
_LIBRARY = "its last bits differ between machines: only + - * / and sqrt are rounded alike everywhere"
_WORLD = "a strategy sees closed bars and its inputs, nothing else of the world"
_INSIDE = "it reaches into Python itself: name what you use"
_CLOCK = "the time is the bar's: use bar.time_ms"
_RANDOM = "randomness would make every run another"
_STATE = "what one bar hands to the next stands in State"
_ORDER = "the order of a set differs from run to run: use a tuple"
_WAITS = "nothing here waits: no async"


def _each(names: str, reason: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), reason)


NAMES: Mapping[str, str] = {
    **_each("pow", _POWERS),
    **_each("round", "compiled it gives other bits: floor what is scaled up"),
    **_each("sum fsum", "from Python 3.12 on it compensates, so it gives other bits: add in a loop"),
    **_each("sqrt", "math's raises below zero, where a compiled one gives NaN: import it from chalicelib.strategy"),
    **_each("divmod", "write // and %, of ints that are not negative"),
    **_each("sorted", "with NaN the answer hangs on the order: compare in a loop"),
    **_each("reversed any all map filter next iter slice", "write a loop"),
    **_each("hypot dist exp exp2 expm1 log log2 log10 log1p sin cos tan asin acos atan atan2", _LIBRARY),
    **_each("sinh cosh tanh asinh acosh atanh cbrt gamma lgamma erf erfc", _LIBRARY),
    **_each("open print input breakpoint", _WORLD),
    **_each("exec eval compile globals locals vars getattr setattr delattr hasattr dir type object super id", _INSIDE),
    **_each("isinstance", "compiled, what is now an int and now a float is a float always: keep to one kind a name"),
    **_each("set frozenset", _ORDER),
    **_each("dict", "no dictionaries: use a NamedTuple"),
    **_each("LIMITS", "LIMITS is read by the loader alone: name a constant instead"),
    **_each("time monotonic perf_counter", _CLOCK),
    **_each("random uniform randint choice shuffle", _RANDOM),
}
"""Why by name, for those that somebody might well try."""

MODULES: Mapping[str, str] = {
    **_each("time datetime calendar zoneinfo", _CLOCK),
    **_each("random secrets uuid", _RANDOM),
    **_each("os sys io pathlib socket subprocess urllib http requests shutil", _WORLD),
}
"""Why by module; all others are refused as well."""

ALLOWED_FORMS = (
    *(ast.Return, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.For, ast.While, ast.If, ast.Match, ast.Raise, ast.Expr),
    *(ast.Pass, ast.Break, ast.Continue, ast.BoolOp, ast.NamedExpr, ast.BinOp, ast.UnaryOp, ast.IfExp),
    *(ast.ListComp, ast.Compare, ast.Call, ast.FormattedValue, ast.Constant, ast.Attribute, ast.Subscript, ast.Starred),
    *(ast.Name, ast.List, ast.Tuple, ast.Slice, ast.MatchValue, ast.MatchSequence, ast.MatchAs, ast.MatchOr),
    *(ast.match_case, ast.comprehension, ast.arguments, ast.arg, ast.keyword, ast.expr_context),
    *(ast.boolop, ast.operator, ast.unaryop, ast.cmpop),
)
"""What may stand in a function; what is new to Python is refused."""

FORMS: Mapping[type[ast.AST], str] = {
    **dict.fromkeys((ast.FunctionDef, ast.ClassDef, ast.Lambda), "inside a function: def it at the top of the file"),
    **dict.fromkeys((ast.Import, ast.ImportFrom), "imports stand at the top of the file"),
    **dict.fromkeys((ast.Global, ast.Nonlocal), _STATE),
    **dict.fromkeys((ast.Try, ast.TryStar), "errors are not caught: test before"),
    **dict.fromkeys((ast.AsyncWith, ast.AsyncFor, ast.AsyncFunctionDef, ast.Await), _WAITS),
    **dict.fromkeys((ast.Yield, ast.YieldFrom), "no generators: return a tuple"),
    **dict.fromkeys((ast.Set, ast.SetComp), _ORDER),
    **dict.fromkeys((ast.Dict, ast.DictComp), "no dictionaries: use a NamedTuple"),
    **dict.fromkeys(
        (ast.MatchClass, ast.MatchMapping, ast.MatchStar, ast.MatchSingleton), "match on numbers and words"
    ),
    ast.With: "there is nothing here to open or to close",
    ast.GeneratorExp: "no generators: write a loop, or a list with [ ]",
    ast.Delete: "nothing is deleted",
    ast.Assert: "`python -O` leaves it out: raise instead",
    ast.JoinedStr: "text is made in `raise` only",
}
"""Why some others are refused."""
