"""B2, B4, B7, B8, O3: change sets as signed bytes."""

from hashlib import sha256
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from haidang_protocol import canonical
from haidang_protocol.body import Operation, Preimage, Reference, Save
from haidang_protocol.envelope import (
    Header,
    OpenedSet,
    SetBytes,
    commitments_of,
    decode_header,
    encode_header,
    is_redacted,
    open_set,
    redact,
    seal,
    verify,
)
from haidang_protocol.errors import (
    LimitError,
    MalformedError,
    NotCanonicalError,
    SignatureError,
)
from haidang_protocol.ids import AUTHORITY, REPORTS, digest, key_id, next_tag, scope_of
from haidang_protocol.limits import INTEGER_MAX, PREDECESSORS_MAX, SET_BYTES_MAX, SET_OPERATIONS_MAX
from haidang_protocol.operations import DIRECTIVE, PUT
from tests.protocol.strategies import KEYS, UNIT, Sealed, headers, save_lists, sealed_sets

KEY = KEYS[0]
SCOPE = scope_of(REPORTS, UNIT)
HEADER = Header(key_id(KEY.public_key().public_bytes_raw()), SCOPE, 0, 0, (), 1_700_000_000, bytes(8))
RECORD = b"\x01" * 16


def replaced(header: Header, **fields: Any) -> Header:
    return msgspec.structs.replace(header, **fields)


def save_of(*values: Any, salt: bytes | None = None, time: int = HEADER.time) -> Save:
    return Save(b"", time, tuple(Operation(PUT, RECORD, f"f{at}", v) for at, v in enumerate(values)), salt)


def parts_with(opened: OpenedSet, **parts: bytes) -> SetBytes:
    return msgspec.structs.replace(opened.parts, **parts)


def size_of(parts: SetBytes) -> int:
    return len(parts.header) + len(parts.signature) + len(parts.structure) + len(parts.values)


# ----------------------------------------------------------------------------------------------------- seal and open


@given(sealed_sets())
def test_b2_what_was_sealed_opens_as_it_was_stated(sealed: Sealed) -> None:
    opened = open_set(sealed.opened.parts)
    assert opened == sealed.opened
    assert opened.header == sealed.header
    assert opened.body.operations == [operation for save in sealed.saves for operation in save.operations]
    assert [opened.save_time(at) for at in range(len(sealed.saves))] == [save.time for save in sealed.saves]
    assert opened.kinds == {operation.kind for save in sealed.saves for operation in save.operations}
    verify(opened, sealed.key.public_key())


@given(sealed_sets())
def test_b2_the_id_is_the_hash_of_what_is_signed_without_the_signature(sealed: Sealed) -> None:
    opened = sealed.opened
    parts = opened.parts
    leaves = b"".join(opened.leaves)
    body = digest("haidang/body/1", sha256(parts.structure).digest() + sha256(leaves).digest())
    assert opened.signed == b"haidang/set/1\x00" + parts.header + body
    assert opened.id == sha256(opened.signed).digest()
    assert opened.id16 == opened.id[:16]
    assert open_set(parts_with(opened, signature=bytes(64))).id == opened.id


@given(sealed_sets())
def test_b2_a_signature_fits_no_other_key(sealed: Sealed) -> None:
    for other in KEYS:
        if other != sealed.key:
            with pytest.raises(SignatureError):
                verify(sealed.opened, other.public_key())


# -------------------------------------------------------------------------------------------------------- identities


@given(save_lists(), st.integers(0, 2**63), st.data())
def test_o3_identities_are_the_same_however_saves_are_grouped(
    saves: tuple[Save, ...], first: int, data: st.DataObject
) -> None:
    tag = first.to_bytes(8)
    together = seal(replaced(HEADER, time=saves[-1].time, tag=tag), saves, KEY)
    cut = data.draw(st.integers(0, len(saves)))
    apart = []
    for start, group in ((0, saves[:cut]), (cut, saves[cut:])):
        if group:
            header = replaced(
                HEADER, time=group[-1].time, tag=next_tag(tag, start), position=1, previous=(RECORD * 2,)
            )
            apart += seal(header, group, KEY).leaves
    assert apart == together.leaves
    assert [together.identity(at) for at in range(len(apart))] == [leaf[:16] for leaf in apart]


