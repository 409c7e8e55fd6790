"""docs/backtest.md says of every figure what the code says."""

from pathlib import Path

from trader.backtest.metrics import DEFINITIONS

PAGE = Path(__file__).resolve().parents[3] / "docs" / "backtest.md"


def test_every_figure_is_explained() -> None:
    text = PAGE.read_text("utf-8")
    assert [name for name, words in DEFINITIONS.items() if f"| `{name}` | {words} |" not in text] == []
