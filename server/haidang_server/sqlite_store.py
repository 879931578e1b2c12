"""The ledger's rows in SQLite: `haidang_protocol.ledger_store.LedgerStore`, where its methods are documented.

The store belongs to one writer. Scopes and (key, scope) pairs are numbered; the numbers, the sums and the records in use are
kept in memory, so the owner calls `flush` before it commits and `forget` after a rollback.
"""
# ruff: noqa: D102

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from pysqlite3 import dbapi2 as sqlite

from haidang_protocol.envelope import SetBytes
from haidang_protocol.ids import ID16
from haidang_protocol.ledger_store import Held, StoredSet, Sums
from haidang_protocol.limits import SET_OPERATIONS_MAX
from haidang_protocol.logs import Facts
from haidang_protocol.merge import RecordState
from haidang_protocol.verdicts import WORDS, Verdict

TAG_ZERO: Final = 2**63
"""Tags are unsigned, SQLite's integers are not."""
NAMES_MAX: Final = 500
"""Values in one `IN (…)`."""
RECORDS_MAX: Final = 8_192
"""Records kept decoded."""
ROWS_TOGETHER: Final = (64, 8, 1)
"""Rows inserted with one statement: few different numbers, so that the statements stay prepared."""

_encode = msgspec.msgpack.Encoder().encode
_decode_state = msgspec.msgpack.Decoder(RecordState).decode
decode_facts = msgspec.msgpack.Decoder(Facts).decode


class Placed(NamedTuple):
    """Where a set stands in hub order, and what it follows; `verdict` is the code with which it was placed."""

    sequence: int
    id: bytes
    verdict: int
    previous: tuple[bytes, ...]


