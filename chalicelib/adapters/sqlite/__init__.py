"""Every store over one SQLite file: the embedded default, and with ":memory:" the store of a test.

database    the connection, transactions, and what SQLite's errors mean to a caller
turn        the queue in which processes that want to write wait
migrations  the schema, version by version
candles · indicators · news · feeds · portfolio · halts · failures · journal · rules · series · texts: one store
each, all over a Database
scores      the cache of scores, a file of its own
"""

from chalicelib.adapters.sqlite.candles import SqliteCandleStore
from chalicelib.adapters.sqlite.database import Database, raise_if_lost
from chalicelib.adapters.sqlite.failures import SqliteFailureStore
from chalicelib.adapters.sqlite.feeds import SqliteFeedStore
from chalicelib.adapters.sqlite.halts import SqliteHaltStore, SqliteHomeHaltStore, home_database, take_over_old_flags
from chalicelib.adapters.sqlite.indicators import SqliteIndicatorStore
from chalicelib.adapters.sqlite.journal import SqliteJournal
from chalicelib.adapters.sqlite.news import SqliteNewsStore
from chalicelib.adapters.sqlite.portfolio import SqlitePortfolioStore
from chalicelib.adapters.sqlite.rules import SqliteRuleStore
from chalicelib.adapters.sqlite.scores import SqliteScoreCache
from chalicelib.adapters.sqlite.series import SqliteSeriesStore
from chalicelib.adapters.sqlite.texts import SqliteTexts

__all__ = [
    "Database",
    "SqliteCandleStore",
    "SqliteFailureStore",
    "SqliteFeedStore",
    "SqliteHaltStore",
    "SqliteHomeHaltStore",
    "SqliteIndicatorStore",
    "SqliteJournal",
    "SqliteNewsStore",
    "SqlitePortfolioStore",
    "SqliteRuleStore",
    "SqliteScoreCache",
    "SqliteSeriesStore",
    "SqliteTexts",
    "home_database",
    "raise_if_lost",
    "take_over_old_flags",
]
