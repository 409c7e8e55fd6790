"""The schema, one entry a version, forward only: a released entry is never edited, a change is a new entry.

Records that follow the domain's fields are JSON text by `chalicelib.codec`; columns are what a query needs, and rows
that are read in bulk.
"""

from __future__ import annotations

FIRST = (
    """CREATE TABLE candle (
        symbol TEXT, open_ms INTEGER, open REAL NOT NULL, high REAL NOT NULL, low REAL NOT NULL, close REAL NOT NULL,
        volume REAL NOT NULL, PRIMARY KEY (symbol, open_ms)) WITHOUT ROWID""",
    """CREATE TABLE indicator (
        key TEXT PRIMARY KEY, version INTEGER NOT NULL, cursor_ms INTEGER, state TEXT NOT NULL) WITHOUT ROWID""",
    "CREATE TABLE tick (key TEXT, open_ms INTEGER, body TEXT NOT NULL, PRIMARY KEY (key, open_ms)) WITHOUT ROWID",
    """CREATE TABLE news (
        number INTEGER PRIMARY KEY, published_ms INTEGER, fetched_ms INTEGER NOT NULL, source TEXT NOT NULL,
        title TEXT NOT NULL, url TEXT NOT NULL, guid TEXT NOT NULL, symbols TEXT NOT NULL,
        known_ms INTEGER, score REAL, label TEXT, model TEXT, degraded INTEGER)""",
    "CREATE INDEX news_unscored ON news (number) WHERE known_ms IS NULL",
    "CREATE INDEX news_newest ON news (coalesce(published_ms, fetched_ms))",
    "CREATE TABLE news_key (key TEXT PRIMARY KEY) WITHOUT ROWID",
    # One row per symbol of a scored headline, '' where it concerns all: known() reads the end of two index ranges.
    """CREATE TABLE news_known (
        symbol TEXT, known_ms INTEGER, number INTEGER REFERENCES news,
        PRIMARY KEY (symbol, known_ms, number)) WITHOUT ROWID""",
    "CREATE TABLE feed (feed TEXT PRIMARY KEY, etag TEXT NOT NULL, last_modified TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE portfolio (agent_id TEXT PRIMARY KEY, version INTEGER NOT NULL, body TEXT NOT NULL)",
    """CREATE TABLE intent (
        agent_id TEXT, client_id TEXT, body TEXT NOT NULL, PRIMARY KEY (agent_id, client_id)) WITHOUT ROWID""",
    # `number` is the order of booking and the cursor of a page; the index on the agent ends with it by nature.
    "CREATE TABLE fill (number INTEGER PRIMARY KEY, agent_id TEXT NOT NULL, body TEXT NOT NULL)",
    "CREATE INDEX fill_agent ON fill (agent_id)",
    "CREATE TABLE trade (number INTEGER PRIMARY KEY, agent_id TEXT NOT NULL, body TEXT NOT NULL)",
    "CREATE INDEX trade_agent ON trade (agent_id)",
    "CREATE TABLE decision (number INTEGER PRIMARY KEY, agent_id TEXT NOT NULL, body TEXT NOT NULL)",
    "CREATE INDEX decision_agent ON decision (agent_id)",
    """CREATE TABLE equity (
        agent_id TEXT, time_ms INTEGER, equity REAL NOT NULL, cash REAL NOT NULL, drawdown REAL NOT NULL,
        PRIMARY KEY (agent_id, time_ms)) WITHOUT ROWID""",
    """CREATE TABLE halt (
        scope TEXT PRIMARY KEY, reason TEXT NOT NULL, since_ms INTEGER NOT NULL, flatten INTEGER NOT NULL)""",
)

SECOND = ("CREATE TABLE failure (agent_id TEXT PRIMARY KEY, cursor_ms INTEGER, count INTEGER NOT NULL)",)

THIRD = (
    "ALTER TABLE news ADD COLUMN confidence REAL NOT NULL DEFAULT 0.0",
    "ALTER TABLE news ADD COLUMN flags TEXT NOT NULL DEFAULT '[]'",
    # Holds all that `scoring` asks for, which is then answered without reading a headline.
    "CREATE INDEX news_scored ON news (known_ms, degraded, model) WHERE known_ms IS NOT NULL",
)

FOURTH = (
    # Until then a run kept its agents' flags itself. They are moved to the home's file when the run is opened there.
    "ALTER TABLE halt RENAME TO halt_of_old",
    """CREATE TABLE halt (
        scope TEXT PRIMARY KEY, reason TEXT NOT NULL, since_ms INTEGER NOT NULL, flatten INTEGER NOT NULL)""",
)

FIFTH = (
    "ALTER TABLE equity ADD COLUMN switch TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE equity ADD COLUMN found TEXT",
)

SIXTH = ("CREATE TABLE IF NOT EXISTS rule (hash TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID",)

SEVENTH = (
    # Until then feeds were kept by their addresses, which may hold secrets: no trace of one is to stay in the file.
    "PRAGMA secure_delete = ON",
    "UPDATE feed SET feed = feed_key(feed)",
    "ALTER TABLE feed ADD COLUMN health TEXT NOT NULL DEFAULT '{}'",
)

EIGHTH = (
    "ALTER TABLE news_key ADD COLUMN holder TEXT NOT NULL DEFAULT '0'",
    # Of keys from before no more is known than that they were stored by then: `same_news.holder_before`.
    "UPDATE news_key SET holder = (SELECT coalesce(max(fetched_ms), 0) FROM news)",
)

NINTH = (
    # A value is NULL where the series is unknown from then on; a symbol '' where it counts for all.
    """CREATE TABLE IF NOT EXISTS series (
        name TEXT, symbol TEXT, known_ms INTEGER, value REAL, evidence TEXT NOT NULL,
        PRIMARY KEY (name, symbol, known_ms)) WITHOUT ROWID""",
)

TENTH = ("CREATE TABLE IF NOT EXISTS shared_text (name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID",)

MIGRATIONS = (FIRST, SECOND, THIRD, FOURTH, FIFTH, SIXTH, SEVENTH, EIGHTH, NINTH, TENTH)
"""Statements that lead from version n (the index) to version n + 1."""
