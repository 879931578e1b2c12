"""The ledger's rows in a replica's database. Methods are documented where they are promised: `ledger_store.LedgerStore`."""
# ruff: noqa: D102

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from haidang_protocol.envelope import SetBytes
from haidang_protocol.ids import ID16, TAG_BYTES
from haidang_protocol.ledger_store import Held, StoredSet, Sums
from haidang_protocol.limits import SET_OPERATIONS_MAX
from haidang_protocol.logs import Facts
from haidang_protocol.merge import RecordState
from haidang_protocol.verdicts import WORDS, Verdict
from haidang_syncclient.database import Database
from haidang_syncclient.errors import DamagedDatabaseError
from haidang_syncclient.words import Both

_TAG_MAX: Final = 2**64 - 1
_encode = msgspec.msgpack.Encoder().encode
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError)
_decode_facts = msgspec.msgpack.Decoder(Facts).decode
_decode_state = msgspec.msgpack.Decoder(RecordState).decode


def _facts(data: bytes) -> Facts:
    try:
        return _decode_facts(data)
    except _UNREADABLE as error:
        raise DamagedDatabaseError(Both("ghi chép về một gói", f"the facts of a set: {error}")) from error


def _state(data: bytes) -> RecordState:
    try:
        return _decode_state(data)
    except _UNREADABLE as error:
        raise DamagedDatabaseError(Both("một báo cáo", f"a merged record: {error}")) from error


def tag_bytes(tag: int) -> bytes:
    """A tag as bytes that sort like the number."""
    return min(tag, _TAG_MAX).to_bytes(TAG_BYTES)


def held_of(row: Sequence[Any]) -> Held:
    """A held set from the columns facts, verdict, reason, whole."""
    facts, verdict, reason, whole = row
    if verdict not in WORDS:
        raise DamagedDatabaseError(Both(f"phán định {verdict}", f"a verdict: {verdict}"))
    return Held(_facts(facts), Verdict(WORDS[verdict], reason), bool(whole))


def _columns(held: Held) -> tuple[Any, ...]:
    facts, verdict = held.facts, held.verdict
    return (
        *(facts.id, facts.scope, facts.key, facts.incarnation, facts.position),
        *(tag_bytes(facts.tag), tag_bytes(facts.tag + facts.saves - 1), facts.saves),
        *(verdict.code, verdict.reason, held.whole, _encode(facts)),
    )


