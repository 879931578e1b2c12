"""Which Ed25519 keys may be enrolled, and the proof that someone holds one (SPEC B1).

Verifiers disagree about keys of small or mixed order: with such a key one signature can be valid here and invalid there.
So a key is refused unless it is the canonical encoding of a point of the prime-order subgroup. That is checked by X25519 and
a few plain integers, in less time than a signature.
"""

from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from haidang_protocol import signatures
from haidang_protocol.errors import KeyRefusedError, SignatureError

PUBLIC_KEY_BYTES: Final = 32

_POSSESSION_DOMAIN: Final = b"haidang/possession/1\x00"
_FIELD: Final = 2**255 - 19
_ORDER: Final = 2**252 + 27742317777372353535851937790883648493

# X25519 multiplies by a scalar and tells the result's u, which a point and its negative share. 5L−1 is a scalar that it
# takes as it is: a multiple of 8, so that what is outside the subgroup of order L falls away, and −1 within it. So the u of a
# point comes back exactly if the point is in the subgroup. A y without a point on the curve has one on the curve's twist,
# whose prime order divides neither 5L nor 5L−2: it comes back changed too.
_MINUS_ONE: Final = X25519PrivateKey.from_private_bytes((5 * _ORDER - 1).to_bytes(32, "little"))


def public_key(raw: bytes) -> Ed25519PublicKey:
    """The key of 32 bytes, if it may be enrolled.

    Raises:
        KeyRefusedError: wrong size, no canonical encoding of a point, or a point outside the prime-order subgroup.
    """
    if len(raw) != PUBLIC_KEY_BYTES:
        raise KeyRefusedError(f"a public key has {PUBLIC_KEY_BYTES} bytes, not {len(raw)}")
    y = _y_of(raw)
    if not _is_in_subgroup(y):
        raise KeyRefusedError(
            "the public key is of small or mixed order, or no point of the curve: verifiers would disagree about it"
        )
    return Ed25519PublicKey.from_public_bytes(raw)


def possession_bytes(context: bytes) -> bytes:
    """What is signed to prove possession, for a signer that keeps its key to itself."""
    return _POSSESSION_DOMAIN + context


def prove_possession(private: Ed25519PrivateKey, context: bytes) -> bytes:
    """The signature (64 bytes) that proves to whoever made up `context` that its maker holds the key."""
    return private.sign(possession_bytes(context))


def check_possession(public: Ed25519PublicKey, context: bytes, proof: bytes) -> None:
    """Check a proof of possession.

    Raises:
        SignatureError: it is none for this key and context.
    """
    if not signatures.fits(public, proof, possession_bytes(context)):
        raise SignatureError("the proof does not show that its sender holds the key")


def _y_of(raw: bytes) -> int:
    """The y of a point in its one encoding (RFC 8032 §5.1.3)."""
    number = int.from_bytes(raw, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= _FIELD:
        raise KeyRefusedError("the public key is not in its one encoding: its y is not below 2^255−19")
    if sign and y in (1, _FIELD - 1):
        raise KeyRefusedError("the public key is not in its one encoding: x is 0 and has a sign")
    return y


def _is_in_subgroup(y: int) -> bool:
    """Whether 5L−1 turns the point with this y into its negative."""
    if y == 1:
        return False
    u = ((1 + y) * pow(1 - y, -1, _FIELD) % _FIELD).to_bytes(PUBLIC_KEY_BYTES, "little")
    try:
        return _MINUS_ONE.exchange(X25519PublicKey.from_public_bytes(u)) == u
    except ValueError:  # the result is the neutral point: small order
        return False
