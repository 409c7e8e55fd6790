"""A signed request: whose it is, whether the proof holds, whether it came in time, and what it asks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from urllib.parse import parse_qsl, unquote_plus

from trader.sim.query import ApiError
from trader.sim.trading.members import KeyHolder

SIGNED_PARAMETERS = ("timestamp", "recvWindow", "signature")
DEFAULT_WINDOW_MS, LONGEST_WINDOW_MS = Decimal(5_000), Decimal(60_000)
AHEAD_MS = 1_000
LONGEST_TIME = 20
FIRST_MICROSECONDS = 10**15
"""Times from here on are microseconds."""
WRONG_SIGNATURE = ApiError(-1022, "Signature for this request is not valid.")
_SIGNATURE = b"signature="
_WINDOW_RANGE = r"^([0-9]{1,5})(\.[0-9]{1,3})?$"


def authentic(query: bytes, body: bytes, member: KeyHolder) -> dict[str, str]:
    """The parameters of a request, which its signature proves; the query goes before the body. Raises ApiError."""
    payload_query, from_query = _without_signature(query)
    payload_body, from_body = _without_signature(body)
    signature = from_query or from_body
    if not signature:
        raise ApiError(-1102, "Mandatory parameter 'signature' was not sent, was empty/null, or malformed.")
    if not member.verify(payload_query + payload_body, unquote_plus(signature.decode("ascii", "replace"))):
        raise WRONG_SIGNATURE
    return _read(payload_body) | _read(payload_query)


def refuse_unproven(parameters: Mapping[str, str], member: KeyHolder) -> None:
    """Raises ApiError for parameters of the WebSocket API, in any order, that their own signature does not prove."""
    signature = parameters.get("signature", "")
    if not signature:
        raise ApiError(-1102, "Mandatory parameter 'signature' was not sent, was empty/null, or malformed.")
    sorted_by_name = sorted((name, value) for name, value in parameters.items() if name != "signature")
    if not member.verify("&".join(f"{name}={value}" for name, value in sorted_by_name).encode(), signature):
        raise WRONG_SIGNATURE


def refuse_untimely(parameters: Mapping[str, str], clocks_ms: Sequence[int]) -> None:
    """Raises ApiError, by the first clock, for a request that is within its window by none of them."""
    told = parameters.get("timestamp", "")
    if not (told.isascii() and told.isdecimal()) or len(told) > LONGEST_TIME:
        raise ApiError(-1102, "Mandatory parameter 'timestamp' was not sent, was empty/null, or malformed.")
    sent_ms = int(told) // 1000 if int(told) >= FIRST_MICROSECONDS else int(told)
    window_ms = _window_ms(parameters.get("recvWindow"))
    mistakes = [_mistake(sent_ms, now_ms, window_ms) for now_ms in clocks_ms]
    if all(mistakes):
        raise ApiError(-1021, mistakes[0])


def _mistake(sent_ms: int, now_ms: int, window_ms: Decimal) -> str:
    if sent_ms >= now_ms + AHEAD_MS:
        return "Timestamp for this request was 1000ms ahead of the server's time."
    return "Timestamp for this request is outside of the recvWindow." if now_ms - sent_ms > window_ms else ""


def _window_ms(told: str | None) -> Decimal:
    if told is None:
        return DEFAULT_WINDOW_MS
    if re.fullmatch(_WINDOW_RANGE, told, re.ASCII) is None:
        raise ApiError(-1100, f"Illegal characters found in parameter 'recvWindow'; legal range is '{_WINDOW_RANGE}'.")
    if Decimal(told) > LONGEST_WINDOW_MS:
        raise ApiError(-1131, "recvWindow must be less than 60000.")
    return Decimal(told)


def _without_signature(sent: bytes) -> tuple[bytes, bytes]:
    """What was signed of it, and the signature, empty where it has none."""
    parts = sent.split(b"&")
    signatures = [part[len(_SIGNATURE) :] for part in parts if part.startswith(_SIGNATURE)]
    rest = b"&".join(part for part in parts if not part.startswith(_SIGNATURE))
    return rest, signatures[0] if signatures else b""


def _read(sent: bytes) -> dict[str, str]:
    pairs = parse_qsl(sent.decode("utf-8", "replace"), keep_blank_values=True)
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ApiError(-1101, "Duplicate values for a parameter detected.")
    return found
