"""What is signed is what the exchange's documentation signs, and what shows itself is never a secret."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from urllib.parse import parse_qsl, unquote

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.binance.signing import encoded, signer_of, with_signature
from chalicelib.errors import BadInput
from chalicelib.secret import Secret
from tests.shared_data import shared

PAYLOAD = "symbol=BTCUSDT&side=SELL&timestamp=1668481559918"
ANY_TEXT = st.text(st.characters(codec="utf-8"))


def pem(key: ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> Secret:
    return Secret(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


def test_every_documented_example_is_signed_as_documented() -> None:
    examples = json.loads(shared("binance/signing_examples.json").read_text("utf-8"))
    verified = [example for example in examples if example["verified_by_us"]]
    assert len(verified) == 3
    for example in verified:
        assert signer_of(Secret(example["secretKey"])).sign(example["payload"]) == example["signature"]
        query = example.get("query", example["payload"])
        assert encoded(dict(parse_qsl(query))) == query


def test_hmac_is_what_its_standard_says() -> None:
    """RFC 4231, test case 2."""
    signed = signer_of(Secret("Jefe")).sign("what do ya want for nothing?")
    assert signed == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


def test_an_ed25519_key_signs_as_its_standard_says() -> None:
    """RFC 8032, test 2: the message is one byte, which is the letter r."""
    seed = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    signed = signer_of(pem(ed25519.Ed25519PrivateKey.from_private_bytes(seed))).sign("r")
    assert base64.b64decode(signed).hex().startswith("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da")


def test_an_rsa_key_signs_what_its_public_half_verifies() -> None:
    key = rsa.generate_private_key(65537, 2048)
    signed = base64.b64decode(signer_of(pem(key)).sign(PAYLOAD))
    key.public_key().verify(signed, PAYLOAD.encode(), padding.PKCS1v15(), hashes.SHA256())


@given(parameters=st.dictionaries(ANY_TEXT.filter(bool), ANY_TEXT.filter(bool), min_size=1))
def test_any_text_is_encoded_before_it_is_signed_and_read_back_the_same(parameters: dict[str, str]) -> None:
    payload = encoded(parameters)
    assert payload.isascii()
    assert dict(parse_qsl(payload)) == parameters
    sent = with_signature(payload, signer_of(Secret("hush")))
    assert sent == f"{payload}&signature={hmac.new(b'hush', payload.encode(), hashlib.sha256).hexdigest()}"


def test_a_signature_in_base64_is_encoded_and_stands_last() -> None:
    signer = signer_of(pem(ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))))
    sent = with_signature(PAYLOAD, signer)
    payload, _, signature = sent.rpartition("&signature=")
    assert payload == PAYLOAD
    assert not set(signature) & set("+/=")
    assert unquote(signature) == signer.sign(PAYLOAD)


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        (Secret(), "BINANCE_API_SECRET is empty"),
        (Secret("-----BEGIN PRIVATE KEY-----\nhushhush\n-----END PRIVATE KEY-----"), "cannot be read"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "neither Ed25519 nor RSA"),
    ],
)
def test_what_nobody_can_sign_with_is_refused_without_being_shown(secret: Secret, words: str) -> None:
    with pytest.raises(BadInput, match=words) as caught:
        signer_of(secret).sign("x")
    assert "hushhush" not in str(caught.value)


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_an_encrypted_key_is_said_to_be_one(form: PrivateFormat) -> None:
    key = rsa.generate_private_key(65537, 2048)
    text = key.private_bytes(Encoding.PEM, form, BestAvailableEncryption(b"hush")).decode()
    with pytest.raises(BadInput, match="the private key is encrypted"):
        signer_of(Secret(text))


def test_a_key_on_one_line_is_the_same_key() -> None:
    secret = pem(ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)))
    one_line = Secret(secret.reveal().replace("\n", "\\n"))
    assert signer_of(one_line).sign(PAYLOAD) == signer_of(secret).sign(PAYLOAD)


def test_a_signer_shows_no_secret() -> None:
    for secret in (Secret("hushhush"), pem(ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)))):
        assert secret.reveal() not in repr(signer_of(secret)) + str(vars(type(signer_of(secret))))
