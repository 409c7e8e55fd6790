"""Requests to the tables of one stage: paged, retried for a bounded time, with errors that callers tell apart."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.connection import Connection
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action, Update

from chalicelib.adapters.dynamodb.faults import Contended, Throttled, understood
from chalicelib.adapters.dynamodb.items import Item
from chalicelib.adapters.dynamodb.tables import BY_NAME, EXPIRES_AT, full_name
from chalicelib.errors import TraderError, Unavailable

MOST_IN_A_TRANSACTION = 100
_MOST_IN_A_BATCH = 100
_PAUSES_S = (0.02, 0.05, 0.1, 0.2)
"""How long to stand back from an item that another transaction holds; these last a few milliseconds."""
_THROTTLED_PAUSES_S = (0.2, 0.4, 0.8)
"""How long to let a partition rest: 100 candles take a fifth of what it writes in a second."""
_PAGE_GROWTH = 16

Key = str | int
Operation = dict[str, dict[str, Any]]
"""One operation of a transaction in DynamoDB's own form."""
_Expression = Condition | Update


def connect(region: str | None = None) -> Connection:
    """A connection by the environment's credentials that gives up soon: a Lambda that waits costs money.

    Nothing is sent before the first request.
    """
    return Connection(
        region=region,
        connect_timeout_seconds=1.0,
        read_timeout_seconds=3.0,
        retry_configuration={"total_max_attempts": 3, "mode": "standard"},
    )


