"""An alert as each service wants it: the text escaped, so that it shows as written, and cut to what fits."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import SplitResult, parse_qsl, urlencode

from chalicelib.alert_text import alert_fields
from chalicelib.domain import Alert

Message = Mapping[str, object]
Form = Callable[[Alert, SplitResult], Message]

SLACK_LIMIT = 4_000
"""https://docs.slack.dev/reference/methods/chat.postMessage recommends it; cut from 40,000 on."""
DISCORD_LIMIT = 2_000
"""https://discord.com/developers/docs/resources/webhook#execute-webhook"""
TELEGRAM_LIMIT = 4_096
"""https://core.telegram.org/bots/api#sendmessage"""
CARD_LIMIT = 8_000
"""Of the 28 kB that a message to Teams may have."""
CARD = "card"

_SLACK_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_DISCORD_MARKUP = set("\\*_~`|[]()<>#")
_TELEGRAM_PATH = re.compile(r"/bot\d+:[\w-]+/sendMessage")
_CHAT = "chat_id"


def generic(alert: Alert, address: SplitResult) -> Message:
    return alert_fields(alert)


def slack(alert: Alert, address: SplitResult) -> Message:
    """`<!channel>` and `<url|words>` lose their meaning with their brackets."""
    return {"text": _fitted(alert, SLACK_LIMIT, lambda character: _SLACK_ESCAPES.get(character, character))}


def discord(alert: Alert, address: SplitResult) -> Message:
    """Markdown is escaped; an @everyone shows and calls nobody."""
    content = _fitted(
        alert, DISCORD_LIMIT, lambda character: f"\\{character}" if character in _DISCORD_MARKUP else character
    )
    return {"content": content, "allowed_mentions": {"parse": []}}


def telegram(alert: Alert, address: SplitResult) -> Message:
    """Without a parse_mode the text is plain."""
    return {_CHAT: _chat(address), "text": _fitted(alert, TELEGRAM_LIMIT, str)}


def card(alert: Alert, address: SplitResult) -> Message:
    """An adaptive card, which a workflow of Teams posts; it answers 202 to anything else, and posts nothing."""
    run = {"type": "TextRun", "text": _fitted(alert, CARD_LIMIT, str)}  # a TextRun knows no markdown
    content = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [{"type": "RichTextBlock", "inlines": [run]}],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": content}
    return {"type": "message", "attachments": [attachment]}


FORMS: Mapping[str, Form] = {"generic": generic, "slack": slack, "discord": discord, "telegram": telegram, CARD: card}
_TEAMS_HOST = re.compile(r".+\.(webhook\.office\.com|logic\.azure\.com|api\.powerplatform\.com)")


def form_name(address: SplitResult) -> str:
    """Which form an address wants: its fragment says so (#slack for Mattermost), or its host and path do.

    >>> from urllib.parse import urlsplit
    >>> form_name(urlsplit("https://discord.com/api/webhooks/1/abc")), form_name(urlsplit("https://chat.example/x#slack"))
    ('discord', 'slack')
    """
    host, path = (address.hostname or ""), address.path
    if address.fragment:
        return address.fragment
    if host in ("hooks.slack.com", "hooks.slack-gov.com"):
        return "slack"
    if host == "api.telegram.org" or _TELEGRAM_PATH.fullmatch(path):
        return "telegram"
    if path.startswith("/api/webhooks/") and re.fullmatch(r"((ptb|canary)\.)?(discord|discordapp)\.com", host):
        return "slack" if path.endswith("/slack") else "discord"
    if _TEAMS_HOST.fullmatch(host):
        return CARD
    return "generic"


def mistake(address: SplitResult) -> str:
    """What is wrong with the address, empty if nothing: words without any part of it."""
    form = form_name(address)
    if form not in FORMS:
        return f"after # only {', '.join(FORMS)} may stand"
    if form == "telegram" and (not address.path.endswith("/sendMessage") or not _chat(address)):
        return "a Telegram address is https://api.telegram.org/bot<token>/sendMessage?chat_id=<chat>"
    return ""


def target(address: SplitResult) -> str:
    """The URL that is posted to: without the fragment, and without the chat that the body names."""
    if form_name(address) == "telegram":
        rest = [(name, value) for name, value in parse_qsl(address.query) if name != _CHAT]
        address = address._replace(query=urlencode(rest))
    return address._replace(fragment="").geturl()


def _chat(address: SplitResult) -> str:
    return dict(parse_qsl(address.query)).get(_CHAT, "")


def _fitted(alert: Alert, limit: int, escape: Callable[[str], str]) -> str:
    """Subject and body, escaped, at most `limit` UTF-16 units long: what Telegram counts and no other exceeds."""
    fields = alert_fields(alert)
    text = f"{fields['subject']}\n{fields['body']}".strip() or "alert"
    pieces = [escape(character) for character in text]
    if sum(map(_units, pieces)) <= limit:
        return "".join(pieces)
    room = limit - 1  # for the ellipsis
    kept = []
    for piece in pieces:
        room -= _units(piece)
        if room < 0:
            break
        kept.append(piece)
    return "".join(kept) + "…"


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)
