"""Import time of every module tree that a live use case loads: python -m tests.architecture.import_time [ROUNDS]

Each tree is imported by a fresh interpreter; of several rounds the fastest counts. `python -X importtime -c "import M"`
shows what a tree spends where.
"""

from __future__ import annotations

import subprocess
import sys

from tests.architecture.import_rule import project_sources

BINANCE_REST = (
    "binance.clock",
    "binance.hosts",
    "binance.market",
    "binance.transport",
    "binance.orders",
    "binance.accounts",
)
AWS = ("aws_clients", "sns", "lambda_waker", "parameters", "lambda_log", "lambda_metrics", "webhook", "system_clock")
LAMBDA_ADAPTERS = tuple(
    f"chalicelib.adapters.{name}" for name in (*BINANCE_REST, *AWS, "rss", "lexicon", "sqlite", "dynamodb", "paper")
)
"""What a live use case is wired to; streams belong to the command line and the local runtime."""


def live_modules() -> list[str]:
    """Every module of the use cases, wiring, and the adapters that a Lambda loads."""
    services = [name for name in sorted(project_sources()) if name.startswith("chalicelib.services.")]
    return ["app", *services, "chalicelib.api.front", "chalicelib.wiring.invocations", *LAMBDA_ADAPTERS]


def loaded_by(module: str) -> set[str]:
    """The modules that a fresh interpreter holds after importing this one, all submodules by their full names."""
    script = f"import sys, {module}; print('\\n'.join(sys.modules))"
    return set(_python("-c", script).split())


def import_ms(module: str) -> float:
    """Milliseconds that a fresh interpreter spends on the import, its whole tree included."""
    script = f"import time; begin = time.perf_counter(); import {module}; print(time.perf_counter() - begin)"
    return float(_python("-c", script)) * 1000.0


def _python(*arguments: str) -> str:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True).stdout


def main(rounds: int) -> None:
    for module in live_modules():
        fastest = min(import_ms(module) for _ in range(rounds))
        sys.stdout.write(f"{fastest:8.1f} ms {len(loaded_by(module)):5d} modules  {module}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