@given(sealed_sets())
def test_o3_no_two_operations_of_a_set_are_one(sealed: Sealed) -> None:
    assert len({leaf[:16] for leaf in sealed.opened.leaves}) == len(sealed.opened.leaves)


@given(sealed_sets())
def test_o3_a_leaf_is_made_as_the_rule_says(sealed: Sealed) -> None:
    opened, header = sealed.opened, sealed.header
    body = opened.body
    for at, operation in enumerate(body.operations):
        save, index = body.save_of[at], body.index_in_save[at]
        stated = [said.value for said in sealed.saves[save].operations]
        commitment = digest("haidang/values/1", canonical.encode([sealed.saves[save].salt, *stated]))
        place = [index, body.record_ids[at], body.addresses[at], operation.kind]
        tag = next_tag(header.tag, save)
        assert opened.leaves[at] == digest(
            "haidang/op/1", header.key + header.scope + tag + commitment + canonical.encode(place)
        )


@pytest.mark.parametrize(
    "other",
    [
        replaced(HEADER, key=b"\x09" * 16),
        replaced(HEADER, scope=scope_of(REPORTS, b"\x66" * 16)),
        replaced(HEADER, tag=bytes(7) + b"\x01"),
    ],
)
def test_o3_an_identity_is_of_one_key_scope_and_save(other: Header) -> None:
    mine, theirs = seal(HEADER, [save_of(1)], KEY), seal(other, [save_of(1)], KEY)
    assert mine.leaves != theirs.leaves


@pytest.mark.parametrize(
    "other",
    [
        save_of(2),
        save_of(1, salt=b"s" * 16),
        Save(b"", HEADER.time, (Operation(PUT, b"\x02" * 16, "f0", 1),)),
        Save(b"", HEADER.time, (Operation(PUT, RECORD, "f1", 1),)),
        Save(b"", HEADER.time, (Operation(2, RECORD, "f0", 1),)),
    ],
)
def test_o3_an_identity_is_of_one_slot_kind_value_and_salt(other: Save) -> None:
    assert seal(HEADER, [save_of(1)], KEY).leaves != seal(HEADER, [other], KEY).leaves


def test_o3_time_form_references_and_position_are_not_in_an_identity() -> None:
    plain = seal(HEADER, [save_of(1)], KEY)
    referring = Operation(PUT, RECORD, "f0", 1, (Reference(1, 0),), (Reference(RECORD, 3),))
    header = replaced(HEADER, position=7, previous=(bytes(32),), incarnation=2, time=5)
    assert seal(header, [Save(b"\x0f" * 16, 5, (referring,))], KEY).leaves == plain.leaves


def test_o3_a_salt_cannot_be_mistaken_for_content() -> None:
    """Were the salt only put before the content, what the second says could be said by the first, without a salt."""
    salted = seal(HEADER, [save_of(7, salt=b"\x94\xc4\x10" + b"r" * 13)], KEY)
    inner = canonical.encode([RECORD, "f0", PUT, 7])
    for value in (inner, b"\x94\xc4\x10" + b"r" * 13 + inner):
        assert commitments_of(seal(HEADER, [save_of(value)], KEY).body) != commitments_of(salted.body)


# --------------------------------------------------------------------------------------------------------- redaction


@given(sealed_sets())
def test_b7_a_redacted_set_keeps_all_but_its_values(sealed: Sealed) -> None:
    whole = sealed.opened
    opened = open_set(redact(whole))
    assert (opened.id, opened.leaves, opened.header) == (whole.id, whole.leaves, whole.header)
    bare = [msgspec.structs.replace(operation, value=None) for operation in whole.body.operations]
    assert opened.body.operations == bare
    assert opened.body.redacted is not None
    assert opened.body.salts == {}
    verify(opened, sealed.key.public_key())
    assert redact(opened) == opened.parts
    assert is_redacted(opened.parts)
    assert not is_redacted(whole.parts)


