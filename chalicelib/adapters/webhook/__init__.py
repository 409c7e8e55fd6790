"""Alerts to a webhook: Slack, Discord, Telegram and Teams by their addresses, plain JSON to any other.

formats   what each service wants to be told, and how its text must be escaped
answers   what a service says of what it was sent
notifier  the request
"""

from chalicelib.adapters.webhook.notifier import WebhookNotifier

__all__ = ["WebhookNotifier"]
