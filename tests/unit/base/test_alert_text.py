from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.sns import SUBJECT_LIMIT, subject_line
from chalicelib.alert_text import BODY_LIMIT, alert_text, read_alert
from chalicelib.domain import Alert

ALARM = {
    "AlarmName": "ai-trader-dev-errors",
    "AlarmDescription": "Some function failed in each of three minutes.",
    "AWSAccountId": "123456789012",
    "NewStateValue": "ALARM",
    "NewStateReason": "Threshold Crossed: 3 datapoints were greater than or equal to the threshold (1.0).",
    "StateChangeTime": "2025-01-01T00:01:02.345+0000",
    "Region": "US East (N. Virginia)",
    "OldStateValue": "OK",
    "Trigger": {"MetricName": "Errors", "Namespace": "AWS/Lambda"},
}


@given(st.text(max_size=300), st.text(max_size=300), st.integers(0, 2**52))
def test_any_alert_comes_back(subject: str, body: str, time_ms: int) -> None:
    assert read_alert(alert_text(Alert(subject[:200], body, time_ms)), None, 0) == Alert(subject[:200], body, time_ms)


def test_a_text_fits_into_one_message_of_a_topic() -> None:
    text = alert_text(Alert("\ud83d" * 1_000, "€" * 1_000_000, 0))
    assert len(text.encode()) < 64 * 1024
    assert len(read_alert(text, None, 0).body) == BODY_LIMIT


def test_an_alarm_is_told_with_its_state_reason_and_time() -> None:
    assert read_alert(json.dumps(ALARM), "ALARM: whatever", 5) == Alert(
        "ALARM: ai-trader-dev-errors",
        "Some function failed in each of three minutes.\n"
        "Threshold Crossed: 3 datapoints were greater than or equal to the threshold (1.0).",
        1_735_689_662_345,
    )


@pytest.mark.parametrize(
    "message",
    [
        "",
        "plain words",
        "[1]",
        "null",
        '{"subject": 1}',
        '{"subject": "a", "body": "b", "time_ms": true}',
        "[" * 99_999,
    ],
)
def test_anything_else_is_told_as_it_is(message: str) -> None:
    assert read_alert(message, "AWS Budgets", 5) == Alert("AWS Budgets", message, 5)
    assert read_alert(message, None, 5).subject == "message"


@pytest.mark.parametrize("time", [None, 7, "yesterday", "2025-01-01T00:00:00", "9999-99-99"])
def test_an_alarm_without_a_time_happens_now(time: object) -> None:
    assert read_alert(json.dumps({**ALARM, "StateChangeTime": time}), None, 5).time_ms == 5


@given(st.text(max_size=200))
def test_a_subject_is_what_a_topic_takes(text: str) -> None:
    line = subject_line(text)
    assert re.fullmatch(r"[!-~]([ -~]*[!-~])?", line)
    assert len(line) <= SUBJECT_LIMIT


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("halt 📉\r\nnow", "halt ? now"),
        ("x" * 101, "x" * 97 + "..."),
        ("x" * 100, "x" * 100),
        ("\x00\n", "?"),
        ("", "alert"),
    ],
)
def test_a_subject_keeps_what_it_can(text: str, line: str) -> None:
    assert subject_line(text) == line
