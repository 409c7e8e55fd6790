"""How often in a row an agent failed without getting on."""

from __future__ import annotations

from chalicelib.adapters.dynamodb.client import Tables, attribute
from chalicelib.adapters.dynamodb.faults import ConditionFailed
from chalicelib.adapters.dynamodb.items import NONCE, has_nonce, integer, new_nonce, number, text
from chalicelib.adapters.dynamodb.tables import MONEY
from chalicelib.errors import Unavailable

_FAILURES = "failures"
_ATTEMPTS = 10


class DynamoFailureStore:
    """`FailureStore`, one item an agent."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def count(self, agent_id: str, cursor_ms: int | None) -> int:
        key = (agent_id, _FAILURES)
        cursor, failures = attribute("cursor"), attribute("failures")
        here = text("" if cursor_ms is None else str(cursor_ms))
        nonce = new_nonce()
        marked = attribute(NONCE).set(nonce)
        same = (cursor == here) & (attribute(NONCE) != nonce)
        other = cursor.does_not_exist() | (cursor != here)
        one_more = [failures.set(failures + number(1)), marked]
        anew = [failures.set(number(1)), cursor.set(here), marked]
        for actions, condition in [(one_more, same), (anew, other)] * _ATTEMPTS:
            try:
                return integer(self._tables.update(MONEY, key, actions, condition), "failures")
            except ConditionFailed as refused:
                if refused.stored is not None and has_nonce(refused.stored, nonce):
                    return integer(refused.stored, "failures")
        raise Unavailable(f"agent {agent_id}: its failures are being counted by too many at once")

    def forget(self, agent_id: str) -> None:
        # Emptied, not deleted: whoever resumes may write to the table of money, and delete nothing there.
        self._tables.put(MONEY, {"pk": text(agent_id), "sk": text(_FAILURES)})
