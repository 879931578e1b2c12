"""How a caller proves its key to open a reading session: a signature in a domain of its own, over a nonce of the server.

It names the server whose id the caller has pinned, so that no other server can pass it on, and it opens no exchange: a
captured one lets nobody push or pull.
"""

from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from haidang_protocol import canonical, signatures
from haidang_protocol.errors import SignatureError

SESSION_DOMAIN: Final = b"haidang/session/1\x00"


def session_bytes(server: bytes, key: bytes, nonce: bytes) -> bytes:
    """What is signed: the domain, then the canonical array of server id, key id and nonce."""
    return SESSION_DOMAIN + canonical.encode([server, key, nonce])


def prove_session(private: Ed25519PrivateKey, server: bytes, key: bytes, nonce: bytes) -> bytes:
    """The signature (64 bytes) that opens a session of the key with that server."""
    return private.sign(session_bytes(server, key, nonce))


def check_session(public: Ed25519PublicKey, server: bytes, key: bytes, nonce: bytes, proof: bytes) -> None:
    """Check such a signature.

    Raises:
        SignatureError: it is none for this server, key and nonce.
    """
    if not signatures.fits(public, proof, session_bytes(server, key, nonce)):
        raise SignatureError("the signature does not fit server, key and nonce")
