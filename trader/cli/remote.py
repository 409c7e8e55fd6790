"""--url and --token: the same command, done by a deployed or running API instead of in the local store."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from chalicelib.secret import Secret

if TYPE_CHECKING:
    from trader.api_client import ApiClient

F = TypeVar("F", bound=Callable[..., Any])


def remote_options(command: F) -> F:
    """Adds the two options; `remote` makes a client of them."""
    token = click.option(
        "--token",
        metavar="TOKEN",
        help="Its bearer token; better in TRADER_TOKEN, where no list of processes shows it.",
    )
    url = click.option("--url", metavar="URL", help="Ask the API there instead of the local store.")
    return url(token(command))


def remote(url: str | None, token: str | None) -> ApiClient | None:
    """The API that was asked for, None for the local store. Raises BadInput."""
    if url is None:
        if token is not None:
            raise click.UsageError("--token goes with --url: the local store needs none")
        return None
    from chalicelib.config import load_secret
    from trader.api_client import ApiClient

    return ApiClient(url, load_secret("token") if token is None else Secret(token.strip()))
