"""What the two ways of fetching a feed have in common."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.domain import FeedState


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """Bounds of one fetch. The largest development feed has 151 kB; common news feeds stay below 1 MB."""

    size_bytes: int = 5_000_000
    """After decompression."""
    total_s: float = 15.0
    """From the first connection to the last byte, redirects included."""
    silence_s: float = 5.0
    """To connect, and between two bytes."""
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class Document:
    """A feed as fetched; `body` is None when it did not change since the state that was given."""

    body: bytes | None
    state: FeedState
    url: str = ""
    """Where it came from in the end, empty for a file: what relative links relate to."""
    name: str = ""
    """Host or file name, for a feed that has no title."""
    charset: str = ""
    """As the server declared it."""
    asked: str = ""
    """The address as it was configured, with whatever key it holds."""
