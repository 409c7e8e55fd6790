"""What AWS calls: each entry point parses its event, calls one use case and returns.

Chalice puts one package behind all of them, so everything is imported where it is used.
"""

from __future__ import annotations

from typing import Any

from chalice.app import Chalice, CloudWatchEvent, MultiDict, Rate, Response, SNSEvent

from chalicelib.config import APP, tolerated

app = Chalice(app_name=APP)
STAGE, _ = tolerated()
EVERY_MINUTE = Rate(1, unit=Rate.MINUTES)
Counts = dict[str, int]


@app.schedule(EVERY_MINUTE)
def fetch_klines(event: CloudWatchEvent) -> Counts:
    """Closed candles since the cursor; wakes update_indicators."""
    return _stage("fetch_klines", event.time, event.detail)


@app.schedule(EVERY_MINUTE)
def update_indicators(event: CloudWatchEvent) -> Counts:
    """New candles into the indicators; wakes trade."""
    return _stage("update_indicators", event.time, event.detail)


@app.schedule(EVERY_MINUTE)
def trade(event: CloudWatchEvent) -> Counts:
    """Every agent's minutes that are ready."""
    return _stage("trade", event.time, event.detail)


@app.schedule(EVERY_MINUTE)
def poll_news(event: CloudWatchEvent) -> Counts:
    """New headlines of the feeds; wakes sentiment."""
    return _stage("poll_news", event.time, event.detail)


@app.lambda_function()
def sentiment(event: dict[str, Any], context: object) -> Counts:
    """Scores for the headlines that wait for one."""
    return _stage("sentiment", event.get("time", ""), {})


@app.on_sns_message(topic=STAGE.name("alerts"))
def notify(event: SNSEvent) -> None:
    """An alert, or an alarm, to the webhook."""
    from chalicelib.wiring.invocations import forward_alert

    forward_alert(event.message, event.subject)


def route() -> Response:
    """Every HTTP route."""
    from chalicelib.wiring.invocations import adopt, answer

    adopt(app.log)
    request = app.current_request
    assert request is not None  # noqa: S101 (Chalice calls this for a request only)
    given_query = request.query_params or MultiDict(None)
    query = {name: str(given_query[name]) for name in given_query}
    repeated = [name for name in query if len(given_query.getlist(name)) > 1]
    body = request.raw_body
    given = body if isinstance(body, bytes) else body.encode()
    response = answer(request.method, request.context["resourcePath"], query, dict(request.headers), given, repeated)
    shown = "" if request.method == "HEAD" else response.body
    return Response(shown, {**response.all_headers()}, response.status)


READS = ("/health", "/agents", "/status", "/positions", "/trades", "/equity", "/decisions", "/why", "/metrics")
SWITCHES = ("/halt", "/resume")

for path in READS:
    app.route(path, methods=["GET", "HEAD"], content_types=["*/*"])(route)
for path in SWITCHES:
    app.route(path, methods=["POST"], content_types=["*/*"])(route)


def _stage(name: str, event_time: str, detail: dict[str, Any]) -> Counts:
    from chalicelib.wiring.invocations import run_stage

    return run_stage(name, event_time, detail)
