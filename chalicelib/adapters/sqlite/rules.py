"""Sources of strategies, compressed, a row each."""

from __future__ import annotations

import zlib

from chalicelib import codec
from chalicelib.adapters.sqlite.database import Database
from chalicelib.domain import RuleSources
from chalicelib.errors import BadInput

_KEEP = "INSERT INTO rule (hash, body) VALUES (?, ?) ON CONFLICT DO NOTHING"
_FIND = "SELECT body FROM rule WHERE hash = ?"


class SqliteRuleStore:
    """`RuleStore` over a Database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, sources: RuleSources) -> None:
        body = zlib.compress(codec.dump(sources).encode())
        with self._database.transaction():
            self._database.execute(_KEEP, (sources.hash, body))

    def find(self, rule_hash: str) -> RuleSources | None:
        rows = self._database.query(_FIND, (rule_hash,))
        if not rows:
            return None
        try:
            text = zlib.decompress(rows[0][0]).decode()
        except (zlib.error, TypeError, UnicodeDecodeError) as error:
            raise BadInput(f"the stored sources of rule {rule_hash} are damaged ({error})") from error
        return codec.load(RuleSources, text)
