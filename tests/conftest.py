"""Before anything else is imported: nothing of this machine's user gets into a test, and nothing of a test to them.

An account of theirs must not be touched, a webhook of theirs must not hear of the halts that tests play, and what tests
make up must not be remembered among their scores.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import tempfile
from pathlib import Path

OURS = ("AWS_", "TRADER_", "BINANCE_")
SECRETS = ("TRADER_WEBHOOK", "TRADER_TOKEN", "BINANCE_API_KEY", "BINANCE_API_SECRET")
"""Set to nothing rather than not at all: what the environment says comes before a .env file."""

for name in [name for name in os.environ if name.startswith(OURS)]:
    del os.environ[name]
os.environ.update(dict.fromkeys(SECRETS, ""))
os.environ.update(AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull, AWS_EC2_METADATA_DISABLED="true")
os.environ.update(NO_PROXY="127.0.0.1,localhost", no_proxy="127.0.0.1,localhost")
if (
    signal.getsignal(signal.SIGINT) is signal.SIG_IGN
):  # started in a shell's background: Ctrl-C must reach what tests start
    signal.signal(signal.SIGINT, signal.default_int_handler)

# What was compiled depends on nothing but the sources, and takes a minute: that is shared with whoever ran before.
compiled = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ai-trader" / "compiled"
compiled.mkdir(parents=True, exist_ok=True)
own_cache = Path(tempfile.mkdtemp(prefix="ai-trader-tests-"))
(own_cache / "ai-trader").mkdir()
(own_cache / "ai-trader" / "compiled").symlink_to(compiled)
os.environ["XDG_CACHE_HOME"] = str(own_cache)
atexit.register(shutil.rmtree, own_cache, ignore_errors=True)

# How long an example takes is a matter of the machine, and no property of what is tested.
from hypothesis import HealthCheck, settings  # noqa: E402

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
