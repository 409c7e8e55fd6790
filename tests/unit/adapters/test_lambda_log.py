"""What CloudWatch is told: little, in one line, and never a secret."""

from __future__ import annotations

import io
import json
import logging
import traceback
from collections.abc import Callable
from uuid import uuid4

import pytest
import requests

from chalicelib.adapters.lambda_log import InvocationFailed, LambdaLog
from chalicelib.errors import Unavailable
from chalicelib.redact import Redactor
from chalicelib.secret import Secret
from tests.fakes.web_server import dead_url

NOW_MS = 1_735_689_661_234
WEBHOOK = "https://hooks.slack.com/services/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"
TOKEN = 'op-"7f9c1b\\2a4e'
BYTE_LIMIT = 200


class Written:
    """A log and what it wrote."""

    def __init__(self, *secrets: Secret, level: str = "INFO") -> None:
        self.stream = io.StringIO()
        self.service = f"trade-{uuid4()}"  # Powertools configures a name once per process
        self.log = LambdaLog(self.service, Redactor(*secrets), level=level, stream=self.stream)

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.text.splitlines()]


def fail_with(make: Callable[[], Exception], *secrets: Secret) -> tuple[Written, InvocationFailed]:
    written = Written(*secrets)
    with pytest.raises(InvocationFailed) as caught, written.log.invocation(NOW_MS):
        raise make()
    return written, caught.value


def test_an_invocation_that_did_something_is_one_line_with_its_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0")
    written = Written()
    with written.log.invocation(NOW_MS) as told:
        told({"BTCUSDT": 1, "ETHUSDT": 0})
        told({"more": False, "troubles": {}})
    [line] = written.lines
    assert str(line.pop("timestamp")).endswith("+00:00")
    assert line == {
        "level": "INFO",
        "service": written.service,
        "correlation_id": "2025-01-01T00:01",
        "message": {"BTCUSDT": 1},
    }
    assert len(written.text.replace(written.service, "trade").encode()) < BYTE_LIMIT


def test_an_invocation_that_did_nothing_costs_nothing() -> None:
    written = Written()
    with written.log.invocation(NOW_MS) as told:
        told({"BTCUSDT": 0, "troubles": {}})
    assert written.text == ""


def test_a_level_above_keeps_the_line_out_but_no_error() -> None:
    written = Written(level="ERROR")
    with written.log.invocation(NOW_MS) as told:
        told({"BTCUSDT": 1})
    assert written.text == ""
    with pytest.raises(InvocationFailed), written.log.invocation(NOW_MS):
        raise Unavailable("no")
    assert len(written.lines) == 1


def test_each_minute_has_its_own_id() -> None:
    written = Written()
    for minute in range(3):
        with written.log.invocation(NOW_MS + minute * 60_000) as told:
            told({"new": 1})
    assert [line["correlation_id"] for line in written.lines] == [f"2025-01-01T00:0{1 + n}" for n in range(3)]


def test_an_expected_error_is_one_line_of_kind_and_text_with_what_was_done() -> None:
    written = Written()

    def invoke() -> None:
        with written.log.invocation(NOW_MS) as told:
            told({"BTCUSDT": 1})
            raise Unavailable("binance\nis down")

    with pytest.raises(InvocationFailed, match=r"^Unavailable: binance is down$"):
        invoke()
    [line] = written.lines
    assert line["level"] == "ERROR"
    assert line["message"] == {"error": "Unavailable: binance is down", "BTCUSDT": 1}
    assert line["exception_name"] == "Unavailable"
    assert "exception" not in line


def test_a_defect_is_one_line_with_its_traceback() -> None:
    written, _ = fail_with(lambda: ZeroDivisionError("by\nzero"))
    [line] = written.lines
    assert line["message"] == {"error": "ZeroDivisionError: by zero"}
    assert "test_lambda_log.py" in str(line["exception"])


def leaks() -> list[Callable[[], Exception]]:
    """Errors that quote a secret in the ways in which libraries do."""

    def refused() -> Exception:
        try:
            requests.post(WEBHOOK.replace("https://hooks.slack.com", dead_url()), timeout=1.0)
        except requests.RequestException as error:
            return error
        raise AssertionError

    def chained() -> Exception:
        error = RuntimeError("a step failed")
        error.__cause__ = ValueError(f"header Authorization: Bearer {TOKEN}")
        return error

    return [
        lambda: Unavailable(f"posting to {WEBHOOK} failed"),
        lambda: ValueError({"headers": {"Authorization": f"Bearer {TOKEN}"}}),
        lambda: KeyError(TOKEN),
        lambda: RuntimeError(f"token={TOKEN!r} json={json.dumps(TOKEN)}"),
        refused,
        chained,
    ]


