"""Certificates and host names are checked although the authorities are read once; and they are read once."""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from chalicelib.adapters import tls
from chalicelib.adapters.tls import SharedTlsAdapter
from tests.fakes.web_server import serving


def certificate(folder: Path) -> Path:
    """A certificate for localhost with its key, its own authority."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    pem = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "server.pem"
    path.write_bytes(pem + private)
    return path


@pytest.fixture
def own_bundle(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """The authorities that the environment names, read anew."""
    path = certificate(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path))
    tls._bundle.cache_clear()
    tls._context.cache_clear()
    yield path
    monkeypatch.undo()
    tls._bundle.cache_clear()
    tls._context.cache_clear()


@pytest.fixture
def port(own_bundle: Path) -> Iterator[int]:
    """Of an HTTPS server with that certificate."""
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Silent."""

    class Server(HTTPServer):
        def handle_error(self, *_: object) -> None:
            """A client that trusts us not is what the tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own_bundle)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def session() -> requests.Session:
    made = requests.Session()
    made.mount("https://", SharedTlsAdapter())
    made.headers["Connection"] = "close"
    return made


def test_a_known_authority_and_the_right_name_are_served(port: int) -> None:
    assert session().get(f"https://localhost:{port}/").status_code == 204


def test_another_name_is_refused(port: int) -> None:
    with pytest.raises(requests.exceptions.SSLError):
        session().get(f"https://127.0.0.1:{port}/")


def test_an_unknown_authority_is_refused(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    tls._bundle.cache_clear()
    with pytest.raises(requests.exceptions.SSLError):
        session().get(f"https://localhost:{port}/")


def test_nobody_can_ask_without_a_check(port: int) -> None:
    with pytest.raises(ValueError, match="certificates are always checked"):
        session().get(f"https://localhost:{port}/", verify=False)


def test_the_authorities_are_read_once(port: int, own_bundle: Path) -> None:
    asking = session()
    asking.get(f"https://localhost:{port}/")
    own_bundle.write_text("no certificate any more", "utf-8")
    assert asking.get(f"https://localhost:{port}/").status_code == 204
    with pytest.raises((requests.exceptions.SSLError, OSError)):  # what requests alone does
        requests.get(f"https://localhost:{port}/", timeout=5)


def test_plain_http_goes_on_as_before() -> None:
    with serving() as server:
        assert session().get(server.url).status_code == 200
