"""What callers hear when DynamoDB is busy, throttles, refuses a value or is not set up: one line, never a secret."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from chalicelib.adapters.dynamodb import Tables, connect
from chalicelib.domain import FeedState
from chalicelib.errors import BadInput, Conflict, Unavailable
from tests.contract.backends import Stores, dynamodb_stores
from tests.contract.portfolio_checks import version_of
from tests.contract.samples import AGENT, SYMBOL, candle, flag, full_change
from tests.integration.test_dynamodb_minutes import quiet
from tests.support.moto_dynamodb import tables_in_memory

WRITES = {"PutItem", "UpdateItem", "TransactWriteItems"}


class Fails:
    """Fails the next writes in place of DynamoDB."""

    def __init__(self) -> None:
        self.failures: Iterator[Exception] = iter(())

    def before(self, operation: str) -> None:
        if operation in WRITES:
            for failure in self.failures:
                raise failure

    def after(self, operation: str) -> None:
        pass


@pytest.fixture
def fails() -> Fails:
    return Fails()


@pytest.fixture
def stores(fails: Fails) -> Iterator[Stores]:
    with tables_in_memory(fails) as tables:
        made = dynamodb_stores(tables)
        made.portfolios.commit(full_change(1))
        yield made


def error(code: str, reasons: Sequence[str] = ()) -> ClientError:
    answer = {"Error": {"Code": code, "Message": "told"}, "CancellationReasons": [{"Code": one} for one in reasons]}
    return ClientError(answer, "Operation")  # type: ignore[arg-type]


HELD = error("TransactionConflictException")
THROTTLED = error("TransactionCanceledException", ["None", "ThrottlingError"])
CANCELLED = error("TransactionCanceledException", ["None", "TransactionConflict"])


def test_an_item_that_another_transaction_holds_for_a_moment_is_waited_for(fails: Fails, stores: Stores) -> None:
    fails.failures = iter([HELD, HELD])
    stores.halts.throw(flag())
    fails.failures = iter([HELD])
    stores.portfolios.commit(quiet(2))
    stores.halts.clear(AGENT)
    fails.failures = iter([CANCELLED, CANCELLED])
    stores.portfolios.commit(full_change(3))
    assert version_of(stores.portfolios.load(AGENT)) == 3


def test_a_partition_that_is_asked_too_much_at_once_is_let_rest(fails: Fails, stores: Stores) -> None:
    page = [candle(number) for number in range(300)]
    fails.failures = iter([THROTTLED] * 3)
    assert stores.candles.append(page) == 300
    assert stores.candles.last(SYMBOL, 500) == page


@pytest.mark.parametrize("code", ["ThrottlingError", "ProvisionedThroughputExceeded", "TransactionConflict"])
def test_only_a_failed_condition_says_that_a_candle_is_stored(fails: Fails, stores: Stores, code: str) -> None:
    page = [candle(number) for number in range(4)]
    stores.candles.append(page[:1])
    fails.failures = iter([error("TransactionCanceledException", ["ConditionalCheckFailed", code, "None", code])])
    assert stores.candles.append(page) == 3
    assert stores.candles.last(SYMBOL, 9) == page


def test_a_candle_that_stays_throttled_is_not_passed_over(fails: Fails, stores: Stores) -> None:
    page = [candle(number) for number in range(3)]
    mixed = error("TransactionCanceledException", ["ConditionalCheckFailed", "ThrottlingError", "None"])
    fails.failures = iter([mixed, *[THROTTLED] * 4])
    with pytest.raises(Unavailable, match="TransactionCanceledException"):
        stores.candles.append(page)


def test_a_commit_that_others_keep_out_is_a_conflict_and_wrote_nothing(fails: Fails, stores: Stores) -> None:
    fails.failures = iter([CANCELLED] * 5)
    with pytest.raises(Conflict, match="nothing was written"):
        stores.portfolios.commit(full_change(2))
    assert version_of(stores.portfolios.load(AGENT)) == 1
    stores.portfolios.commit(full_change(2))


def test_a_switch_that_others_keep_out_is_unavailable(fails: Fails, stores: Stores) -> None:
    fails.failures = iter([HELD] * 5)
    with pytest.raises(Unavailable, match="DynamoDB UpdateItem of halts: TransactionConflictException"):
        stores.halts.throw(flag())


@pytest.mark.parametrize(
    ("failure", "reported"),
    [
        (error("ProvisionedThroughputExceededException"), Unavailable),
        (error("TransactionCanceledException", ["ThrottlingError"]), Unavailable),
        (error("TransactionInProgressException"), Unavailable),
        (error("AccessDeniedException"), Unavailable),
        (error("ResourceNotFoundException"), Unavailable),
        (error("InternalServerError"), Unavailable),
        (ReadTimeoutError(endpoint_url="dynamodb"), Unavailable),
        (error("ValidationException"), BadInput),
        (error("TransactionCanceledException", ["ValidationError"]), BadInput),
    ],
)
def test_every_other_failure_is_told_in_one_line(
    fails: Fails, stores: Stores, failure: Exception, reported: type[Exception]
) -> None:
    fails.failures = iter([failure] * 4)
    with pytest.raises(reported) as caught:
        stores.portfolios.commit(full_change(2))
    assert "\n" not in str(caught.value)
    assert "testing" not in str(caught.value)
    fails.failures = iter(())
    assert version_of(stores.portfolios.load(AGENT)) == 1
    stores.portfolios.commit(full_change(2))


def test_a_value_too_large_for_an_item_is_refused(stores: Stores) -> None:
    with pytest.raises(BadInput, match="DynamoDB PutItem of news: ValidationException"):
        stores.feeds.save("https://desk.example/rss", FeedState("x" * 500_000))


def test_a_table_that_is_not_there_is_unavailable() -> None:
    with tables_in_memory() as tables:
        stores = dynamodb_stores(Tables(tables.connection, "nowhere"))
        with pytest.raises(Unavailable, match="DynamoDB PutItem of candles: ResourceNotFoundException"):
            stores.candles.append([candle(0)])


def test_a_lambda_waits_seconds_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):  # without them botocore looks around in the network
        monkeypatch.setenv(name, "testing")
    config: Any = connect("us-east-1").client.meta.config
    assert (config.connect_timeout, config.read_timeout) == (1.0, 3.0)
    assert config.retries == {"total_max_attempts": 3, "mode": "standard"}