@given(sealed_sets())
def test_b7_a_set_that_was_sealed_redacted_cannot_claim_a_foreign_identity(victim: Sealed) -> None:
    """Whoever hides values chooses the commitment; the leaf still binds their own key, so no choice hits the target."""
    mallory = replaced(victim.header, key=b"\x66" * 16)
    structure = victim.opened.parts.structure
    for claim in (*commitments_of(victim.opened.body), *victim.opened.leaves):
        values = canonical.encode(["redacted", claim * len(victim.saves)])
        forged = open_set(SetBytes(encode_header(mallory), bytes(64), structure, values))
        assert not {leaf[:16] for leaf in forged.leaves} & {leaf[:16] for leaf in victim.opened.leaves}


def nearly_all_structure() -> tuple[Save, ...]:
    """512 saves of one operation in long places: a structure that leaves no room for 512 commitments."""

    def operation(at: int) -> Operation:
        record = Preimage("f" * 64, at.to_bytes(16), "d" * 64, RECORD)
        covers = tuple(Reference((8 * at + number).to_bytes(16), INTEGER_MAX) for number in range(at % 8))
        return Operation(PUT, record, (f"{at:064}", (f"{at:064}",), f"{at:064}"), None, (), covers)

    return tuple(Save(b"", HEADER.time, (operation(at),)) for at in range(1, SET_OPERATIONS_MAX + 1))


def test_b7_redacting_never_makes_a_set_too_large() -> None:
    opened = seal(HEADER, nearly_all_structure(), KEY)
    redacted = redact(opened)
    assert size_of(opened.parts) <= SET_BYTES_MAX < size_of(redacted)
    assert open_set(redacted).id == opened.id
    as_large = canonical.encode([[], *[bytes(28)] * SET_OPERATIONS_MAX])
    for values in (as_large, canonical.encode(["redacted", bytes(SET_BYTES_MAX)])):
        with pytest.raises(LimitError):
            open_set(parts_with(opened, values=values))


# -------------------------------------------------------------------------------------------------------------- header


@given(headers() | headers(authority=True))
def test_b4_a_header_comes_back_as_it_was(header: Header) -> None:
    assert decode_header(encode_header(header)) == header
    assert header.log == (header.key, header.incarnation, header.scope)


PARTS = msgspec.msgpack.decode(
    encode_header(replaced(HEADER, position=1, previous=(b"\x01" * 32, b"\x02" * 32)))
)
AUTHORITY_SCOPE = scope_of(AUTHORITY, UNIT)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (0, 0), (0, 2), (0, True), (0, None), (1, 0), (1, 2), (1, True), (2, b"x" * 15), (2, b"x" * 17), (2, "x" * 16),
        (3, b"\x00" + b"x" * 15), (3, b"\x03" + UNIT), (3, b"\xff" + UNIT), (3, AUTHORITY_SCOPE), (4, -1), (4, True),
        (4, None), (5, -1), (5, 0), (5, False), (6, []), (6, None), (6, [b"\x01" * 31]), (6, [b"\x01" * 33]), (6, ["x"]),
        (7, None), (7, "now"), (7, False), (8, bytes(7)), (8, bytes(9)), (8, 1), (9, b"c" * 16), (9, None),
    ],
)  # fmt: skip
def test_b4_a_header_of_another_shape_is_malformed(place: int, value: Any) -> None:
    parts = [*PARTS]
    parts[place : place + 1] = [value]
    with pytest.raises(MalformedError) as refused:
        decode_header(msgspec.msgpack.encode(parts))
    assert refused.value.code == "malformed"


@pytest.mark.parametrize("acting", [[], [None], [b"c" * 15], [b"c" * 17], ["c" * 16], [b"c" * 16, None]])
def test_b4_an_authority_set_names_the_one_certificate_that_it_acts_under(acting: list[Any]) -> None:
    parts = [*PARTS]
    parts[3] = AUTHORITY_SCOPE
    assert decode_header(msgspec.msgpack.encode([*parts, b"c" * 16])).acting == b"c" * 16
    with pytest.raises(MalformedError):
        decode_header(msgspec.msgpack.encode([*parts, *acting]))


@pytest.mark.parametrize("previous", [[b"\x02" * 32, b"\x01" * 32], [b"\x01" * 32] * 2])
def test_b4_predecessors_stand_in_ascending_order_once_each(previous: list[bytes]) -> None:
    with pytest.raises(NotCanonicalError):
        decode_header(msgspec.msgpack.encode([*PARTS[:6], previous, *PARTS[7:]]))


