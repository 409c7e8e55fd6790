"""What adapters over requests are mounted on: TLS that reads the certificate authorities once per process."""

from __future__ import annotations

import ssl
from functools import cache
from pathlib import Path

import certifi
import requests
from requests.adapters import HTTPAdapter


class SharedTlsAdapter(HTTPAdapter):
    """requests has urllib3 read the whole bundle of authorities for every connection, 15 ms of CPU; this does it once.

    Certificates and host names are checked as ever; a bundle that the environment names counts (REQUESTS_CA_BUNDLE).
    """

    def init_poolmanager(self, *arguments: object, **named: object) -> None:
        super().init_poolmanager(*arguments, **named, ssl_context=_context(_bundle()))  # type: ignore[arg-type]

    def cert_verify(self, conn: object, url: str, verify: object, cert: object) -> None:
        """Raises ValueError for a request that would not have certificates checked."""
        if not verify:
            raise ValueError(f"verify={verify!r}: certificates are always checked")
        super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]
        if verify is True or str(verify) == _bundle():
            conn.ca_certs = conn.ca_cert_dir = None  # type: ignore[attr-defined]


@cache
def _bundle() -> str:
    """The file or folder of authorities that requests would take."""
    verify = requests.Session().merge_environment_settings("https://localhost", {}, None, None, None)["verify"]
    return verify if isinstance(verify, str) else certifi.where()


@cache
def _context(bundle: str) -> ssl.SSLContext:
    is_folder = Path(bundle).is_dir()
    return ssl.create_default_context(cafile=None if is_folder else bundle, capath=bundle if is_folder else None)
