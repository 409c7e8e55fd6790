import pytest

from tests.architecture.import_rule import project_sources, violations

CLEAN = {
    "chalicelib": '"""Everything the Lambdas import."""',
    "chalicelib.kernel.step": "from math import sqrt\nfrom chalicelib.kernel import codes",
    "chalicelib.kernel.codes": "",
    "chalicelib.domain": "from chalicelib.kernel.step import State",
    "chalicelib.errors": "",
    "chalicelib.config": "import os\nHOME = os.environ.get('TRADER_HOME')",
    "chalicelib.ports": "from chalicelib.domain import Candle",
    "chalicelib.strategy": "from chalicelib.kernel.step import State",
    "chalicelib.strategy.loader": "import importlib\nfrom chalicelib import config\nimportlib.import_module('x')",
    "chalicelib.strategies.mine": "from chalicelib.strategy import State\nfrom chalicelib.kernel import codes",
    "chalicelib.services.observe": "from chalicelib.strategy.loader import built_in",
    "trader.cli.indicators": "from chalicelib.strategies import mine",
    "chalicelib.services.trade": "from chalicelib.ports import Clock\nfrom chalicelib.services.minute import close",
    "chalicelib.services.minute": "from chalicelib import codec",
    "chalicelib.codec": "import json",
    "chalicelib.api.reads": "from chalicelib import codec\nfrom chalicelib.services.minute import close",
    "chalicelib.adapters.sqlite": "from chalicelib.adapters.sqlite.news import News",
    "chalicelib.adapters.sqlite.news": "import sqlite3\nfrom . import database\nfrom .database import Row",
    "chalicelib.adapters.sqlite.database": "from chalicelib.ports import NewsStore",
    "chalicelib.adapters.paper": "from chalicelib.kernel.step import settle",
    "chalicelib.adapters.llama.head": "import numpy as np\nfrom chalicelib.domain import Candle",
    "chalicelib.wiring": "def store():\n    from chalicelib.adapters.sqlite import Store\n    return Store",
    "app": "from chalicelib import wiring",
    "trader.cli": "import importlib, click\nimportlib.import_module('trader.cli.news')",
    "trader.backtest": "import numpy\nfrom chalicelib.wiring import store",
}


def test_the_project_keeps_the_import_rule() -> None:
    assert violations(project_sources()) == []


def test_the_rule_looks_at_the_whole_project() -> None:
    modules = project_sources().keys()
    assert {"chalicelib.kernel.step", "chalicelib.wiring", "trader.cli", "chalicelib.services.trade"} <= modules


def test_a_clean_project_has_no_violations() -> None:
    assert violations(CLEAN) == []