class Tables:
    """The tables behind one prefix.

    Reads are consistent unless said otherwise. Every method raises Unavailable when there is no answer or an unknown
    one (Contended where surely nothing was written), BadInput for a value that DynamoDB has no place for; writes raise
    Refused or Cancelled when a condition does not hold.
    """

    def __init__(
        self,
        connection: Connection,
        prefix: str,
        now_s: Callable[[], float] = time.time,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """`now_s` is the real time, from which items expire, whatever time the run itself lives in."""
        self.connection = connection
        self.prefix = prefix
        self._now_s = now_s
        self._pause = pause

    def expiry(self, days: int) -> Item:
        """The attribute with which an item written now is kept for so many days."""
        return {EXPIRES_AT: {"N": str(int(self._now_s()) + days * 86_400)}}

    def get(self, table: str, *key: Key, consistent: bool = True) -> Item | None:
        """The item under this key."""
        request = {**self._keyed(table, key), "ConsistentRead": consistent}
        found: Item | None = self._send("GetItem", request, table).get("Item")
        return found

    def put(self, table: str, item: Item, condition: Condition | None = None) -> None:
        """Write the item in place of what is under its key."""
        self._send("PutItem", self._put_request(table, item, condition), table)

    def update(self, table: str, key: Sequence[Key], actions: Sequence[Action], condition: Condition | None) -> Item:
        """Change parts of an item, made if absent; it as it is then."""
        request = {**self._update_request(table, key, actions, condition), "ReturnValues": "ALL_NEW"}
        changed: Item = self._send("UpdateItem", request, table)["Attributes"]
        return changed

    def delete(self, table: str, *key: Key) -> None:
        """Remove an item; none is no error."""
        self._send("DeleteItem", self._keyed(table, key), table)

    def query(
        self,
        table: str,
        hash_key: str,
        bounds: Condition | None = None,
        *,
        newest_first: bool = False,
        page: int | None = None,
        consistent: bool = True,
    ) -> Iterator[Item]:
        """Items of one partition in the order of their range key, fetched as they are taken.

        `page` is how many the first request reads; each further one reads many more, up to DynamoDB's megabyte.
        """
        definition = BY_NAME[table]
        keys: Condition = attribute(definition.hash_key) == {definition.hash_type: hash_key}
        request: dict[str, Any] = {
            "TableName": self._name(table),
            **_expressions(KeyConditionExpression=keys if bounds is None else keys & bounds),
            "ConsistentRead": consistent,
            "ScanIndexForward": not newest_first,
        }
        while True:
            if page is not None:
                request["Limit"] = page
                page *= _PAGE_GROWTH
            answer = self._send("Query", request, table)
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def batch_get(self, table: str, keys: Sequence[Sequence[Key]], consistent: bool = True) -> list[Item]:
        """The items under these distinct keys, in no order, absent ones left out."""
        found: list[Item] = []
        waiting = [_keys(table, key) for key in keys]
        pauses = iter(_PAUSES_S)
        while waiting:
            asked, waiting = waiting[:_MOST_IN_A_BATCH], waiting[_MOST_IN_A_BATCH:]
            name = self._name(table)
            request = {"RequestItems": {name: {"Keys": asked, "ConsistentRead": consistent}}}
            answer = self._send("BatchGetItem", request, table)
            found += answer["Responses"].get(name, [])
            left = answer.get("UnprocessedKeys", {}).get(name, {}).get("Keys", [])
            if left:
                self._stand_back(pauses, f"DynamoDB BatchGetItem of {table}: throttled")
                waiting += left
        return found

    def transact(self, operations: Sequence[Operation], token: str) -> None:
        """All of the operations or none. `token` (up to 36 characters) makes a repetition of the request harmless."""
        request = {"TransactItems": list(operations), "ClientRequestToken": token}
        self._send("TransactWriteItems", request, "several tables")

    def putting(self, table: str, item: Item, condition: Condition | None = None) -> Operation:
        """`put` as an operation of a transaction."""
        return {"Put": self._put_request(table, item, condition)}

    def checking(self, table: str, key: Sequence[Key], condition: Condition) -> Operation:
        """A condition alone as an operation of a transaction."""
        return {"ConditionCheck": {**self._keyed(table, key), **_conditional(condition)}}

    def updating(
        self, table: str, key: Sequence[Key], actions: Sequence[Action], condition: Condition | None = None
    ) -> Operation:
        """`update` as an operation of a transaction."""
        return {"Update": self._update_request(table, key, actions, condition)}

    def _put_request(self, table: str, item: Item, condition: Condition | None) -> dict[str, Any]:
        return {"TableName": self._name(table), "Item": item, **_conditional(condition)}

    def _update_request(
        self, table: str, key: Sequence[Key], actions: Sequence[Action], condition: Condition | None
    ) -> dict[str, Any]:
        return {**self._keyed(table, key), **_conditional(condition, UpdateExpression=Update(*actions))}

    def _keyed(self, table: str, key: Sequence[Key]) -> dict[str, Any]:
        return {"TableName": self._name(table), "Key": _keys(table, key)}

    def _name(self, table: str) -> str:
        return full_name(self.prefix, table)

    def _send(self, operation: str, request: dict[str, Any], what: str) -> dict[str, Any]:
        """The answer, after a few tries where another transaction holds the item or a partition has to rest."""
        pauses: dict[type[TraderError], Iterator[float]] = {
            Contended: iter(_PAUSES_S),
            Throttled: iter(_THROTTLED_PAUSES_S),
        }
        while True:
            try:
                return dict(self.connection.dispatch(operation, request))
            except (ClientError, BotoCoreError) as error:
                failure = understood(error, operation, what)
                pause_s = next(pauses.get(type(failure), iter(())), None)
                if pause_s is None:
                    raise failure from error
            self._pause(pause_s)

    def _stand_back(self, pauses: Iterator[float], told: str) -> None:
        pause_s = next(pauses, None)
        if pause_s is None:
            raise Unavailable(told)
        self._pause(pause_s)


def _keys(table: str, key: Sequence[Key]) -> Item:
    definition = BY_NAME[table]
    return {name: {kind: str(part)} for (name, kind), part in zip(definition.keys, key, strict=True)}


def _conditional(condition: Condition | None, **expressions: _Expression) -> dict[str, Any]:
    """The request's expressions; with a condition it asks for what stood in its way: free, and one read less."""
    if condition is None:
        return _expressions(**expressions)
    told_why = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    return {**_expressions(ConditionExpression=condition, **expressions), **told_why}


def _expressions(**expressions: _Expression) -> dict[str, Any]:
    """The expressions as a request has them, names and values apart."""
    names: dict[str, str] = {}
    values: dict[str, Any] = {}
    request: dict[str, Any] = {name: one.serialize(names, values) for name, one in expressions.items()}
    if names:
        request["ExpressionAttributeNames"] = {placeholder: name for name, placeholder in names.items()}
    if values:
        request["ExpressionAttributeValues"] = values
    return request


def attribute(name: str) -> Path:
    """An attribute by its name, for conditions and updates."""
    return Path([name])
