"""What the SQLite file itself promises: transactions, several processes, old and broken files, bounds."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import pytest

from chalicelib.adapters.sqlite import Database, SqliteCandleStore, SqliteIndicatorStore
from chalicelib.domain import IndicatorRecord, ScoredNews
from chalicelib.errors import BadInput, Conflict, Unavailable
from tests.contract.backends import Stores, sqlite_stores
from tests.contract.portfolio_checks import assert_only_whole_commits, everything, version_of, wait_for_version
from tests.contract.samples import AGENT, SYMBOL, candle, flag, full_change, news_item, tick
from tests.contract.test_news_store import put

BATCH = 10


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "trader.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    with Database(path) as opened:
        yield opened


def raw(path: Path, sql: str) -> None:
    """Write to the file behind the store's back."""
    connection = sqlite3.connect(path)
    connection.execute(sql)
    connection.commit()
    connection.close()


def fill_the_disk(database: Database) -> None:
    """Leave room for two more pages."""
    [(pages,)] = database.query("PRAGMA page_count")
    database.query(f"PRAGMA max_page_count = {pages + 2}")


def commit_versions(stores: Stores, versions: range) -> None:
    for version in versions:
        stores.portfolios.commit(full_change(version))


def undone(database: Database, *work: Callable[[], object]) -> None:
    """Do the work in a transaction that then raises."""
    with database.transaction():
        for step in work:
            step()
        raise ZeroDivisionError


def commit_batches_without_end(path: Path) -> None:
    with Database(path) as database:
        stores = sqlite_stores(database)
        while True:
            with database.transaction():
                for _ in range(BATCH):
                    stores.portfolios.commit(full_change(version_of(stores.portfolios.load(AGENT)) + 1))


def test_it_is_durable_and_makes_its_folder(tmp_path: Path) -> None:
    with Database(tmp_path / "new" / "folder" / "trader.db") as database:
        assert database.query("PRAGMA journal_mode") == [("wal",)]
        assert database.query("PRAGMA synchronous") == [(2,)]  # FULL
        assert database.query("PRAGMA integrity_check") == [("ok",)]


def test_closing_twice_is_no_error(path: Path) -> None:
    database = Database(path)
    database.close()
    database.close()


def test_an_inner_transaction_is_undone_alone(database: Database) -> None:
    stores = sqlite_stores(database)
    with database.transaction():
        stores.portfolios.commit(full_change(1))
        with pytest.raises(Conflict):
            stores.portfolios.commit(full_change(1))
        with pytest.raises(ZeroDivisionError):
            undone(database, lambda: stores.portfolios.commit(full_change(2)), lambda: stores.halts.throw(flag()))
        assert stores.halts.flags(AGENT) == []
        stores.portfolios.commit(full_change(2))
    assert version_of(stores.portfolios.load(AGENT)) == 2
    assert_only_whole_commits(stores)


def test_an_outer_transaction_that_raises_takes_all_inner_ones_with_it(database: Database) -> None:
    stores = sqlite_stores(database)
    before = everything(stores)
    with pytest.raises(ZeroDivisionError):
        undone(database, lambda: commit_versions(stores, range(1, 3)))
    assert everything(stores) == before
    stores.portfolios.commit(full_change(1))


def test_nobody_else_sees_a_transaction_before_its_end(path: Path, database: Database) -> None:
    with Database(path) as other:
        with database.transaction():
            sqlite_stores(database).portfolios.commit(full_change(1))
            assert sqlite_stores(other).portfolios.agents() == []
        assert sqlite_stores(other).portfolios.agents() == [AGENT]


def test_a_write_outside_a_transaction_is_refused(database: Database) -> None:
    with pytest.raises(Unavailable, match="needs a transaction"):
        database.execute("DELETE FROM halt")


