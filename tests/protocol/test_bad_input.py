"""B3, B8, T01, T30–T32: whatever bytes arrive, they are taken as stated or refused with the stated code."""

import json
import random
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import example, given, seed, settings
from hypothesis import strategies as st

from haidang_protocol import canonical
from haidang_protocol.body import Operation, Save, address_value
from haidang_protocol.columns import decode_body, encode_body
from haidang_protocol.envelope import (
    Header,
    OpenedSet,
    SetBytes,
    commitments_of,
    decode_header,
    open_set,
    redact,
    seal,
    verify,
)
from haidang_protocol.errors import ProtocolError, SignatureError
from haidang_protocol.ids import (
    REPORTS,
    derived_record_id,
    derived_row_id,
    fingerprint,
    form_id,
    key_id,
    next_tag,
    scope_of,
)
from haidang_protocol.operations import PUT, SLOT_CLASS, UNKNOWN
from tests.protocol.strategies import KEYS, UNIT, Sealed, sealed_sets
from vectors import generate
from vectors.cases import Case, tagged, unpacked

VECTORS = Path(__file__).parents[2] / "protocol" / "vectors"


def cases_of(name: str, result: str) -> list[Any]:
    cases = json.loads((VECTORS / f"{name}.json").read_text())["cases"]
    return [pytest.param(case, id=case["id"]) for case in cases if case["result"] == result]


# ------------------------------------------------------------------------------------------------------------ vectors


@pytest.mark.parametrize("name", ["canonical", "enrolment", "ids", "keys", "sets"])
def test_vectors_name_each_case_once_and_say_what_it_is_for(name: str) -> None:
    cases = json.loads((VECTORS / f"{name}.json").read_text())["cases"]
    names = [case["id"] for case in cases]
    assert len(set(names)) == len(names)
    assert all(case["comment"] and ("code" in case) == (case["result"] == "invalid") for case in cases)


def test_vectors_are_what_the_generator_writes() -> None:
    assert generate.main(check=True) == 0


