"""Every store over DynamoDB: what an agent remembers where no machine runs.

tables      names and keys of the tables
client      requests: paging, bounded retries, transactions
faults      what DynamoDB's errors mean to a caller
items       attributes, compressed texts, marks of who wrote an item
head · minutes · ledger: the layouts that more than one module knows
candles · indicators · news · feeds · portfolio · halts · journal · failures · rules · scores · series · texts:
one each, over Tables that they share
"""

from chalicelib.adapters.dynamodb.candles import DynamoCandleStore
from chalicelib.adapters.dynamodb.client import Tables, connect
from chalicelib.adapters.dynamodb.failures import DynamoFailureStore
from chalicelib.adapters.dynamodb.feeds import DynamoFeedStore
from chalicelib.adapters.dynamodb.halts import DynamoHaltStore
from chalicelib.adapters.dynamodb.indicators import DynamoIndicatorStore
from chalicelib.adapters.dynamodb.journal import DynamoJournal
from chalicelib.adapters.dynamodb.news import DynamoNewsStore
from chalicelib.adapters.dynamodb.portfolio import DynamoPortfolioStore
from chalicelib.adapters.dynamodb.rules import DynamoRuleStore
from chalicelib.adapters.dynamodb.scores import DynamoScoreCache
from chalicelib.adapters.dynamodb.series import DynamoSeriesStore
from chalicelib.adapters.dynamodb.tables import create_tables
from chalicelib.adapters.dynamodb.texts import DynamoTexts


def open_tables(prefix: str, region: str | None = None) -> Tables:
    """The tables whose names begin with `prefix` and a dash, by the environment's credentials.

    Nothing is sent before it is needed.
    """
    return Tables(connect(region), prefix)


__all__ = [
    "DynamoCandleStore",
    "DynamoFailureStore",
    "DynamoFeedStore",
    "DynamoHaltStore",
    "DynamoIndicatorStore",
    "DynamoJournal",
    "DynamoNewsStore",
    "DynamoPortfolioStore",
    "DynamoRuleStore",
    "DynamoScoreCache",
    "DynamoSeriesStore",
    "DynamoTexts",
    "Tables",
    "connect",
    "create_tables",
    "open_tables",
]
