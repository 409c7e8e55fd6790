"""`python -m infra deploy|destroy|image|policies|stack|stack-down`, which the targets of the Makefile call."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from chalicelib.config import Deployment, deployment
from chalicelib.errors import BadInput, TraderError
from infra.account import AwsAccount
from infra.endpoint import checked, current, without_settings

FOLDER = Path("var")
STAGES = ("dev", "prod")


def main(arguments: list[str]) -> int:
    """0 on success, 1 on a failure explained in one line, 2 on wrong usage."""
    asked = _parser().parse_args(arguments)
    try:
        COMMANDS[asked.command](asked)
    except TraderError as error:
        print(f"make {asked.command}: {error}", file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        print(f"make {asked.command}: interrupted; run it again to finish", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    deploy = commands.add_parser("deploy", help="bring a stage to the account of the current credentials")
    deploy.add_argument("--stage", required=True)
    deploy.add_argument("--config", default="", help="agent.toml files, one per agent, separated by commas")
    deploy.add_argument("--parameters", default="", help="of the stack, as Name=value separated by spaces")
    deploy.add_argument("--rotate-tokens", action="store_true", help="make new tokens; the old ones end")
    deploy.add_argument("--dry", action="store_true", help="tell what would be done, and change nothing")
    destroy = commands.add_parser("destroy", help="take every trace of a stage out of the account")
    destroy.add_argument("--stage", required=True)
    destroy.add_argument("--confirm", default="", help="yes: do not ask")
    image = commands.add_parser("image", help="build the image of the container function; deploying pushes it")
    image.add_argument("--arguments", default="", help="of the Dockerfile, as NAME=value separated by spaces")
    policies = commands.add_parser("policies", help="write the policies of a deployer and of the roles' boundary")
    policies.add_argument("--stage", required=True)
    stack = commands.add_parser("stack", help="the whole of it on this machine")
    stack.add_argument("--config", default="", help="agent.toml files; none: an agent on a simulated market")
    down = commands.add_parser("stack-down", help="end what stack started")
    for command in (stack, down):
        command.add_argument("--folder", type=Path, default=FOLDER / "stack", help="for logs and what runs")
        command.add_argument("--file", type=Path, default=FOLDER / "stack.json", help="for the URL and the tokens")
    for command in (deploy, stack):
        command.add_argument("--log-level", default="", help="DEBUG, INFO (unless told otherwise), WARNING or ERROR")
        command.add_argument("--metrics", default="", help="1: the latency as a custom metric, 0.30 USD a month")
    return parser


def _known(stage: str) -> str:
    """Raises BadInput for what is no stage in an account."""
    if stage not in STAGES:
        given = f"{stage!r} given, " if stage else ""
        raise BadInput(f"which stage? {given}{' and '.join(STAGES)} exist: STAGE=dev")
    return stage


def _named(stage: str, asked: argparse.Namespace) -> Deployment:
    """The stage with what its functions are told. Raises BadInput."""
    told = {"TRADER_STAGE": stage, "TRADER_LOG_LEVEL": asked.log_level, "TRADER_METRICS": asked.metrics}
    return deployment(told)


def _deploy(asked: argparse.Namespace) -> None:
    from infra import parameters
    from infra.deploy import DeployOptions, deploy
    from infra.dry_run import dry_run
    from infra.strategies import read_strategies, series_lines

    names = _named(_known(asked.stage), asked)
    agents = parameters.read_agents(names, _files(asked.config))
    files = _files(asked.config) or ([Path("agent.toml")] if Path("agent.toml").exists() else [])
    options = DeployOptions(agents, _pairs(asked.parameters), asked.rotate_tokens, read_strategies(files))
    account = _account()
    for line in series_lines(files, names.stage):
        _tell(line)
    if asked.dry:
        _tell(f"{_where(account)}: a deploy of stage {names.stage} would")
        dry_run(account, names, options, _tell)
        return
    _tell(f"{_where(account)}: deploying stage {names.stage}")
    url = deploy(account, names, FOLDER / "deploy" / names.stage, options, _tell)
    _tell(f"{url}; the tokens are in SSM, under {names.path('api')}")


def _destroy(asked: argparse.Namespace) -> None:
    from infra.destroy import destroy

    stage = _known(asked.stage)
    account = _account()
    _confirm(stage, asked.confirm, _where(account))
    destroy(account, Deployment(stage), FOLDER / "deploy" / stage, _tell)


def _confirm(stage: str, given: str, where: str) -> None:
    """Raises BadInput unless the person wants it: everything the stage has traded and recorded goes."""
    if given == "yes":
        return
    if stage == "prod" or not sys.stdin.isatty():
        raise BadInput(f"stage {stage} would lose everything it has recorded; if you want that: CONFIRM=yes")
    print(f"{where}: destroy stage {stage} with everything it has recorded? Type its name: ", end="", flush=True)  # noqa: T201
    if sys.stdin.readline().strip() != stage:
        raise BadInput("not confirmed; nothing was changed")


def _image(asked: argparse.Namespace) -> None:
    from infra.images import NAME, Docker, run

    arguments = [f"{name}={value}" for name, value in _pairs(asked.arguments, "IMAGE_ARGUMENTS").items()]
    docker = Docker(run)
    docker.build(arguments)
    built = docker.built()
    _tell(f"image: {NAME} for {built.architecture if built else '?'}; make deploy brings it to the account")


def _policies(asked: argparse.Namespace) -> None:
    from infra.deployer import write

    names = Deployment(_known(asked.stage))
    for command in write(_account().target(names), FOLDER / "policies" / names.stage):
        _tell(command)


def _stack(asked: argparse.Namespace) -> None:
    from infra.stack import STAGE, Places, up

    names, endpoint = _named(STAGE, asked), _emulator_only()
    up(names, Places(asked.folder, asked.file), endpoint, _files(asked.config), _tell)


def _stack_down(asked: argparse.Namespace) -> None:
    from infra.stack import Places, down

    down(Places(asked.folder, asked.file), _emulator_only(), _tell)


def _account() -> AwsAccount:
    """What the credentials lead to, or AWS_ENDPOINT_URL if it is set."""
    return current(_emulator_only() if os.environ.get("AWS_ENDPOINT_URL") else "")


def _emulator_only() -> str:
    """AWS_ENDPOINT_URL, or empty; from here on nothing of a real account's settings holds. Raises BadInput."""
    endpoint = checked(os.environ.get("AWS_ENDPOINT_URL", ""))
    settings = without_settings(os.environ)
    os.environ.clear()
    os.environ.update(settings)
    return endpoint


def _where(account: AwsAccount) -> str:
    return f"emulator {account.endpoint}" if account.endpoint else f"account {account.account_id}, {account.region}"


def _files(text: str) -> list[Path]:
    return [Path(name.strip()) for name in text.split(",") if name.strip()]


def _pairs(text: str, variable: str = "PARAMETERS") -> dict[str, str]:
    pairs = [pair.partition("=") for pair in text.split()]
    wrong = [name for name, equals, _ in pairs if not equals]
    if wrong:
        raise BadInput(f"{variable}: {wrong[0]!r}: must be Name=value, e.g. AlertEmail=me@example.com")
    return {name: value for name, _, value in pairs}


def _tell(line: str) -> None:
    print(line, flush=True)  # noqa: T201


COMMANDS = {
    "deploy": _deploy,
    "destroy": _destroy,
    "image": _image,
    "policies": _policies,
    "stack": _stack,
    "stack-down": _stack_down,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
