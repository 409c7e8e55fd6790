from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib.adapters.dynamodb import DynamoPortfolioStore
from chalicelib.adapters.sqlite import SqlitePortfolioStore
from tests.contract import defects, portfolio_checks
from tests.contract.backends import Backend, DynamoBackend, SqliteBackend, make_backend
from tests.contract.portfolio_checks import CHECKS, RACES

Defect = type[SqlitePortfolioStore] | type[DynamoPortfolioStore]


@pytest.fixture
def planted(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Defect], Backend]:
    """Makes an empty backend with a defect."""

    def plant(defect: Defect) -> Backend:
        if issubclass(defect, SqlitePortfolioStore):
            return SqliteBackend(tmp_path / "trader.db", defect)
        made = make_backend("dynamodb", tmp_path, lambda: str(request.getfixturevalue("dynamodb_endpoint")))
        assert isinstance(made, DynamoBackend)
        return replace(made, portfolio_store=defect)

    return plant


def name_of(check: Callable[..., None]) -> str:
    return check.__name__.removeprefix("check_")


@pytest.mark.parametrize("check", CHECKS, ids=name_of)
def test_promise_is_kept(check: Callable[[Backend], None], backend: Backend) -> None:
    check(backend)


@pytest.mark.parametrize("check", RACES, ids=name_of)
def test_promise_is_kept_between_processes(
    check: Callable[[Backend, ProcessPoolExecutor], None], backend: Backend, processes: ProcessPoolExecutor
) -> None:
    check(backend, processes)


def test_a_writer_killed_at_any_moment_leaves_whole_commits(backend: Backend) -> None:
    portfolio_checks.check_a_killed_writer_leaves_whole_commits(backend)


@pytest.mark.parametrize(
    ("defect", "check"),
    [
        (defects.ForgetsTheVersion, portfolio_checks.check_a_version_that_does_not_follow_loses_and_changes_nothing),
        (defects.ForgetsTheHalt, portfolio_checks.check_no_entry_commits_while_a_flag_is_up),
        (defects.ForgetsTheHaltOfExits, portfolio_checks.check_no_exit_of_the_rule_commits_while_a_flag_is_up),
        (defects.DynamoForgetsTheHaltOfExits, portfolio_checks.check_no_exit_of_the_rule_commits_while_a_flag_is_up),
        (defects.ForgetsTheHaltOfAll, portfolio_checks.check_no_entry_commits_while_a_flag_is_up),
        (defects.ForgetsIntents, portfolio_checks.check_the_same_intent_is_never_written_twice),
        (defects.CommitsInPieces, portfolio_checks.check_a_commit_that_fails_midway_writes_nothing),
        (defects.CommitsInPieces, portfolio_checks.check_no_entry_commits_while_a_flag_is_up),
        (defects.CommitsInPieces, portfolio_checks.check_a_killed_writer_leaves_whole_commits),
        (
            defects.DynamoForgetsTheVersion,
            portfolio_checks.check_a_version_that_does_not_follow_loses_and_changes_nothing,
        ),
        (defects.DynamoForgetsTheHalt, portfolio_checks.check_no_entry_commits_while_a_flag_is_up),
        (defects.DynamoForgetsTheHaltOfAll, portfolio_checks.check_no_entry_commits_while_a_flag_is_up),
        (defects.DynamoForgetsIntents, portfolio_checks.check_the_same_intent_is_never_written_twice),
        (defects.DynamoCommitsInPieces, portfolio_checks.check_no_entry_commits_while_a_flag_is_up),
        (defects.DynamoCommitsInPieces, portfolio_checks.check_a_killed_writer_leaves_whole_commits),
    ],
)
def test_a_planted_defect_is_found(
    defect: Defect, check: Callable[[Backend], None], planted: Callable[[Defect], Backend]
) -> None:
    with pytest.raises(AssertionError):
        check(planted(defect))


@pytest.mark.parametrize(
    ("defect", "check"),
    [
        (defects.ForgetsTheVersion, portfolio_checks.check_concurrent_writers_lose_no_update),
        (defects.ForgetsTheHalt, portfolio_checks.check_no_entry_commits_after_throw_returned),
        (defects.ReadsTheFlagTooEarly, portfolio_checks.check_no_entry_commits_after_throw_returned),
        (defects.DynamoForgetsTheVersion, portfolio_checks.check_concurrent_writers_lose_no_update),
        (defects.DynamoForgetsTheHalt, portfolio_checks.check_no_entry_commits_after_throw_returned),
        (defects.DynamoReadsTheFlagTooEarly, portfolio_checks.check_no_entry_commits_after_throw_returned),
    ],
)
def test_a_planted_defect_is_found_between_processes(
    defect: Defect,
    check: Callable[[Backend, ProcessPoolExecutor], None],
    planted: Callable[[Defect], Backend],
    processes: ProcessPoolExecutor,
) -> None:
    with pytest.raises(AssertionError):
        check(planted(defect), processes)
