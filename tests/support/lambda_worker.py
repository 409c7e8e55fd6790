"""A process that Lambda keeps warm: it runs what it is given, one after the other.

python -m tests.support.lambda_worker [PLANT]: with the planted defect of that name. It prints a line once it is ready,
then for each line {"function", "event"} or {"method", "path", "headers", "body"} on standard input one line with
"payload", or "status" and "body", or "failed".
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, TextIO

from chalice.test import Client

import app
from tests.support import lambda_plants


def main(asked: TextIO, answers: TextIO, plant: str | None) -> None:
    """Serve until the input ends."""
    lambda_plants.be_patient()
    if plant is not None:
        lambda_plants.PLANTS[plant]()
    client = Client(app.app)
    _say(answers, {"ready": True})
    for line in asked:
        _say(answers, _run(client, json.loads(line)))


def _run(client: Client, job: dict[str, Any]) -> dict[str, Any]:
    if "method" in job:
        response = client.http.request(job["method"], job["path"], headers=job["headers"], body=job["body"].encode())
        return {"status": response.status_code, "body": response.json_body}
    try:
        return {"payload": client.lambda_.invoke(job["function"], job["event"]).payload}
    except Exception as error:  # as Lambda: the invocation failed, the process goes on
        return {"failed": f"{type(error).__name__}: {error}"}


def _say(answers: TextIO, told: object) -> None:
    answers.write(json.dumps(told) + "\n")
    answers.flush()


if __name__ == "__main__":
    answers, sys.stdout = sys.stdout, open(os.devnull, "w")  # noqa: SIM115 (the log goes there while the process lives)
    main(sys.stdin, answers, sys.argv[1] if len(sys.argv) > 1 else None)
