"""Alerts as text for a topic, and back from whatever a topic delivers: ours, CloudWatch's alarms and anything else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from chalicelib.domain import Alert
from chalicelib.foreign_text import one_line

SHOWN_SUBJECTS = 3
SUBJECT_LIMIT = 200
BODY_LIMIT = 16_000
"""Characters. A topic takes 256 KB and bills every 64 KB as a message of its own."""


def alert_text(alert: Alert) -> str:
    """The alert as one line of JSON, the form that `read_alert` reads.

    >>> alert_text(Alert("desk halted", "positions are kept, with their stops", 60_000))
    '{"subject": "desk halted", "body": "positions are kept, with their stops", "time_ms": 60000}'
    """
    return json.dumps(alert_fields(alert), ensure_ascii=False)


def alert_fields(alert: Alert) -> dict[str, str | int]:
    """The alert as what JSON has, cut to what a topic carries, without what UTF-8 cannot say."""
    return {
        "subject": _encodable(alert.subject)[:SUBJECT_LIMIT],
        "body": _encodable(alert.body)[:BODY_LIMIT],
        "time_ms": alert.time_ms,
    }


def undelivered(why: str, alerts: Sequence[Alert]) -> str:
    """The line for the operator, who hears nothing else of alerts that reached nobody.

    >>> undelivered("webhook: answered 400", [Alert("desk halted", "", 0)])
    'alert not delivered: webhook: answered 400 (desk halted)'
    """
    more = f" and {len(alerts) - SHOWN_SUBJECTS} more" if len(alerts) > SHOWN_SUBJECTS else ""
    return f"alert not delivered: {why} ({'; '.join(one_line(a.subject) for a in alerts[:SHOWN_SUBJECTS])}{more})"


def read_alert(message: str, subject: str | None, now_ms: int) -> Alert:
    """The alert that a message tells; never raises. `subject` and `now_ms` serve where the message has neither.

    >>> read_alert("the budget is used up", "AWS Budgets", 0)
    Alert(subject='AWS Budgets', body='the budget is used up', time_ms=0)
    """
    fields = _json_object(message)
    own, text, time_ms = fields.get("subject"), fields.get("body"), fields.get("time_ms")
    if isinstance(own, str) and isinstance(text, str) and type(time_ms) is int:
        return Alert(own, text, time_ms)
    alarm, state = fields.get("AlarmName"), fields.get("NewStateValue")
    if isinstance(alarm, str) and isinstance(state, str):
        about = [fields.get(key) for key in ("AlarmDescription", "NewStateReason")]
        body = "\n".join(line for line in about if isinstance(line, str) and line)
        return Alert(f"{state}: {alarm}", body, _time_ms(fields.get("StateChangeTime"), now_ms))
    return Alert(subject or "message", message, now_ms)


def _json_object(message: str) -> Mapping[str, object]:
    try:
        found = json.loads(message)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _time_ms(text: object, otherwise_ms: int) -> int:
    """Of CloudWatch's 2026-01-31T12:00:00.123+0000."""
    try:
        moment = datetime.fromisoformat(text if isinstance(text, str) else "")
        return otherwise_ms if moment.tzinfo is None else round(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        return otherwise_ms


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
