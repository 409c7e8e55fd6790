"""Whether what was deployed answers."""

from __future__ import annotations

import time

import requests

from chalicelib.errors import Unavailable
from chalicelib.secret import Secret
from infra.account import Account

TIMEOUT_S = 30.0
"""The first call starts a Lambda."""


def check(account: Account, url: str, viewer: Secret) -> None:
    """`/health` says ok to anybody and `/agents` to a viewer. Raises Unavailable with what they said instead."""
    _expect_ok(account, f"{url}health", {})
    _expect_ok(account, f"{url}agents", {"Authorization": f"Bearer {viewer.reveal()}"})


def _expect_ok(account: Account, url: str, headers: dict[str, str]) -> None:
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
