"""What a stranger, or a bad memory chip, might make of bytes."""

from collections.abc import Iterator
from random import Random
from typing import Any

from haidang_protocol import canonical

WORDS = [
    bytes.fromhex(word)
    for word in [
        "c0",
        "c2",
        "c3",
        "00",
        "7f",
        "e0",
        "ff",
        "cc80",
        "cd0100",
        "cf0020000000000000",
        "cf001fffffffffffff",
        "d3ffe0000000000001",
        "cb3ff0000000000000",
        "80",
        "81a16101",
        "90",
        "91c0",
        "9191919191919191c0",
        "a0",
        "a161",
        "a1ff",
        "a365cc81",
        "a2c3a9",
        "c400",
        "c40101",
        "d6ff00000001",
        "a11f",
        "d90161",
        "dc0000",
    ]
]
"""Values that a stranger might put where another value stood."""


VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    1,
    2,
    -1,
    64,
    512,
    2**53 - 1,
    2**53,
    b"",
    bytes(16),
    "",
    "a",
    "e\u0301",
    "\x1f",
    "x" * 65,
    [],
    [1],
)


def scribbled(random: Random, data: bytes) -> bytes:
    """Bytes changed in one to three places."""
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        at = random.randrange(len(changed) or 1)
        match random.randrange(4):
            case 0 if changed:
                changed[at] ^= 1 << random.randrange(8)
            case 1:
                del changed[at : at + random.choice((1, 1, 2, 8))]
            case 2:
                changed[at:at] = random.choice(WORDS)
            case _:
                changed[at : at + 1] = random.choice(WORDS)
    return bytes(changed)


def reshaped(random: Random, data: bytes) -> bytes:
    """A value changed somewhere inside: an element more, one less, two changed places, another in its stead."""
    value = canonical.decode(data)
    array = random.choice([each for each in arrays_in(value) if each])
    at = random.randrange(len(array))
    match random.randrange(5):
        case 0:
            del array[at]
        case 1:
            array.insert(at, array[random.randrange(len(array))])
        case 2 if isinstance(array[at], int):
            array[at] += random.choice((-1, 1, 600))
        case 3:
            other = random.randrange(len(array))
            array[at], array[other] = array[other], array[at]
        case _:
            array[at] = random.choice(VALUES)
    return canonical.encode(value)


def arrays_in(value: Any) -> Iterator[list[Any]]:
    """All arrays in a value, itself included."""
    if isinstance(value, list):
        yield value
        for each in value:
            yield from arrays_in(each)
