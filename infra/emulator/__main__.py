"""`python -m infra.emulator`: serve the local AWS in the foreground until SIGTERM or Ctrl-C.

GATEWAY_PORT says where (4566 by default), TMPDIR where Lambdas are unpacked.
"""

from __future__ import annotations

import os
import sys
from importlib import metadata

from infra.emulator import PINNED_RELEASE

SETTINGS = {
    "BIND_HOST": "127.0.0.1",  # its own default listens to the whole network
    "GATEWAY_PORT": "4566",
    "LOG_LEVEL": "WARNING",
    "LAMBDA_STRICT": "0",
    "LAMBDA_EXECUTOR": "local",
    "LAMBDA_WARM_TTL_SECONDS": "90",  # two processes of one function are rarely needed for longer than a minute
    "IOT_MTLS_ENABLED": "0",  # opens a port of its own
    "SFTP_ENABLED": "0",
}


def main() -> int:
    """Exit code 2 when this is not the release that the fixes are made for."""
    installed = metadata.version("ministack")
    if installed != PINNED_RELEASE:
        print(f"infra.emulator: needs ministack {PINNED_RELEASE}, found {installed}", file=sys.stderr)  # noqa: T201
        return 2
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    # The Lambdas inherit the environment; what is set for the one who starts the emulator is not meant for them.
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "PYTHONPATH"):
        os.environ.pop(name, None)

    from ministack import app

    from infra.emulator.fixes import apply_all

    apply_all()
    sys.argv = ["ministack"]
    app.main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
