from __future__ import annotations

import json

import pytest

from chalicelib.adapters.lambda_metrics import LatencyMetric
from tests.architecture.import_time import loaded_by


def test_a_latency_is_one_metric_with_one_dimension(capsys: pytest.CaptureFixture[str]) -> None:
    metric = LatencyMetric("dev")
    metric.record(1_234)
    metric.record(99)
    first, second = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    [about] = first["_aws"]["CloudWatchMetrics"]
    assert about["Dimensions"] == [["service"]]
    assert [each["Name"] for each in about["Metrics"]] == ["CloseToOrder"]
    assert (first["service"], first["CloseToOrder"], second["CloseToOrder"]) == ("dev", [1234.0], [99.0])


def test_off_it_is_not_even_imported() -> None:
    assert "chalicelib.adapters.lambda_metrics" not in loaded_by("chalicelib.wiring.invocations")
