"""Bring a stage of the agent to an account, in steps that can each be repeated: what failed midway is run again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from chalicelib.config import APP, Deployment, load_secrets
from infra import functions, layer_versions, parameters, rest_api, smoke
from infra.account import Account, in_one_line
from infra.backtest.deploy import deploy as deploy_backtests
from infra.backtest.deploy import split
from infra.chalice_app import ChaliceApp
from infra.cloudformation import Stack
from infra.render import render
from layers.build import build, summary

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = ROOT / "infra" / "template.yaml"

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What one deploy is to bring."""

    agents: Mapping[str, str]
    """The text of its agent.toml by agent id."""
    stack_parameters: Mapping[str, str] = field(default_factory=dict)
    rotate_tokens: bool = False


def deploy(account: Account, names: Deployment, folder: Path, wishes: Wishes, tell: Tell) -> str:
    """Deploy the stage and return its URL; `folder` takes what is rendered, its log what the layer holds.

    Raises TraderError in one line.
    """
    secrets = load_secrets()
    with in_one_line("parameters"):
        parameters.keep_tokens(account, names, rotate=wishes.rotate_tokens)
        stored = parameters.store_secrets(account, names, secrets)
        gone = parameters.store_agents(account, names, wishes.agents)
    tell(f"parameters: agents {', '.join(wishes.agents)}{'; no longer ' if gone else ''}{', '.join(gone)}")
    tell(f"parameters: tokens{' made anew' if wishes.rotate_tokens else ''}{''.join(f', {each}' for each in stored)}")

    stack, (parameters_here, parameters_there) = Stack(account, names.prefix), split(wishes.stack_parameters)
    with in_one_line("stack"):
        changed = stack.deploy(
            TEMPLATE.read_text("utf-8"),
            {"Stage": names.stage, **parameters_here},
            {"app": APP, "stage": names.stage},
        )
        outputs = stack.outputs()
    tell(f"stack: {stack.name} {'changed' if changed else 'is as it should be'}")

    layer = build()
    with in_one_line("layer"):
        layer_arn = layer_versions.publish(account, names, layer)
    tell(f"layer: version {layer_arn.rpartition(':')[2]}, {layer.zipped_bytes / 1e6:.1f} MB")
    folder.mkdir(parents=True, exist_ok=True)
    folder.with_suffix(".log").write_text(f"layer: {layer_arn}: {summary(layer)}\n", "utf-8")

    with in_one_line("backtests"):
        made_of = deploy_backtests(account, names, outputs["BucketName"], layer_arn, parameters_there)
    tell(f"backtests: {made_of}")

    render(account.target(names, layer_arn), folder=folder)
    with in_one_line("app"):
        deployed = ChaliceApp(account, names, folder).deploy()
        functions.configure(account, names, deployed, outputs["FailureQueueArn"])
        rest_api.configure(account, deployed.rest_api_id)
        layer_versions.delete_all(account, names, but=layer_arn)
    tell(f"app: {len(deployed.functions)} functions")

    with in_one_line("smoke check"):
        viewer = parameters.read_token(account, names, "viewer-token")
    smoke.check(account, deployed.url, viewer)
    tell("smoke check: /health and /status answer")
    return deployed.url
