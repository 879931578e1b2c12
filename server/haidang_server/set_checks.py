"""One set after another, looked at with doubt: its bytes, its id, its signature, what the tables say of it.

Runs in processes of its own. What cannot be read is named and passed over.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pysqlite3 import dbapi2 as sqlite

from haidang_protocol.envelope import OpenedSet, SetBytes, open_set, verify
from haidang_protocol.errors import ProtocolError
from haidang_protocol.logs import facts_of
from haidang_protocol.merkle import leaf_hash
from haidang_protocol.statements import LogLeaf, log_leaf
from haidang_server.database import open_for_reading
from haidang_server.sqlite_store import decode_facts


class Finding(NamedTuple):
    """Something that is not as it should be.

    `code` is stable: page, unreadable, set, signature, unknown-key, facts, missing, gap, log, tail, receipt, epoch. `set_id`
    names the set where it is known, `sequence` its place.
    """

    code: str
    set_id: bytes | None
    sequence: int | None
    sentence: str


class Looked(msgspec.Struct, frozen=True, array_like=True):
    """What was seen of the set at a place; `id` is computed from its bytes, None if they could not be read."""

    sequence: int
    id: bytes | None = None
    operations: int = 0
    previous: tuple[bytes, ...] = ()
    whole: bool = True
    leaf: bytes | None = None
    findings: tuple[Finding, ...] = ()


class _Row(NamedTuple):
    sequence: int
    id: bytes
    received: int
    logged: int
    facts: bytes
    whole: int
    header: bytes
    signature: bytes
    structure: bytes
    content: bytes


_QUERY: Final = (
    "SELECT sequence, id, received, logged, facts, whole, header, signature, structure, content"
    " FROM sets LEFT JOIN parts USING (sequence) WHERE sequence >= ? AND sequence < ? ORDER BY sequence"
)


def look_at(file: str, keys: Mapping[bytes, bytes], start: int, end: int) -> list[Looked]:
    """Look at the sets from the sequence `start` to before `end`; `keys` are public keys by id."""
    connection = open_for_reading(Path(file))
    look = _Look(keys)
    try:
        return [
            _unreadable(found) if isinstance(found, _Damaged) else look.at(found)
            for found in _rows(connection, start, end)
        ]
    finally:
        connection.close()


class _Damaged(NamedTuple):
    sequence: int
    set_id: bytes | None
    reason: str


def _rows(connection: sqlite.Connection, start: int, end: int) -> Iterator[_Row | _Damaged]:
    """The rows of a stretch; around a damaged page one by one."""
    try:
        rows: Sequence[Any] = connection.execute(_QUERY, (start, end)).fetchall()
    except sqlite.DatabaseError as error:
        if end - start > 1:
            middle = (start + end) // 2
            yield from _rows(connection, start, middle)
            yield from _rows(connection, middle, end)
        else:
            yield _Damaged(start, _id_at(connection, start), str(error))
        return
    yield from map(_Row._make, rows)


def _id_at(connection: sqlite.Connection, sequence: int) -> bytes | None:
    try:
        row = connection.execute("SELECT id FROM sets WHERE sequence = ?", (sequence,)).fetchone()
    except sqlite.DatabaseError:
        return None
    return None if row is None else bytes(row[0])


def _unreadable(damaged: _Damaged) -> Looked:
    finding = Finding("unreadable", damaged.set_id, damaged.sequence, f"cannot be read: {damaged.reason}")
    return Looked(damaged.sequence, findings=(finding,))


class _Look:
    """Looks at rows; keys are made ready once."""

    def __init__(self, keys: Mapping[bytes, bytes]) -> None:
        self._keys = keys
        self._ready: dict[bytes, Ed25519PublicKey] = {}

    def at(self, row: _Row) -> Looked:
        """Open the set of a row and hold everything against it."""
        try:
            opened = open_set(SetBytes(row.header, row.signature, row.structure, row.content))
        except (
            ProtocolError,
            TypeError,
            AttributeError,
        ) as error:  # what was bytes reads as a number, or as nothing
            finding = Finding("set", _name(row.id), row.sequence, f"is no change set any more: {error}")
            return Looked(row.sequence, findings=(finding,))
        findings = [Finding(code, opened.id, row.sequence, text) for code, text in self._faults(opened, row)]
        if opened.id != row.id:
            text = "has another id than it was stored under"
            findings.append(Finding("set", _name(row.id), row.sequence, text))
        return Looked(
            sequence=row.sequence,
            id=opened.id,
            operations=opened.body.size,
            previous=opened.header.previous,
            whole=bool(row.whole),
            leaf=leaf_hash(log_leaf(LogLeaf(row.id, row.received, row.logged))),
            findings=tuple(findings),
        )

    def _faults(self, opened: OpenedSet, row: _Row) -> Iterator[tuple[str, str]]:
        key = self._key(opened.header.key)
        if key is None:
            yield "unknown-key", "no held certificate names the key that signed it"
        else:
            try:
                verify(opened, key)
            except ProtocolError:
                yield "signature", "the signature does not fit"
        try:
            facts = decode_facts(row.facts)
        except (msgspec.DecodeError, TypeError):
            facts = None
        if facts != facts_of(opened):
            yield "facts", "what the tables say of it is not what it says"

    def _key(self, key: bytes) -> Ed25519PublicKey | None:
        if key not in self._ready:
            raw = self._keys.get(key)
            if raw is None:
                return None
            self._ready[key] = Ed25519PublicKey.from_public_bytes(raw)
        return self._ready[key]


def _name(stored: object) -> bytes | None:
    return stored if isinstance(stored, bytes) else None