class SqliteStore:
    """The tables of `migrations.ledger`, read and written on one connection inside the caller's transaction.

    `size` is the number of held sets, which is the next sequence; `received` the time (seconds) that new sets get;
    `fresh` and `moved` are what was stored and judged anew since `begin`.
    """

    def __init__(self, connection: sqlite.Connection) -> None:
        self.connection = connection
        self.received = 0
        self.forget()

    def begin(self, received: int) -> None:
        """A transaction began."""
        self.received = received
        self.fresh: list[StoredSet] = []
        self.moved: set[bytes] = set()
        self._alone: dict[int, set[bytes]] = {}

    def forget(self) -> None:
        """Read anew what is kept in memory: the transaction was rolled back."""
        self.begin(self.received)
        self.size: int = self._all("SELECT coalesce(max(sequence), -1) + 1 FROM sets")[0][0]
        self._scopes: dict[bytes, int] = dict(self._all("SELECT name, scope FROM scopes"))
        self._authors: dict[tuple[bytes, bytes], int] = {}
        self._tag_ends: dict[int, int] = {}
        self._records: dict[tuple[bytes, bytes], RecordState] = {}
        self._unwritten: dict[tuple[bytes, bytes], RecordState] = {}
        self._sums: dict[bytes, Sums] = {}
        self._unwritten_sums: dict[bytes, Sums] = {}

    # ------------------------------------------------------------------------------------------------------ sets

    def held(self, ids: Collection[bytes]) -> dict[bytes, Held]:
        rows = self._named("SELECT facts, verdict, reason, whole FROM sets WHERE id IN", ids)
        return {held.facts.id: held for held in map(_held, rows)}

    def id_of(self, id16: bytes) -> bytes | None:
        row = self.connection.execute(
            "SELECT id FROM sets WHERE id BETWEEN ? AND ?", (id16, id16 + b"\xff" * ID16)
        ).fetchone()
        return None if row is None else bytes(row[0])

    def insert(self, sets: Sequence[StoredSet]) -> None:
        rows, parts = [], []
        for sequence, stored in enumerate(sets, start=self.size):
            facts, verdict = stored.held.facts, stored.held.verdict
            author = self._author(facts.key, facts.scope)
            self._note_tags(author, facts)
            rows.append((
                sequence, facts.id, self._scopes[facts.scope], author, facts.tag - TAG_ZERO, _encode(facts),
                verdict.code, verdict.reason, stored.held.whole, self.received, verdict.code,
            ))  # fmt: skip
            parts.append((sequence, *_columns(stored.parts)))
        insert_rows(self.connection, "INSERT INTO sets VALUES", rows)
        insert_rows(self.connection, "INSERT INTO parts VALUES", parts)
        self.size += len(sets)
        self.fresh += sets

    def set_verdicts(self, verdicts: Mapping[bytes, Verdict]) -> None:
        self.connection.executemany(
            "UPDATE sets SET verdict = ?, reason = ? WHERE id = ?",
            [(verdict.code, verdict.reason, set_id) for set_id, verdict in verdicts.items()],
        )
        self.moved.update(verdicts)

    def set_whole(self, ids: Collection[bytes]) -> None:
        self.connection.executemany("UPDATE sets SET whole = 1 WHERE id = ?", [(set_id,) for set_id in ids])
        self.moved.update(ids)

    def replace_parts(self, set_id: bytes, parts: SetBytes) -> None:
        self.connection.execute(
            "UPDATE parts SET header = ?, signature = ?, structure = ?, content = ?"
            " WHERE sequence = (SELECT sequence FROM sets WHERE id = ?)",
            (*_columns(parts), set_id),
        )

    def parts(self, ids: Sequence[bytes]) -> dict[bytes, SetBytes]:
        rows = self._named(
            "SELECT id, header, signature, structure, content FROM sets JOIN parts USING (sequence) WHERE id IN",
            ids,
        )
        return {set_id: SetBytes(*parts) for set_id, *parts in rows}

    def placed(self, ids: Collection[bytes]) -> list[Placed]:
        """The places of held sets, in no order."""
        rows = self._named("SELECT sequence, id, logged, facts FROM sets WHERE id IN", ids)
        return [
            Placed(sequence, set_id, code, decode_facts(facts).previous)
            for sequence, set_id, code, facts in rows
        ]

    def await_parents(self, pairs: Sequence[tuple[bytes, bytes]]) -> None:
        self.connection.executemany("INSERT OR IGNORE INTO waiting VALUES (?, ?)", pairs)

    def waiting_for(self, parents: Collection[bytes]) -> list[bytes]:
        rows = self._named("SELECT parent, child FROM waiting WHERE parent IN", parents)
        self.connection.executemany("DELETE FROM waiting WHERE parent = ? AND child = ?", rows)
        return sorted({child for _, child in rows})

    def in_log(self, log: tuple[bytes, int, bytes]) -> list[Facts]:
        key, incarnation, scope = log
        rows = self._all("SELECT facts FROM sets WHERE author = ?", self._known_author(key, scope))
        return [facts for (data,) in rows if (facts := decode_facts(data)).incarnation == incarnation]

    def in_scope(self, scope: bytes, keys: Collection[bytes] | None = None) -> list[Held]:
        columns = "SELECT facts, verdict, reason, whole, sequence FROM sets WHERE"
        if keys is None:
            rows = self._all(f"{columns} scope = ? ORDER BY sequence", self._scopes.get(scope))
        else:
            authors = [author for key in keys if (author := self._known_author(key, scope)) is not None]
            rows = sorted(self._named(f"{columns} author IN", authors), key=lambda row: row[4])
        return [_held(row[:4]) for row in rows]

    def keys_in(self, scope: bytes) -> set[bytes]:
        return {
            key for (key,) in self._all("SELECT key FROM authors WHERE scope = ?", self._scopes.get(scope))
        }

    def overlapping(self, facts: Facts) -> list[bytes]:
        author = self._known_author(facts.key, facts.scope)
        if author is None or facts.id in self._alone.get(author, ()):
            return []
        start = facts.tag - TAG_ZERO
        rows = self._all(
            "SELECT facts FROM sets WHERE author = ? AND tag BETWEEN ? AND ?",
            author, max(start - SET_OPERATIONS_MAX + 1, -TAG_ZERO), start + facts.saves - 1,
        )  # fmt: skip
        others = [decode_facts(row[0]) for row in rows]
        return [each.id for each in others if each.id != facts.id and facts.tag < each.tag + each.saves]

    def scopes(self) -> set[bytes]:
        return set(self._scopes)

    def _author(self, key: bytes, scope: bytes) -> int:
        """The number of a (key, scope) pair, new if need be."""
        author = self._known_author(key, scope)
        if author is None:
            number = self._scopes.get(scope)
            if number is None:
                number = self._scopes[scope] = len(self._scopes)
                self.connection.execute("INSERT INTO scopes VALUES (?, ?)", (number, scope))
            cursor = self.connection.execute("INSERT INTO authors (key, scope) VALUES (?, ?)", (key, number))
            author = self._authors[key, scope] = int(cursor.lastrowid or 0)
            self._tag_ends[author] = 0
        return author

    def _known_author(self, key: bytes, scope: bytes) -> int | None:
        author = self._authors.get((key, scope))
        if author is None:
            rows = self._all(
                "SELECT author FROM authors WHERE key = ? AND scope = ?", key, self._scopes.get(scope)
            )
            if rows:
                author = self._authors[key, scope] = rows[0][0]
        return author

    def _note_tags(self, author: int, facts: Facts) -> None:
        """Remember that a set of this transaction meets no other's tags: it almost never does."""
        end = self._tag_ends.get(author)
        if end is None:
            # A set has at most so many saves: one that ends last began within so many tags of the one that began last.
            newest = self._all("SELECT max(tag) FROM sets WHERE author = ?", author)[0][0]
            start = max(newest - SET_OPERATIONS_MAX + 1, -TAG_ZERO)
            last = self._all("SELECT facts FROM sets WHERE author = ? AND tag >= ?", author, start)
            end = max(each.tag + each.saves for each in map(decode_facts, (row[0] for row in last)))
        if facts.tag >= end:
            self._alone.setdefault(author, set()).add(facts.id)
        else:
            self._alone.pop(author, None)
        self._tag_ends[author] = max(end, facts.tag + facts.saves)

    # --------------------------------------------------------------------------------------------------- records

    def records(self, scope: bytes, ids: Collection[bytes]) -> dict[bytes, RecordState]:
        found = {record: state for record in ids if (state := self._records.get((scope, record))) is not None}
        number = self._scopes.get(scope)
        absent = [record for record in ids if record not in found] if number is not None else []
        rows = self._named("SELECT record, state FROM records WHERE scope = ? AND record IN", absent, number)
        found.update((record, _decode_state(state)) for record, state in rows)
        return found

    def put_records(self, scope: bytes, states: Mapping[bytes, RecordState]) -> None:
        if len(self._records) + len(states) > RECORDS_MAX:
            self.flush()
            self._records.clear()
        for record, state in states.items():
            self._records[scope, record] = self._unwritten[scope, record] = state

    def clear_records(self, scope: bytes) -> None:
        self.flush()
        self._records.clear()
        self.connection.execute("DELETE FROM records WHERE scope = ?", (self._scopes.get(scope),))

    def all_records(self, scope: bytes) -> Iterable[tuple[bytes, RecordState]]:
        self.flush()
        rows = self._all("SELECT record, state FROM records WHERE scope = ?", self._scopes.get(scope))
        return [(record, _decode_state(state)) for record, state in rows]

    def sums(self, scope: bytes) -> Sums:
        sums = self._sums.get(scope)
        if sums is None:
            rows = self._all("SELECT accepted, live FROM sums WHERE scope = ?", self._scopes.get(scope))
            sums = self._sums[scope] = Sums(*map(int.from_bytes, rows[0])) if rows else Sums()
        return sums

    def put_sums(self, scope: bytes, sums: Sums) -> None:
        self._sums[scope] = self._unwritten_sums[scope] = sums

    def flush(self) -> None:
        """Write what was put: each record once a transaction, however often it was merged. The owner calls it at the end."""
        insert_rows(
            self.connection,
            "INSERT INTO records (scope, record, state) VALUES",
            [
                (self._scopes[scope], record, _encode(state))
                for (scope, record), state in self._unwritten.items()
            ],
            "ON CONFLICT (scope, record) DO UPDATE SET state = excluded.state",
        )
        insert_rows(
            self.connection,
            "INSERT OR REPLACE INTO sums VALUES",
            [
                (self._scopes[scope], sums.accepted.to_bytes(32), sums.live.to_bytes(ID16))
                for scope, sums in self._unwritten_sums.items()
            ],
        )
        self._unwritten.clear()
        self._unwritten_sums.clear()

    # ------------------------------------------------------------------------------------------------------ rows

    def _all(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.connection.execute(query, values).fetchall()

    def _named(self, query: str, names: Collection[Any], *first: Any) -> list[tuple[Any, ...]]:
        """The rows of a query that ends in `IN`, for any number of names; `first` are values that stand before."""
        rows: list[tuple[Any, ...]] = []
        for chunk in _chunks(list(names)):
            rows += self._all(f"{query} ({','.join('?' * len(chunk))})", *first, *chunk)
        return rows


def insert_rows(
    connection: sqlite.Connection, start: str, rows: Sequence[tuple[Any, ...]], end: str = ""
) -> None:
    """Insert rows of equal width, many with one statement.

    Each step of a statement gives up the interpreter's lock, which another busy thread then keeps for a while: many rows to
    a step make the writer several times faster under load.
    """
    at = 0
    for count in ROWS_TOGETHER:
        while len(rows) - at >= count:
            values = f"({', '.join('?' * len(rows[0]))})"
            query = f"{start} {', '.join([values] * count)} {end}"
            connection.execute(query, [value for row in rows[at : at + count] for value in row])
            at += count


def _chunks(names: list[Any]) -> Iterator[list[Any]]:
    return (names[at : at + NAMES_MAX] for at in range(0, len(names), NAMES_MAX))


def _columns(parts: SetBytes) -> tuple[bytes, bytes, bytes, bytes]:
    return parts.header, parts.signature, parts.structure, parts.values


def _held(row: tuple[bytes, int, str, int]) -> Held:
    facts, code, reason, whole = row
    return Held(decode_facts(facts), Verdict(WORDS[code], reason), bool(whole))