def test_a_headline_read_in_an_undone_transaction_is_forgotten(database: Database) -> None:
    stores = sqlite_stores(database)
    seen: list[ScoredNews] = []
    with pytest.raises(ZeroDivisionError):
        undone(
            database,
            lambda: put(stores, news_item(1), 0.5, known_ms=1),
            lambda: seen.extend(stores.news.known(SYMBOL, 1, 9)),
        )
    assert len(seen) == 1
    kept = put(stores, news_item(2), -0.5, known_ms=1)
    assert stores.news.known(SYMBOL, 1, 9) == [kept]


def test_a_full_disk_is_unavailable_and_leaves_nothing_of_the_transaction(database: Database) -> None:
    stores = sqlite_stores(database)
    stores.portfolios.commit(full_change(1))
    before = everything(stores)
    fill_the_disk(database)
    with pytest.raises(Unavailable, match="full"):
        undone(database, lambda: commit_versions(stores, range(2, 200)))
    assert everything(stores) == before


def test_after_sqlite_undid_a_transaction_nothing_more_of_it_is_written(database: Database) -> None:
    stores = sqlite_stores(database)
    fill_the_disk(database)

    def go_on_regardless() -> None:
        with database.transaction():
            with pytest.raises(Unavailable, match="full"):
                stores.news.add([replace(news_item(number), title=f"{number} " * 200) for number in range(500)])
            with pytest.raises(Unavailable, match="needs a transaction"):
                stores.halts.throw(flag())

    with pytest.raises(Unavailable, match="SQLite undid the transaction"):
        go_on_regardless()
    assert stores.halts.flags(AGENT) == []


def test_a_file_that_stays_locked_is_unavailable(path: Path, database: Database) -> None:
    with (
        Database(path, timeout_s=0.05) as impatient,
        database.transaction(),
        pytest.raises(Unavailable, match="locked"),
    ):
        sqlite_stores(impatient).halts.throw(flag())


def test_a_queue_that_does_not_move_is_unavailable(path: Path) -> None:
    with (
        Database(path) as holder,
        Database(path, timeout_s=0.05) as impatient,
        holder.transaction(),
        ThreadPoolExecutor(1) as pool,
    ):
        blocked = pool.submit(lambda: _throw_on(path, timeout_s=0.5))
        time.sleep(0.15)
        with pytest.raises(Unavailable, match="waiting to write"):
            sqlite_stores(impatient).halts.throw(flag())
        assert blocked.result() == "Unavailable"


def _throw_on(path: Path, timeout_s: float) -> str:
    with Database(path, timeout_s) as database:
        try:
            sqlite_stores(database).halts.throw(flag())
        except Unavailable:
            return "Unavailable"
    return "thrown"


class Turnless(Database):
    """The defect that the queue is there for: writers just try SQLite's lock."""

    def _begin(self, level: int) -> None:
        if level > 0:
            super()._begin(level)
        else:
            self._run("BEGIN IMMEDIATE")


def check_a_writer_that_commits_back_to_back_keeps_nobody_out(
    kind: type[Database], path: Path, timeout_s: float
) -> None:
    stop = threading.Event()

    def run() -> None:
        with kind(path) as database:
            while not stop.is_set():
                with database.transaction():
                    database.execute("DELETE FROM feed")
                    time.sleep(0.01)

    with kind(path, timeout_s) as database, ThreadPoolExecutor(1) as pool:
        runner = pool.submit(run)
        try:
            for number in range(8):
                time.sleep(0.03)
                sqlite_stores(database).halts.throw(flag(f"agent-{number}"))
        finally:
            stop.set()
        runner.result()


def test_a_writer_that_commits_back_to_back_keeps_nobody_out(path: Path) -> None:
    check_a_writer_that_commits_back_to_back_keeps_nobody_out(Database, path, timeout_s=20.0)


def test_without_the_queue_a_writer_that_commits_back_to_back_keeps_others_out(path: Path) -> None:
    with pytest.raises(Unavailable, match="locked"):
        check_a_writer_that_commits_back_to_back_keeps_nobody_out(Turnless, path, timeout_s=1.0)


