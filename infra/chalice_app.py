"""The app: what the real `chalice deploy` makes of the rendered folder, and the record by which Chalice finds it again.

Chalice keeps that record in its project folder. Here it stands in SSM, so that any clone can deploy and destroy.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.config import APP, Deployment
from chalicelib.errors import Rejected
from infra.account import AwsAccount, code_of, pages
from infra.run_chalice import COMMAND
from layers.complaints import last_line

API_STAGE = "api"


@dataclass(frozen=True, slots=True)
class Deployed:
    """What Chalice has deployed."""

    functions: tuple[str, ...]
    """Names of its Lambdas."""
    rest_api_id: str
    url: str
    """Where the routes are, with a slash at the end."""

    @property
    def woken(self) -> tuple[str, ...]:
        """The functions that are called asynchronously; the REST handler, whose name all others begin with, is not."""
        return tuple(name for name in self.functions if name != min(self.functions, key=len))


class ChaliceApp:
    """The app of one stage in one account, deployed from a folder that holds nothing else."""

    def __init__(self, account: AwsAccount, names: Deployment, folder: Path) -> None:
        self._account = account
        self._names = names
        self._folder = folder
        self._record = folder / ".chalice" / "deployed" / f"{names.stage}.json"
        self._record_path = names.path("chalice")

    def deploy(self) -> Deployed:
        """Run `chalice deploy` in the folder. Raises Rejected with the last thing it said."""
        self._fetch_record()
        self._remove_unrecorded_apis()
        self._chalice("deploy")
        self._store_record()
        return self._deployed()

    def delete(self) -> None:
        """Run `chalice delete`; nothing to do for what it has not deployed. Raises Rejected."""
        self._fetch_record()
        self._chalice("delete")
        self._remove_unrecorded_apis()

    def _deployed(self) -> Deployed:
        resources = self._resources()
        functions = [each["lambda_arn"].rpartition(":")[2] for each in resources if "lambda_arn" in each]
        apis = [each for each in resources if "rest_api_id" in each]
        if not apis:
            raise Rejected("chalice deploy: made no REST API")
        return Deployed(tuple(sorted(set(functions))), apis[0]["rest_api_id"], self._url(apis[0]))

    def _url(self, api: dict[str, str]) -> str:
        """As Chalice says, which knows no emulator's form."""
        if self._account.endpoint:
            return f"{self._account.endpoint}/restapis/{api['rest_api_id']}/{API_STAGE}/_user_request_/"
        return f"{api['rest_api_url'].rstrip('/')}/"

    def _resources(self) -> list[dict[str, Any]]:
        found = json.loads(self._record.read_text("utf-8")) if self._record.exists() else {}
        return list(found.get("resources", []))

    def _fetch_record(self) -> None:
        client = self._account.client("ssm")
        self._record.parent.mkdir(parents=True, exist_ok=True)
        try:
            packed = client.get_parameter(Name=self._record_path)["Parameter"]["Value"]
        except ClientError as error:
            if code_of(error) != "ParameterNotFound":
                raise
            self._record.unlink(missing_ok=True)
            return
        record = json.loads(gzip.decompress(base64.b64decode(packed)))
        # Chalice would delete roles of an older version's record, which may be another region's: ours knows them apart.
        record["resources"] = [each for each in record["resources"] if each["resource_type"] != "iam_role"]
        self._record.write_text(json.dumps(record), "utf-8")

    def _store_record(self) -> None:
        """Packed, since a standard parameter takes 4096 characters."""
        packed = base64.b64encode(gzip.compress(self._record.read_bytes(), mtime=0)).decode()
        self._account.client("ssm").put_parameter(Name=self._record_path, Value=packed, Type="String", Overwrite=True)

    def _remove_unrecorded_apis(self) -> None:
        """Remove REST APIs of this stage that a deploy made and did not live to record; it would make another."""
        client = self._account.client("apigateway")
        recorded = {each.get("rest_api_id") for each in self._resources()}
        for api in pages(client, "get_rest_apis", "items"):
            if api.get("name") == APP and api["id"] not in recorded and self._is_ours(client, api["id"]):
                client.delete_rest_api(restApiId=api["id"])

    def _is_ours(self, client: Any, api_id: str) -> bool:
        """Whether the API calls the REST handler of this stage; the stages' APIs all have the same name."""
        handler = f":function:{self._names.prefix}/"
        for resource in pages(client, "get_resources", "items", restApiId=api_id, embed=["methods"]):
            for method in resource.get("resourceMethods", {}).values():
                if handler in method.get("methodIntegration", {}).get("uri", ""):
                    return True
        return False

    def _chalice(self, command: str) -> None:
        """The real command line, with our path so that its waiters can be told to hurry on an emulator."""
        root = Path(__file__).resolve().parents[1]
        environment = self._account.environment(os.environ) | {
            "PYTHONPATH": str(root),
            "TRADER_STAGE": self._names.stage,
        }
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", COMMAND, command, "--stage", self._names.stage],
            cwd=self._folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise Rejected(f"chalice {command}: {last_line(done, f'exit {done.returncode}')}")
