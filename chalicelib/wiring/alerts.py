"""Whom a run and a halt by hand tell on a person's machine: its terminal always, webhooks where they are set."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TextIO

from chalicelib.config import Config, alert_webhook, load_secret
from chalicelib.errors import BadInput
from chalicelib.ports import Notifier
from chalicelib.secret import Secret

Say = Callable[[str], None]
"""Hears one line for the operator."""


def stream_notifier(stream: TextIO) -> Notifier:
    """Alerts as lines on a stream."""
    from chalicelib.adapters.stream_notifier import StreamNotifier

    return StreamNotifier(stream)


@contextmanager
def alerting(config: Config, stream: TextIO, say: Say) -> Iterator[Notifier]:
    """Alerts as lines on a stream and, where a webhook is set, posted to it while the run goes on.

    `say` hears in one line of an alert that could not be posted. Raises BadInput for an address that takes no posts:
    a run starts with its alerts in order or not at all.
    """
    from chalicelib.adapters.webhook import WebhookNotifier

    url = load_secret("webhook") or config.alerts.webhook
    if url:
        WebhookNotifier(url)
    with _posting(lambda: filter(None, [url]), stream, say) as notifier:
        yield notifier


@contextmanager
def alerting_of_halts(files: Callable[[], Iterable[Path]], stream: TextIO, say: Say) -> Iterator[Notifier]:
    """As `alerting`, for halts by hand: nothing is read before there is something to tell, and nothing is raised.

    `files` are the settings of the agents that may be halted.
    """
    with _posting(lambda: _addresses(files(), say), stream, say) as notifier:
        yield notifier


@contextmanager
def _posting(addresses: Callable[[], Iterable[Secret]], stream: TextIO, say: Say) -> Iterator[Notifier]:
    """Posts are sent by a thread: nothing waits for them but the end of the block, and that not for long."""
    from chalicelib.adapters.background_notifier import BackgroundNotifier
    from chalicelib.adapters.fan_out import AllNotifiers
    from chalicelib.adapters.lazy_notifier import LazyNotifier

    def webhooks() -> Notifier:
        return AllNotifiers(*(_webhook(address, say) for address in addresses()))

    with BackgroundNotifier(LazyNotifier(webhooks), say) as posted:
        yield AllNotifiers(stream_notifier(stream), posted)


def _webhook(address: Secret, say: Say) -> Notifier:
    """Asked three times; what it does not take after that, or that the address takes nothing at all, is said."""
    from chalicelib.adapters.lazy_notifier import LazyNotifier
    from chalicelib.adapters.repeated_notifier import RepeatedNotifier
    from chalicelib.adapters.reporting_notifier import ReportingNotifier
    from chalicelib.adapters.webhook import WebhookNotifier

    return ReportingNotifier(LazyNotifier(lambda: RepeatedNotifier(WebhookNotifier(address))), say)


def _addresses(files: Iterable[Path], say: Say) -> list[Secret]:
    """TRADER_WEBHOOK, or else alerts.webhook of each file, none twice; one that cannot be read is said."""
    own = _read(partial(load_secret, "webhook"), say)
    found = [own] if own else [_read(partial(alert_webhook, file), say) for file in files]
    return list(dict.fromkeys(filter(None, found)))


def _read(read: Callable[[], Secret], say: Say) -> Secret:
    try:
        return read()
    except BadInput as error:
        say(f"alert not posted: {error}")
        return Secret()
