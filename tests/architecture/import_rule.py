"""Who may import whom, as a function over sources: layers below, and nothing that the table does not name."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]

BASE_MODULES = {
    "domain",
    "addition",
    "address",
    "errors",
    "candle_rule",
    "codec",
    "headline_domain",
    "feed_notes",
    "headlines",
    "headline_holder",
    "partly_read",
    "keywords",
    "publishers",
    "same_news",
    "partly_scored",
    "series",
    "series_name",
    "words",
    "secret",
    "redact",
    "foreign_text",
    "alert_text",
    "assets",
    "moments",
    "symbol_name",
    "events",
    "wanted_orders",
    "exchange_account",
    "feed_key",
    "filters",
}

MAY_IMPORT = {
    "kernel": {"kernel"},
    "base": {"kernel", "base"},
    "config": {"kernel", "base", "config"},
    "strategy": {"kernel", "base", "config", "strategy"},
    "strategies": {"kernel", "strategy"},
    "ports": {"kernel", "base", "ports"},
    "services": {"kernel", "base", "ports", "strategy", "services"},
    "api": {"kernel", "base", "ports", "services", "api"},
    "adapters": {"kernel", "base", "ports", "adapters"},
    "wiring": {"kernel", "base", "config", "ports", "strategy", "services", "api", "adapters", "wiring"},
    "app": {"kernel", "base", "config", "ports", "services", "api", "wiring"},
    "trader": {"kernel", "base", "config", "ports", "strategy", "services", "api", "wiring", "trader"},
}
"""Layers from the inside out. Of the adapters each sees only its own; only wiring brings them together."""

KNOWS_ONE_STRATEGY = "trader.cli.indicators"
"""Shows what the default strategy sees. Nothing else imports a strategy: they are found by their names."""
FINDS_BY_NAME = ("chalicelib.strategy.loader", "chalicelib.kernel.indicators")

ADAPTER_TOOL = "chalicelib.adapters.tls"
"""What adapters are mounted on; it knows no outside system."""

STANDARD_LIBRARY_ONLY = {"kernel", "base", "strategy", "strategies", "ports", "services", "api"}
NEVER_IN_CHALICELIB = {"numpy", "pandas", "pyarrow", "numba", "click", "rich", "matplotlib"}
"""Too heavy for a Lambda, or a person's tools."""
ALLOWED_ALL_THE_SAME = {"chalicelib.adapters.llama": {"numpy"}}
"""By adapter. Language models run in a container function of their own; no other Lambda imports their adapter."""


def project_sources() -> dict[str, str]:
    """Source by module name of everything that ships."""
    files = [*PROJECT.glob("app.py"), *PROJECT.glob("chalicelib/**/*.py"), *PROJECT.glob("trader/**/*.py")]
    return {_module_name(file.relative_to(PROJECT)): file.read_text(encoding="utf-8") for file in files}


def violations(sources: Mapping[str, str]) -> list[str]:
    """One line for every import that the rule forbids, for every module it does not know, for every stray environ."""
    return sorted({line for module, source in sources.items() for line in _violations_of(module, source, sources)})


def layer_of(module: str) -> str | None:
    """The layer of a module of this project, None if the table has no place for it.

    >>> layer_of("chalicelib.adapters.binance.market"), layer_of("chalicelib.helpers")
    ('adapters', None)
    """
    top, _, rest = module.partition(".")
    if top in ("trader", "app"):
        return top
    name = rest.partition(".")[0]
    if name in MAY_IMPORT:
        return name
    return "base" if name in BASE_MODULES else None


def imports_of(module: str, sources: Mapping[str, str]) -> list[str]:
    """Every module that this one imports, of the project or not."""
    return list(_imports(module, ast.parse(sources[module]), sources))


def _violations_of(module: str, source: str, sources: Mapping[str, str]) -> Iterator[str]:
    tree = ast.parse(source)
    layer = layer_of(module)
    if module == "chalicelib":
        if tree.body and not isinstance(tree.body[0], ast.Expr):
            yield f"{module}: holds code; every Lambda would load it"
        return
    if layer is None:
        yield f"{module}: in no layer of the import rule; give it a place there"
        return
    for imported in _imports(module, tree, sources):
        complaint = _complaint(module, layer, imported)
        if complaint:
            yield f"{module}: imports {imported}, {complaint}"
    if layer != "config" and _reads_environment(tree):
        yield f"{module}: reads the environment, which only config may"
    if layer != "trader" and module not in FINDS_BY_NAME and _imports_by_name(tree):
        yield f"{module}: imports by a name that this rule cannot read"


def _complaint(module: str, layer: str, imported: str) -> str | None:
    top = imported.partition(".")[0]
    if top not in ("chalicelib", "trader", "app"):
        if layer in STANDARD_LIBRARY_ONLY and top not in sys.stdlib_module_names:
            return f"but {layer} is standard library only"
        if layer != "trader" and top in NEVER_IN_CHALICELIB - ALLOWED_ALL_THE_SAME.get(_adapter(module), set()):
            return "which must not get into a Lambda"
        return None
    if imported == "chalicelib":
        return None
    other = layer_of(imported)
    if other == "strategies" and module == KNOWS_ONE_STRATEGY:
        return None
    if other not in MAY_IMPORT[layer]:
        return f"but {layer} must not import {other or 'what is in no layer'}"
    if layer == other == "adapters" and _adapter(module) != _adapter(imported) != ADAPTER_TOOL:
        return "but adapters never import each other"
    return None


def _adapter(module: str) -> str:
    return ".".join(module.split(".")[:3])


def _imports(module: str, tree: ast.AST, sources: Mapping[str, str]) -> Iterator[str]:
    """Every imported module, wherever in the source the import stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = _origin(module, node, sources)
            for alias in node.names:
                name = f"{origin}.{alias.name}"
                inside = origin == "chalicelib" or name in sources  # `from chalicelib import x` imports module x
                yield name if inside else origin


def _origin(module: str, node: ast.ImportFrom, sources: Mapping[str, str]) -> str:
    """The absolute name that the statement imports from."""
    if node.level == 0:
        return node.module or ""
    is_package = any(name.startswith(f"{module}.") for name in sources)
    parents = module.split(".")
    parents = parents[: len(parents) - node.level + is_package]
    return ".".join([*parents, node.module] if node.module else parents)


def _reads_environment(tree: ast.AST) -> bool:
    names = {"environ", "environb", "getenv", "putenv"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in names and ast.unparse(node.value) == "os":
            return True
        if isinstance(node, ast.ImportFrom) and node.module == "os" and names & {alias.name for alias in node.names}:
            return True
    return False


def _imports_by_name(tree: ast.AST) -> bool:
    return any(
        (isinstance(node, ast.Name) and node.id in ("__import__", "import_module"))
        or (isinstance(node, ast.Attribute) and node.attr == "import_module")
        for node in ast.walk(tree)
    )


def _module_name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
