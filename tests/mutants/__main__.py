"""Draws mutants by seed, runs the tests of each, and prints those that no test noticed.

python -m tests.mutants PYTHON COUNT SEED [PATTERN ...]   PYTHON runs the tests; patterns are of the modules' paths.

Runs in an environment of its own, whose cosmic-ray makes the changes.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatchcase
from functools import cache, partial
from pathlib import Path
from queue import SimpleQueue
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

from tests.mutants.areas import ROOT, area_of, arguments, modules
from tests.mutants.judge import Copy, Mutant

AT_ONCE = 2
"""Copies whose tests run side by side."""
NOT_TELLING = re.compile(r"_(Bit\w+|[LR]Shift|Pow|Invert)$|_(Eq|NotEq|[LG]tE?)_Is(Not)?$|_Is(Not)?_(Eq|NotEq|[LG]tE?)$")
"""Changes of operators that end in an error wherever they are met, or make no difference."""
Place = tuple[int, int]
"""Line and column."""


Change = tuple[str, Callable[[], str]]
"""What it is called, and what makes the source with it."""


def places(module: str) -> Iterator[tuple[int, list[Change]]]:
    """The line of each place in a module where something can be changed, and the changes."""
    source = (ROOT / module).read_text("utf-8")
    nodes = list(ast_nodes(get_ast(source)))
    found: dict[tuple[Place, Place], list[Change]] = defaultdict(list)
    for name in filter(is_telling, operator_names()):
        operator = get_operator(name)
        spots = [spot for node in nodes for spot in operator().mutation_positions(node)]
        for occurrence, spot in enumerate(spots):
            found[spot].append((name.removeprefix("core/"), partial(changed, source, operator, occurrence)))
    for call in calls(source):
        found[(call.lineno, -1), (call.lineno, -1)].append(("LeaveOutCall", partial(without, source, call)))
    return ((begin[0], changes) for (begin, _), changes in found.items())


def is_telling(operator: str) -> bool:
    """Whether it needs nothing to be told, and makes more of the code than an error."""
    return not get_operator(operator).arguments() and not NOT_TELLING.search(operator)


def changed(source: str, operator: type[Any], occurrence: int) -> str:
    """The source with this change, as it is where cosmic-ray cannot make it: in `except module.Error`."""
    try:
        return str(mutate_code(source, operator(), occurrence) or source)
    except AttributeError:
        return source


def calls(source: str) -> Iterator[ast.Expr]:
    """Those whose answer nobody uses, so that they may be left out."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            yield node


def without(source: str, call: ast.Expr) -> str:
    """The source with `pass` in place of the call."""
    lines = source.splitlines(keepends=True)
    last = call.end_lineno or call.lineno
    lines[call.lineno - 1 : last] = [f"{' ' * call.col_offset}pass\n"]
    return "".join(lines)


def drawn(count: int, seed: int, patterns: Sequence[str]) -> Iterator[Mutant]:
    """Mutants that behave otherwise, no two at one place."""
    random = Random(seed)
    chosen = [module for module in modules() if any(fnmatchcase(module, pattern) for pattern in patterns)]
    spots = [(module, *place) for module in chosen for place in places(module)]
    random.shuffle(spots)
    for module, line, changes in spots:
        kind, make = random.choice(changes)
        original, source = (ROOT / module).read_text("utf-8"), make()
        if behaviour(source) != behaviour(original):
            yield Mutant(module, line, kind, original, source)
            count -= 1
        if not count:
            return


@cache
def behaviour(source: str) -> str:
    """What of the source is run: no types. The source itself where it is no Python."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return source
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(None)
        elif isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef):
            node.returns = None
    return ast.dump(tree)


def main(python: str, count: int, seed: int, patterns: Sequence[str]) -> int:
    """How many survived."""
    survivors: list[Mutant] = []
    with TemporaryDirectory(prefix="ai-trader-mutants-") as folder:
        copies: SimpleQueue[Copy] = SimpleQueue()
        for number in range(AT_ONCE):
            copies.put(Copy(ROOT, Path(folder, str(number)), python))
        usual_s: dict[str, float] = {}
        with ThreadPoolExecutor(AT_ONCE) as pool:

            def judge(mutant: Mutant) -> tuple[Mutant, bool]:
                copy = copies.get()
                try:
                    area = area_of(mutant.module)
                    assert area is not None
                    tests = arguments(area, ROOT)
                    if area.name not in usual_s:
                        usual_s[area.name] = copy.seconds(tests)
                    return mutant, copy.survives(mutant, tests, usual_s[area.name])
                finally:
                    copies.put(copy)

            for number, (mutant, alive) in enumerate(pool.map(judge, drawn(count, seed, patterns)), 1):
                print(f"{number:4} {'SURVIVED' if alive else 'killed':9} {mutant}", flush=True)  # noqa: T201
                survivors += [mutant] if alive else []
    for mutant in survivors:
        print(f"\n{mutant}\n{mutant.diff}")  # noqa: T201
    print(f"\n{len(survivors)} of {number} mutants survived (seed {seed}).")  # noqa: T201
    return len(survivors)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:] or ["*"])