class SqliteStore:
    """Rows of change sets, records and sums, inside the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def held(self, ids: Collection[bytes]) -> dict[bytes, Held]:
        rows = self._db.rows_in("SELECT facts, verdict, reason, whole FROM sets WHERE id IN (?)", ids)
        return {held.facts.id: held for held in map(held_of, rows)}

    def id_of(self, id16: bytes) -> bytes | None:
        rows = self._db.rows("SELECT id FROM sets WHERE id BETWEEN ? AND ?", (id16, id16 + b"\xff" * ID16))
        return rows[0][0] if rows else None

    def insert(self, sets: Sequence[StoredSet]) -> None:
        first = self._db.rows("SELECT coalesce(max(place), 0) + 1 FROM sets")[0][0]
        self._db.many(
            "INSERT INTO sets (place, id, scope, key, incarnation, position, first_tag, last_tag, saves,"
            " verdict, reason, whole, facts) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
            [(place, *_columns(stored.held)) for place, stored in enumerate(sets, first)],
        )
        self._db.many(
            "INSERT INTO parts VALUES (?,?,?,?,?)",
            [(place, *msgspec.structs.astuple(stored.parts)) for place, stored in enumerate(sets, first)],
        )

    def set_verdicts(self, verdicts: Mapping[bytes, Verdict]) -> None:
        self._db.many(
            "UPDATE sets SET verdict = ?, reason = ? WHERE id = ?",
            [(verdict.code, verdict.reason, set_id) for set_id, verdict in verdicts.items()],
        )

    def set_whole(self, ids: Collection[bytes]) -> None:
        self._db.many("UPDATE sets SET whole = 1 WHERE id = ?", [(set_id,) for set_id in ids])

    def replace_parts(self, set_id: bytes, parts: SetBytes) -> None:
        self._db.execute(
            "UPDATE parts SET header = ?, signature = ?, structure = ?, leaf_values = ?"
            " WHERE place = (SELECT place FROM sets WHERE id = ?)",
            (parts.header, parts.signature, parts.structure, parts.values, set_id),
        )

    def parts(self, ids: Sequence[bytes]) -> dict[bytes, SetBytes]:
        rows = self._db.rows_in(
            "SELECT id, header, signature, structure, leaf_values FROM sets JOIN parts USING (place) WHERE id IN (?)",
            ids,
        )
        found = {row[0]: SetBytes(*row[1:]) for row in rows}
        return {set_id: found[set_id] for set_id in ids if set_id in found}

    def await_parents(self, pairs: Sequence[tuple[bytes, bytes]]) -> None:
        self._db.many("INSERT OR IGNORE INTO waiting VALUES (?,?)", pairs)

    def waiting_for(self, parents: Collection[bytes]) -> list[bytes]:
        found = self._db.rows_in("SELECT child FROM waiting WHERE parent IN (?)", parents)
        if found:
            self._db.many("DELETE FROM waiting WHERE parent = ?", [(parent,) for parent in parents])
        return sorted({row[0] for row in found})

    def in_log(self, log: tuple[bytes, int, bytes]) -> list[Facts]:
        key, incarnation, scope = log
        rows = self._db.rows(
            "SELECT facts FROM sets WHERE key = ? AND scope = ? AND incarnation = ?",
            (key, scope, incarnation),
        )
        return [_facts(row[0]) for row in rows]

    def in_scope(self, scope: bytes, keys: Collection[bytes] | None = None) -> list[Held]:
        if keys is None:
            rows = self._db.rows(
                "SELECT facts, verdict, reason, whole FROM sets WHERE scope = ? ORDER BY place", (scope,)
            )
        else:
            found = self._db.rows_in(
                "SELECT place, facts, verdict, reason, whole FROM sets WHERE scope = ? AND key IN (?)",
                keys,
                (scope,),
            )
            rows = [row[1:] for row in sorted(found)]
        return [held_of(row) for row in rows]

    def keys_in(self, scope: bytes) -> set[bytes]:
        return {row[0] for row in self._db.rows("SELECT DISTINCT key FROM sets WHERE scope = ?", (scope,))}

    def overlapping(self, facts: Facts) -> list[bytes]:
        # No set holds more saves than operations: further back none can reach these tags.
        rows = self._db.rows(
            "SELECT id FROM sets WHERE key = ? AND scope = ? AND first_tag BETWEEN ? AND ? AND last_tag >= ?"
            " AND id <> ? ORDER BY place",
            (
                facts.key,
                facts.scope,
                tag_bytes(max(0, facts.tag - SET_OPERATIONS_MAX)),
                tag_bytes(facts.tag + facts.saves - 1),
                tag_bytes(facts.tag),
                facts.id,
            ),
        )
        return [row[0] for row in rows]

    def scopes(self) -> set[bytes]:
        return {row[0] for row in self._db.rows("SELECT DISTINCT scope FROM sets")}

    def records(self, scope: bytes, ids: Collection[bytes]) -> dict[bytes, RecordState]:
        rows = self._db.rows_in("SELECT id, state FROM records WHERE scope = ? AND id IN (?)", ids, (scope,))
        return {record: _state(state) for record, state in rows}

    def put_records(self, scope: bytes, states: Mapping[bytes, RecordState]) -> None:
        self._db.many(
            "INSERT INTO records VALUES (?,?,?) ON CONFLICT DO UPDATE SET state = excluded.state",
            [(scope, record, _encode(state)) for record, state in states.items()],
        )

    def clear_records(self, scope: bytes) -> None:
        self._db.execute("DELETE FROM records WHERE scope = ?", (scope,))

    def all_records(self, scope: bytes) -> Iterable[tuple[bytes, RecordState]]:
        rows = self._db.rows("SELECT id, state FROM records WHERE scope = ? ORDER BY rowid", (scope,))
        return ((record, _state(state)) for record, state in rows)

    def sums(self, scope: bytes) -> Sums:
        rows = self._db.rows("SELECT accepted, live FROM sums WHERE scope = ?", (scope,))
        return Sums(int.from_bytes(rows[0][0]), int.from_bytes(rows[0][1])) if rows else Sums()

    def put_sums(self, scope: bytes, sums: Sums) -> None:
        self._db.execute(
            "INSERT INTO sums VALUES (?,?,?) ON CONFLICT DO UPDATE SET accepted = excluded.accepted, live = excluded.live",
            (scope, sums.accepted.to_bytes(32), sums.live.to_bytes(ID16)),
        )
