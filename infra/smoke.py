"""Whether what was deployed answers, and whether the exchange answers it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import requests

from chalicelib.adapters.binance.faults import KEPT_OUT
from chalicelib.adapters.binance.hosts import PUBLIC_DATA_URL
from chalicelib.adapters.lambda_waker import wake_event
from chalicelib.config import Deployment
from chalicelib.errors import Rejected, Unavailable
from chalicelib.foreign_text import one_line
from chalicelib.secret import Secret
from infra.account import AwsAccount

Tell = Callable[[str], None]
TIMEOUT_S = 30.0
"""The first call starts a Lambda."""
LONGEST_SAID = 300


def check(account: AwsAccount, url: str, viewer: Secret) -> None:
    """`/health` says ok to anybody and `/agents` to a viewer. Raises Unavailable with what they said instead."""
    _expect_ok(account, f"{url}health", {})
    _expect_ok(account, f"{url}agents", {"Authorization": f"Bearer {viewer.reveal()}"})


def check_exchange(account: AwsAccount, names: Deployment, tell: Tell) -> None:
    """Have the function fetch candles from where it stands. Raises Rejected where the exchange keeps its region out.

    Anything else that fails is told: the next minute asks again.
    """
    said = _fetched(account, names.name("fetch_klines"))
    if any(words in said for words in KEPT_OUT):
        refused, _, _ = said.partition(";")  # the rest is advice to people at a machine of theirs
        raise Rejected(f"smoke check: {refused}: nothing trades there; {_ways_out(account, refused)}")
    tell(f"smoke check: candles: {said}; asked again every minute" if said else "smoke check: candles come")


def _ways_out(account: AwsAccount, said: str) -> str:
    """What there is to do where the exchange does not answer."""
    address = f'exchange.base_url = "{PUBLIC_DATA_URL}" in agent.toml (prices are all that paper trading asks for)'
    region = f"another region than {account.region} (make destroy here, then AWS_DEFAULT_REGION=eu-west-1 make deploy)"
    ways = [*([] if PUBLIC_DATA_URL in said else [address]), *([] if account.endpoint else [region])]
    return f"deploy again with {', or to '.join(ways) or 'another exchange.base_url'}"


def _fetched(account: AwsAccount, function: str) -> str:
    """Why the function could not fetch; empty where it could. It works from its cursor, so once more does no harm."""
    event = wake_event(function, time.time_ns() // 1_000_000, account.region)
    answer = account.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event).encode())
    if "FunctionError" not in answer:
        return ""
    failed = json.loads(answer["Payload"].read())
    return one_line(str(failed.get("errorMessage", failed)), LONGEST_SAID)


def _expect_ok(account: AwsAccount, url: str, headers: dict[str, str]) -> None:
    """A new API takes seconds to be seen everywhere, so a wrong answer is believed only after a while."""
    deadline = time.monotonic() + account.patience_s
    while (said := _answer(url, headers)) != "200":
        if time.monotonic() > deadline:
            raise Unavailable(f"smoke check: {url}: {said}")
        time.sleep(account.poll_s)


def _answer(url: str, headers: dict[str, str]) -> str:
    try:
        answer = requests.get(url, headers=headers, timeout=TIMEOUT_S, allow_redirects=False)
    except requests.RequestException as error:
        return type(error).__name__
    return "200" if answer.status_code == 200 else f"{answer.status_code} {' '.join(answer.text.split())[:200]}"
