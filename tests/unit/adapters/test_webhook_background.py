"""Alerts that a thread sends: who alerts never waits, and what fails is tried again, then said."""

from __future__ import annotations

import time
from threading import Event

import pytest

from chalicelib.adapters.background_notifier import WAITING_LIMIT, BackgroundNotifier
from chalicelib.adapters.repeated_notifier import ATTEMPTS, LONGEST_PAUSE_S, RepeatedNotifier
from chalicelib.adapters.reporting_notifier import ReportingNotifier
from chalicelib.domain import Alert
from chalicelib.errors import Rejected, Unavailable

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


def test_a_hiccup_is_tried_again_after_what_the_other_side_asks_for_at_most_a_minute() -> None:
    channel, slept = Channel(Unavailable("busy"), Unavailable("busy", 7_200.0)), list[float]()
    RepeatedNotifier(channel, pause_s=0.5, sleep=slept.append).notify(ALERT)
    assert (channel.told, slept) == ([ALERT], [0.5, LONGEST_PAUSE_S])


def test_what_is_refused_for_good_is_not_tried_again() -> None:
    channel, slept = Channel(Rejected("taken for later")), list[float]()
    with pytest.raises(Rejected):
        RepeatedNotifier(channel, sleep=slept.append).notify(ALERT)
    assert slept == []


def test_a_dead_channel_is_said_once_an_alert_and_the_next_is_still_sent() -> None:
    channel, said = Channel(*[Unavailable("webhook: answered 404")] * ATTEMPTS), list[str]()
    repeated = RepeatedNotifier(channel, pause_s=0.0)
    with BackgroundNotifier(ReportingNotifier(repeated, said.append), said.append) as background:
        background.notify(Alert("first", "", 0))
        background.notify(ALERT)
    assert (channel.told, said) == ([ALERT], ["alert not delivered: webhook: answered 404 (first)"])


def test_a_defect_of_the_channel_is_said_by_its_kind_alone() -> None:
    said = list[str]()
    with pytest.raises(Unavailable):
        ReportingNotifier(Channel(KeyError("hunter2")), said.append).notify(ALERT)
    assert said == ["alert not delivered: unexpected KeyError (desk halted)"]


def test_a_full_queue_says_what_it_drops() -> None:
    channel, said = Channel(), list[str]()
    channel.open.clear()
    with BackgroundNotifier(channel, said.append) as background:
        for _ in range(WAITING_LIMIT):
            background.notify(ALERT)
        with pytest.raises(Unavailable, match="waiting already"):
            background.notify(Alert("one too many", "", 0))
        channel.open.set()
    assert said == [f"alert not delivered: {WAITING_LIMIT} are waiting already (one too many)"]
    assert len(channel.told) == WAITING_LIMIT


def test_closing_does_not_wait_for_ever_says_what_it_gives_up_and_takes_no_more() -> None:
    channel, said = Channel(), list[str]()
    channel.open.clear()
    background = BackgroundNotifier(channel, said.append)
    for number in range(5):
        background.notify(Alert(f"alert {number}", "", 0))
    background.close(patience_s=0.05)
    assert said == ["alert not delivered: given up after 0.05 s (alert 0; alert 1; alert 2 and 2 more)"]
    with pytest.raises(Unavailable, match="closed"):
        background.notify(ALERT)
    assert said[1:] == ["alert not delivered: the channel is closed (desk halted)"]
    channel.open.set()


def test_without_an_alert_closing_is_nothing() -> None:
    said = list[str]()
    BackgroundNotifier(Channel(), said.append).close()
    assert said == []
