"""Alerts to a webhook: Slack, Discord and Telegram by their addresses, plain JSON to any other.

formats   what each service wants to be told, and how its text must be escaped
notifier  the request
"""

from chalicelib.adapters.webhook.notifier import WebhookNotifier

__all__ = ["WebhookNotifier"]
