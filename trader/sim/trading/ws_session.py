"""One connection to the WebSocket API: who is logged on, what it listens to, and what its requests are answered."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from trader.sim.limits import RequestWeight, ServerWeights
from trader.sim.query import ApiError, Query
from trader.sim.service import RequestOutcome, Task, outcome_of
from trader.sim.trading.floor import TradingFloor
from trader.sim.trading.members import KeyHolder
from trader.sim.trading.signed_request import SIGNED_PARAMETERS, refuse_unproven, refuse_untimely
from trader.sim.trading.subscriptions import Subscriptions
from trader.sim.trading.ws_methods import PRIVATE_METHODS, PUBLIC_METHODS
from trader.sim.trading.ws_requests import ApiRequest, answer_text, parse

SESSION_WEIGHT = 2
UNKNOWN = ApiError(-1000, "An unknown error occurred while processing the request.", 500)
NO_METHOD = ApiError(-1020, "This operation is not supported.")
NOT_AUTHORIZED = ApiError(-1002, "You are not authorized to execute this request.", 401)
ED25519_ONLY = ApiError(-4056, "Only Ed25519 keys may log on; sign each request in place of that.", 401)
PROOF = ("apiKey", *SIGNED_PARAMETERS)
log = logging.getLogger(__name__)


class SessionMethod(NamedTuple):
    """A method about the connection itself."""

    parameters: tuple[str, ...]
    answer: Callable[[ApiRequest, Query], object]


@dataclass(frozen=True, slots=True)
class Authority:
    """Who is logged on, and since when in milliseconds."""

    member: KeyHolder
    since_ms: int


class ApiSession:
    """Answers requests in the order in which they come; `subscriptions` hold what is to be sent unasked."""

    def __init__(self, floor: TradingFloor, ledger: ServerWeights, address: str, shows_limits: bool) -> None:
        self._floor = floor
        self._ledger = ledger
        self._address = address
        self._shows_limits = shows_limits
        self._connected_ms = floor.exchange.clock.now_ms()
        self._authority: Authority | None = None
        self.subscriptions = Subscriptions(floor)
        self.is_banned = False
        """Whether the last request came from an address that is banned by now."""
        self._methods = {
            "session.logon": SessionMethod(PROOF, self._log_on),
            "session.status": SessionMethod((), lambda request, query: self._status()),
            "session.logout": SessionMethod((), lambda request, query: self._log_out()),
            "session.subscriptions": SessionMethod((), lambda request, query: self.subscriptions.rows()),
            "userDataStream.subscribe": SessionMethod((), self._subscribe),
            "userDataStream.subscribe.signature": SessionMethod(PROOF, self._subscribe_signed),
            "userDataStream.unsubscribe": SessionMethod(("subscriptionId",), self._unsubscribe),
        }

    def answer(self, text: str) -> str:
        """The answer to one message, whatever it is."""
        shows_limits, request_id = self._shows_limits, None
        try:
            request = parse(text, self._shows_limits)
        except ApiError as error:
            outcome = outcome_of(_failing(error), self._ledger, self._address)
        else:
            shows_limits, request_id = request.shows_limits, request.request_id
            outcome = self._outcome(request)
        self.is_banned = outcome.charge.banned
        return answer_text(request_id, outcome, shows_limits, self._floor.exchange.clock.now_ms())

    def endpoint_of(self, text: str) -> str | None:
        """What a message asks for by its name over REST, such as `POST /api/v3/order`; None where it has none there."""
        try:
            method = parse(text, self._shows_limits).method
        except ApiError:
            return None
        if (private := PRIVATE_METHODS.get(method)) is not None:
            return f"{private.method} {private.path}"
        public = PUBLIC_METHODS.get(method)
        return f"GET {public.path}" if public is not None else None

    def refused(self, text: str, error: ApiError) -> str:
        """The answer to a message that is answered with an error, whatever it asks for."""
        request = parse(text, self._shows_limits)
        outcome = RequestOutcome(RequestWeight(0), error=error)
        return answer_text(request.request_id, outcome, request.shows_limits, self._floor.exchange.clock.now_ms())

    def _outcome(self, request: ApiRequest) -> RequestOutcome:
        try:
            return outcome_of(lambda: self._task(request), self._ledger, self._address)
        except Exception as error:
            log.error("%s: %s: %s", request.method, type(error).__name__, error)
            return RequestOutcome(RequestWeight(0), error=UNKNOWN)

    def _task(self, request: ApiRequest) -> Task:
        sent = list(request.parameters.items())
        if (method := self._methods.get(request.method)) is not None:
            query = Query(sent, method.parameters)
            return Task(SESSION_WEIGHT, lambda: method.answer(request, query))
        if (public := PUBLIC_METHODS.get(request.method)) is not None:
            return public.task(self._floor.exchange, Query(sent, public.parameters))
        if (private := PRIVATE_METHODS.get(request.method)) is None:
            raise NO_METHOD
        member = self._member(request, f"{private.method} {private.path}")
        return private.task(self._floor, member.account, Query(sent, (*private.parameters, *PROOF)))

    def _member(self, request: ApiRequest, endpoint: str) -> KeyHolder:
        """Whose request it is: by its own key and signature, else by who is logged on. Raises ApiError."""
        if self._authority is None or "apiKey" in request.parameters:
            return self._signer(request, endpoint)
        refuse_untimely(request.parameters, self._floor.clocks_ms(endpoint))
        return self._authority.member

    def _signer(self, request: ApiRequest, endpoint: str = "") -> KeyHolder:
        key = request.parameters.get("apiKey")
        if not key:
            raise ApiError(-1102, "Mandatory parameter 'apiKey' was not sent, was empty/null, or malformed.")
        member = self._floor.members.of(key)
        refuse_unproven(request.signed, member)
        refuse_untimely(request.parameters, self._floor.clocks_ms(endpoint))
        return member

    def _log_on(self, request: ApiRequest, query: Query) -> object:
        member = self._signer(request)
        if not member.may_log_on:
            raise ED25519_ONLY
        self._authority = Authority(member, self._floor.exchange.clock.now_ms())
        return self._status()

    def _log_out(self) -> object:
        self._authority = None
        self.subscriptions.end_those_of_the_session()
        return self._status()

    def _status(self) -> object:
        authority = self._authority
        return {
            "apiKey": authority.member.api_key if authority else None,
            "authorizedSince": authority.since_ms if authority else None,
            "connectedSince": self._connected_ms,
            "returnRateLimits": self._shows_limits,
            "serverTime": self._floor.exchange.clock.now_ms(),
            "userDataStream": bool(self.subscriptions.rows()),
        }

    def _subscribe(self, request: ApiRequest, query: Query) -> object:
        if self._authority is None:
            raise NOT_AUTHORIZED
        return self.subscriptions.begin(self._authority.member.account, of_session=True)

    def _subscribe_signed(self, request: ApiRequest, query: Query) -> object:
        return self.subscriptions.begin(self._signer(request).account, of_session=False)

    def _unsubscribe(self, request: ApiRequest, query: Query) -> object:
        self.subscriptions.end(query.number("subscriptionId"))
        return {}


def _failing(error: ApiError) -> Callable[[], Task]:
    def prepare() -> Task:
        raise error

    return prepare
