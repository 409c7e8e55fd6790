"""What every Notifier keeps: one alert told once, whatever stands in it, and nothing but Unavailable when it cannot."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import botocore.session
import pytest

from chalicelib.adapters.aws_clients import AwsClients
from chalicelib.adapters.background_notifier import BackgroundNotifier
from chalicelib.adapters.fan_out import AllNotifiers
from chalicelib.adapters.sns import SnsNotifier
from chalicelib.adapters.stream_notifier import StreamNotifier
from chalicelib.adapters.webhook import WebhookNotifier
from chalicelib.alert_text import alert_text, read_alert
from chalicelib.domain import Alert
from chalicelib.errors import Unavailable
from chalicelib.ports import Notifier
from chalicelib.secret import Secret
from tests.fakes.web_server import dead_url, serving
from tests.support.aws import REGION, aws_at, mocked_aws

ALERT = Alert("desk halted: daily loss limit", "positions are kept, with their stops", 1_735_689_660_000)
NASTY = [
    Alert("", "", 0),
    Alert("Verlust über 5 % 📉\r\nsubject: x", "two\nlines\x00 and \x1b[31m", 1),
    Alert("s" * 5_000, "b" * 300_000, 2),
    Alert("half a character: \ud83d", "\udc00", 3),
    Alert("  \n ", "<!channel> @everyone & *bold*", 4),
]
TOKEN = "T0/B0/abcdefghijklmnop"


@dataclass(frozen=True, slots=True)
class Channel:
    notifier: Notifier
    told: Callable[[], list[str]]
    """What arrived, one text an alert."""


@contextmanager
def stream_channel(monkeypatch: pytest.MonkeyPatch) -> Iterator[Channel]:
    stream = io.StringIO()
    yield Channel(StreamNotifier(stream), lambda: [f"ALERT{each}" for each in stream.getvalue().split("ALERT")[1:]])


@contextmanager
def webhook_channel(monkeypatch: pytest.MonkeyPatch) -> Iterator[Channel]:
    with serving() as server:
        notifier = WebhookNotifier(Secret(f"{server.url}/{TOKEN}"))
        yield Channel(notifier, lambda: [str(each.json()) for each in server.received])


@contextmanager
def sns_channel(monkeypatch: pytest.MonkeyPatch, kind: type[SnsNotifier] = SnsNotifier) -> Iterator[Channel]:
    """A topic of moto with a queue behind it, which keeps subject and message as SNS delivers them."""
    with mocked_aws(monkeypatch) as clients:
        topic_arn = clients.topics().create_topic(Name="ai-trader-dev-alerts")["TopicArn"]
        yield Channel(kind(topic_arn, clients.topics), _queue_of(topic_arn, clients))


@contextmanager
def all_channel(monkeypatch: pytest.MonkeyPatch) -> Iterator[Channel]:
    """The second of two, of which the first is dead."""
    with webhook_channel(monkeypatch) as channel:
        yield Channel(_Deaf(AllNotifiers(dead_notifier("webhook", monkeypatch), channel.notifier)), channel.told)


@contextmanager
def background_channel(monkeypatch: pytest.MonkeyPatch) -> Iterator[Channel]:
    with webhook_channel(monkeypatch) as channel:
        background = BackgroundNotifier(channel.notifier, say=lambda line: None)

        def told() -> list[str]:
            background.close()
            return channel.told()

        yield Channel(background, told)


CHANNELS = {
    "stream": stream_channel,
    "webhook": webhook_channel,
    "sns": sns_channel,
    "all": all_channel,
    "background": background_channel,
}


@pytest.fixture(params=list(CHANNELS))
def channel(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Channel]:
    with CHANNELS[request.param](monkeypatch) as opened:
        yield opened


def test_an_alert_arrives_once_with_subject_and_body(channel: Channel) -> None:
    channel.notifier.notify(ALERT)
    [told] = channel.told()
    assert ALERT.subject in told
    assert ALERT.body in told


def test_alerts_arrive_in_order(channel: Channel) -> None:
    for number in range(3):
        channel.notifier.notify(Alert(f"alert {number}", "", number))
    assert [f"alert {number}" in told for number, told in enumerate(channel.told())] == [True] * 3


def test_whatever_stands_in_it_it_arrives(channel: Channel) -> None:
    for alert in NASTY:
        channel.notifier.notify(alert)
    assert len(channel.told()) == len(NASTY)


def test_a_topic_checks_what_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted defect: a subject as it comes."""

    class Careless(SnsNotifier):
        def notify(self, alert: Alert) -> None:
            self._client().publish(TopicArn=self._topic_arn, Subject=alert.subject, Message=alert_text(alert))

    with sns_channel(monkeypatch, Careless) as careless:
        for alert in NASTY:
            with suppress(Exception):
                careless.notifier.notify(alert)
        assert len(careless.told()) < len(NASTY)


@pytest.mark.parametrize("name", ["webhook", "sns"])
def test_a_dead_channel_is_unavailable_in_one_line_without_its_address(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Unavailable) as caught:
        dead_notifier(name, monkeypatch).notify(ALERT)
    assert "\n" not in str(caught.value)
    assert TOKEN not in f"{caught.value!r} {caught.value.__context__!r} {caught.value.__cause__!r}"


def test_a_topic_that_refuses_is_unavailable_by_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    with mocked_aws(monkeypatch) as clients, pytest.raises(Unavailable, match=r"^alert topic: NotFound"):
        SnsNotifier(f"arn:aws:sns:{REGION}:123456789012:gone", clients.topics).notify(ALERT)


def test_all_are_told_before_the_failure_of_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    with webhook_channel(monkeypatch) as channel:
        both = AllNotifiers(dead_notifier("webhook", monkeypatch), channel.notifier)
        with pytest.raises(Unavailable, match="cannot be reached"):
            both.notify(ALERT)
        assert len(channel.told()) == 1


def test_what_a_topic_delivers_reads_back_as_the_alert(monkeypatch: pytest.MonkeyPatch) -> None:
    with sns_channel(monkeypatch) as channel:
        channel.notifier.notify(ALERT)
        [told] = channel.told()
        assert read_alert(json.loads(told)["Message"], None, 0) == ALERT


def dead_notifier(name: str, monkeypatch: pytest.MonkeyPatch) -> Notifier:
    if name == "webhook":
        return WebhookNotifier(Secret(f"{dead_url()}/{TOKEN}"))
    return SnsNotifier(f"arn:aws:sns:{REGION}:123456789012:{TOKEN}", aws_at(dead_url(), monkeypatch).topics)


class _Deaf:
    """Does not mind that one of several channels failed, as no use case does."""

    def __init__(self, inner: Notifier) -> None:
        self._inner = inner

    def notify(self, alert: Alert) -> None:
        with suppress(Unavailable):
            self._inner.notify(alert)


def _queue_of(topic_arn: str, clients: AwsClients) -> Callable[[], list[str]]:
    queues: Any = botocore.session.get_session().create_client("sqs")
    url = queues.create_queue(QueueName="alerts")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    clients.topics().subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn)

    def told() -> list[str]:
        found = queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        return [message["Body"] for message in found]

    return told
