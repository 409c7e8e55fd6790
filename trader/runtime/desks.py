"""The agents of this machine, as the HTTP routes and the commands that do the same work on them."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

from chalicelib import wiring
from chalicelib.api.desk import AgentRecords, Desk, Member
from chalicelib.api.messages import HttpRefusal
from chalicelib.config import config_file
from chalicelib.domain import MINUTE_MS
from chalicelib.errors import BadInput
from chalicelib.ports import Notifier
from chalicelib.services.halt import Books, Halt, OpenBooks, Resume
from chalicelib.services.status import Status
from chalicelib.services.trade_story import TradeStories
from trader.runtime.kept_rules import rules_kept
from trader.runtime.lockstep import StepClock
from trader.runtime.runs import AgentRun, Run, RunFolder


@contextmanager
def open_run(folder: RunFolder, run: Run) -> Iterator[wiring.Stores]:
    """The stores of a run, under the flags of this home. Raises BadInput, Unavailable."""
    with wiring.run_stores(folder.database(run), folder.halts, folder.agents_in(run)) as stores:
        yield stores


@contextmanager
def alerting_of_halts(folder: RunFolder, say: wiring.Say, agent_id: str | None = None) -> Iterator[Notifier]:
    """Tells of halts by hand: on stderr, and by the webhooks of the settings that this agent, or all, started with."""

    def files() -> list[Path]:
        here = config_file()
        return folder.config_files(agent_id) or ([] if here is None else [here])

    with wiring.alerting_of_halts(files, sys.stderr, say) as notifier:
        yield notifier


@contextmanager
def desk_of(folder: RunFolder, notifier: Notifier, run: Run | None = None) -> Iterator[Desk]:
    """Every agent of this home, over connections of its own; reads that name nobody mean those that are in this run.

    Raises BadInput where no agent ever ran, Unavailable.
    """
    if not folder.agents():
        raise folder.nobody(None)
    with ExitStack() as opened, wiring.home_halts(folder.halts) as halts:
        accounts = _Accounts(folder, opened)
        yield Desk(
            members=accounts.members(),
            usual=tuple(folder.agents() if run is None else folder.agents_in(run)),
            halt=Halt(halts, accounts.books, notifier),
            resume=Resume(halts, accounts.books),
            clock=StepClock(time.time_ns() // 1_000_000),  # a desk is open for one request
        )


def status_of(folder: RunFolder, stores: wiring.Stores, pointer: AgentRun) -> Status:
    """The status of an agent; one whose rules this version cannot read shows no protective levels."""
    try:
        rules = folder.rules_of(pointer)
        limits, interval_ms = rules.params.limits, rules.interval_ms
    except BadInput:
        limits, interval_ms = wiring.params_of(wiring.unknown_config(pointer.agent_id), {}).limits, MINUTE_MS
    sources = stores.portfolios, stores.halts, stores.scoring, stores.feeds
    return Status(*sources, pointer.mode, pointer.cash, limits, lambda _: folder.pulse_of(pointer, interval_ms))


def status_in(folder: RunFolder, stores: wiring.Stores, run: Run, agent_id: str) -> Status:
    """The status of an agent in any run, with the protective levels of the rules that it had there last."""
    config = wiring.unknown_config(agent_id)
    mode, cash, limits = str(config.agent.mode), config.agent.cash, wiring.params_of(config, {}).limits
    with suppress(BadInput):  # rules of a version that this one cannot read
        for kept in folder.deciders(run, agent_id)[-1:]:
            mode, cash, limits = kept.mode, kept.cash, kept.rules.params.limits
    return Status(stores.portfolios, stores.halts, stores.scoring, stores.feeds, mode, cash, limits)


def why_of(folder: RunFolder, run: Run, stores: wiring.Stores, status: Status, agent_id: str) -> TradeStories:
    """Tells why an agent made its trades in this run."""
    return TradeStories(status, stores.journal, stores.news, rules_kept(folder, run, agent_id, stores.rules))


class _Accounts:
    """What the agents of a home own; each run is opened when it is first needed, and closed with the stack."""

    def __init__(self, folder: RunFolder, opened: ExitStack) -> None:
        self._folder = folder
        self._opened = opened
        self._stores: dict[str, wiring.Stores] = {}

    def members(self) -> list[Member]:
        return [
            Member(agent_id, self._closes(agent_id), partial(self._records, agent_id))
            for agent_id in self._folder.agents()
        ]

    def books(self) -> Mapping[str, OpenBooks]:
        return {agent_id: partial(self._books, agent_id) for agent_id in self._folder.agents()}

    def _closes(self, agent_id: str) -> bool:
        try:
            pointer = self._folder.pointer_of(agent_id)
        except BadInput:  # told when its books are to be opened
            return False
        return pointer is not None and pointer.flatten

    def _books(self, agent_id: str) -> Books | None:
        pointer = self._folder.pointer_of(agent_id)
        return None if pointer is None else wiring.books(self._stores_of(pointer), pointer.mode)

    def _records(self, agent_id: str) -> AgentRecords:
        pointer = self._folder.pointer_of(agent_id)
        if pointer is None:
            raise HttpRefusal(404, f"agent {agent_id} has no run here any more")
        stores = self._stores_of(pointer)
        status = status_of(self._folder, stores, pointer)
        stories = partial(why_of, self._folder, self._folder.find(pointer.run_id), stores, status, agent_id)
        return AgentRecords(status, stores.portfolios, stores.journal, stories)

    def _stores_of(self, pointer: AgentRun) -> wiring.Stores:
        if pointer.run_id not in self._stores:
            run = self._folder.find(pointer.run_id)
            self._stores[pointer.run_id] = self._opened.enter_context(open_run(self._folder, run))
        return self._stores[pointer.run_id]
