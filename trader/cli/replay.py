"""trader replay: recorded minutes decided again from their stored inputs."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chalicelib.errors import BadInput
from trader.cli import output
from trader.cli.agent_option import AGENT
from trader.cli.strategy_option import overrides_of, strategy_option
from trader.cli.times import END, ISO, refuse_backwards

if TYPE_CHECKING:
    from chalicelib.ports import Journal, RuleStore
    from trader.replay.rules import Decider
    from trader.replay.run import Replayed
    from trader.runtime.runs import Run, RunFolder

SHOWN_DIFFERENCES = 20
END_MS = 2**62
COLUMNS = ("minute", "symbol", "what", "stored", "against", "value")


@click.command("replay")
@click.option("--run", "run_id", metavar="ID", help="Which run (default: the one of the agent); every agent in it.")
@click.option("--agent", type=AGENT, help="Which agent (default: the one started last).")
@click.option("--from", "from_ms", type=ISO, help="Only differences in minutes that open at this time or later.")
@click.option("--to", "to_ms", type=END, help="Only minutes that open at this time or earlier; of a day all.")
@click.option("--config", type=click.Path(path_type=Path), help="Settings, where the run does not keep its own.")
@strategy_option
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override one setting of --config.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def command(
    context: click.Context,
    run_id: str | None,
    agent: str | None,
    from_ms: int | None,
    to_ms: int | None,
    config: Path | None,
    strategy: str | None,
    overrides: tuple[str, ...],
    as_json: bool,
) -> None:
    """Decide recorded minutes again, and name the first input that differs; exit 1 if any does.

    Indicators are folded anew from the stored candles, sentiment is averaged anew from the stored headlines, and every
    minute goes again through the code that traded it, from the agent's first one on: fills, cash, equity, trades,
    signals and orders must come out as recorded, to the last bit. What no record tells (that a person halted or
    resumed) is taken from the record, and counted. Nothing is written; a run that goes on may be replayed.

    \b
    Examples:
      trader replay
      trader replay --run default-1c9a2f04
      trader replay --agent default --from 2025-06-01 --to 2025-06-02T12:00 --json
    """
    from chalicelib import wiring
    from chalicelib.config import home
    from trader.replay.run import BEGINNING_MS, Replay
    from trader.runtime.runs import RunFolder

    refuse_backwards(from_ms, to_ms)
    settings = (*overrides_of(strategy), *overrides)
    if settings and config is None:
        raise click.UsageError("--strategy and --set override what --config names: give --config too")
    folder = RunFolder(home())
    run, agents = _meant(folder, run_id, agent)
    results = []
    with wiring.recorded_stores(folder.database(run)) as stores, ExitStack() as opened:
        is_there = folder.series.exists()
        series = opened.enter_context(wiring.home_series(folder.series)) if is_there else None
        for agent_id in agents or stores.portfolios.agents():
            deciders = _deciders(folder, run, agent_id, stores.rules, config, settings)
            replay = Replay(
                run,
                stores,
                agent_id,
                deciders,
                BEGINNING_MS if from_ms is None else from_ms,
                END_MS if to_ms is None else to_ms,
                series,
            )
            with output.progress(replay.decisions, f"replaying {agent_id}") as advance:
                results.append(replay.run(advance))
        if not any(result.minutes for result in results):
            raise nothing_replayed(stores.journal, [result.agent for result in results], from_ms, to_ms)
    _show(run, results, as_json)
    if any(result.differing for result in results):
        context.exit(1)


def nothing_replayed(journal: Journal, agents: Sequence[str], from_ms: int | None, to_ms: int | None) -> BadInput:
    """The error that says that no minute lies in the range, and where the minutes are."""
    given = {"--from": from_ms, "--to": to_ms}
    asked = " and ".join(f"{name} {output.utc(time_ms)}" for name, time_ms in given.items() if time_ms is not None)
    spans = []
    for agent_id in agents:
        points = journal.equity(agent_id, 0, END_MS)
        spans += (
            [f"{agent_id} from {output.utc(points[0].time_ms)} to {output.utc(points[-1].time_ms)}"] if points else []
        )
    return BadInput(f"nothing was replayed: no minute lies in the range of {asked}; there is {', '.join(spans)}")


def _meant(folder: RunFolder, run_id: str | None, agent: str | None) -> tuple[Run, list[str]]:
    """The run and which of its agents; an empty list is all of them."""
    if run_id is not None:
        return folder.find(run_id), [] if agent is None else [agent]
    pointer = folder.pointer(agent, output.note)
    return folder.find(pointer.run_id), [pointer.agent_id]


def _deciders(
    folder: RunFolder, run: Run, agent_id: str, sources: RuleStore, config: Path | None, overrides: Sequence[str]
) -> list[Decider]:
    """The rules that the run keeps of the agent, and those of the settings that were named."""
    from chalicelib.config import load_config
    from trader.replay.rules import decider_of, kept_deciders

    kept = folder.deciders(run, agent_id)
    named = [] if config is None else [decider_of(load_config(config, overrides, output.note), run, kept, agent_id)]
    return [*kept_deciders(kept, sources), *named]


def _show(run: Run, results: Sequence[Replayed], as_json: bool) -> None:
    if as_json:
        output.print_json({"run": run.id, "agents": [as_dict(result) for result in results]})
    for result in results:
        if not as_json:
            _show_one(run, result)
        for words in result.notes:
            output.note(f"{result.agent}: {words}")
        if result.differing:
            more = f" (and {result.differing - 1} more)" if result.differing > 1 else ""
            output.note(f"trader: {result.agent}: {result.differences[0].words}{more}")


def _show_one(run: Run, result: Replayed) -> None:
    output.print_facts(f"Replay of {result.agent}", outcome_of(run, result))
    if result.differences:
        shown = result.differences[:SHOWN_DIFFERENCES]
        more = f", the first {len(shown)} of {result.differing}" if len(shown) < result.differing else ""
        rows = [
            (
                output.utc(each.minute_ms),
                each.symbol or None,
                each.what,
                *_both(each.stored, each.recomputed, each.against),
            )
            for each in shown
        ]
        output.print_table(f"Differences{more}", COLUMNS, rows)


def _both(stored: object, recomputed: object, against: str) -> tuple[str, str, str]:
    from trader.replay.differences import shown

    return shown(stored), against, shown(recomputed)  # type: ignore[arg-type]


def outcome_of(run: Run, result: Replayed) -> dict[str, output.Cell]:
    """How much was decided again, and how it came out."""
    return {
        "run": run.id,
        "agent": result.agent,
        "first minute": output.utc(result.first_ms),
        "last minute": output.utc(result.last_ms),
        "minutes": result.minutes,
        "decisions": result.decisions,
        "fills": result.fills,
        "trades": result.trades,
        "indicator values": result.indicator_values,
        "sentiments": result.sentiments,
        "differences": result.differing,
    }


def as_dict(result: Replayed) -> dict[str, object]:
    """The object that `--json` prints of each agent."""
    return {
        "agent": result.agent,
        "first_ms": result.first_ms,
        "last_ms": result.last_ms,
        "minutes": result.minutes,
        "decisions": result.decisions,
        "fills": result.fills,
        "trades": result.trades,
        "indicator_values": result.indicator_values,
        "sentiments": result.sentiments,
        "differing": result.differing,
        "first": result.differences[0].as_dict() if result.differences else None,
        "differences": [each.as_dict() for each in result.differences],
        "notes": result.notes,
    }
