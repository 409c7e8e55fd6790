"""Strategies from files and by name. A file is the user's own code: what it may not use is refused to keep promises."""

from __future__ import annotations

import importlib
import sys
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from types import ModuleType

from chalicelib.domain import RuleSources
from chalicelib.errors import BadInput
from chalicelib.foreign_text import printable
from chalicelib.kernel.bar import Bar
from chalicelib.kernel.rule import Observed
from chalicelib.strategy.copied import windows_of
from chalicelib.strategy.form import FIRST_BAR, Form, form_of
from chalicelib.strategy.parts import FILE, hash_of, parts_of, source_of
from chalicelib.strategy.rule import NonsenseError, Strategy, StrategyRule

PACKAGE = "chalicelib.strategies"
LARGEST_BYTES = 100_000
DEPLOYED = "deployed"
"""Folder of a deployed package with its users' files, each named by its hash."""
_taken: dict[str, Strategy] = {}
"""By their hashes."""


def built_in_names() -> tuple[str, ...]:
    """Every strategy that comes with us, sorted."""
    folder = Path(str(importlib.import_module(PACKAGE).__file__)).parent
    return tuple(sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("_")))


@cache
def built_in(name: str) -> Strategy:
    """The strategy of this name. Raises BadInput naming those there are."""
    if name not in built_in_names():
        raise BadInput(
            f"strategy.name = {printable(name, 60)!r}: must be one of {', '.join(built_in_names())};"
            " a file of your own is named by strategy.file"
        )
    module = importlib.import_module(f"{PACKAGE}.{name}")
    found = _strategy(name, source_of(f"{PACKAGE}.{name}"), module, str(module.__file__))
    thresholds = importlib.import_module(f"{PACKAGE}._thresholds").NOT_ABOVE
    return replace(found, form=replace(found.form, not_above=thresholds.get(name, found.form.not_above)))


def from_file(path: Path) -> Strategy:
    """The strategy in a file. Raises BadInput naming the file, the line and what is wrong there."""
    return from_source(source_in(path), path.name, str(path))


def source_in(path: Path) -> str:
    """The text of a strategy file. Raises BadInput naming the file and why it cannot be one."""
    where = printable(str(path))
    try:
        content = path.read_bytes() if path.is_file() else None
    except (OSError, ValueError) as error:
        raise BadInput(f"{where}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if content is None:
        raise BadInput(f"{where}: there is no such file; built in are {', '.join(built_in_names())}")
    if len(content) > LARGEST_BYTES:
        raise BadInput(f"{where}: is larger than {LARGEST_BYTES} bytes: not a strategy")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{where}: is not UTF-8 text (byte {error.start})") from None


@lru_cache(maxsize=32)
def from_source(source: str, name: str, file: str) -> Strategy:
    """The strategy in a text; `file` names it in messages. Raises BadInput naming the line and what is wrong there."""
    from chalicelib.strategy.allowed import impurities

    where = printable(file)
    for found in impurities(source):
        raise BadInput(f"{where}, line {found.line}: {found.words}")
    return _tried(_strategy(name, source, _executed(source, file, where), where), where)


def take(source: str, name: str, rule_hash: str) -> None:
    """Have `deployed` know a user's file that somebody sent, as long as this process lives.

    Raises BadInput naming the line and what is wrong there, or that the hash is another where it was sent from.
    """
    found = from_source(source, name, name)
    if found.hash != rule_hash:
        raise BadInput(
            f"{printable(name)}: is {found.hash} here and {printable(rule_hash, 60)} where it was sent from:"
            " the two versions of ai-trader differ: deploy again"
        )
    _taken[rule_hash] = found


def deployed(name: str, rule_hash: str) -> Strategy:
    """The user's file of this hash that was deployed with this package; one that decides nothing where it lacks it."""
    if rule_hash in _taken:
        return _taken[rule_hash]
    path = Path(str(importlib.import_module(PACKAGE).__file__)).parent / DEPLOYED / f"{rule_hash}.py"
    if path.is_file():
        found = from_source(path.read_text("utf-8"), name, name)
        if found.hash == rule_hash:
            return found
    why = f"{printable(name)} ({rule_hash}) is not among the deployed strategies: deploy again"
    return replace(built_in(built_in_names()[0]), name=name, hash=rule_hash, parts={}, missing=why)


def recorded(sources: RuleSources) -> tuple[Strategy, tuple[str, ...]]:
    """A strategy as it decided, and the names of those of its parts that this version has otherwise.

    Raises BadInput where this version cannot run it.
    """
    if sources.name in built_in_names() and built_in(sources.name).hash == sources.hash:
        return built_in(sources.name), ()
    strategy = from_source(sources.parts[FILE], sources.name, sources.name)
    return strategy, tuple(part for part, text in sources.parts.items() if strategy.parts.get(part) != text)


def loaded_again(name: str, source: str, file: str) -> Strategy:
    """The strategy that had this name and source in another process of this version."""
    is_ours = name in built_in_names() and built_in(name).source == source
    return built_in(name) if is_ours else from_source(source, name, file)


def _executed(source: str, file: str, where: str) -> ModuleType:
    """The module of a source, named by its hash: two versions of a file are two modules, and both stay known."""
    name = f"strategy_{hash_of(parts_of(source))}"
    if name in sys.modules:
        return sys.modules[name]
    module = ModuleType(name)
    module.__file__ = file
    sys.modules[name] = module  # before it is run: its types look up their annotations there
    try:
        exec(compile(source, file, "exec"), vars(module))  # noqa: S102 (the user's own code, on his own machine)
    except Exception as error:
        del sys.modules[name]
        raise BadInput(f"{where}{line_of(error, file)}: {_said(error)}") from error
    return module


def _strategy(name: str, source: str, module: ModuleType, where: str) -> Strategy:
    form: Form = form_of(module, where)
    parts = parts_of(source)
    return Strategy(name, hash_of(parts), source, str(module.__file__), form, module, parts)


def _tried(strategy: Strategy, where: str) -> Strategy:
    """The strategy, after its default settings have seen a bar and decided. Raises BadInput where that fails."""
    rule = StrategyRule(strategy, strategy.form.settings())
    function = "start"
    try:
        state = rule.start()
        function = "observe"
        state, values = rule.observe(state, FIRST_BAR)
        _refuse_shared(state)
        _refuse_shared(rule.observe(state, _second(FIRST_BAR))[0])
        function = "decide"
        for held in (False, True):
            rule.decide(values, FIRST_BAR.close, strategy.inputs({"sentiment": 0.0}), held)
        function = "signals"
        rule.signals(values, FIRST_BAR.close)
    except Exception as error:
        raise BadInput(f"{where}{line_of(error, strategy.file)}: in {function}: {_said(error)}") from error
    return strategy


def _refuse_shared(state: Observed) -> None:
    """Raise NonsenseError where two windows are one: a step of the one would change both, but only until stored."""
    windows = [*map(id, windows_of(state))]
    if len(set(windows)) < len(windows):
        raise NonsenseError("the State it returned has one window twice: each field needs a window of its own")


def _second(bar: Bar) -> Bar:
    return bar._replace(time_ms=bar.time_ms + 60_000)


def line_of(error: BaseException, file: str) -> str:
    """ ", line N" of the innermost line of the file that an error came by, empty where it came by none."""
    line = 0
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            line = trace.tb_lineno
        trace = trace.tb_next
    return f", line {line}" if line else ""


def _said(error: Exception) -> str:
    return printable(f"{type(error).__name__}: {error}", 200)
