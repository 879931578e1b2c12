"""Whatever bytes stand for a change set, Python and TypeScript take them alike, or refuse them with the same code.

`HAIDANG_BAD_SETS` says how many a run tries (10,000 if it is silent).
"""

import os
from collections import Counter
from collections.abc import Iterator
from random import Random, SystemRandom

import msgspec
import pytest

from haidang_protocol.envelope import SetBytes, open_set
from haidang_protocol.errors import ProtocolError
from tests.differential.spoiling import reshaped, scribbled
from tests.differential.typescript import Harness
from tests.protocol.histories import history

pytestmark = pytest.mark.unmeasured

BAD_SETS = int(os.environ.get("HAIDANG_BAD_SETS", "10000"))
BLOCK = 1000
PARTS = SetBytes.__struct_fields__


def sound(seed: int) -> list[SetBytes]:
    """The sets of a history."""
    return [s.parts for s in history(seed).sets]


def spoilt(random: Random, parts: SetBytes) -> SetBytes:
    """A set with one part changed: as bytes, or as the value that they are."""
    name = random.choice(("header", "structure", "structure", "structure", "values"))
    data = getattr(parts, name)
    changed = scribbled(random, data) if random.random() < 0.5 else reshaped(random, data)
    return msgspec.structs.replace(parts, **{name: changed})


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
