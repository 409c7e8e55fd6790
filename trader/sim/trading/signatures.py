"""Proofs that a request is from who holds a key's secret, over the very bytes that were received."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from chalicelib.errors import BadInput

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

Verify: TypeAlias = Callable[[bytes, str], bool]
"""Whether a signature, percent-decoded, is one over these bytes."""


def by_secret(secret: str) -> Verify:
    """HMAC-SHA256 in hex, in letters of either case."""

    def verify(payload: bytes, signature: str) -> bool:
        expected = hmac.new(secret.encode(), payload, hashlib.sha256).hexdigest()
        return hmac.compare_digest(expected.encode(), signature.lower().encode())

    return verify


def by_public_key(pem: bytes) -> Verify:
    """Ed25519 or RSA (PKCS #1 v1.5 with SHA-256), in base64. Raises BadInput for what is no such key."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import SHA256

    key = _public_key(pem)

    def verify(payload: bytes, signature: str) -> bool:
        try:
            proof = base64.b64decode(signature, validate=True)
            if isinstance(key, RSAPublicKey):
                key.verify(proof, payload, padding.PKCS1v15(), SHA256())
            else:
                key.verify(proof, payload)
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True

    return verify


def is_ed25519(pem: bytes) -> bool:
    """Whether a public key is one of Ed25519. Raises BadInput for what is no key that signs requests."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    return isinstance(_public_key(pem), Ed25519PublicKey)


def _public_key(pem: bytes) -> Ed25519PublicKey | RSAPublicKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(pem)
    except ValueError as error:
        raise BadInput("a public key is a PEM file of an Ed25519 or RSA key; this is none") from error
    if not isinstance(key, Ed25519PublicKey | RSAPublicKey):
        raise BadInput(f"a public key is one of Ed25519 or RSA, not {type(key).__name__}")
    return key