def test_threads_may_open_a_new_file_at_once(path: Path) -> None:
    def open_and_write(number: int) -> None:
        with Database(path) as database:
            sqlite_stores(database).candles.append([candle(number)])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(open_and_write, range(16)))
    with Database(path) as database:
        assert sqlite_stores(database).candles.last(SYMBOL, 99) == [candle(number) for number in range(16)]


def test_a_process_killed_within_an_outer_transaction_leaves_whole_batches(path: Path) -> None:
    with Database(path) as database:
        stores = sqlite_stores(database)
        writer = get_context("spawn").Process(target=commit_batches_without_end, args=(path,))
        writer.start()
        try:
            wait_for_version(stores, BATCH)
            time.sleep(0.02)
        finally:
            writer.kill()
            writer.join()
            writer.close()
        assert version_of(stores.portfolios.load(AGENT)) % BATCH == 0
        assert_only_whole_commits(stores)
        assert database.query("PRAGMA integrity_check") == [("ok",)]


def test_a_store_of_a_newer_program_is_refused(path: Path) -> None:
    Database(path).close()
    raw(path, "PRAGMA user_version = 99")
    with pytest.raises(BadInput, match=r"newer version of this program \(schema 99, .*update the program"):
        Database(path)


def test_another_programs_sqlite_file_is_refused_and_left_as_it_is(path: Path) -> None:
    raw(path, "CREATE TABLE candle (mine TEXT)")
    with pytest.raises(BadInput, match="another program's SQLite file"):
        Database(path)
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("candle",)]
    connection.close()


@pytest.mark.parametrize("content", [b"time,open,high\n" * 500, b"SQLite format 3\x00" + b"\xff" * 5_000])
def test_a_file_that_is_no_database_is_one_clear_line(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"trader\.db: ") as raised:
        Database(path)
    assert "\n" not in str(raised.value)
    assert path.read_bytes() == content


def test_a_damaged_page_is_one_clear_line(path: Path) -> None:
    with Database(path) as database:
        sqlite_stores(database).candles.append([candle(number) for number in range(2_000)])
    content = bytearray(path.read_bytes())
    content[8_192:] = b"\xa5" * (len(content) - 8_192)
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"damaged"), Database(path) as database:
        sqlite_stores(database).candles.last(SYMBOL, 2_000)


def test_a_folder_in_the_files_place_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be opened"):
        Database(tmp_path)


def test_a_file_in_the_folders_place_is_one_clear_line(path: Path) -> None:
    path.write_text("")
    with pytest.raises(BadInput, match="cannot be opened"):
        Database(path / "trader.db")


def test_a_read_only_folder_is_one_clear_line() -> None:
    with pytest.raises(BadInput, match="cannot be opened"):
        Database(Path("/proc/1/trader.db"))


def test_candles_and_ticks_are_rings(database: Database) -> None:
    candles, indicators = SqliteCandleStore(database, capacity=160), SqliteIndicatorStore(database, capacity=160)
    for number in range(1_000):
        candles.append([candle(number)])
        indicators.commit(IndicatorRecord("key", number + 1, {"closes": number}), [tick(number)])
    kept = candles.last(SYMBOL, 1_000)
    assert kept[-160:] == [candle(number) for number in range(840, 1_000)]
    assert len(kept) <= 170
    ticks = indicators.ticks("key", None, 1_000)
    assert ticks[-160:] == [tick(number) for number in range(840, 1_000)]
    assert len(ticks) <= 170


def test_a_ring_drops_nothing_of_other_symbols(database: Database) -> None:
    candles = SqliteCandleStore(database, capacity=16)
    candles.append([candle(0, "ETHUSDT")])
    candles.append([candle(number) for number in range(100)])
    assert candles.last("ETHUSDT", 9) == [candle(0, "ETHUSDT")]
    assert candles.last(SYMBOL, 99) == [candle(number) for number in range(84, 100)]
