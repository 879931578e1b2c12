"""K1: a bundle gives up everything that is not damaged, and names what is."""

import time
from itertools import accumulate

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from haidang_protocol import bundle, envelope
from haidang_protocol.bundle import (
    MAGIC,
    MARKER,
    BundledReceipt,
    BundleReader,
    Damage,
    Found,
    Manifest,
    _check,
    write_bundle,
)
from haidang_protocol.envelope import OpenedSet
from haidang_protocol.limits import BUNDLE_BLOCK_BYTES_MAX
from haidang_protocol.messages import ScopeTips
from haidang_protocol.statements import Receipt, ReceiptEntry, sign
from tests.protocol import wire

SETS = [*wire.log("a", 3), *wire.log("b", 2)]
IDS = [opened.id for opened in SETS]
MANIFEST = Manifest(
    wire.key_id_of(wire.signer("a")), (ScopeTips(wire.SCOPE, [SETS[2].id, SETS[4].id]),), len(SETS)
)
RECEIPT = sign(
    Receipt(
        wire.digest_of("hub")[:16], 1, wire.digest_of("r"), 7, 3, wire.digest_of("root"),
        (ReceiptEntry(SETS[2].id, 3, 0, 0),),
    ),
    wire.signer("hub"),
)  # fmt: skip
PIECES = list(write_bundle(MANIFEST, [(opened.id, opened.parts) for opened in SETS], [RECEIPT]))
BUNDLE = b"".join(PIECES)
ENDS = list(accumulate(map(len, PIECES)))
"""Where each piece ends: the first line, the manifest, five sets, the receipt, the end."""


def read(data: bytes, chunk: int = 1 << 20) -> list[Found]:
    reader = BundleReader()
    found = [each for at in range(0, len(data), chunk) for each in reader.feed(data[at : at + chunk])]
    return [*found, *reader.finish()]


def ids(found: list[Found]) -> list[bytes]:
    return [each.id for each in found if isinstance(each, OpenedSet)]


def damages(found: list[Found]) -> list[Damage]:
    return [each for each in found if isinstance(each, Damage)]


def piece_of(position: int) -> int:
    """The index of the piece that holds a byte."""
    return next(at for at, end in enumerate(ENDS) if position < end)


