"""What scoring may take of memory and of a processor, in a fresh process; `make bench` shows the figures.

CPU seconds may be twice those that the benchmark allows: a busy machine lengthens even them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.sentiment import CPU_S, LIMITED, LOAD_S, PEAK_MB, once
from tests.support.models import require_models

HEADLINES = 48


@pytest.mark.parametrize("name", LIMITED)
def test_the_models_keep_their_budget(name: str, tmp_path: Path) -> None:
    require_models()
    taken = once(tmp_path, name, HEADLINES)
    assert taken.peak_mb < PEAK_MB
    assert taken.cpu_s < 2.0 * CPU_S
    assert taken.load_cpu_s < 2.0 * LOAD_S


def test_the_small_model_alone_takes_a_fraction_of_the_other(tmp_path: Path) -> None:
    require_models()
    large, small = (once(tmp_path, name, HEADLINES).cpu_s for name in ("smollm2", "minilm"))
    assert small < large / 4.0
