"""Signed requests: stamped with the exchange's time, sent exactly as signed, and placements never sent twice."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from chalicelib.adapters.binance.clock import SigningClock
from chalicelib.adapters.binance.faults import LateRequest, LedgerFull, TooManyOrders, Unexplained
from chalicelib.adapters.binance.order_limits import SHORTEST_PAUSE_S, UnfilledLedger, told_counts
from chalicelib.adapters.binance.signing import Signer, encoded, with_signature
from chalicelib.adapters.binance.transport import Headers, Transport
from chalicelib.errors import BadInput, NothingDone, TraderError, Unavailable
from chalicelib.exchange_account import UnfilledCount
from chalicelib.secret import Secret

T = TypeVar("T")
Parameters = Mapping[str, str]
Query = Callable[[], str]
_KEY_HEADER = "X-MBX-APIKEY"

log = logging.getLogger(__name__)


class SignedRequests:
    """What a key's owner asks. KeyRefused, which any request may raise, is for the caller to halt at."""

    def __init__(
        self,
        transport: Transport,
        key: Secret,
        signer: Signer,
        clock: SigningClock,
        *,
        recv_window_ms: int,
        unfilled: UnfilledLedger,
    ) -> None:
        """`recv_window_ms` is after how long the exchange must refuse a late request. Raises BadInput without a key."""
        if not key:
            raise BadInput("there is no key to ask with: BINANCE_API_KEY is empty")
        self._transport = transport
        self._key = key
        self._signer = signer
        self._clock = clock
        self._recv_window_ms = recv_window_ms
        self._unfilled = unfilled
        self._stamped_ms = 0

    def read(self, path: str, parameters: Parameters, *, weight: int, read: Callable[[object], T]) -> T:
        """What `read` makes of the answer; repeated while Unavailable. Raises Unavailable, Rejected, BadInput."""
        query = self._query(parameters)
        return self._transport.repeat(lambda: read(self._timely("GET", path, query, weight)))

    def change(self, method: str, path: str, parameters: Parameters, *, weight: int = 1) -> object:
        """The answer to what changes something at the exchange: sent once, and once more only where the exchange said
        that it did not look at it (its time was wrong).

        Raises Unavailable where the outcome is unknown: look it up; NothingDone where it is known that nothing was
        changed. Raises Rejected, Conflict, BadInput where refused.
        """
        return self._changed(method, path, self._query(parameters), weight)

    def place(self, path: str, parameters: Parameters, *, orders: int) -> object:
        """The answer to a placement of so many orders, as `change`.

        Raises TooManyOrders, and sends nothing, where the account may not have so many more; NothingDone where the
        exchange's clock or the ledger cannot be asked.
        """
        query = self._query(parameters)

        def counted_query() -> str:
            self._reserve(orders)
            return query()

        try:
            return self._changed("POST", path, counted_query, weight=1)
        except LedgerFull:
            raise
        except TooManyOrders as error:
            pause_s = SHORTEST_PAUSE_S if error.retry_after_s is None else error.retry_after_s
            self._kept(lambda: self._unfilled.close(pause_s, self._clock.reckoned_ms()))
            raise

    def learn(self, counts: Iterable[UnfilledCount]) -> None:
        """What the exchange told of unfilled orders and their limits."""
        told = list(counts)
        self._unfilled.learn({each.window: each.limit for each in told})
        self._unfilled.record({each.window: each.count for each in told}, self._clock.reckoned_ms())

    def _reserve(self, orders: int) -> None:
        wait_s = self._unfilled.reserve(orders, self._clock.now_ms())
        if wait_s > 0.0:
            raise LedgerFull(f"too many unfilled orders: no other may be placed for {wait_s:.1f} s", wait_s)

    def _kept(self, keep: Callable[[], None]) -> None:
        """What an answer told is worth keeping, and no reason to lose the answer."""
        try:
            keep()
        except TraderError as error:
            log.warning("what the exchange told of unfilled orders is not kept: %s", error)

    def _changed(self, method: str, path: str, query: Query, weight: int) -> object:
        try:
            return self._timely(method, path, query, weight)
        except Unexplained as error:
            raise Unavailable(str(error)) from error

    def _timely(self, method: str, path: str, query: Query, weight: int) -> object:
        """One request; a second one, with the clock measured anew, where the first was refused by its time."""
        try:
            return self._once(method, path, query, weight)
        except LateRequest as error:
            self._measure_after(error)
        return self._once(method, path, query, weight)

    def _measure_after(self, late: LateRequest) -> None:
        try:
            self._clock.measure()
        except Unavailable as error:
            raise NothingDone(f"{late}; and its clock cannot be asked: {error}", error.retry_after_s) from error

    def _once(self, method: str, path: str, query: Query, weight: int) -> object:
        return self._transport.once(
            method,
            path,
            query,
            weight=weight,
            headers={_KEY_HEADER: self._key.reveal()},
            hear=self._hear,
        )

    def _query(self, parameters: Parameters) -> Query:
        """What is signed when it is about to go out."""

        def stamped() -> str:
            self._stamped_ms = self._clock.now_ms()
            stamp = {"recvWindow": str(self._recv_window_ms), "timestamp": str(self._stamped_ms)}
            return with_signature(encoded({**parameters, **stamp}), self._signer)

        return stamped

    def _hear(self, headers: Headers) -> None:
        counts = told_counts(headers)
        if counts:
            self._kept(lambda: self._unfilled.record(counts, self._stamped_ms))
