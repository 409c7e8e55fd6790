"""Feeds in local files."""

from __future__ import annotations

import stat
from pathlib import Path
from urllib.parse import unquote, urlsplit

from chalicelib.adapters.rss.document import Document, DocumentLimits
from chalicelib.domain import FeedState
from chalicelib.errors import BadInput, Unavailable
from chalicelib.redact import shown_address


def local_path(feed: str) -> Path:
    """The path that a feed's path or file:// address names. Raises BadInput for a file on another host.

    >>> local_path("file:///tmp/a%20b.xml").as_posix()
    '/tmp/a b.xml'
    """
    if "://" not in feed:
        return Path(feed)
    parts = urlsplit(feed)
    if parts.netloc not in ("", "localhost"):
        raise BadInput(f"feed {shown_address(feed)}: a file address has three slashes, as in file:///folder/feed.xml")
    return Path(unquote(parts.path))


def read(path: Path, state: FeedState, limits: DocumentLimits) -> Document:
    """The file, or no body when its time and size are those of `state`.

    Raises Unavailable when it cannot be read now, BadInput for what is no regular file or too large.
    """
    name = shown_address(str(path))
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            raise BadInput(f"feed {name}: not a regular file")
        if facts.st_size > limits.size_bytes:
            raise BadInput(f"feed {name}: larger than {limits.size_bytes} bytes")
        current = FeedState(etag=f"{facts.st_mtime_ns}-{facts.st_size}")
        body = None if current.etag == state.etag else path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise Unavailable(f"feed {name}: {getattr(error, 'strerror', None) or error}") from error
    return Document(body, current, name=path.name)
