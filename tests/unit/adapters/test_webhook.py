"""What each service is sent, and what becomes of its answers, over a real loopback server."""

from __future__ import annotations

import io
import json
import logging
import re
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import pytest
import requests

from chalicelib.adapters.webhook import WebhookNotifier
from chalicelib.adapters.webhook.formats import (
    DISCORD_LIMIT,
    FORMS,
    SLACK_LIMIT,
    TELEGRAM_LIMIT,
    form_name,
)
from chalicelib.domain import Alert
from chalicelib.errors import BadInput, Rejected, Unavailable
from chalicelib.secret import Secret
from tests.fakes.web_server import Answer, WebServer, dead_url, serving

ALERT = Alert("desk halted: a < b & <!channel>", "*flatten*: False\n@everyone [x](http://evil)", 1_735_689_660_000)
TELEGRAM_PATH = "/bot123456:AAHsecret-token_x/sendMessage"
SLACK_PATH = "/services/T000/B000/XXXXsecretXXXX"
LONG = Alert("s" * 150, "&_" * 8_000 + "📉" * 3_000, 0)


@pytest.fixture
def server() -> Iterator[WebServer]:
    with serving() as started:
        yield started


@pytest.mark.parametrize(
    ("url", "form"),
    [
        ("https://hooks.slack.com/services/T/B/x", "slack"),
        ("https://discord.com/api/webhooks/1/x", "discord"),
        ("https://ptb.discord.com/api/webhooks/1/x", "discord"),
        ("https://discordapp.com/api/webhooks/1/x/slack", "slack"),
        ("https://api.telegram.org/bot1:x/sendMessage?chat_id=5", "telegram"),
        ("http://127.0.0.1:8081/bot1:x/sendMessage?chat_id=5", "telegram"),
        ("https://chat.example/hooks/x#slack", "slack"),
        ("https://prod-1.westeurope.logic.azure.com:443/workflows/x/triggers/manual/paths/invoke?sig=x", "card"),
        ("https://contoso.webhook.office.com/webhookb2/x", "card"),
        ("https://hooks.slack.com.evil.example/services/T/B/x", "generic"),
        ("https://example.org/discord.com/api/webhooks/", "generic"),
    ],
)
def test_the_address_says_the_form(url: str, form: str) -> None:
    assert form_name(urlsplit(url)) == form


def test_any_address_gets_plain_json(server: WebServer) -> None:
    WebhookNotifier(Secret(f"{server.url}/in?key=1")).notify(ALERT)
    [request] = server.received
    assert (request.method, request.target, request.headers["Content-Type"]) == (
        "POST",
        "/in?key=1",
        "application/json",
    )
    assert request.json() == {"subject": ALERT.subject, "body": ALERT.body, "time_ms": ALERT.time_ms}


def test_slack_gets_its_three_characters_escaped(server: WebServer) -> None:
    WebhookNotifier(Secret(f"{server.url}{SLACK_PATH}#slack")).notify(ALERT)
    [request] = server.received
    assert request.target == SLACK_PATH
    assert request.json() == {
        "text": "desk halted: a &lt; b &amp; &lt;!channel&gt;\n*flatten*: False\n@everyone [x](http://evil)"
    }


def test_discord_calls_nobody_and_formats_nothing(server: WebServer) -> None:
    WebhookNotifier(Secret(f"{server.url}/api/webhooks/1/x#discord")).notify(ALERT)
    assert server.received[0].json() == {
        "content": r"desk halted: a \< b & \<!channel\>"
        + "\n"
        + r"\*flatten\*: False"
        + "\n"
        + r"@everyone \[x\]\(http://evil\)",
        "allowed_mentions": {"parse": []},
    }


def test_telegram_gets_the_chat_in_the_body_and_plain_text(server: WebServer) -> None:
    WebhookNotifier(Secret(f"{server.url}{TELEGRAM_PATH}?chat_id=-100123&message_thread_id=7")).notify(ALERT)
    [request] = server.received
    assert request.target == f"{TELEGRAM_PATH}?message_thread_id=7"
    assert request.json() == {"chat_id": "-100123", "text": f"{ALERT.subject}\n{ALERT.body}"}


@pytest.mark.parametrize(
    ("form", "field", "limit"),
    [("slack", "text", SLACK_LIMIT), ("discord", "content", DISCORD_LIMIT), ("telegram", "text", TELEGRAM_LIMIT)],
)
def test_a_long_alert_is_cut_between_characters(form: str, field: str, limit: int) -> None:
    for alert in (LONG, Alert("s", "📉" * 9_000, 0)):
        text = cast(str, FORMS[form](alert, urlsplit("https://x.example/?chat_id=1"))[field])
        assert limit - 8 < len(text.encode("utf-16-le")) // 2 <= limit
        assert text.endswith(("&amp;…", "_…", "📉…", "&…"))


