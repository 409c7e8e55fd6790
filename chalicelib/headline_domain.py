"""What kinds of headlines there are analyzers for. By itself, as reading settings loads little."""

from __future__ import annotations

from enum import StrEnum


class HeadlineDomain(StrEnum):
    """What kind of headlines an analyzer was fitted to."""

    CRYPTO = "crypto"
    FINANCE = "finance"


DOMAINS = tuple(each.value for each in HeadlineDomain)
