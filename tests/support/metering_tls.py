"""What a new TLS connection costs our clients in CPU beside a plain one: metered over loopback, by the product's code.

python -m tests.support.metering_tls BUNDLE HTTPS_URL HTTP_URL      the part that runs in a process of its own
"""

from __future__ import annotations

import datetime as dt
import json
import os
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import certifi
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from layers.authorities import BUNDLE, authorities

ROOT = Path(__file__).resolve().parents[2]
IDENTITY = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "us-east-1"}
ROUNDS = 25
AWS_SERVICES = ("dynamodb", "lambda", "ssm", "sns")


def connection_cpu_ms(folder: Path) -> dict[str, float]:
    """CPU milliseconds by what is asked."""
    certificate, bundle = _certificate(folder)
    with _serving(certificate) as https, _serving(None) as http:
        command = [sys.executable, "-m", "tests.support.metering_tls", str(bundle), https, http]
        identity = IDENTITY | {"AWS_CA_BUNDLE": str(_amazon_bundle(bundle, certificate))}
        told = subprocess.run(command, cwd=ROOT, env=identity, capture_output=True, text=True, check=True).stdout
    by_client: dict[str, float] = json.loads(told)
    return dict.fromkeys(AWS_SERVICES, by_client["aws"]) | {
        "exchange": by_client["exchange"],
        "feed": by_client["feed"],
        "webhook": by_client["feed"],
    }


def main(bundle: str, https: str, http: str) -> None:
    """Prints the CPU milliseconds by client. The bundle is as large as the real one: reading it is most of the work."""
    certifi.where = lambda: bundle  # before anything else imports it
    found = {}
    for name, client in (("aws", _aws), ("exchange", _exchange), ("feed", _feed)):
        found[name] = _cpu_ms(client(https)) - _cpu_ms(client(http))
    print(json.dumps(found))  # noqa: T201 (its result)


def _cpu_ms(ask: Callable[[], object]) -> float:
    """Of one request, at best: the machine has other things to do, too."""
    ask()
    taken = []
    for _ in range(ROUNDS):
        started_s = time.process_time()
        ask()
        taken.append(time.process_time() - started_s)
    return min(taken) * 1000.0


def _aws(url: str) -> Callable[[], object]:

    from chalicelib.adapters.aws_clients import AwsClients

    os.environ["AWS_ENDPOINT_URL"] = url
    client = AwsClients().functions()
    return lambda: client.invoke(FunctionName="f", InvocationType="Event", Payload=b"{}")


def _exchange(url: str) -> Callable[[], object]:
    from chalicelib import wiring

    return wiring.binance(url)[0].server_time_ms


def _feed(url: str) -> Callable[[], object]:
    from chalicelib import wiring
    from chalicelib.domain import FeedState

    source = wiring.rss()
    return lambda: source.fetch(f"{url}/rss", FeedState('"1"'), 0)


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate with its key for localhost, and certifi's bundle with it added."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    certificate, bundle = folder / "server.pem", folder / "bundle.pem"
    certificate.write_bytes(pem + private)
    bundle.write_bytes(Path(certifi.where()).read_bytes() + pem)
    return certificate, bundle


def _amazon_bundle(bundle: Path, certificate: Path) -> Path:
    """What the layer has botocore read, with our server's authority added."""
    [amazon] = authorities({BUNDLE: bundle.read_bytes()}).values()
    path = bundle.with_name("amazon.pem")
    path.write_bytes(amazon + certificate.read_bytes())
    return path


class _Handler(BaseHTTPRequestHandler):
    """Answers what each client wants to hear, and closes the connection."""

    def do_GET(self) -> None:
        self._answer(304 if self.path == "/rss" else 200, b"" if self.path == "/rss" else b'{"serverTime": 1}')

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._answer(202, b"")

    def log_message(self, *_: object) -> None:
        """Silent."""

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def _serving(certificate: Path | None) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"{'https' if certificate else 'http'}://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


if __name__ == "__main__":
    main(*sys.argv[1:])
