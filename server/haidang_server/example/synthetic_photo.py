"""Pictures for made-up reports: small PNG files that show a lighthouse and are plainly no photograph."""

import hashlib
import struct
import zlib
from functools import cache

from haidang_server.example.draw import Draw

POOL = 24
"""Different pictures."""
WIDTH, HEIGHT = 96, 72
SKY, SEA, TOWER, LAMP = (216, 226, 232), (11, 60, 93), (251, 250, 247), (242, 169, 0)


def synthetic_photo(number: int) -> bytes:
    """Return the PNG of that number; different numbers give different pictures."""
    pixels = b"".join(
        b"\x00" + b"".join(bytes(_colour(x, y, number)) for x in range(WIDTH)) for y in range(HEIGHT)
    )
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(pixels, 9)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _colour(x: int, y: int, number: int) -> tuple[int, int, int]:
    tower = 20 + number * 7 % 56
    if abs(x - tower) <= 4 and 20 <= y < 56:
        return (176, 58, 46) if (y // 6 + number) % 2 else TOWER
    if abs(x - tower) <= 3 and 14 <= y < 20:
        return LAMP
    if y >= 50 + (x + number * 5) % 12 // 4:
        return SEA
    return (SKY[0] - number * 3 % 40, SKY[1] - y // 3, SKY[2])


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@cache
def photo_pool() -> dict[bytes, bytes]:
    """Return all pictures that made-up reports name, by their SHA-256."""
    photos = [synthetic_photo(number) for number in range(POOL)]
    return {hashlib.sha256(photo).digest(): photo for photo in photos}


def pick_photo(draw: Draw) -> list[object]:
    """Return the value of a photo field with one picture of the pool."""
    digest, photo = draw.one([*photo_pool().items()])
    return [digest, len(photo), "image/png"]