def test_what_fits_exactly_is_not_cut() -> None:
    alert = Alert("s" * 100, "b" * (DISCORD_LIMIT - 101), 0)
    assert FORMS["discord"](alert, urlsplit(""))["content"] == f"{alert.subject}\n{alert.body}"


@pytest.mark.parametrize("form", sorted(FORMS))
def test_the_examples_in_the_docs_are_what_is_sent(form: str) -> None:
    docs = (Path(__file__).resolve().parents[3] / "docs" / "alerts.md").read_text(encoding="utf-8")
    [example] = re.findall(rf"^```json {form}\n(.*?)\n```$", docs, re.MULTILINE)
    alert = Alert(
        "desk halted: daily loss limit", "equity 9489.5, day_base 10000.0 & <peak> 10012.25", 1_767_225_720_000
    )
    assert json.loads(example) == FORMS[form](alert, urlsplit("https://x.example/?chat_id=-100123"))


@pytest.mark.parametrize("status", [301, 302, 400, 404, 410, 429, 500])
def test_all_but_success_is_unavailable_by_its_status(server: WebServer, status: int) -> None:
    server.otherwise = Answer(status, f"no_service for {SLACK_PATH}", {"Location": f"{server.url}/elsewhere"})
    with pytest.raises(Unavailable) as caught:
        WebhookNotifier(Secret(f"{server.url}{SLACK_PATH}")).notify(ALERT)
    why = "a redirect, and none is followed" if status in (301, 302) else "no_service for ***"
    assert str(caught.value) == f"webhook: answered {status}: {why}"
    assert len(server.received) == 1, "a redirect was followed"


NO = {
    "dingtalk": ('{"errcode": 310000, "errmsg": "keywords not in content"}', "keywords not in content"),
    "wecom": ('{"errcode": 93000, "errmsg": "invalid webhook url"}', "invalid webhook url"),
    "feishu": ('{"code": 19002, "data": {}, "msg": "params error"}', "params error"),
    "feishu before 2022": ('{"StatusCode": 9499, "StatusMessage": "Bad Request"}', "Bad Request"),
    "teams": (
        "Webhook message delivery failed with error: HTTP error 429",
        "delivery failed with error: HTTP error 429",
    ),
    "slack's api": ('{"ok": false, "error": "channel_not_found"}', "channel_not_found"),
    "slack": ("invalid_payload", "invalid_payload"),
    "telegram": ('{"ok": false, "description": "Bad Request: chat not found"}', "Bad Request: chat not found"),
    "rocket.chat": ('{"success": false, "error": "Invalid integration"}', "Invalid integration"),
    "zulip": ('{"result": "error", "msg": "Invalid API key"}', "Invalid API key"),
    "google": ('{"error": {"code": 404, "message": "space not found"}}', "space not found"),
    "a page": ("<!DOCTYPE html><html>Sign in</html>", "a web page"),
    "with a mark before it": ('\ufeff{"ok": false, "error": "no such room"}', "no such room"),
    "in words": ('{"success": "false", "message": "no such room"}', "no such room"),
    "without a reason": ('{"ok": false}', "it does not say why"),
}
YES = [
    "",
    "ok",
    "1",
    "null",
    '{"errcode": 0, "errmsg": "ok"}',
    '{"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"}',
    '{"code": 200, "msg": "delivered"}',
    '{"ok": "true", "message": "false"}',
    '{"ok": true, "result": {"text": "desk halted: N errors in a row"}}',
    '{"status": "success", "error": null}',
    '{"result": "success", "msg": ""}',
    '{"id": "1", "content": "not_ok"}',
    "thanks, posted",
]


@pytest.mark.parametrize("name", NO)
def test_a_200_that_says_no_is_not_delivered(name: str, server: WebServer) -> None:
    body, reason = NO[name]
    server.otherwise = Answer(200, body)
    with pytest.raises(Unavailable) as caught:
        WebhookNotifier(Secret(f"{server.url}/in")).notify(ALERT)
    assert str(caught.value).startswith("webhook: answered 200, but refused it: ")
    assert reason in str(caught.value)


@pytest.mark.parametrize("body", YES)
def test_a_200_that_does_not_say_no_is_delivered(body: str, server: WebServer) -> None:
    server.otherwise = Answer(200, body)
    WebhookNotifier(Secret(f"{server.url}/in")).notify(ALERT)


