"""All keys of a headline at once, which the product asks for one by one."""

from __future__ import annotations

from chalicelib.domain import NewsItem
from chalicelib.headlines import guid_key, link_key, title_key


def keys_of(item: NewsItem) -> tuple[str, ...]:
    """Guid, link and title as keys, as many as it has, each once."""
    return tuple(dict.fromkeys(filter(None, (guid_key(item), link_key(item), title_key(item)))))