def untagged(value: Any) -> Any:
    if isinstance(value, dict):
        return bytes.fromhex(value["bin"])
    return [untagged(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("case", cases_of("canonical", "valid"))
def test_a_value_of_the_vectors_is_read_and_written(case: Case) -> None:
    data = unpacked(case["hex"])
    value = canonical.decode(data)
    assert canonical.encode(value) == data
    if "value" in case:
        assert tagged(value) == case["value"]
        assert canonical.encode(untagged(case["value"])) == data


@pytest.mark.parametrize("case", cases_of("canonical", "invalid"))
def test_a_value_of_the_vectors_is_refused(case: Case) -> None:
    with pytest.raises(ProtocolError) as refused:
        canonical.decode(unpacked(case["hex"]))
    assert refused.value.code == case["code"]


def opened_and_verified(case: Case) -> OpenedSet:
    opened = open_set(SetBytes(*(unpacked(case[name]) for name in SetBytes.__struct_fields__)))
    verify(opened, Ed25519PublicKey.from_public_bytes(unpacked(case["public_key"])))
    return opened


@pytest.mark.parametrize("case", cases_of("sets", "valid"))
def test_a_change_set_of_the_vectors_is_taken(case: Case) -> None:
    opened = opened_and_verified(case)
    assert opened.id.hex() == case["set_id"]
    if "leaves" in case:
        body = opened.body
        assert [leaf.hex() for leaf in opened.leaves] == case["leaves"]
        assert [opened.save_time(at) for at in range(len(body.forms))] == case["times"]
        assert case["operations"] == [
            [SLOT_CLASS.get(o.kind, UNKNOWN), record.hex(), tagged(address_value(o.address)), o.kind]
            for o, record in zip(body.operations, body.record_ids, strict=True)
        ]


@pytest.mark.parametrize("case", cases_of("sets", "invalid"))
def test_a_change_set_of_the_vectors_is_refused(case: Case) -> None:
    with pytest.raises(ProtocolError) as refused:
        opened_and_verified(case)
    assert refused.value.code == case["code"]


def bytes_in(case: Case, name: str) -> bytes | None:
    return None if case[name] is None else bytes.fromhex(case[name])


def named(case: Case) -> Case:
    """What a case of ids.json says, computed."""
    match case["of"]:
        case "key":
            return {"id16": key_id(bytes.fromhex(case["public_key"])).hex()}
        case "fingerprint":
            return {"text": fingerprint(bytes.fromhex(case["key"]))}
        case "form":
            return {"id16": form_id(untagged(case["value"])).hex()}
        case "record":
            scope, subject, period = (bytes_in(case, name) for name in ("scope", "subject", "period"))
            assert scope is not None
            return {
                "id16": derived_record_id(scope, case["family"], subject, case["directive"], period).hex()
            }
        case "row":
            return {"id16": derived_row_id(case["field"], case["key"]).hex()}
        case _:
            return {"next": next_tag(bytes.fromhex(case["tag"]), case["saves"]).hex()}


@pytest.mark.parametrize("case", cases_of("ids", "valid"))
def test_a_name_of_the_vectors_is_computed(case: Case) -> None:
    assert {**case, **named(case)} == case


@pytest.mark.parametrize("case", cases_of("ids", "invalid"))
def test_a_name_of_the_vectors_is_refused(case: Case) -> None:
    with pytest.raises(ProtocolError) as refused:
        named(case)
    assert refused.value.code == case["code"]


# ---------------------------------------------------------------------------------------------------------- mutations


def flipped(parts: SetBytes, name: str, bit: int) -> SetBytes:
    data = bytearray(getattr(parts, name))
    data[bit // 8] ^= 1 << bit % 8
    return msgspec.structs.replace(parts, **{name: bytes(data)})


def assert_noticed(opened: OpenedSet, spoilt: SetBytes, sealed: Sealed) -> None:
    """A spoilt set does not open, or is another set that its author did not sign; its own id never passes."""
    try:
        other = open_set(spoilt)
    except ProtocolError:
        return
    assert other.id != opened.id or spoilt.signature != opened.parts.signature
    with pytest.raises(SignatureError):
        verify(other, sealed.key.public_key())


@seed(171)
@settings(max_examples=50)
@given(sealed_sets(), st.integers(0, 2**32), st.booleans())
def test_t01_a_flipped_bit_anywhere_is_noticed(sealed: Sealed, spot: int, redacted: bool) -> None:  # noqa: FBT001
    """10,000 mutations: 200 of each of 50 sets, whole and redacted."""
    opened = open_set(redact(sealed.opened)) if redacted else sealed.opened
    chance = random.Random(spot)
    names = ("header", "signature", "structure", "values")
    for turn in range(200):
        name = names[turn % 4]
        bit = chance.randrange(8 * len(getattr(opened.parts, name)))
        assert_noticed(opened, flipped(opened.parts, name, bit), sealed)


SCOPE = scope_of(REPORTS, UNIT)
HEADER = Header(key_id(KEYS[0].public_key().public_bytes_raw()), SCOPE, 0, 0, (), 1_700_000_000, bytes(8))
SAVES = (
    Save(b"", HEADER.time, (Operation(PUT, b"\x01" * 16, "a", "Đã lắp"), Operation(PUT, b"\x01" * 16, "b", 120)), b"s" * 16),
    Save(b"", HEADER.time, (Operation(PUT, b"\x01" * 16, "a", None),)),
)  # fmt: skip
PLAIN = Sealed(seal(HEADER, SAVES, KEYS[0]), HEADER, SAVES, KEYS[0])


def test_t01_every_single_bit_of_a_set_counts() -> None:
    for name in ("header", "signature", "structure", "values"):
        for bit in range(8 * len(getattr(PLAIN.opened.parts, name))):
            assert_noticed(PLAIN.opened, flipped(PLAIN.opened.parts, name, bit), PLAIN)


@given(sealed_sets(), sealed_sets())
def test_t01_parts_of_two_sets_make_no_third(one: Sealed, other: Sealed) -> None:
    for name in ("header", "structure", "values"):
        mixed = msgspec.structs.replace(one.opened.parts, **{name: getattr(other.opened.parts, name)})
        if mixed != one.opened.parts:
            assert_noticed(one.opened, mixed, one)


@given(sealed_sets(), st.binary(min_size=32, max_size=32))
@example(PLAIN, bytes(32))
def test_b7_nobody_redacts_to_other_commitments(sealed: Sealed, other: bytes) -> None:
    first = commitments_of(sealed.opened.body)[0]
    values = redact(sealed.opened).values.replace(first, other)
    assert_noticed(sealed.opened, msgspec.structs.replace(sealed.opened.parts, values=values), sealed)


# -------------------------------------------------------------------------------------------------------- any bytes


@given(sealed_sets(), st.sampled_from(["header", "structure", "values"]), st.binary(max_size=60))
def test_b3_any_bytes_in_the_place_of_a_part_open_as_they_are_or_are_refused(
    sealed: Sealed, name: str, data: bytes
) -> None:
    try:
        opened = open_set(msgspec.structs.replace(sealed.opened.parts, **{name: data}))
    except ProtocolError:
        return
    assert getattr(opened.parts, name) == data


loose = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text() | st.binary(max_size=40),
    lambda inner: st.lists(inner, max_size=9) | st.dictionaries(st.integers() | st.text(), inner, max_size=2),
    max_leaves=40,
)  # fmt: skip


@given(loose, st.integers(0, 5), st.integers(0, 6))
def test_b3_any_value_at_any_place_of_a_structure_is_read_or_refused(
    value: Any, part: int, place: int
) -> None:
    structure, values = encode_body(SAVES)
    parts = msgspec.msgpack.decode(structure)
    if place < len(parts[part]):
        parts[part][place] = value
    else:
        parts[part] = value
    try:
        spoilt = msgspec.msgpack.encode(parts)
    except (OverflowError, UnicodeEncodeError):
        return
    try:
        decode_body(spoilt, values, SCOPE)
    except ProtocolError:
        return
    assert canonical.encode(canonical.decode(spoilt)) == spoilt


BOMB = """
import sys, threading
from haidang_protocol import canonical
from haidang_protocol.columns import decode_body
from haidang_protocol.envelope import decode_header
from haidang_protocol.errors import ProtocolError

def explode():
    for depth in (10, 1_000, 1_000_000):
        for opening in (b"\\x91", b"\\xdc\\x00\\x01", b"\\xdd\\x00\\x00\\x00\\x01", b"\\x81\\xc0", b"\\x81"):
            bomb = opening * depth + b"\\xc0"
            for read in (canonical.decode, decode_header, lambda data: decode_body(data, b"\\x91\\x90", bytes(17))):
                try:
                    read(bomb)
                except ProtocolError as refused:
                    assert refused.code in ("over-limit", "malformed")
                else:
                    sys.exit(3)
    print("stands")

threading.stack_size(int(sys.argv[1]))
thread = threading.Thread(target=explode)
thread.start()
thread.join()
"""


@pytest.mark.parametrize("stack", [1024 * 1024, 8 * 1024 * 1024])
def test_t31_no_nesting_breaks_the_stack(stack: int) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", BOMB, str(stack)], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout) == (0, "stands\n"), ran.stderr


@pytest.mark.parametrize("filler", [b"\xc0", b"\x90", b"\x80", b"\xa0", b"\xc4\x00", b"\xd3" + b"\x7f" * 8])
def test_t31_256_kibibytes_do_not_grow_beyond_32_mebibytes(filler: bytes) -> None:
    several = (256 * 1024 - 100) // len(filler)
    bomb = b"\xdd" + several.to_bytes(4) + filler * several
    tracemalloc.start()
    for parts in (
        SetBytes(bomb, bytes(64), b"", b""),
        SetBytes(PLAIN.opened.parts.header, bytes(64), bomb, b"\x91\x90"),
    ):
        with pytest.raises(ProtocolError):
            open_set(parts)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 32 * 1024 * 1024


@given(st.binary(max_size=200))
def test_t32_no_bytes_bring_a_decoder_down(data: bytes) -> None:
    for read in (canonical.decode, decode_header):
        try:
            read(data)
        except ProtocolError as refused:
            assert refused.code in {"malformed", "not-canonical", "over-limit"}  # noqa: PT017 - several are right