def test_a_body_that_breaks_off_changes_no_answer(server: WebServer) -> None:
    server.otherwise = Answer(200, "o", missing_bytes=9)
    WebhookNotifier(Secret(f"{server.url}/in")).notify(ALERT)


def test_the_reason_of_a_refusal_is_told_on_one_line_without_the_address(server: WebServer) -> None:
    reason = "Unauthorized:\n\x1b[31m123456:AAHsecret-token_x"
    server.otherwise = Answer(400, json.dumps({"ok": False, "description": reason + "x" * 500}))
    with pytest.raises(Unavailable) as caught:
        WebhookNotifier(Secret(f"{server.url}{TELEGRAM_PATH}?chat_id=-100123")).notify(ALERT)
    assert str(caught.value).startswith("webhook: answered 400: Unauthorized: ")
    assert str(caught.value).isprintable()
    assert "AAHsecret" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_202_is_told_and_not_to_be_repeated_but_for_a_workflow_of_teams(server: WebServer) -> None:
    server.otherwise = Answer(202, "{}")
    with pytest.raises(Rejected, match="answered 202"):
        WebhookNotifier(Secret(f"{server.url}/teams")).notify(ALERT)
    WebhookNotifier(Secret(f"{server.url}/teams#card")).notify(ALERT)


def test_how_long_to_stay_away_is_read_from_the_body_where_no_header_says_it(server: WebServer) -> None:
    server.otherwise = Answer(429, '{"ok": false, "parameters": {"retry_after": 5}}')
    with pytest.raises(Unavailable) as caught:
        WebhookNotifier(Secret(server.url)).notify(ALERT)
    assert caught.value.retry_after_s == 5.0


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), ("0.25", 0.25), ("soon", None), ("-1", None), ("1e9", None)]
)
def test_how_long_to_stay_away_is_told(server: WebServer, header: str, seconds: float | None) -> None:
    server.otherwise = Answer(429, headers={"Retry-After": header})
    with pytest.raises(Unavailable) as caught:
        WebhookNotifier(Secret(server.url)).notify(ALERT)
    assert caught.value.retry_after_s == seconds


def test_a_silent_service_ends_in_time(server: WebServer) -> None:
    server.otherwise = Answer(silent=True)
    begin = time.monotonic()
    with pytest.raises(Unavailable, match="did not answer in time"):
        WebhookNotifier(Secret(server.url), timeout_s=(0.2, 0.2)).notify(ALERT)
    assert time.monotonic() - begin < 5.0


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hunter2hunter2",
        "ftp://h/hunter2hunter2",
        "https://",
        "https://h:99999/hunter2hunter2",
        "https://h/hunter2 hunter2",
        "https://[hunter2hunter2",
        "https://h/x#hunter2",
        "https://api.telegram.org/bot1:hunter2/sendMessage",
        "https://api.telegram.org/bot1:hunter2?chat_id=1",
    ],
)
def test_an_address_that_cannot_be_posted_to_is_explained_unseen(url: str) -> None:
    with pytest.raises(BadInput, match=r"^webhook: ") as caught:
        WebhookNotifier(Secret(url))
    assert "hunter2" not in f"{caught.value!r}{caught.value.__context__!r}"


def test_no_part_of_the_address_is_in_an_error_or_a_log(caplog: pytest.LogCaptureFixture, server: WebServer) -> None:
    everything = io.StringIO()
    with caplog.at_level(logging.DEBUG):
        for answer in (Answer(200), Answer(500), Answer(silent=True)):
            server.otherwise = answer
            everything.write(_trouble(WebhookNotifier(Secret(f"{server.url}{SLACK_PATH}"), timeout_s=(0.2, 0.2))))
        everything.write(_trouble(WebhookNotifier(Secret(f"{dead_url()}{SLACK_PATH}"))))
    assert "cannot be reached" in everything.getvalue()
    assert "XXXXsecretXXXX" not in everything.getvalue() + caplog.text


def test_the_library_by_itself_would_tell_the_address() -> None:
    """The planted defect that the test above must see."""
    with pytest.raises(requests.ConnectionError, match="XXXXsecretXXXX"):
        requests.post(f"{dead_url()}{SLACK_PATH}", timeout=1.0)


def _trouble(notifier: WebhookNotifier) -> str:
    try:
        notifier.notify(ALERT)
    except Unavailable as error:
        chain = [error, error.__cause__, error.__context__]
        return "".join("".join(traceback.format_exception(each)) + repr(each) for each in chain if each is not None)
    return ""
