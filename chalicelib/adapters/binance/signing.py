"""Proofs of who asks: parameters as one text, and its signature by a shared secret or a private key."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from chalicelib.errors import BadInput
from chalicelib.secret import Secret

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

_PEM = "-----BEGIN"
_ENCRYPTED = "ENCRYPTED"
"""In the first line of a PEM text, or its second in the older form."""


class Signer(Protocol):
    """What proves a text to be ours."""

    def sign(self, payload: str) -> str:
        """The signature as the exchange wants it, not yet percent-encoded."""
        ...


class HmacSigner:
    """HMAC-SHA256 in hex by the secret that the exchange gave with the key.

    >>> HmacSigner(Secret("hush")).sign("timestamp=1")[:16]
    'dadc94a77ae8f29f'
    """

    __slots__ = ("_secret",)

    def __init__(self, secret: Secret) -> None:
        self._secret = secret

    def sign(self, payload: str) -> str:
        return hmac.new(self._secret.reveal().encode(), payload.encode(), hashlib.sha256).hexdigest()


class PrivateKeySigner:
    """Ed25519, or RSA (PKCS1 v1.5 over SHA-256), in base64."""

    __slots__ = ("_key",)

    def __init__(self, pem: Secret) -> None:
        r"""Lines may be parted by the two characters `\n`. Raises BadInput for what is no such key.

        The library is loaded here, as few have such keys: 40 ms, 16 MB.
        """
        self._key = _private_key(pem)

    def sign(self, payload: str) -> str:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

        if isinstance(self._key, ed25519.Ed25519PrivateKey):
            return base64.b64encode(self._key.sign(payload.encode())).decode()
        if isinstance(self._key, rsa.RSAPrivateKey):
            return base64.b64encode(self._key.sign(payload.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()
        raise BadInput("the private key is neither Ed25519 nor RSA: Binance takes these two, and HMAC secrets")


def signer_of(secret: Secret) -> Signer:
    """By its form: the PEM text of a private key, else a shared secret. Raises BadInput.

    >>> type(signer_of(Secret("hush"))).__name__
    'HmacSigner'
    """
    if not secret:
        raise BadInput("there is no secret to sign with: BINANCE_API_SECRET is empty, BINANCE_PRIVATE_KEY_FILE as well")
    return PrivateKeySigner(secret) if secret.reveal().lstrip().startswith(_PEM) else HmacSigner(secret)


def encoded(parameters: Mapping[str, str]) -> str:
    """Names and values percent-encoded, in their order.

    >>> encoded({"symbol": "é", "note": "a+b c~d"})
    'symbol=%C3%A9&note=a%2Bb%20c~d'
    """
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in parameters.items())


def with_signature(payload: str, signer: Signer) -> str:
    """The query string to send: the text that was signed, and the signature last."""
    return f"{payload}&signature={quote(signer.sign(payload), safe='')}"


def _private_key(pem: Secret) -> PrivateKeyTypes:
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    except ImportError:
        raise BadInput(
            "a private key needs the package cryptography: pip install 'ai-trader[local]'; or use an HMAC secret"
        ) from None
    text = pem.reveal().strip().replace("\\n", "\n")  # a line of .env has no other way to hold lines
    if _ENCRYPTED in text:
        raise BadInput("the private key is encrypted, and nobody is there to type its password: give one without")
    try:
        return load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadInput("the private key cannot be read: give PEM text (PKCS#8) without a password") from None
