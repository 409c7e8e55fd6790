"""What a service's answer says: whether it took the alert, which some deny in the body of a 200, and why not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from chalicelib.foreign_text import one_line

LONGEST_REASON = 2_000
"""Characters: it is cut where it is told, after the address was taken out."""
_REASON_KEYS = ("description", "errmsg", "error", "msg", "message", "StatusMessage", "detail")
_CODE_KEYS = ("errcode", "StatusCode")
"""Zero for success: DingTalk and WeCom, Feishu's first version."""
_NO = {"error", "fail", "failed", "failure"}
_SLACK_ERROR = re.compile(r"[a-z]+(_[a-z]+)+")
"""https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors; success is `ok`."""
_TEAMS_ERROR = re.compile(r"delivery failed|returned HTTP error|bad payload", re.IGNORECASE)
_WEB_PAGE = re.compile(r"\s*<(!doctype\s+html|html)\b", re.IGNORECASE)


def refusal(body: str) -> str | None:
    """The reason why the body of a 2xx says no, None where it does not.

    >>> refusal('{"errcode": 310000, "errmsg": "keywords not in content"}'), refusal('{"errcode": 0, "errmsg": "ok"}')
    ('keywords not in content', None)
    """
    fields = _object(body)
    if fields is None:
        said_no = _SLACK_ERROR.fullmatch(body.strip()) or _TEAMS_ERROR.search(body) or _WEB_PAGE.match(body)
        return reason(body) if said_no else None
    return (reason(body) or "it does not say why") if any(_denials(fields)) else None


def reason(body: str) -> str:
    """The service's own words for an alert that it did not take, on one printable line; empty where there are none.

    >>> reason('{"ok": false, "description": "Bad Request: chat not found"}'), reason("<html><p>Sorry</p></html>")
    ('Bad Request: chat not found', 'a web page')
    """
    if _WEB_PAGE.match(body):
        return "a web page"
    fields = _object(body)
    if fields is None:
        return one_line(body, LONGEST_REASON)
    return next(
        (line for line in (one_line(_text(fields.get(key)), LONGEST_REASON) for key in _REASON_KEYS) if line), ""
    )


def retry_after(body: str) -> object:
    """How many seconds to stay away as JSON says it: Telegram and Discord; None where it does not."""
    fields = _object(body) or {}
    parameters = fields.get("parameters")
    return parameters.get("retry_after") if isinstance(parameters, dict) else fields.get("retry_after")


def _denials(fields: Mapping[str, object]) -> Iterator[bool]:
    yield any(str(fields.get(key)).lower() == "false" for key in ("ok", "success"))  # Telegram, Slack; Rocket.Chat
    yield any(str(fields.get(key, 0)) != "0" for key in _CODE_KEYS)
    yield "msg" in fields and not _is_success(fields.get("code", 0))  # Feishu
    yield bool(fields.get("error") or fields.get("errors"))
    yield any(str(fields.get(key)).lower() in _NO for key in ("status", "result"))  # Zulip, JSend


def _is_success(code: object) -> bool:
    """Some count from zero, some repeat HTTP's 200."""
    return str(code) == "0" or (isinstance(code, int) and 200 <= code < 300)


def _object(body: str) -> Mapping[str, object] | None:
    try:
        found = json.loads(body.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _text(value: object) -> str:
    """The words of a field: of {"error": {"message": …}} the inner ones."""
    if isinstance(value, dict):
        value = value.get("message", "")
    return value if isinstance(value, str) else ""
