"""Whatever bytes stand for a change set, Python and TypeScript take them alike, or refuse them with the same code.

`HAIDANG_BAD_SETS` says how many a run tries (20,000 if it is silent).
"""

import os
from collections import Counter
from collections.abc import Iterator
from random import Random, SystemRandom
from typing import Any

import msgspec
import pytest

from haidang_protocol import canonical
from haidang_protocol.envelope import SetBytes, open_set
from haidang_protocol.errors import ProtocolError
from tests.differential.typescript import Harness
from tests.protocol.histories import history

BAD_SETS = int(os.environ.get("HAIDANG_BAD_SETS", "20000"))
BLOCK = 1000
PARTS = SetBytes.__struct_fields__
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


def sound(seed: int) -> list[SetBytes]:
    """The sets of a history."""
    return [s.parts for s in history(seed).sets]


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


def spoilt(random: Random, parts: SetBytes) -> SetBytes:
    """A set with one part changed: as bytes, or as the value that they are."""
    name = random.choice(("header", "structure", "structure", "structure", "values"))
    data = getattr(parts, name)
    changed = scribbled(random, data) if random.random() < 0.5 else reshaped(random, data)
    return msgspec.structs.replace(parts, **{name: changed})


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


def result(parts: SetBytes) -> str:
    """The id of a set, or the code of its refusal."""
    try:
        return open_set(parts).id.hex()
    except ProtocolError as error:
        return error.code


def disagreements(typescript: Harness, random: Random, count: int) -> Iterator[str]:
    """The sets of which the two languages say different things."""
    sets = sound(random.getrandbits(32))
    tried = [spoilt(random, random.choice(sets)) for _ in range(count)]
    for parts, theirs in zip(tried, typescript.opened(tried), strict=True):
        if (ours := result(parts)) != theirs:
            yield f"Python {ours} TypeScript {theirs} {[p.hex() for p in msgspec.structs.astuple(parts)]}"


def test_what_is_tried_is_refused_for_many_reasons_and_sometimes_taken() -> None:
    random = Random(0)
    sets = sound(0)
    counts = Counter(result(spoilt(random, random.choice(sets))) for _ in range(BLOCK))
    codes = {"malformed", "not-canonical", "over-limit"}
    assert all(counts[code] > BLOCK // 200 for code in codes)
    assert sum(count for code, count in counts.items() if code not in codes) > BLOCK // 20


@pytest.mark.parametrize("block", range(0, BAD_SETS, BLOCK))
def test_both_languages_say_the_same_of_every_set(typescript: Harness, block: int) -> None:
    assert next(disagreements(typescript, Random(block), BLOCK), None) is None


@pytest.mark.long
def test_both_languages_say_the_same_of_fresh_sets(typescript: Harness) -> None:
    seed = SystemRandom().getrandbits(48)
    assert next(disagreements(typescript, Random(seed), BLOCK), None) is None, f"seed {seed}"
