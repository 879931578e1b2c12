"""Vectors of keys and signatures at the edges (SPEC B1)."""

from collections.abc import Iterator

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from vectors import points
from vectors.cases import Case, invalid, valid
from vectors.points import BASE, L, P, Point

NOTES = [
    "Cases with `message`: whether `signature` by `public_key` verifies (RFC 8032, cofactorless, S < L). Code bad-signature.",
    "Cases without: whether `public_key` may be enrolled. Code bad-key: not canonical, no point, of small or mixed order.",
    "The seeds are bytes that repeat; the small-order points are computed in points.py.",
]

SEEDS = {"ones": b"\x01" * 32, "twos": b"\x02" * 32, "zeros": bytes(32), "ff": b"\xff" * 32}
MESSAGE = "Hải Đăng".encode()


def _public(seed: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def _point_of(seed: bytes) -> Point:
    return points.times(points.scalar_of(seed)[0], BASE)


def _key_cases() -> Iterator[Case]:
    for name, seed in SEEDS.items():
        yield valid(f"key-{name}", "the key of a seed", "key", public_key=_public(seed).hex())
    yield valid("key-base-point", "the base point itself", "key", public_key=points.encode(BASE).hex())
    for name, factor in (("two", 2), ("l-minus-one", L - 1)):
        raw = points.encode(points.times(factor, BASE))
        yield valid(
            f"key-base-point-times-{name}", "a multiple of the base point", "key", public_key=raw.hex()
        )
    for name, raw, why in _refused_keys():
        yield invalid(name, why, "bad-key", "key", public_key=raw.hex())


def _refused_keys() -> Iterator[tuple[str, bytes, str]]:
    small = points.torsion()
    orders = [1, 8, 4, 8, 2, 8, 4, 8]
    for at, point in enumerate(small):
        yield f"key-small-order-{orders[at]}-{at}", points.encode(point), f"a point of order {orders[at]}"
    for at, point in enumerate(small[1:], 1):
        mixed = points.encode(points.add(_point_of(SEEDS["ones"]), point))
        yield f"key-mixed-order-{at}", mixed, f"an honest key plus a point of order {orders[at]}"
    for name, y, sign, why in (
        ("neutral-with-sign", 1, 1, "the neutral point with a sign"),
        ("order-2-with-sign", P - 1, 1, "the point of order 2 with a sign"),
        ("p", P, 0, "y = p for 0"),
        ("p-with-sign", P, 1, "y = p for 0, with a sign"),
        ("p-plus-1", P + 1, 0, "y = p + 1 for 1"),
        ("p-plus-1-with-sign", P + 1, 1, "y = p + 1 for 1, with a sign"),
    ):
        yield f"key-not-canonical-{name}", points.encode_raw(y, sign), why
    on_curve = next(y for y in range(2, 19) if points.with_y(y) is not None)
    yield "key-second-encoding", points.encode_raw(P + on_curve, 0), "a point of large order, y = p + y"
    yield (
        "key-cofactor",
        points.encode_raw(on_curve, 0),
        "the same in its one encoding: outside the prime-order subgroup",
    )
    yield "key-off-curve", _off_curve(), "no point has this y"
    yield "key-all-ones", b"\xff" * 32, "y = 2^255 − 1"
    honest = _public(SEEDS["ones"])
    for raw in (b"", honest[:31], honest + b"\x00", honest * 2):
        yield f"key-{len(raw)}-bytes", raw, f"{len(raw)} bytes"


def _off_curve() -> bytes:
    return points.encode_raw(next(y for y in range(2, 100) if points.with_y(y) is None), 0)


def _signature_cases() -> Iterator[Case]:
    private = Ed25519PrivateKey.from_private_bytes(SEEDS["ones"])
    public = _public(SEEDS["ones"]).hex()
    for name, message in (("", MESSAGE), ("-of-nothing", b""), ("-of-a-kibibyte", bytes(1024))):
        about = {"public_key": public, "message": message.hex(), "signature": private.sign(message).hex()}
        yield valid(f"signature{name}", "as RFC 8032 makes it", "signature", **about)
    scalar, _ = points.scalar_of(SEEDS["ones"])
    for name, nonce, why in (
        ("other-nonce", 12345, "by the key's holder, with a nonce of their choice"),
        ("r-neutral", 0, "with the nonce 0, so that R is the neutral point: no rule forbids it"),
    ):
        signature = _signed(nonce, scalar, bytes.fromhex(public)).hex()
        about = {"public_key": public, "message": MESSAGE.hex(), "signature": signature}
        yield valid(f"signature-{name}", why, "signature", **about)
    for name, spoilt, why in _refused_signatures(private.sign(MESSAGE), scalar, bytes.fromhex(public)):
        about = {"public_key": public, "message": MESSAGE.hex(), "signature": spoilt.hex()}
        yield invalid(name, why, "bad-signature", "signature", **about)
    other = {"public_key": _public(SEEDS["twos"]).hex(), "message": MESSAGE.hex()}
    yield invalid("signature-other-key", "another key", "bad-signature", "signature", **other,
                  signature=private.sign(MESSAGE).hex())  # fmt: skip
    yield invalid("signature-other-message", "another message", "bad-signature", "signature", public_key=public,
                  message=(MESSAGE + b".").hex(), signature=private.sign(MESSAGE).hex())  # fmt: skip


def _signed(nonce: int, scalar: int, public: bytes, twist: Point = points.NEUTRAL) -> bytes:
    """A signature with a chosen nonce, its R moved by `twist`."""
    r = points.encode(points.add(points.times(nonce, BASE), twist))
    s = (nonce + points.challenge(r, public, MESSAGE) * scalar) % L
    return r + s.to_bytes(32, "little")


def _refused_signatures(good: bytes, scalar: int, public: bytes) -> Iterator[tuple[str, bytes, str]]:
    r, s = good[:32], int.from_bytes(good[32:], "little")
    for name, other in (("plus-l", s + L), ("plus-8l", s + 8 * L), ("minus", L - s), ("zero", 0), ("l", L)):
        yield f"signature-s-{name}", r + other.to_bytes(32, "little"), f"S is {name.replace('-', ' ')}"
    yield "signature-s-high-bit", good[:63] + bytes([good[63] | 0x80]), "the highest bit of S is set"
    yield "signature-s-all-ones", r + b"\xff" * 32, "S is 2^256 − 1"
    for at, point in enumerate(points.torsion()[1:], 1):
        forged = _signed(12345, scalar, public, point)
        yield (
            f"signature-torsion-{at}",
            forged,
            "R moved by a point of small order: cofactored verifiers take it",
        )
    small = [("neutral", points.encode(points.NEUTRAL)), ("not-canonical", points.encode_raw(P + 1, 0))]
    for name, encoded in small:
        k = points.challenge(encoded, public, MESSAGE)
        yield (
            f"signature-r-{name}-wrong",
            encoded + ((k * scalar + 1) % L).to_bytes(32, "little"),
            f"R {name}, wrong S",
        )
    k = points.challenge(small[1][1], public, MESSAGE)
    twice = small[1][1] + (k * scalar % L).to_bytes(32, "little")
    yield (
        "signature-r-second-encoding",
        twice,
        "R is the neutral point in a second encoding: bytes are compared",
    )
    yield "signature-r-off-curve", _off_curve() + good[32:], "R is no point"
    yield "signature-zeros", bytes(64), "64 zeros"
    yield "signature-r-and-s-swapped", good[32:] + good[:32], "R and S swapped"
    for bit in (0, 255, 256, 500):
        spoilt = bytearray(good)
        spoilt[bit // 8] ^= 1 << bit % 8
        yield f"signature-bit-{bit}", bytes(spoilt), f"bit {bit} flipped"


def cases() -> Iterator[Case]:
    """All cases of keys.json."""
    yield from _key_cases()
    yield from _signature_cases()
