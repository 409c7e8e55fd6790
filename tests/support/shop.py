"""A run on disk with one agent that has traded, and the routes over it, as `trader paper run` serves them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from chalicelib.adapters.sqlite import Database
from chalicelib.api.front import Api
from chalicelib.api.messages import HttpRequest, Response
from tests.support.desk import Desk, after_close
from trader.runtime.desks import open_run
from trader.runtime.http_server import listening, local_api
from trader.runtime.runs import AgentPointer, Run, RunFolder
from trader.runtime.stored_rules import stored
from trader.runtime.tokens import OPERATOR, VIEWER, ensure_tokens
from trader.sim.server import HOST, bind

WAVE = tuple(100.0 + abs(index % 8 - 4) for index in range(80))
"""Down and up again: an RSI of two periods enters and leaves on each."""


@dataclass
class Shop:
    """`ask` is one request as the server makes it of what comes in; `reported` keeps what was our own fault."""

    home: Path
    run: Run
    api: Api
    viewer: str
    operator: str
    reported: list[str] = field(default_factory=list)

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | dict[str, object] = b"",
        /,
        *,
        token: str | None = None,
        **query: str,
    ) -> Response:
        """With the operator's token unless another is given; none for an empty one."""
        given = self.operator if token is None else token
        headers = {"Authorization": f"Bearer {given}"} if given else {}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        names = {name.rstrip("_"): value for name, value in query.items()}
        return self.api.answer(HttpRequest(method, path, names, headers, content))

    def database(self) -> Database:
        """The run's store, on a connection of its own."""
        return Database(RunFolder(self.home).database(self.run))


def make_shop(home: Path, agents: Sequence[str] = ("default",), closes: Sequence[float] = WAVE) -> Shop:
    """Agents in one run that have traded those closes."""
    folder = RunFolder(home)
    run = folder.real_time("sim", {"seed": 1}, 0)
    with open_run(folder, run), Database(folder.database(run)) as database:
        desks = [Desk(database, settings=(f"agent.id={agent_id}",)) for agent_id in agents]
        for agent_id, desk in zip(agents, desks, strict=True):
            folder.point(AgentPointer(agent_id, run.id, 0, "paper", desk.config.agent.cash, stored(desk.rules)))
        for minute, close in enumerate(closes):
            desks[0].feed("AAAUSDT", minute, close)
            for desk in desks:
                desk.trade(after_close(minute, 3))
    file = ensure_tokens(home)
    tokens = json.loads(file.read_text("utf-8"))
    reported: list[str] = []
    api = local_api(home, run, file, desks[0].told, reported.append)
    return Shop(home, run, api, tokens[VIEWER], tokens[OPERATOR], reported)


@contextmanager
def served(api: Api) -> Iterator[str]:
    """The base URL of the routes on a free loopback port."""
    listener = bind(0)
    port = listener.getsockname()[1]
    with listening(api, listener):
        yield f"http://{HOST}:{port}"
