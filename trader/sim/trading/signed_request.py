"""A signed request: whose it is, whether the proof holds, whether it came in time, and what it asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from urllib.parse import parse_qsl, unquote_plus

from trader.sim.query import NUMBER_RANGE, ApiError, Query
from trader.sim.trading.members import KeyHolder

TIMING = ("timestamp", "recvWindow")
SIGNED_PARAMETERS = (*TIMING, "signature")
DEFAULT_WINDOW_MS, LONGEST_WINDOW_MS = Decimal(5_000), Decimal(60_000)
AHEAD_MS = 1_000
FIRST_MICROSECONDS = 10**15
"""Times from here on are microseconds."""
WRONG_SIGNATURE = ApiError(-1022, "Signature for this request is not valid.")
_SIGNATURE = b"signature="
_WINDOW_RANGE = r"^([0-9]{1,20})(\.[0-9]{1,3})?$"


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
    timing = Query([(name, parameters[name]) for name in TIMING if name in parameters], TIMING)
    told = int(timing.matching("timestamp", NUMBER_RANGE))
    sent_ms = told // 1000 if told >= FIRST_MICROSECONDS else told
    window_ms = _window_ms(timing)
    mistakes = [_mistake(sent_ms, now_ms, window_ms) for now_ms in clocks_ms]
    if all(mistakes):
        raise ApiError(-1021, mistakes[0])


def _mistake(sent_ms: int, now_ms: int, window_ms: Decimal) -> str:
    if sent_ms >= now_ms + AHEAD_MS:
        return "Timestamp for this request was 1000ms ahead of the server's time."
    return "Timestamp for this request is outside of the recvWindow." if now_ms - sent_ms > window_ms else ""


def _window_ms(timing: Query) -> Decimal:
    if not timing.has("recvWindow"):
        return DEFAULT_WINDOW_MS
    window_ms = Decimal(timing.matching("recvWindow", _WINDOW_RANGE))
    if window_ms > LONGEST_WINDOW_MS:
        raise ApiError(-1131, "recvWindow must be less than 60000.")
    return window_ms


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