def flipped(bit: int) -> bytes:
    changed = bytearray(BUNDLE)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def check_flip(bit: int) -> None:
    found = read(flipped(bit))
    hurt = piece_of(bit // 8) - 2
    lost = [IDS[hurt]] if 0 <= hurt < len(SETS) else []
    came, named = ids(found), [each.set_id for each in damages(found) if each.set_id]
    assert damages(found), "a flipped bit goes unreported"
    assert came in (IDS, [each for each in IDS if each not in lost])
    assert named == [each for each in IDS if each not in came]


@given(st.integers(1, 200))
def test_a_bundle_comes_back_whole_in_whatever_chunks_it_arrives(chunk: int) -> None:
    found = read(BUNDLE, chunk)
    assert ids(found) == IDS
    assert [each for each in found if isinstance(each, Manifest)] == [MANIFEST]
    assert [each.signed for each in found if isinstance(each, BundledReceipt)] == [RECEIPT]
    assert [each.parts for each in found if isinstance(each, OpenedSet)] == [each.parts for each in SETS]
    assert damages(found) == []


@pytest.mark.parametrize("piece", range(len(PIECES)))
def test_every_flipped_bit_of_a_block_head_names_its_set_or_is_reported(piece: int) -> None:
    start = ENDS[piece] - len(PIECES[piece])
    for bit in range(8 * start, 8 * min(ENDS[piece], start + 53)):
        check_flip(bit)


@given(st.integers(0, 8 * len(BUNDLE) - 1))
def test_any_flipped_bit_names_its_set_and_loses_nothing_else(bit: int) -> None:
    check_flip(bit)


@given(st.integers(0, len(BUNDLE) - 1))
@example(ENDS[3])
def test_a_bundle_cut_short_gives_all_that_is_there_and_says_so(length: int) -> None:
    found = read(BUNDLE[:length])
    whole = sum(end <= length for end in ENDS[2 : 2 + len(SETS)])
    assert ids(found) == IDS[:whole]
    assert {each.code for each in damages(found)} & {"cut-short", "not-a-bundle"}
    named = [each.set_id for each in damages(found) if each.set_id]
    assert named in ([], [IDS[min(whole, len(IDS) - 1)]])
    missing = [each for each in damages(found) if each.code == "missing-sets"]
    unnamed = len(SETS) - whole - len(named)
    assert bool(missing) == (unnamed > 0 and length >= ENDS[1])


def test_a_set_cut_in_its_content_is_named() -> None:
    for at in range(len(SETS)):
        for length in range(ENDS[1 + at] + 45, ENDS[2 + at]):
            assert IDS[at] in [each.set_id for each in damages(read(BUNDLE[:length]))]


@given(st.integers(0, len(BUNDLE)), st.integers(1, 400))
def test_dropped_bytes_cost_only_the_blocks_that_they_were_in(start: int, count: int) -> None:
    found = read(BUNDLE[:start] + BUNDLE[start + count :])
    touched = {IDS[at] for at in range(len(SETS)) if start < ENDS[at + 2] and start + count > ENDS[at + 1]}
    assert set(ids(found)) >= set(IDS) - touched
    if start < len(BUNDLE):
        assert damages(found)


@given(st.integers(0, len(BUNDLE)), st.binary(min_size=1, max_size=400))
def test_inserted_bytes_cost_only_the_block_that_they_are_in(start: int, inserted: bytes) -> None:
    found = read(BUNDLE[:start] + inserted + BUNDLE[start:])
    touched = {IDS[at] for at in range(len(SETS)) if ENDS[at + 1] < start < ENDS[at + 2]}
    assert set(ids(found)) >= set(IDS) - touched
    assert damages(found)


@given(st.binary(max_size=2000), st.integers(1, 100))
def test_garbage_is_reported_and_never_raises(data: bytes, chunk: int) -> None:
    found = read(data, chunk)
    assert ids(found) == []
    assert damages(found)


@given(st.lists(st.integers(0, 8 * len(BUNDLE) - 1), max_size=30), st.integers(1, 100))
def test_many_flipped_bits_never_raise_and_never_forge(bits: list[int], chunk: int) -> None:
    changed = bytearray(BUNDLE)
    for bit in bits:
        changed[bit // 8] ^= 1 << bit % 8
    for each in read(bytes(changed), chunk):
        if isinstance(each, OpenedSet):
            author = wire.signer("a" if each.id in IDS[:3] else "b")
            envelope.verify(each, author.public_key())


def test_a_set_of_another_name_comes_out_under_its_own() -> None:
    swapped = [(IDS[0], SETS[1].parts), (IDS[1], SETS[0].parts)]
    found = read(b"".join(write_bundle(promising(2), swapped)))
    assert ids(found) == [IDS[1], IDS[0]]
    assert [each.code for each in damages(found)] == ["label", "label"]


def promising(count: int) -> Manifest:
    return Manifest(MANIFEST.exporter, MANIFEST.scopes, count)


def test_sets_that_the_manifest_promised_and_that_are_not_there_are_missed() -> None:
    found = read(b"".join(write_bundle(promising(7), [(each.id, each.parts) for each in SETS])))
    assert [(each.code, each.set_id) for each in damages(found)] == [("missing-sets", None)]
    assert "2 change sets" in damages(found)[0].sentence


def test_bytes_behind_the_end_are_reported_once() -> None:
    assert [each.code for each in damages(read(BUNDLE + BUNDLE, 50))] == ["trailing"]


def test_a_set_that_inflates_without_end_is_refused() -> None:
    bomb = envelope.SetBytes(b"", bytes(64), b"", bytes(10_000_000))
    found = read(b"".join(write_bundle(promising(1), [(IDS[0], bomb)])))
    assert [(each.code, each.set_id) for each in damages(found)] == [("set", IDS[0])]


def test_a_block_of_a_later_version_is_passed_over() -> None:
    data = b"".join([*PIECES[:3], bundle._block(9, b"later"), *PIECES[3:]])
    found = read(data)
    assert ids(found) == IDS
    assert [(each.code, each.set_id) for each in damages(found)] == [("block", None)]


def test_a_block_that_holds_no_deflated_set_is_named() -> None:
    data = b"".join([*PIECES[:2], bundle._block(bundle.Kind.SET, b"\x07", IDS[0]), *PIECES[3:]])
    assert [(each.code, each.set_id) for each in damages(read(data))] == [("set", IDS[0])]


def test_the_reader_holds_one_block_at_most() -> None:
    reader = BundleReader()
    held = 0
    for at in range(0, len(BUNDLE), 64):
        list(reader.feed(BUNDLE[at : at + 64]))
        held = max(held, len(reader._waiting))
    assert held <= max(map(len, PIECES)) + 64 + len(MARKER)


def test_blocks_inside_blocks_do_not_take_long() -> None:
    head = b"\x02" + BUNDLE_BLOCK_BYTES_MAX.to_bytes(4)
    one = MARKER + head + _check(head, 4) + bytes(40)
    nested = MAGIC + one * (2 * 1024 * 1024 // len(one))
    began = time.process_time()
    read(nested, 1 << 16)
    assert time.process_time() - began < 5
