"""Bring a stage of the agent to an account, in steps that can each be repeated: what failed midway is run again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from chalicelib.config import APP, Deployment, load_secrets
from infra import functions, images, layer_versions, parameters, rest_api, roles, smoke, strategies
from infra.account import AwsAccount, in_one_line
from infra.backtest.deploy import deploy as deploy_backtests
from infra.backtest.deploy import split
from infra.chalice_app import ChaliceApp
from infra.cloudformation import Stack
from infra.render import render
from infra.strategies import Sources
from layers.build import build, summary

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = ROOT / "infra" / "template.yaml"

Tell = Callable[[str], None]


NOBODY_IS_TOLD = (
    "alerts: nobody hears of halts and failures: deploy with PARAMETERS=AlertEmail=me@example.com, or with "
    "TRADER_WEBHOOK in .env"
)


@dataclass(frozen=True, slots=True)
class DeployOptions:
    """What one deploy is to bring."""

    agents: Mapping[str, str]
    """The text of its agent.toml by agent id."""
    stack_parameters: Mapping[str, str] = field(default_factory=dict)
    rotate_tokens: bool = False
    strategies: Sources = field(default_factory=dict)
    """Strategy files of users that the agents name, by their hashes."""


def deploy(account: AwsAccount, names: Deployment, folder: Path, options: DeployOptions, tell: Tell) -> str:
    """Deploy the stage and return its URL; `folder` takes what is rendered, its log what the layer holds.

    Raises TraderError in one line.
    """
    secrets = load_secrets()
    with in_one_line("parameters"):
        parameters.keep_tokens(account, names, rotate=options.rotate_tokens)
        stored = parameters.store_secrets(account, names, secrets)
        before = parameters.stored_agents(account, names)
        options = replace(options, agents=parameters.begun(options.agents, before, tell))
        gone = parameters.store_agents(account, names, strategies.that_may_come_first(options.agents, before))
    tell(f"parameters: agents {', '.join(options.agents)}{'; no longer ' if gone else ''}{', '.join(gone)}")
    for line in parameters.odd_settings(options.agents):
        tell(f"parameters: {line}")
    tell(f"parameters: tokens{' made anew' if options.rotate_tokens else ''}{''.join(f', {each}' for each in stored)}")

    stack, (parameters_here, parameters_there) = Stack(account, names.prefix), split(options.stack_parameters)
    with in_one_line("stack"):
        changed = deploy_stack(stack, names, parameters_here)
        outputs = stack.outputs()
        bucket, queue_arn = outputs["BucketName"], outputs["FailureQueueArn"]
        boundary = roles.wanted_boundary(parameters_here, outputs)
    tell(f"stack: {stack.name} {'changed' if changed else 'is as it should be'}")

    with in_one_line("image"):
        names = deploy_image(stack, names, parameters_here, images.Docker(images.run), tell)

    layer = build()
    with in_one_line("layer"):
        layer_arn = layer_versions.publish(account, names, layer)
    tell(f"layer: version {layer_arn.rpartition(':')[2]}, {layer.zipped_bytes / 1e6:.1f} MB")
    folder.mkdir(parents=True, exist_ok=True)
    folder.with_suffix(".log").write_text(f"layer: {layer_arn}: {summary(layer)}\n", "utf-8")

    target = account.target(names, layer_arn)
    with in_one_line("roles"):  # before the backtests: a new role takes seconds to be seen everywhere
        tell(f"roles: of {roles.put_all(account, target, boundary)} functions")

    with in_one_line("backtests"):
        given = {roles.PARAMETER: boundary or "", **parameters_there}
        made_of = deploy_backtests(account, names, bucket, layer_arn, given)
    tell(f"backtests: {made_of}")

    with in_one_line("strategies"):
        deployed_before = strategies.deployed_before(account, names, before)
    render(target, folder=folder, strategies={**deployed_before, **options.strategies})
    with in_one_line("app"):
        deployed = ChaliceApp(account, names, folder).deploy()
        functions.configure(account, names, deployed, queue_arn)
        rest_api.configure(account, deployed.rest_api_id)
        layer_versions.delete_all(account, names, but=layer_arn)
        roles.delete_older(account, names)
    tell(f"app: {len(deployed.functions)} functions")
    with in_one_line("parameters"):
        parameters.store_agents(account, names, options.agents)
    if options.strategies:
        tell(f"strategies: {', '.join(sorted(options.strategies))}")

    with in_one_line("smoke check"):
        viewer = parameters.read_token(account, names, "viewer-token")
    smoke.check(account, deployed.url, viewer)
    tell("smoke check: /health and /agents answer")
    with in_one_line("alerts"):
        if is_nobody_told(account, names, stack.resources()):
            tell(NOBODY_IS_TOLD)
    with in_one_line("smoke check"):
        smoke.check_exchange(account, names, tell)
    return deployed.url


def is_nobody_told(account: AwsAccount, names: Deployment, resources: Mapping[str, list[str]]) -> bool:
    """Whether alerts of this stage reach nobody: its stack has no address of e-mail and no webhook is stored."""
    return "AWS::SNS::Subscription" not in resources and not parameters.has_webhook(account, names)


def deploy_stack(stack: Stack, names: Deployment, parameters: Mapping[str, str]) -> bool:
    """Bring the stage's stack to the template; False if there was nothing to change. Raises Rejected."""
    tags = {"app": APP, "stage": names.stage}
    return stack.deploy(TEMPLATE.read_text("utf-8"), {"Stage": names.stage, **parameters}, tags)


def deploy_image(
    stack: Stack, names: Deployment, parameters: Mapping[str, str], docker: images.Docker, tell: Tell
) -> Deployment:
    """Give the stack the image of this machine, unless the parameters say which; the stage as its functions see it.

    Raises Rejected, Unavailable.
    """
    if images.PARAMETER in parameters:
        tell(f"image: {'' if parameters[images.PARAMETER] else 'none, '}as the parameters have it")
    elif image := images.deployable(stack.account, stack.outputs()["RepositoryUri"], docker, tell):
        deploy_stack(stack, names, {**parameters, **image})
    return replace(names, llama="LlamaFunctionName" in stack.outputs())
