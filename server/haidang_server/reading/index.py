"""The index follows the hub: what arrived, whose verdict moved, which records that touches, and how these read now.

It is brought up to date in one transaction before a question is answered, and equals at any time an index made anew, the
`changed` marks apart: a new index says of everything that it changed just now, so who asks for changes misses none.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import msgspec
from pysqlite3 import dbapi2 as sqlite

from haidang_protocol import reading
from haidang_protocol.envelope import SetBytes, is_redacted
from haidang_protocol.ids import AUTHORITY, scope_kind
from haidang_protocol.merge import RecordState
from haidang_protocol.operations import REGISTER
from haidang_protocol.workflow import stage
from haidang_server.reading.authority import Authority, AuthorityLedger
from haidang_server.reading.earlier_times import newest_receipt, take_receipts
from haidang_server.reading.index_tables import EMPTYING, open_index, open_pinned
from haidang_server.reading.labels import civil_date
from haidang_server.reading.touches import touched_records
from haidang_server.sqlite_store import decode_facts

_BATCH_SETS: Final = 2_000
_AUTHORITY_SCOPES: Final = bytes([AUTHORITY])
_NEWEST: Final = "SELECT sequence + 1, id FROM hub.sets ORDER BY sequence DESC LIMIT 1"
_OF_AUTHORITY: Final = "FROM hub.sets WHERE scope IN (SELECT scope FROM hub.scopes WHERE name >= ?)"
_decode_state: Final = msgspec.msgpack.Decoder(RecordState).decode

Touched = tuple[bytes, int]
"""A record and the number of its scope."""


class Index:
    """The index of one hub. It has one owner at a time; `follow` is called by one thread at a time."""

    def __init__(self, folder: Path, hub: Path) -> None:
        """Open it.

        Args:
            folder: where the index is kept.
            hub: the hub's database, which is only read.

        Raises:
            ServerError: the hub's database cannot be read.
        """
        self._folder, self._hub = folder, hub
        self._connection = open_index(folder, hub)
        self._authority: Authority | None = None
        self._ledger: AuthorityLedger | None = None
        self._scopes: dict[int, bytes] = {}
        self._version: tuple[Any, ...] | None = None
        self._arrived_redacted: list[int] = []

    def close(self) -> None:
        """End it; the file stays."""
        self._authority = self._ledger = None
        self._connection.close()

    def pinned(self) -> sqlite.Connection:
        """A further connection, which only reads."""
        return open_pinned(self._folder, self._hub)

    def follow(self) -> Authority:
        """Bring the index up to what the hub has committed; returns the authority of that state."""
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            authority = self._follow()
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        return authority

    def _follow(self) -> Authority:
        size, newest = self._one(_NEWEST) or (0, b"")
        marked, marked_newest, *others = self._one("SELECT size, newest, authority, receipts FROM mark") or ()
        if not self._continues(marked, marked_newest):
            for query in EMPTYING:
                self._connection.execute(query)
            marked, marked_newest, others = 0, b"", [0, 0]
            self._authority = self._ledger = None
        version = self._one("PRAGMA hub.data_version")
        authority, receipts = self._authority_now(), newest_receipt(self._connection)
        same = (size, newest, [authority.end, receipts]) == (marked, marked_newest, others)
        if same and version == self._version:
            return authority
        self._scopes = dict(self._all("SELECT scope, name FROM hub.scopes"))
        dirty = self._take_sets(marked) | self._moved()
        dirty |= self._records_of(take_receipts(self._connection, others[1]))
        dirty |= self._records_of(self._redacted(authority))
        authority = self._authority_now()
        if authority.end != others[0]:
            dirty |= self._touched_by_forms(authority)
        # Something may have changed without a new set: who knows all sets must be told of it too.
        self._list(dirty, authority, size - 1 if size > marked else size)
        self._connection.execute(
            "UPDATE mark SET size = ?, newest = ?, authority = ?, receipts = ?",
            (size, newest, authority.end, receipts),
        )
        self._version = version
        return authority

    def _continues(self, size: int, newest: bytes) -> bool:
        """Whether the hub still has what the index follows: another hub, or one put back to a backup, has not."""
        return not size or self._one("SELECT id FROM hub.sets WHERE sequence = ?", size - 1) == (newest,)

    def _authority_now(self) -> Authority:
        (end,) = self._one(f"SELECT coalesce(max(sequence), -1) + 1 {_OF_AUTHORITY}", _AUTHORITY_SCOPES) or (
            0,
        )
        known = self._authority
        if known is None or self._ledger is None or known.end > end:
            self._ledger = AuthorityLedger(self.pinned())
        elif known.end == end:
            return known
        else:
            rows = self._all(f"SELECT id {_OF_AUTHORITY} AND sequence >= ?", _AUTHORITY_SCOPES, known.end)
            if not self._ledger.extend([set_id for (set_id,) in rows]):
                self._ledger = AuthorityLedger(self.pinned())
        self._authority = Authority(self._ledger, end)
        return self._authority

    # ---------------------------------------------------------------------------------------------- what to look at

    def _take_sets(self, start: int) -> set[Touched]:
        """Note which records the sets from a sequence on are about."""
        dirty: set[Touched] = set()
        self._arrived_redacted = []
        while rows := self._all(
            "SELECT sequence, scope, structure, content FROM hub.sets JOIN hub.parts USING (sequence)"
            " WHERE sequence >= ? ORDER BY sequence LIMIT ?",
            start, _BATCH_SETS,
        ):  # fmt: skip
            touched = [
                (record, scope, sequence, form)
                for sequence, scope, structure, content in rows
                for record, form in touched_records(structure, content, self._scopes[scope]).items()
            ]
            self._connection.executemany("INSERT INTO touched VALUES (?, ?, ?, ?)", touched)
            dirty |= {(record, scope) for record, scope, _, _ in touched}
            self._arrived_redacted += [row[0] for row in rows if is_redacted(SetBytes(b"", b"", *row[2:]))]
            start = rows[-1][0] + 1
        return dirty

    def _moved(self) -> set[Touched]:
        """The records of sets whose verdict moved since the index last looked."""
        now = set(self._all("SELECT sequence, verdict, reason FROM hub.sets WHERE verdict != 0"))
        before = set(self._all("SELECT sequence, verdict, reason FROM astray"))
        self._connection.executemany(
            "DELETE FROM astray WHERE sequence = ?", [row[:1] for row in before - now]
        )
        self._connection.executemany("INSERT INTO astray VALUES (?, ?, ?)", now - before)
        return self._records_of({row[0] for row in now ^ before})

    def _redacted(self, authority: Authority) -> set[int]:
        """The sets that lost their values, or have them again, since the index last looked."""
        before = {sequence for (sequence,) in self._all("SELECT sequence FROM redacted")}
        named = [
            row[0]
            for set_id in authority.redacted_sets
            for row in self._all("SELECT sequence FROM hub.sets WHERE id = ?", set_id)
        ]
        now = {
            sequence
            for sequence in before.union(named, self._arrived_redacted)
            if self._is_redacted(sequence)
        }
        self._connection.executemany(
            "DELETE FROM redacted WHERE sequence = ?", [(each,) for each in before - now]
        )
        self._connection.executemany("INSERT INTO redacted VALUES (?)", [(each,) for each in now - before])
        if self._records_of(now ^ before, AUTHORITY):
            self._ledger = None  # entries came or went
        return now ^ before

    def _is_redacted(self, sequence: int) -> bool:
        row = self._one(
            "SELECT header, signature, structure, content FROM hub.parts WHERE sequence = ?", sequence
        )
        return row is not None and is_redacted(SetBytes(*row))

    def _touched_by_forms(self, authority: Authority) -> set[Touched]:
        """The records whose form is known only now."""
        known = {form for (form,) in self._all("SELECT form FROM forms")}
        fresh = [form for form in authority.book.forms if form not in known]
        self._connection.executemany("INSERT INTO forms VALUES (?)", [(form,) for form in fresh])
        dirty = set()
        for form in fresh:
            dirty |= set(self._all("SELECT record, scope FROM touched WHERE form = ?", form))
        return dirty

    def _records_of(self, sequences: Iterable[int], kind: int | None = None) -> set[Touched]:
        """The records that sets are about, of scopes of that kind only if one is given."""
        found = {
            row
            for sequence in sequences
            for row in self._all("SELECT record, scope FROM touched WHERE sequence = ?", sequence)
        }
        return {each for each in found if kind is None or scope_kind(self._scopes[each[1]]) == kind}

    # ------------------------------------------------------------------------------------------------------ listing

    def _list(self, dirty: Iterable[Touched], authority: Authority, changed: int) -> None:
        rows, gone = [], []
        for record, number in dirty:
            if scope_kind(self._scopes[number]) == AUTHORITY:
                continue
            row = self._row(record, number, authority)
            if row is None:
                gone.append((record, number))
            else:
                rows.append((*row, changed))
        self._connection.executemany("DELETE FROM listed WHERE record = ? AND scope = ?", gone)
        self._connection.executemany(
            "INSERT OR REPLACE INTO listed VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows
        )

    def _row(self, record: bytes, number: int, authority: Authority) -> tuple[Any, ...] | None:
        """The row of a record; None for one that no accepted set is about."""
        found = self._one("SELECT state FROM hub.records WHERE scope = ? AND record = ?", number, record)
        about = self._all(
            "SELECT form, facts, min(sets.received, coalesce(earlier.received, sets.received)), verdict"
            " FROM touched JOIN hub.sets USING (sequence) LEFT JOIN earlier ON set_id = id"
            " WHERE touched.record = ? AND touched.scope = ? ORDER BY sequence",
            record, number,
        )  # fmt: skip
        accepted = [row for row in about if row[3] == 0]
        if found is None or not accepted:
            return None
        state = _decode_state(found[0])
        said = max(min(decode_facts(facts).time, received) for _, facts, received, _ in accepted)
        form = _form_of([row[0] for row in accepted], authority)
        preimage = state.preimage
        known = authority.book.forms.get(form)
        family = preimage.family if preimage is not None else "" if known is None else known.family
        return (
            record, number, family, form, civil_date(said),
            None if preimage is None else preimage.directive, None if preimage is None else preimage.period,
            stage(reading.attests(state)), reading.hidden(state), _conflicts(state),
            len(about) - len(accepted),
        )  # fmt: skip

    def _all(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._connection.execute(query, values).fetchall()

    def _one(self, query: str, *values: Any) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._connection.execute(query, values).fetchone()
        return row


def _conflicts(state: RecordState) -> int:
    """How many registers have two different values."""
    return sum(
        reading.register(state, slot[1:]).conflict
        for slot, lives in state.slots.items()
        if len(lives) > 1 and slot[0] == REGISTER
    )


def _form_of(used: list[bytes], authority: Authority) -> bytes:
    """The form by which a record is read: the newest version of those used; the last used if none is known."""
    known = [(form.version, form_id) for form_id in set(used) if (form := authority.book.forms.get(form_id))]
    if known:
        return max(known)[1]
    return next((form for form in reversed(used) if form), b"")
