"""Alerts that a thread sends: who alerts never waits, and what fails is tried again, then said."""

from __future__ import annotations

import time
from threading import Event

import pytest

from chalicelib.adapters.background_notifier import ATTEMPTS, WAITING_LIMIT, BackgroundNotifier
from chalicelib.domain import Alert
from chalicelib.errors import Unavailable

ALERT = Alert("desk halted", "", 0)


class Channel:
    """Answers when `open`, with the next of `troubles` if there is one."""

    def __init__(self, *troubles: Exception) -> None:
        self.troubles = list(troubles)
        self.told: list[Alert] = []
        self.began = Event()
        self.open = Event()
        self.open.set()

    def notify(self, alert: Alert) -> None:
        self.began.set()
        self.open.wait(10.0)
        if self.troubles:
            raise self.troubles.pop(0)
        self.told.append(alert)


def test_who_alerts_does_not_wait_for_a_slow_channel() -> None:
    channel, said = Channel(), list[str]()
    channel.open.clear()
    with BackgroundNotifier(channel, said.append) as background:
        begin = time.monotonic()
        background.notify(ALERT)
        waited_s = time.monotonic() - begin
        channel.open.set()
    assert waited_s < 1.0
    assert channel.told == [ALERT]


def test_a_hiccup_is_tried_again() -> None:
    channel, said = Channel(*[Unavailable("busy", 0.0)] * (ATTEMPTS - 1)), list[str]()
    with BackgroundNotifier(channel, said.append, pause_s=0.0) as background:
        background.notify(ALERT)
    assert (channel.told, said) == ([ALERT], [])


def test_a_dead_channel_is_said_once_an_alert_and_the_next_is_still_sent() -> None:
    channel, said = Channel(*[Unavailable("webhook: answered 404")] * ATTEMPTS), list[str]()
    with BackgroundNotifier(channel, said.append, pause_s=0.0) as background:
        background.notify(Alert("first", "", 0))
        background.notify(ALERT)
    assert (channel.told, said) == ([ALERT], ["alert not delivered: webhook: answered 404"])


def test_a_defect_of_the_channel_is_said_by_its_kind_alone() -> None:
    channel, said = Channel(KeyError("hunter2")), list[str]()
    with BackgroundNotifier(channel, said.append) as background:
        background.notify(ALERT)
    assert said == ["alert not delivered: unexpected KeyError"]


def test_a_full_queue_is_unavailable() -> None:
    channel = Channel()
    channel.open.clear()
    with BackgroundNotifier(channel, lambda line: None) as background:
        for _ in range(WAITING_LIMIT):
            background.notify(ALERT)
        channel.began.wait(10.0)  # one is on its way, the others wait
        background.notify(ALERT)
        with pytest.raises(Unavailable, match="waiting already"):
            background.notify(ALERT)
        channel.open.set()


def test_closing_does_not_wait_for_ever_and_takes_no_more() -> None:
    channel, said = Channel(), list[str]()
    channel.open.clear()
    background = BackgroundNotifier(channel, said.append)
    background.notify(ALERT)
    background.close(patience_s=0.05)
    assert said == ["alerts: given up after 0.05 s"]
    with pytest.raises(Unavailable, match="closed"):
        background.notify(ALERT)
    channel.open.set()
