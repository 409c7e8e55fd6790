"""Alerts to a topic of Amazon SNS: by e-mail to who subscribed, and to the function that posts them to the webhook."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.alert_text import alert_text
from chalicelib.domain import Alert
from chalicelib.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

SUBJECT_LIMIT = 100
"""https://docs.aws.amazon.com/sns/latest/api/API_Publish.html: ASCII, no line break or control character, not empty."""


class SnsNotifier:
    """Implements ports.Notifier; a message is `alert_text`."""

    def __init__(self, topic_arn: str, client: Callable[[], SNSClient]) -> None:
        """`client` is called when there is something to tell, so that a quiet process never makes one."""
        self._topic_arn = topic_arn
        self._client = client

    def notify(self, alert: Alert) -> None:
        """Raises Unavailable when the topic did not take it, or its answer was lost."""
        try:
            self._client().publish(
                TopicArn=self._topic_arn, Subject=subject_line(alert.subject), Message=alert_text(alert)
            )
        except ClientError as error:
            raise Unavailable(f"alert topic: {error.response.get('Error', {}).get('Code', 'refused')}") from None
        except BotoCoreError as error:
            raise Unavailable(f"alert topic: {type(error).__name__}") from None


def subject_line(text: str) -> str:
    """The text as a subject that SNS takes: accents dropped, what ASCII lacks as ?, cut to 100 characters.

    >>> subject_line("Verlust über\\n5 %"), subject_line("\\t")
    ('Verlust uber 5 %', 'alert')
    """
    plain = unicodedata.normalize("NFKD", " ".join(text.split()))
    kept = "".join(character for character in plain if not unicodedata.combining(character))
    ascii_only = "".join(character if " " <= character <= "~" else "?" for character in kept)
    line = ascii_only.strip()
    return (line if len(line) <= SUBJECT_LIMIT else line[: SUBJECT_LIMIT - 3] + "...") or "alert"
