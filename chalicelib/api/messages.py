"""What comes in and what goes out, whoever serves it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One HTTP request. The path is without host, stage and query; query values are percent-decoded."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    repeated: frozenset[str] = frozenset()
    """Names that the query has more than once."""

    def header(self, name: str) -> str | None:
        """A header by its name in small letters, however the client wrote it."""
        return next((value for key, value in self.headers.items() if key.lower() == name), None)


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response; the body is UTF-8 text. Nothing of it may be stored by a cache on the way."""

    status: int
    body: str
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)

    def all_headers(self) -> dict[str, str]:
        """The headers to send, the content type among them."""
        fixed = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return {"Content-Type": self.content_type, **fixed, **self.headers}


class HttpRefusal(Exception):
    """The request gets this status and one line that says why. The text never repeats what the request said."""

    def __init__(self, status: int, text: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(text)
        self.response = Response(status, error_body(text), headers=headers or {})


def error_body(text: str) -> str:
    """The body of every error.

    >>> error_body("no such route")
    '{"error": "no such route"}'
    """
    return json.dumps({"error": text})
