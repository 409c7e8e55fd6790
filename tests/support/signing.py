"""Requests signed by hand, as the exchange's documentation says it, without any client of ours."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import requests

KEY, SECRET = "simulated", "hush"


def signature(payload: str, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), payload.encode(), hashlib.sha256).hexdigest()


def signed(parameters: Mapping[str, object], secret: str = SECRET) -> str:
    """A query string with time and signature."""
    stamped = {**parameters, "timestamp": parameters.get("timestamp", time.time_ns() // 1_000_000)}
    query = urlencode(stamped)
    return f"{query}&signature={signature(query, secret)}"


@dataclass(frozen=True, slots=True)
class Trader:
    """Somebody with a key, at an exchange."""

    url: str
    key: str = KEY
    secret: str = SECRET

    def ask(self, method: str, path: str, **parameters: object) -> requests.Response:
        return self.send(method, path, signed(parameters, self.secret))

    def send(self, method: str, path: str, query: str, body: str = "", **headers: str) -> requests.Response:
        """A request whose query string goes out as it is."""
        url = f"{self.url}/api/v3/{path}?{query}"
        return requests.request(method, url, data=body, headers={"X-MBX-APIKEY": self.key, **headers}, timeout=10)

    def told(self, method: str, path: str, **parameters: object) -> dict[str, object]:
        """The error that is answered."""
        answer = self.ask(method, path, **parameters)
        assert answer.status_code >= 400, answer.text
        found = answer.json()
        assert isinstance(found, dict)
        return found


def signed_by_name(parameters: Mapping[str, object], key: str = KEY, secret: str = SECRET) -> dict[str, object]:
    """Parameters of a request over the WebSocket API with key, time and signature; numbers are signed as Python writes
    them, as clients in Python do."""
    stamped = {"timestamp": time.time_ns() // 1_000_000, **parameters, "apiKey": key}
    payload = "&".join(f"{name}={value}" for name, value in sorted(stamped.items()))
    return {**stamped, "signature": signature(payload, secret)}
