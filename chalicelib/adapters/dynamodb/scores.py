"""Scores by headline and model: one small item each, gone after some weeks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chalicelib import codec
from chalicelib.adapters.dynamodb.client import Tables, attribute
from chalicelib.adapters.dynamodb.faults import ConditionFailed
from chalicelib.adapters.dynamodb.items import packed, text, unpacked
from chalicelib.adapters.dynamodb.tables import SCORES
from chalicelib.domain import Score
from chalicelib.headlines import score_key

_ABSENT = attribute("key").does_not_exist()


class DynamoScoreCache:
    """`ScoreCache`. Its table is apart from all others, so that what scores need not be able to write anything else."""

    def __init__(self, tables: Tables, kept_days: int = 90) -> None:
        self._tables = tables
        self._kept_days = kept_days

    def find(self, model: str, titles: Sequence[str]) -> dict[str, Score]:
        keys = {title: score_key(model, title) for title in titles}
        items = self._tables.batch_get(SCORES, [(key,) for key in dict.fromkeys(keys.values())])
        bodies = {item["key"]["S"]: unpacked(item, "body") for item in items}
        return {title: codec.load(Score, bodies[key]) for title, key in keys.items() if key in bodies}

    def keep(self, model: str, scores: Mapping[str, Score]) -> dict[str, Score]:
        expiry = self._tables.expiry(self._kept_days)
        earlier: list[str] = []
        for title, score in scores.items():
            item = {"key": text(score_key(model, title)), "body": packed(codec.dump(score)), **expiry}
            try:
                self._tables.put(SCORES, item, _ABSENT)
            except ConditionFailed:  # somebody kept one first
                earlier.append(title)
        return {**scores, **(self.find(model, earlier) if earlier else {})}
