"""Points of edwards25519 in affine coordinates, slow and plain: to make the keys and signatures that must be refused.

Written apart from `haidang_protocol.keys`, so that the two check each other.
"""

from hashlib import sha512

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P

Point = tuple[int, int]
NEUTRAL: Point = (0, 1)


def add(one: Point, other: Point) -> Point:
    """The sum of two points."""
    (a, b), (c, d) = one, other
    product = D * a * b * c * d
    return (a * d + b * c) * pow(1 + product, -1, P) % P, (b * d + a * c) * pow(1 - product, -1, P) % P


def times(factor: int, point: Point) -> Point:
    """A multiple of a point."""
    total = NEUTRAL
    while factor:
        if factor & 1:
            total = add(total, point)
        point, factor = add(point, point), factor >> 1
    return total


def encode(point: Point) -> bytes:
    """The canonical encoding."""
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def encode_raw(y: int, sign: int) -> bytes:
    """An encoding, canonical or not."""
    return (y | sign << 255).to_bytes(32, "little")


def with_y(y: int) -> Point | None:
    """A point of this y, if there is one."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    return (x, y) if (x * x - square) % P == 0 else None


def _base() -> Point:
    point = with_y(4 * pow(5, -1, P) % P)
    if point is None:
        raise AssertionError("the base point is a point")
    return point if point[0] % 2 == 0 else (P - point[0], point[1])


BASE = _base()


def torsion() -> list[Point]:
    """The eight points of small order, by order: multiples of one of order 8."""
    y = 2
    while True:
        point = with_y(y)
        if point is not None:
            small = times(L, point)
            if times(4, small) != NEUTRAL:
                return [times(factor, small) for factor in range(8)]
        y += 1


def scalar_of(seed: bytes) -> tuple[int, bytes]:
    """The secret scalar and prefix of a private key (RFC 8032 §5.1.5)."""
    hashed = sha512(seed).digest()
    number = int.from_bytes(hashed[:32], "little")
    return number & (2**254 - 8) | 2**254, hashed[32:]


def challenge(r: bytes, key: bytes, message: bytes) -> int:
    """The number k of a signature (RFC 8032 §5.1.6)."""
    return int.from_bytes(sha512(r + key + message).digest(), "little") % L
