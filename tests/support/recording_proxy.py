"""Every call that some processes make to an emulator of AWS, as IAM sees it: they are given this address instead."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import botocore.session
import requests

Call = tuple[str, str]
"""Action, and the resource that it is on, `*` where the call names none."""

_SERVICE = re.compile(r"Credential=[^/]+/\d+/[^/]+/([a-z0-9-]+)/aws4_request")
_KEYS = re.compile("<Key>([^<]*)</Key>")
_MODELS = {"monitoring": "cloudwatch", "states": "stepfunctions"}
_PREFIXES = {"monitoring": "cloudwatch"}
_ACTIONS = {
    "lambda:Invoke": ["lambda:InvokeFunction"],
    "s3:CopyObject": ["s3:PutObject"],  # told apart by a header alone; nothing here copies
    "s3:DeleteObjects": ["s3:DeleteObject", "s3:DeleteObjectVersion"],
    "s3:HeadObject": ["s3:GetObject"],
    "s3:ListObjectVersions": ["s3:ListBucketVersions"],
}
"""Where the permission has another name than the operation."""
_FORMS = {
    "FunctionName": "function:{}",
    "LayerName": "layer:{}",
    "RoleName": "role/{}",
    "TableName": "table/{}",
    "StackName": "stack/{}/*",
    "logGroupName": "log-group:{}",
    "repositoryName": "repository/{}",
    "Bucket": "{}",
    "Rule": "rule/{}",
    "Path": "parameter{}",
}
_NAMES = {"events": "rule/{}", "ssm": "parameter{}", "sns": "{}"}
"""Of what is only called Name, or Names."""
_LEFT_OUT = ("connection", "content-length", "transfer-encoding")


@dataclass
class Recording:
    """What was called so far."""

    url: str = ""
    calls: set[Call] = field(default_factory=set)


@contextmanager
def recording(emulator_url: str) -> Iterator[Recording]:
    """Serve, handing every request on, until the end of the block."""
    found = Recording()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _hand_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            found.calls |= set(calls(self.command, self.path, dict(self.headers), body))
            answer = requests.request(
                self.command, emulator_url + self.path, headers=dict(self.headers), data=body, timeout=60, stream=True
            )
            content = answer.raw.read()
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                if name.lower() not in _LEFT_OUT:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _hand_on  # noqa: N815 (names of http.server)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        found.url = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield found
        finally:
            server.shutdown()


def calls(method: str, target: str, headers: Mapping[str, str], body: bytes) -> list[Call]:
    """What a signed request asks for; nothing for a request that is none."""
    signed = _SERVICE.search(headers.get("Authorization", ""))
    if signed is None:
        return []
    service = signed[1]
    prefix = _PREFIXES.get(service, service)
    if service == "apigateway":  # whose permissions are the methods
        return [(f"apigateway:{method}", unquote(urlsplit(target).path))]
    if "X-Amz-Target" in headers:
        operation, given = headers["X-Amz-Target"].rpartition(".")[2], json.loads(body or b"{}")
    elif method == "POST" and b"Action=" in body:
        form = dict(parse_qsl(body.decode()))
        operation, given = form["Action"], form
    else:
        operation, given = _rest_call(service, method, target)
        if headers.get("Content-Type", "").startswith("application/json") or body[:1] == b"{":
            given = {**json.loads(body), **given}
        if operation == "DeleteObjects":
            given["Key"] = _KEYS.findall(body.decode())[0]
    named = f"{prefix}:{operation}"
    asked = [(action, each) for action in _ACTIONS.get(named, [named]) for each in _resources(service, given)]
    if named == "iam:CreateRole" and "Tags.member.1.Key" in given:
        asked += [("iam:TagRole", resource) for _, resource in asked]
    return [*asked, *(_implied(given) if service == "lambda" else [])]


def _implied(given: Mapping[str, Any]) -> Iterator[Call]:
    """What Lambda has checked besides, of whoever makes or changes a function."""
    if "Role" in given:
        yield "iam:PassRole", str(given["Role"]).split(":", 5)[5]
    for layer in given.get("Layers") or []:
        yield "lambda:GetLayerVersion", str(layer).split(":", 5)[5]
    if given.get("Tags"):
        yield "lambda:TagResource", f"function:{given['FunctionName']}"


def _resources(service: str, given: Mapping[str, Any]) -> list[str]:
    """What the parameters of a call name, as it stands in an ARN behind the account."""
    for name in ("Name", "Names"):
        if service in _NAMES and name in given:
            value = given[name]
            return [_NAMES[service].format(each) for each in (value if isinstance(value, list) else [value])]
    layer = f":{given['VersionNumber']}" if "VersionNumber" in given else ""
    key = f"/{given['Key']}" if "Key" in given else ""
    named = [_behind_account(str(given[name]), form) + layer + key for name, form in _FORMS.items() if name in given]
    arns = [_behind_account(str(value), "") for value in given.values() if str(value).startswith("arn:")]
    return (named or arns or ["*"])[:1]


def _behind_account(value: str, form: str) -> str:
    return value.split(":", 5)[5] if value.startswith("arn:") else form.format(value)


def _rest_call(service: str, method: str, target: str) -> tuple[str, dict[str, Any]]:
    """Operation and named parts of a request that is told by its path; the longest pattern that fits."""
    parts = urlsplit(target)
    queried = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    best: tuple[int, str, dict[str, Any]] = (-1, "", {})
    for operation, verb, pattern, literals, wanted in _patterns(_MODELS.get(service, service)):
        match = pattern.fullmatch(parts.path)
        if verb == method and match and wanted <= queried:
            score = 10 * len(wanted) + literals
            if score > best[0]:
                best = (score, operation, {name: unquote(value) for name, value in match.groupdict().items()})
    if not best[1]:
        raise LookupError(f"{service}: no operation is known for {method} {target}")
    return best[1], best[2]


@cache
def _patterns(service: str) -> list[tuple[str, str, re.Pattern[str], int, frozenset[str]]]:
    model = botocore.session.get_session().get_service_model(service)
    found = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        path, _, query = http["requestUri"].partition("?")
        pieces = re.split(r"(\{\w+\+?\})", path.rstrip("/") or "/")
        pattern = "".join(map(_pattern, pieces))
        literals = sum(len(piece) for piece in pieces if not piece.startswith("{"))
        wanted = frozenset(key for key, _ in parse_qsl(query, keep_blank_values=True))
        found.append((name, http["method"], re.compile(pattern + "/?"), literals, wanted))
    return found


def _pattern(piece: str) -> str:
    if not piece.startswith("{"):
        return re.escape(piece)
    return f"(?P<{piece.strip('{}+')}>{'.+' if '+' in piece else '[^/]+'})"
