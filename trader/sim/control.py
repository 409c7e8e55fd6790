"""Requests that a client sends over a WebSocket connection, and their answers."""

from __future__ import annotations

import json
from typing import Any

from trader.sim.exchange import Exchange
from trader.sim.subscription import Subscription, parse_stream, subscribe

MAX_STREAMS = 1024
MAX_ID_LENGTH = 36
METHODS = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY")


class ControlError(Exception):
    """A request that cannot be answered, with the code and text that Binance gives."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Streams:
    """The streams of one connection and whether events are wrapped with their stream's name.

    Names of streams that do not exist are kept and listed, but nothing ever comes on them.
    """

    def __init__(self, exchange: Exchange, combined: bool) -> None:
        self.combined = combined
        self.by_name: dict[str, Subscription | None] = {}
        self._exchange = exchange

    def add(self, names: list[str]) -> None:
        """Subscribe; a name that is there already goes on as it is. Raises ControlError above the limit."""
        if len(self.by_name.keys() | set(names)) > MAX_STREAMS:
            raise ControlError(2, f"Invalid request: too many parameters, at most {MAX_STREAMS} streams a connection")
        for name in names:
            if name not in self.by_name:
                stream = parse_stream(name, self._exchange)
                self.by_name[name] = stream and subscribe(stream, self._exchange.clock.now_ms())

    def answer(self, text: str) -> str:
        """The answer to a request, as text; never raises."""
        try:
            request = _read(text)
            result = self._perform(request["method"], request.get("params"))
            return json.dumps({"result": result, "id": request["id"]})
        except ControlError as error:
            return json.dumps({"code": error.code, "msg": error.message})

    def _perform(self, method: str, params: object) -> object:
        if method == "LIST_SUBSCRIPTIONS":
            return list(self.by_name)
        if method == "GET_PROPERTY":
            _property_values(params, count=0)
            return self.combined
        if method == "SUBSCRIBE":
            self.add(_names(params))
        elif method == "UNSUBSCRIBE":
            for name in _names(params):
                self.by_name.pop(name, None)
        else:
            self._set_property(params)
        return None

    def _set_property(self, params: object) -> None:
        [value] = _property_values(params, count=1)
        if not isinstance(value, bool):
            raise ControlError(1, "Invalid value type: expected Boolean")
        self.combined = value


def _read(text: str) -> dict[str, Any]:
    try:
        request = json.loads(text)
    except ValueError as error:
        line, column = (error.lineno, error.colno) if isinstance(error, json.JSONDecodeError) else (1, 1)
        raise ControlError(3, f"Invalid JSON: expected value at line {line} column {column}") from error
    except RecursionError as error:
        raise ControlError(3, "Invalid JSON: recursion limit exceeded at line 1 column 128") from error
    end = f"at line 1 column {len(text)}"
    if not isinstance(request, dict) or "method" not in request:
        raise ControlError(2, f"Invalid request: missing field `method` {end}")
    if request["method"] not in METHODS:
        known = ", ".join(f"`{method}`" for method in METHODS)
        raise ControlError(2, f"Invalid request: unknown variant `{request['method']}`, expected one of {known} {end}")
    if "id" not in request or not _is_id(request["id"]):
        raise ControlError(2, "Invalid request: request ID must be an integer, a string of up to 36 characters or null")
    return request


def _is_id(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= MAX_ID_LENGTH
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63)


def _names(params: object) -> list[str]:
    names = [name for name in params if isinstance(name, str)] if isinstance(params, list) else []
    if not isinstance(params, list) or len(names) < len(params):
        raise ControlError(2, "Invalid request: params must be an array of stream names")
    return names


def _property_values(params: object, count: int) -> list[object]:
    """What follows the name of the only property there is."""
    if not isinstance(params, list) or not params or not isinstance(params[0], str):
        raise ControlError(2, "Invalid request: property name must be a string")
    if params[0] != "combined":
        raise ControlError(0, "Unknown property")
    if len(params) - 1 != count:
        raise ControlError(
            2, "Invalid request: too many parameters" if len(params) > count + 1 else "Invalid request: no value"
        )
    return params[1:]
