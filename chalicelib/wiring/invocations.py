"""Around a use case when AWS calls it: the event is read, what was done is told in one line, failures count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING

from chalicelib import wiring
from chalicelib.adapters.lambda_log import InvocationFailed
from chalicelib.errors import BadInput, Rejected, Unavailable
from chalicelib.events import asked_ms_of, event_time_ms, failure_of, is_stale
from chalicelib.foreign_text import one_line
from chalicelib.services.wake_chain import worst_first
from chalicelib.wiring import aws

if TYPE_CHECKING:
    from logging import Logger

    from chalicelib.api.front import Api
    from chalicelib.api.messages import Response

TRADE = "trade"


def run_stage(name: str, event_time: str, detail: Mapping[str, object]) -> dict[str, int]:
    """What the stage counted. Raises InvocationFailed, so that Lambda counts an error, and the trade function one, too:
    there is one alarm, on that function's errors.

    An event that comes too late is refused: the schedule has fired again since.
    """
    try:
        return _run_stage(name, event_time, detail)
    except InvocationFailed as failed:
        if name != TRADE:
            with suppress(Unavailable):
                aws.waker().tell(TRADE, wiring.system_clock().now_ms(), f"{name}: {failed}")
        raise


def _run_stage(name: str, event_time: str, detail: Mapping[str, object]) -> dict[str, int]:
    now_ms = wiring.system_clock().now_ms()
    with aws.log(name).invocation(_minute_of(event_time, now_ms)) as tell:
        event_ms = event_time_ms(event_time)
        if is_stale(event_ms, now_ms):
            tell({"refused": f"an event {(now_ms - event_ms) // 1000} s old"})
            return {}
        told = failure_of(detail)
        if told:  # nobody trades: to try more often than minutes come would count failures of trading faster
            raise Unavailable(f"told of a failure: {told}")
        fleet = aws.fleet()
        done = fleet.stage_of(name).run(fleet.clock.now_ms(), event_ms, asked_ms_of(detail))
        failed = worst_first((*done.failed, *fleet.refused))
        others = {f"failed_{number}": _one_line(error) for number, error in enumerate(failed[1:], 2)}
        tell({**done.counts, "latency_ms": done.latency_ms, **done.troubles, **others})
        metric = aws.latency_metric()
        if metric is not None and done.latency_ms is not None:
            metric.record(done.latency_ms)
        for error in failed:
            raise error
        return dict(done.counts)


def _one_line(error: Exception) -> str:
    return f"{type(error).__name__}: {one_line(str(error))}"


def _minute_of(event_time: str, now_ms: int) -> int:
    """The time that joins the lines of all stages of one minute: the event's, where it has one."""
    try:
        return event_time_ms(event_time)
    except BadInput:
        return now_ms


def forward_alert(message: str, subject: str | None) -> None:
    """Post what the topic delivered to the webhook, if there is one. Raises InvocationFailed: Lambda tries again.

    Not after a Rejected, which is no more than logged.
    """
    from chalicelib.alert_text import read_alert

    now_ms = wiring.system_clock().now_ms()
    with aws.log("notify").invocation(now_ms) as tell:
        webhook = aws.webhook()
        if webhook is not None:
            alert = read_alert(message, subject, now_ms)
            try:
                webhook.notify(alert)
            except Rejected as error:
                tell({"error": str(error), "alert": alert.subject})
            else:
                tell({"posted": alert.subject})


def answer(
    method: str,
    path: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    body: bytes,
    repeated: Iterable[str] = (),
) -> Response:
    """The response to an HTTP request, whatever it is. Never raises."""
    from chalicelib.api.messages import HttpRequest

    return _api().answer(HttpRequest(method, path, query, headers, body, frozenset(repeated)))


@cache
def adopt(logger: Logger) -> None:
    """Have Chalice's own lines written like ours: it logs the traceback of a route by itself."""
    aws.log("api").adopt(logger)


@cache
def _api() -> Api:
    from chalicelib.api.front import Api
    from chalicelib.wiring.aws_desk import desk

    return Api(aws.tokens, desk, _report)


def _report(error: Exception) -> None:
    with suppress(InvocationFailed), aws.log("api").invocation(wiring.system_clock().now_ms()):
        raise error
