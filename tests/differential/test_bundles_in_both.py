"""A damaged bundle gives the same sets and names the same damage in Python and TypeScript."""

from collections.abc import Callable
from random import Random

import pytest

from haidang_protocol.bundle import BundleReader, Damage, Manifest, write_bundle
from haidang_protocol.envelope import OpenedSet
from haidang_protocol.messages import ScopeTips
from tests.differential.typescript import Harness
from tests.protocol import wire

pytestmark = pytest.mark.unmeasured

TRIED = 40
MARKER = b"\xabHD\xba"


def bundle(random: Random) -> bytes:
    sets = wire.log(random.random(), random.randint(1, 6))
    tips = (ScopeTips(sets[-1].header.scope, [sets[-1].id]),)
    manifest = Manifest(sets[0].header.key, tips, len(sets) + random.choice((0, 0, 1)))
    return b"".join(write_bundle(manifest, [(each.id, each.parts) for each in sets]))


def flipped(random: Random, whole: bytes) -> bytes:
    changed = bytearray(whole)
    for _ in range(random.choice((1, 1, 3))):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def cut(random: Random, whole: bytes) -> bytes:
    return whole[: random.randrange(len(whole))]


def shortened(random: Random, whole: bytes) -> bytes:
    start = random.randrange(len(whole))
    return whole[:start] + whole[start + random.choice((1, 4, 60, 300)) :]


def lengthened(random: Random, whole: bytes) -> bytes:
    start = random.randrange(len(whole) + 1)
    return (
        whole[:start]
        + random.choice((b"\x00", MARKER, MARKER[:2], whole[start : start + 200]))
        + whole[start:]
    )


def headless(random: Random, whole: bytes) -> bytes:
    return whole[random.randrange(80) :]


DAMAGES: tuple[Callable[[Random, bytes], bytes], ...] = (flipped, cut, shortened, lengthened, headless)


def found(data: bytes) -> list[object]:
    """What Python finds in a bundle, as the harness tells it."""
    reader = BundleReader()
    everything = [*reader.feed(data), *reader.finish()]
    damages = [each for each in everything if isinstance(each, Damage)]
    return [
        [each.id.hex() for each in everything if isinstance(each, OpenedSet)],
        [[each.code, each.set_id and each.set_id.hex(), each.position] for each in damages],
    ]


@pytest.mark.parametrize("seed", range(10))
def test_both_languages_find_the_same_in_a_bundle(typescript: Harness, seed: int) -> None:
    random = Random(seed)
    whole = bundle(random)
    tried = [whole, b"", *(random.choice(DAMAGES)(random, whole) for _ in range(TRIED))]
    assert typescript.ask(bundles=[each.hex() for each in tried]) == [found(each) for each in tried]