@pytest.mark.parametrize("number", range(6))
def test_no_secret_gets_into_the_line_or_out_of_the_invocation(number: int) -> None:
    written, raised = fail_with(leaks()[number], Secret(WEBHOOK), Secret(TOKEN))
    told_by_runtime = "".join(traceback.format_exception(raised))
    for piece in ("s3cr3ts3cr3t", "7f9c1b", "\\2a4e"):  # without the backslash, an address of an object may hold it
        assert piece not in written.text + told_by_runtime
    assert len(written.lines) == 1


@pytest.mark.parametrize("number", range(6))
def test_without_the_knowledge_of_secrets_the_check_sees_them(number: int) -> None:
    """The planted defect: nothing is hidden, and forms are not known either."""

    class Blind(Redactor):
        def clean(self, text: str) -> str:
            return text

    stream = io.StringIO()
    log = LambdaLog(f"trade-{uuid4()}", Blind(Secret(WEBHOOK), Secret(TOKEN)), stream=stream)
    with pytest.raises(InvocationFailed), log.invocation(NOW_MS):
        raise leaks()[number]()
    assert "s3cr3ts3cr3t" in stream.getvalue() or "7f9c1b" in stream.getvalue()


def test_what_is_told_is_cleaned_too() -> None:
    written = Written(Secret(TOKEN))
    with written.log.invocation(NOW_MS) as told:
        told({"troubles": {"feed": f"answered {TOKEN}"}, "token": Secret(TOKEN)})
    assert written.lines[0]["message"] == {"troubles": {"feed": "answered ***"}, "token": "***"}


def test_a_secret_learnt_later_is_hidden_from_then_on() -> None:
    redactor = Redactor()
    stream = io.StringIO()
    log = LambdaLog(f"trade-{uuid4()}", redactor, stream=stream)
    redactor.hide(Secret("learntlater"))
    with log.invocation(NOW_MS) as told:
        told({"x": "learntlater"})
    assert "learntlater" not in stream.getvalue()


def test_what_is_hidden_already_is_not_worked_on_again() -> None:
    redactor = Redactor(Secret(TOKEN))
    pattern = redactor._pattern
    redactor.hide(Secret(TOKEN))
    assert redactor._pattern is pattern
    redactor.hide(Secret("one-more-token"))
    assert redactor.clean(f"{TOKEN} one-more-token") == "*** ***"


def test_another_loggers_tracebacks_are_cleaned_and_structured() -> None:
    written = Written(Secret(TOKEN))
    stream = io.StringIO()
    chalice_like = logging.Logger("ai-trader")
    chalice_like.addHandler(logging.StreamHandler(stream))
    written.log.adopt(chalice_like)
    try:
        raise ValueError(f"Bearer {TOKEN}")
    except ValueError:
        chalice_like.exception("Caught exception for path %s", f"/status?token={TOKEN}")
    assert "7f9c1b" not in stream.getvalue()
    assert json.loads(stream.getvalue())["level"] == "ERROR"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Authorization: Bearer abcdef123456", "Authorization: Bearer ***"),
        ('{"Authorization": "Bearer abcdef123456"}', '{"Authorization": "Bearer ***"}'),
        ("{'authorization': 'abcdef123456'}", "{'authorization': '***'}"),
        ("X-MBX-APIKEY: abcdef", "X-MBX-APIKEY: ***"),
        ("/api/v3/order?symbol=X&signature=abc123&x=1", "/api/v3/order?symbol=X&signature=***&x=1"),
        ("/bot123456:AAHx-y_z/sendMessage", "/bot***/sendMessage"),
        ("url: /services/T000/B000/abcdefgh (x)", "url: /services/*** (x)"),
        ("/api/webhooks/123/abc-def_g?wait=1", "/api/webhooks/123/***?wait=1"),
        ("nothing to hide: bearer of bad news", "nothing to hide: bearer of bad news"),
        ("unauthorized: token expired", "unauthorized: token expired"),
    ],
)
def test_secrets_that_nobody_named_are_known_by_their_form(text: str, cleaned: str) -> None:
    assert Redactor().clean(text) == cleaned
