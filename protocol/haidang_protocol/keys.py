"""Which Ed25519 keys may be enrolled, and the proof that someone holds one (SPEC B1).

Verifiers disagree about keys of small or mixed order: with such a key one signature can be valid here and invalid there.
So a key is refused at enrolment unless it is the canonical encoding of a point of the prime-order subgroup. That takes
some milliseconds of plain integers (RFC 8032 §5.1), once for each key; signatures are checked by OpenSSL.
"""

from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from haidang_protocol.errors import KeyRefusedError, SignatureError

PUBLIC_KEY_BYTES: Final = 32

_POSSESSION_DOMAIN: Final = b"haidang/possession/1\x00"
_FIELD: Final = 2**255 - 19
_ORDER: Final = 2**252 + 27742317777372353535851937790883648493
_D: Final = -121665 * pow(121666, -1, _FIELD) % _FIELD
_ROOT_OF_MINUS_ONE: Final = pow(2, (_FIELD - 1) // 4, _FIELD)


class _Point(NamedTuple):
    """Extended homogeneous coordinates: x = X/Z, y = Y/Z, x·y = T/Z (RFC 8032 §5.1.4)."""

    x: int
    y: int
    z: int
    t: int


_NEUTRAL: Final = _Point(0, 1, 1, 0)


def public_key(raw: bytes) -> Ed25519PublicKey:
    """The key of 32 bytes, if it may be enrolled.

    Raises:
        KeyRefusedError: wrong size, no canonical encoding of a point, or a point outside the prime-order subgroup.
    """
    if len(raw) != PUBLIC_KEY_BYTES:
        raise KeyRefusedError(f"a public key has {PUBLIC_KEY_BYTES} bytes, not {len(raw)}")
    point = _decompress(raw)
    if _is_neutral(_times(8, point)):
        raise KeyRefusedError("the public key is of small order: a signature by it binds nobody")
    if not _is_neutral(_times(_ORDER, point)):
        raise KeyRefusedError(
            "the public key is of mixed order: verifiers would disagree about its signatures"
        )
    return Ed25519PublicKey.from_public_bytes(raw)


def prove_possession(private: Ed25519PrivateKey, context: bytes) -> bytes:
    """The signature (64 bytes) that proves to whoever made up `context` that its maker holds the key."""
    return private.sign(_POSSESSION_DOMAIN + context)


def check_possession(public: Ed25519PublicKey, context: bytes, proof: bytes) -> None:
    """Check a proof of possession.

    Raises:
        SignatureError: it is none for this key and context.
    """
    try:
        public.verify(proof, _POSSESSION_DOMAIN + context)
    except InvalidSignature:
        raise SignatureError("the proof does not show that its sender holds the key") from None


def _decompress(raw: bytes) -> _Point:
    """RFC 8032 §5.1.3."""
    number = int.from_bytes(raw, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= _FIELD:
        raise KeyRefusedError("the public key is not in its one encoding: its y is not below 2^255−19")
    u, v = (y * y - 1) % _FIELD, (_D * y * y + 1) % _FIELD
    x = u * v**3 * pow(u * v**7, (_FIELD - 5) // 8, _FIELD) % _FIELD
    if v * x * x % _FIELD != u:
        x = x * _ROOT_OF_MINUS_ONE % _FIELD
    if v * x * x % _FIELD != u:
        raise KeyRefusedError("the public key is no point of the curve")
    if x == 0 and sign:
        raise KeyRefusedError("the public key is not in its one encoding: x is 0 and has a sign")
    if x & 1 != sign:
        x = _FIELD - x
    return _Point(x, y, 1, x * y % _FIELD)


def _add(p: _Point, q: _Point) -> _Point:
    """RFC 8032 §5.1.4; complete, so it doubles too."""
    a = (p.y - p.x) * (q.y - q.x) % _FIELD
    b = (p.y + p.x) * (q.y + q.x) % _FIELD
    c = 2 * p.t * q.t * _D % _FIELD
    d = 2 * p.z * q.z % _FIELD
    e, f, g, h = b - a, d - c, d + c, b + a
    return _Point(e * f % _FIELD, g * h % _FIELD, f * g % _FIELD, e * h % _FIELD)


def _times(factor: int, point: _Point) -> _Point:
    total = _NEUTRAL
    for bit in f"{factor:b}":
        total = _add(total, total)
        if bit == "1":
            total = _add(total, point)
    return total


def _is_neutral(point: _Point) -> bool:
    return point.x == 0 and point.y == point.z
