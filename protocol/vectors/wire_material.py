"""Keys and change sets that follow from fixed words, for the vectors of the wire."""

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from haidang_protocol.body import Operation, Preimage, Reference, Save
from haidang_protocol.envelope import Header, OpenedSet, seal
from haidang_protocol.ids import AUTHORITY, REPORTS, key_id, next_tag, scope_of
from haidang_protocol.operations import PUT, UNIT


def named(*words: object) -> bytes:
    """32 bytes that look random and are always the same for the same words."""
    return sha256("|".join(map(str, words)).encode()).digest()


def key_of(name: str) -> Ed25519PrivateKey:
    """A key of no secrecy at all."""
    return Ed25519PrivateKey.from_private_bytes(named("key", name))


def public_key(name: str) -> bytes:
    """Its public half."""
    return key_of(name).public_key().public_bytes_raw()


UNIT_ID = named("unit")[:16]
REPORT_SCOPE, AUTHORITY_SCOPE = scope_of(REPORTS, UNIT_ID), scope_of(AUTHORITY, UNIT_ID)


def log(name: str, count: int, scope: bytes = REPORT_SCOPE, opening: int = 100) -> list[OpenedSet]:
    """The first sets of one log, two saves each; every `opening` sets another tag."""
    sets: list[OpenedSet] = []
    tag = b""
    for position in range(count):
        tag = b"\0" + named("tag", name, position)[:7] if position % opening == 0 else next_tag(tag, 2)
        times = [1_790_000_000 + 3_600 * position + 600 * at for at in (0, 1)]
        header = Header(
            key_id(public_key(name)),
            scope,
            0,
            position,
            (sets[-1].id,) if sets else (),
            times[1],
            tag,
            named("certificate")[:16] if scope == AUTHORITY_SCOPE else None,
        )
        sets.append(seal(header, [save(position, time, scope) for time in times], key_of(name)))
    return sets


def save(number: int, time: int, scope: bytes) -> Save:
    """A small save of a report, or of a unit."""
    if scope == AUTHORITY_SCOPE:
        return Save(b"", time, (Operation(UNIT, UNIT_ID, "", [None, f"Xã {number}"]),))
    record = Preimage("progress", None, "171/TB-VP", named("period")[:16])
    seen = (Reference(1, 0),) if number else ()
    operations = (
        Operation(PUT, record, "percent", 10 * number, seen),
        Operation(PUT, record, "note", "đợt một", seen),
    )
    return Save(named("form")[:16], time, operations)


def plain(value: Any) -> Any:
    """Bytes as hex, arrays as arrays."""
    return json.loads(json.dumps(msgspec.to_builtins(value, builtin_types=(bytes,)), default=bytes.hex))


def flipped(data: bytes, bit: int) -> bytes:
    """The data with one bit changed, counted from the lowest of the first byte."""
    return data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :]


def hexed(items: Sequence[bytes]) -> list[str]:
    """Each as hex."""
    return [item.hex() for item in items]