@pytest.mark.parametrize(
    ("module", "planted", "expected"),
    [
        ("chalicelib.kernel.step", "import numba", "kernel is standard library only"),
        ("chalicelib.kernel.step", "from chalicelib.domain import Candle", "kernel must not import base"),
        ("chalicelib.domain", "from chalicelib.ports import Clock", "base must not import ports"),
        ("chalicelib.errors", "import requests", "base is standard library only"),
        ("chalicelib.strategy.loader", "from chalicelib.ports import Clock", "strategy must not import ports"),
        ("chalicelib.strategy.loader", "import numba", "strategy is standard library only"),
        ("chalicelib.kernel.step", "from chalicelib.strategy import loader", "kernel must not import strategy"),
        ("chalicelib.ports", "from chalicelib.config import Config", "ports must not import config"),
        ("chalicelib.ports", "from chalicelib.services.trade import Trade", "ports must not import services"),
        ("chalicelib.services.trade", "from chalicelib.adapters.paper import P", "services must not import adapters"),
        ("chalicelib.services.trade", "from chalicelib.adapters import paper", "services must not import adapters"),
        ("chalicelib.services.trade", "from chalicelib import adapters", "services must not import adapters"),
        ("chalicelib.services.trade", "import chalicelib.wiring", "services must not import wiring"),
        ("chalicelib.services.trade", "from ..adapters import paper", "services must not import adapters"),
        ("chalicelib.services.trade", "import requests", "services is standard library only"),
        ("chalicelib.api.reads", "from chalicelib.adapters.paper import P", "api must not import adapters"),
        ("chalicelib.api.reads", "from chalicelib import wiring", "api must not import wiring"),
        ("chalicelib.api.reads", "import chalice", "api is standard library only"),
        ("chalicelib.services.trade", "from chalicelib.api import reads", "services must not import api"),
        ("chalicelib.adapters.paper", "from chalicelib.services import trade", "adapters must not import services"),
        ("chalicelib.adapters.paper", "from chalicelib.config import home", "adapters must not import config"),
        ("chalicelib.adapters.paper", "from chalicelib.adapters import sqlite", "adapters never import each other"),
        ("chalicelib.adapters.paper", "from . import sqlite", "adapters never import each other"),
        ("chalicelib.adapters.sqlite.news", "from ..paper import Paper", "adapters never import each other"),
        ("chalicelib.adapters.sqlite", "from ..paper import Paper", "adapters never import each other"),
        ("chalicelib.adapters.paper", "def f():\n    import numpy as np", "must not get into a Lambda"),
        ("chalicelib.adapters.llama.head", "import pandas", "must not get into a Lambda"),
        ("chalicelib.adapters.paper", "if TYPE_CHECKING:\n    import pandas", "must not get into a Lambda"),
        ("chalicelib.wiring", "from trader import cli", "wiring must not import trader"),
        ("app", "import trader.cli", "app must not import trader"),
        ("app", "from rich import print", "must not get into a Lambda"),
        (
            "chalicelib.services.trade",
            "from chalicelib.helpers import f",
            "services must not import what is in no layer",
        ),
        ("chalicelib.helpers", "", "in no layer of the import rule"),
        ("chalicelib", "import os", "holds code; every Lambda would load it"),
        ("chalicelib.wiring", "import os\nos.environ['X']", "reads the environment"),
        ("chalicelib.wiring", "from os import getenv", "reads the environment"),
        ("trader.cli", "import os\nos.getenv('X')", "reads the environment"),
        ("chalicelib.kernel.step", "from chalicelib.strategy import Bar", "kernel must not import strategy"),
        ("chalicelib.domain", "from chalicelib.strategy import Bar", "base must not import strategy"),
        ("chalicelib.ports", "from chalicelib.strategy import Bar", "ports must not import strategy"),
        ("chalicelib.adapters.paper", "from chalicelib.strategy import Bar", "adapters must not import strategy"),
        ("chalicelib.strategy", "from chalicelib.services import trade", "strategy must not import services"),
        ("chalicelib.strategy", "from chalicelib.strategies import mine", "strategy must not import strategies"),
        ("chalicelib.strategy", "import numpy", "strategy is standard library only"),
        ("chalicelib.strategies.mine", "from chalicelib.domain import Candle", "strategies must not import base"),
        ("chalicelib.strategies.mine", "import numba", "strategies is standard library only"),
        ("chalicelib.services.trade", "from chalicelib.strategies import mine", "services must not import strategies"),
        ("chalicelib.wiring", "from chalicelib.strategies import mine", "wiring must not import strategies"),
        ("trader.backtest", "from chalicelib.strategies import mine", "trader must not import strategies"),
        ("chalicelib.services.trade", "import importlib\nimportlib.import_module('x')", "cannot read"),
        ("chalicelib.services.trade", "__import__('trader')", "cannot read"),
    ],
)
def test_every_rule_fails_on_a_planted_violation(module: str, planted: str, expected: str) -> None:
    found = violations(CLEAN | {module: planted})
    assert len(found) == 1
    assert found[0].startswith(f"{module}: ")
    assert expected in found[0]
