"""Vectors of change sets that must be taken (SPEC B, O). What must be refused is in broken_sets.py."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from haidang_protocol.body import Address, Operation, Preimage, Reference, Save
from haidang_protocol.envelope import Header, OpenedSet, SetBytes, open_set, redact, seal
from haidang_protocol.ids import AUTHORITY, REPORTS, RESTRICTED, key_id, scope_of
from haidang_protocol.limits import COUNT_MAX, INTEGER_MAX, SET_OPERATIONS_MAX
from haidang_protocol.operations import (
    ADD,
    ATTEST,
    COUNT,
    DEFINITION_KINDS,
    ENTRY_KINDS,
    LINK,
    NOTE,
    PUT,
    REMOVE,
    RESTORE,
    SLOT_CLASS,
    UNKNOWN,
    VOID,
)
from vectors.cases import Case, tagged, valid

NOTES = [
    "A change set as header, signature, structure, values (hex, or head, fill, times, tail), and the author's public key.",
    "To be opened (SPEC B, O, Z), then verified. Invalid: refused with `code`, which is bad-signature for the latter only.",
    "Valid: `set_id`, `leaves` and `times` (of the saves, s); `operations`: [class, record id, address with rows by id, kind].",
]

KEY = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
PUBLIC = KEY.public_key().public_bytes_raw()
UNIT, RECORD, OTHER = b"\x55" * 16, b"\x01" * 16, b"\x02" * 16
SCOPE, CERTIFICATE, FORM = scope_of(REPORTS, UNIT), b"\xce" * 16, b"\x0f" * 16
TIME = 1_550_448_000
FIRST = Header(key_id(PUBLIC), SCOPE, 0, 0, (), TIME, b"\x01\x02\x03\x04\x05\x06\x07\x08")
LATER = msgspec.structs.replace(FIRST, position=7, previous=(b"\xaa" * 32,))
CELL: Address = ("rows", b"\x0a" * 16, "level")


def header(base: Header = FIRST, **fields: Any) -> Header:
    """A header like the first one of the log, but for these fields."""
    return msgspec.structs.replace(base, **fields)


def put(value: Any, address: Address = "a", record: bytes | Preimage = RECORD, **other: Any) -> Operation:
    """One value of a register."""
    return Operation(PUT, record, address, value, **other)


def save(*operations: Operation, time: int = TIME, form: bytes = FORM, salt: bytes | None = None) -> Save:
    """One save of a form."""
    return Save(form, time, operations, salt)


def _of_kind(kind: int, value: Any, address: Address = "") -> Save:
    return save(Operation(kind, RECORD, address, value))


def _authority(kind: int, value: Any) -> tuple[Header, Save]:
    return header(scope=scope_of(AUTHORITY, UNIT), acting=CERTIFICATE), _of_kind(kind, value)


Sealable = tuple[str, str, Header, Sequence[Save]]


def _headers() -> Iterator[Sealable]:
    one = [save(put(1))]
    yield "first", "the first set of a log", FIRST, one
    yield "later", "a later set of a log", LATER, one
    yield "restricted", "a set of a restricted scope", header(scope=scope_of(RESTRICTED, UNIT)), one
    yield (
        "fork",
        "a set after a fork",
        header(LATER, previous=(b"\xaa" * 32, b"\xbb" * 32), incarnation=1),
        one,
    )
    many = tuple(bytes([number]) * 32 for number in range(64))
    yield "most-predecessors", "a set with 64 predecessors", header(LATER, previous=many), one
    last = header(LATER, position=INTEGER_MAX, incarnation=INTEGER_MAX)
    yield "last-position", "position and incarnation at their end", last, one
    for name, time in (
        ("time-zero", 0),
        ("time-1969", -1),
        ("time-last", INTEGER_MAX),
        ("time-first", -INTEGER_MAX),
    ):
        yield name, "a claimed time at an edge", header(time=time), [save(put(1), time=time)]
    two = [save(put(1)), save(put(2))]
    yield "last-tags", "two saves with the last two tags", header(tag=b"\xff" * 7 + b"\xfe"), two


def _bodies() -> Iterator[Sealable]:
    texts = ("Điểm phục vụ", "", "🏮")
    yield "values", "values of every type", FIRST, [
        save(*(put(v, f"f{at}") for at, v in enumerate((None, True, 0, -1, INTEGER_MAX, b"\x00", [1, ["x"]], *texts))))
    ]  # fmt: skip
    yield "deep-value", "a value whose arrays end at the eighth level", FIRST, [save(put([[[[[[[1]]]]]]]))]
    yield "times", "saves at whole minutes, out of order", header(time=TIME + 60), [
        save(put(1), time=TIME), save(put(2), time=TIME + 3600), save(put(3), time=TIME + 60)]  # fmt: skip
    yield "forms", "saves of two forms and of none", FIRST, [
        save(put(1)), save(put(2), form=b""), save(put(3), form=OTHER), save(put(4))]  # fmt: skip
    yield "salts", "the first and last of three saves are personal", FIRST, [
        save(put("Nguyễn Văn A"), salt=b"\x5a" * 16), save(put(1)), save(put("0912"), put(2, "b"), salt=b"\x5b" * 16)
    ]  # fmt: skip
    own = Preimage("progress", None, "171/TB-VP/07", b"\x10" * 16)
    site = Preimage("post-point", b"\x20" * 16, None, None)
    records = [save(put(1, record=own), put(2, record=site), put(3, record=RECORD), put(4, "b", record=own))]
    yield "records", "records by id and by preimage", FIRST, records
    yield (
        "records-restricted",
        "the same in a restricted scope",
        header(scope=scope_of(RESTRICTED, UNIT)),
        records,
    )
    key: Address = ("rows", ("Ấp Bãi Thơm", "VNPT"), "level")
    yield "cells", "a field, cells by row id and by row key, a whole row", FIRST, [
        save(put(1), put(2, CELL), put(3, key), Operation(VOID, RECORD, ("rows", b"\x0a" * 16, ""), "nhầm"))]  # fmt: skip
    yield "longest-names", "names of 64 bytes", FIRST, [
        save(put(1, "đ" * 32), put(2, ("x" * 64, ("y" * 63, "z"), "c" * 64), Preimage("f" * 64, None, "d" * 64)))]  # fmt: skip
    yield "interleaved", "operations of two fields in turn: values stand by field", FIRST, [
        save(put(1), put(2, "b"), put(3), put(4, "b"), put(5, record=OTHER))]  # fmt: skip


def _references() -> Iterator[Sealable]:
    yield "references", "to the same set, up the log, elsewhere", LATER, [
        save(put(1), put(2, supersedes=(Reference(0, 0), Reference(3, 1))), put(3, "b", supersedes=(Reference(OTHER, 2),)))
    ]  # fmt: skip
    seen = (Reference(0, 0), Reference(2, 5), Reference(OTHER, 511))
    attest = Operation(ATTEST, RECORD, "confirm", ["confirmed", ""], (Reference(1, 0),), seen)
    yield "covers", "an attest that supersedes one and covers three", LATER, [save(put(1), attest)]
    far = (Reference(INTEGER_MAX, INTEGER_MAX),)
    yield (
        "far-reference",
        "a reference beyond all that is held",
        FIRST,
        [save(put(1, supersedes=far, covers=far))],
    )
    once = [put(1, supersedes=(Reference(1, 0),)), put(2, "b", supersedes=(Reference(1, 0),))]
    yield "one-each", "each operation supersedes one", LATER, [save(*once)]


def _kinds() -> Iterator[Sealable]:
    stated: list[tuple[str, int, Any, Address]] = [
        ("count", COUNT, COUNT_MAX, "a"), ("count-back", COUNT, -1, "a"), ("add", ADD, "Zalo", "b"),
        ("add-64-bytes", ADD, bytes(64), "b"), ("add-text-64-bytes", ADD, "đ" * 32, "b"),
        ("add-row", ADD, b"\x0a" * 16, "rows"), ("add-row-key", ADD, ["Ấp Bãi Thơm", "VNPT"], "rows"),
        ("remove", REMOVE, "Zalo", "b"), ("note", NOTE, ["Đã gọi", None], ""), ("reply", NOTE, ["Cảm ơn", OTHER], ""),
        ("void", VOID, "nhầm xã", ""), ("restore", RESTORE, "", ""), ("attest", ATTEST, ["returned", "thiếu ảnh"], "approve"),
        ("link", LINK, [OTHER, scope_of(REPORTS, OTHER)], "same-as"),
        ("unknown", 10, b"\x81\xa1a\x01", "new"), ("unknown-31", 31, b"", ""),
    ]  # fmt: skip
    for name, kind, value, address in stated:
        yield f"kind-{name}", "one operation of this kind", FIRST, [_of_kind(kind, value, address)]
    for kind in (*DEFINITION_KINDS, *ENTRY_KINDS, 37, 54, INTEGER_MAX):
        value = b"later" if kind not in SLOT_CLASS else [None, "x"]
        under, stating = _authority(kind, value)
        yield f"kind-{kind}", "one entry of this kind in an authority scope", under, [stating]


def described(opened: OpenedSet) -> Case:
    """What must come of opening a set."""
    body = opened.body
    places = zip(body.operations, body.record_ids, body.addresses, strict=True)
    return {
        "set_id": opened.id.hex(),
        "leaves": [leaf.hex() for leaf in opened.leaves],
        "times": [opened.save_time(at) for at in range(len(body.forms))],
        "operations": [
            [SLOT_CLASS.get(operation.kind, UNKNOWN), record.hex(), tagged(address), operation.kind]
            for operation, record, address in places
        ],
    }


def as_hex(parts: SetBytes) -> Case:
    """The parts of a set and its author's public key."""
    return {
        "public_key": PUBLIC.hex(),
        **{name: getattr(parts, name).hex() for name in parts.__struct_fields__},
    }


def cases() -> Iterator[Case]:
    """All sets that must be taken."""
    for flag, several in (
        ("header", _headers),
        ("body", _bodies),
        ("references", _references),
        ("kind", _kinds),
    ):
        for name, comment, head, saves in several():
            opened = seal(head, saves, KEY)
            yield valid(name, comment, flag, **as_hex(opened.parts), **described(opened))
            if flag != "kind":
                bare = open_set(redact(opened))
                yield valid(f"{name}-redacted", f"{comment}, redacted", flag, "redacted", **as_hex(bare.parts),
                            **described(bare))  # fmt: skip
    full = seal(FIRST, [save(*[put(None)] * SET_OPERATIONS_MAX)], KEY)
    yield valid("most-operations", "512 operations", "limit", **as_hex(full.parts), set_id=full.id.hex())
