"""Who may deploy a stage, and what none of its roles may go beyond: policies that an administrator makes of these."""

from __future__ import annotations

from pathlib import Path

from infra.render import Target, filled

FOLDER = Path(__file__).resolve().parent / "policies"
BOUNDARY = "boundary"


def policies(target: Target) -> dict[str, str]:
    """The documents by name: `deployer` is what the commands call, `deployer-stacks` what CloudFormation then does."""
    files = filled(target, {path.name: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.json"))})
    return {name.removesuffix(".json"): text for name, text in files.items()}


def policy_name(target: Target, document: str) -> str:
    """The name under which the others expect it in the account.

    >>> policy_name(Target("dev", "123456789012", "eu-west-1"), "boundary")
    'ai-trader-dev-eu-west-1-boundary'
    """
    return f"ai-trader-{target.stage}-{target.region}-{document}"


def write(target: Target, folder: Path) -> list[str]:
    """Write the documents to the folder; the commands that bring them to the account, and the one that deploys then."""
    folder.mkdir(parents=True, exist_ok=True)
    commands = []
    for name, text in policies(target).items():
        (folder / f"{name}.json").write_text(text, "utf-8")
        named = policy_name(target, name)
        commands.append(f"aws iam create-policy --policy-name {named} --policy-document file://{folder / name}.json")
    boundary = f"arn:{target.partition}:iam::{target.account}:policy/{policy_name(target, BOUNDARY)}"
    return [*commands, f'make deploy STAGE={target.stage} PARAMETERS="PermissionsBoundary={boundary}"']