@pytest.mark.parametrize(
    ("place", "value"), [(4, 2**53), (5, 2**53), (7, 2**53), (7, -(2**53)), (5, 2**64 - 1)]
)
def test_b3_a_number_of_a_header_may_pass_its_bounds_nowhere(place: int, value: int) -> None:
    parts = [*PARTS]
    parts[place] = value
    with pytest.raises(LimitError):
        decode_header(msgspec.msgpack.encode(parts))


@given(st.integers(1, PREDECESSORS_MAX + 3))
@example(PREDECESSORS_MAX)
@example(PREDECESSORS_MAX + 1)
def test_b8_a_set_has_at_most_64_predecessors(several: int) -> None:
    header = replaced(HEADER, position=1, previous=tuple(number.to_bytes(32) for number in range(several)))
    if several <= PREDECESSORS_MAX:
        assert decode_header(encode_header(header)) == header
    else:
        with pytest.raises(LimitError):
            decode_header(encode_header(header))


@pytest.mark.parametrize(
    "data", [b"", b"\xc0", b"\x90", b"\x99", b"\x9a", b"\xdc\x00\x09" + b"\x01" * 9, b"\x91" * 9999]
)
def test_b4_what_is_no_header_is_refused(data: bytes) -> None:
    with pytest.raises((MalformedError, LimitError)):
        decode_header(data)


def test_b4_the_tags_of_a_set_end_before_they_would_wrap() -> None:
    saves = [save_of(1), save_of(2)]
    assert len(seal(replaced(HEADER, tag=b"\xff" * 7 + b"\xfe"), saves, KEY).leaves) == 2
    with pytest.raises(LimitError):
        seal(replaced(HEADER, tag=b"\xff" * 8), saves, KEY)


# -------------------------------------------------------------------------------------------------------------- doors


def test_o1_kinds_keep_to_their_scopes() -> None:
    report = Save(b"", HEADER.time, (Operation(PUT, RECORD, "a", 1),))
    entry = Save(b"", HEADER.time, (Operation(DIRECTIVE, RECORD, "", []),))
    mixed = Save(b"", HEADER.time, report.operations + entry.operations)
    authority = replaced(HEADER, scope=AUTHORITY_SCOPE, acting=b"c" * 16)
    assert seal(HEADER, [report], KEY).kinds == {PUT}
    assert seal(authority, [entry], KEY).kinds == {DIRECTIVE}
    for header, save in ((HEADER, entry), (HEADER, mixed), (authority, report), (authority, mixed)):
        with pytest.raises(MalformedError):
            seal(header, [save], KEY)


def test_b8_a_set_ends_at_256_kibibytes() -> None:
    texts = ["x" * 16_000] * 16
    room = SET_BYTES_MAX - size_of(seal(HEADER, [save_of("x" * 256, *texts)], KEY).parts) + 256
    full = seal(HEADER, [save_of("x" * room, *texts)], KEY)
    assert size_of(full.parts) == SET_BYTES_MAX
    with pytest.raises(LimitError):
        seal(HEADER, [save_of("x" * (room + 1), *texts)], KEY)


@pytest.mark.parametrize("size", [0, 63, 65, 128])
def test_b2_a_signature_has_64_bytes(size: int) -> None:
    opened = seal(HEADER, [save_of(1)], KEY)
    with pytest.raises(MalformedError):
        open_set(parts_with(opened, signature=bytes(size)))


@pytest.mark.parametrize("time", [INTEGER_MAX - 60, 60 - INTEGER_MAX])
def test_b5_no_save_lies_beyond_all_time(time: int) -> None:
    there = INTEGER_MAX if time > 0 else -INTEGER_MAX
    near = [save_of(1, time=there), save_of(1, time=time)]
    assert seal(replaced(HEADER, time=time), near, KEY).save_time(0) == there
    beyond = [save_of(1, time=there + (60 if time > 0 else -60)), save_of(1, time=time)]
    with pytest.raises(LimitError):
        seal(replaced(HEADER, time=time), beyond, KEY)
