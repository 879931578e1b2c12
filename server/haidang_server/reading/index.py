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
from haidang_protocol.ids import AUTHORITY, scope_kind
from haidang_protocol.merge import RecordState
from haidang_protocol.operations import REGISTER
from haidang_protocol.workflow import stage
from haidang_server.hub import read_genesis
from haidang_server.reading.authority import Authority
from haidang_server.reading.earlier_times import newest_receipt, take_receipts
from haidang_server.reading.index_tables import EMPTYING, clear_index, open_index, open_pinned
from haidang_server.reading.labels import civil_date
from haidang_server.reading.touches import touched_records
from haidang_server.sqlite_store import decode_facts

_BATCH_SETS: Final = 2_000
_AUTHORITY_SCOPES: Final = bytes([AUTHORITY])
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
        self._scopes: dict[int, bytes] = {}

    def close(self) -> None:
        """End it; the file stays."""
        self._authority = None
        self._connection.close()

    def pinned(self) -> sqlite.Connection:
        """A further connection, which only reads."""
        return open_pinned(self._folder, self._hub)

    def clear(self) -> None:
        """Forget everything; the next `follow` makes it anew."""
        clear_index(self._connection)

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
        size, newest = self._one("SELECT sequence + 1, id FROM hub.sets ORDER BY sequence DESC LIMIT 1") or (
            0,
            b"",
        )
        marked, marked_newest, *others = self._one("SELECT size, newest, authority, receipts FROM mark") or ()
        if not self._continues(marked, marked_newest):
            for query in EMPTYING:
                self._connection.execute(query)
            marked, marked_newest, others = 0, b"", [0, 0]
        authority, receipts = self._authority_now(), newest_receipt(self._connection)
        if (size, newest, [authority.end, receipts]) == (marked, marked_newest, others):
            return authority
        self._scopes = dict(self._all("SELECT scope, name FROM hub.scopes"))
        dirty = self._take_sets(marked) | self._moved()
        dirty |= self._records_of(take_receipts(self._connection, others[1]))
        if authority.end != others[0]:
            dirty |= self._touched_by_authority(authority)
        self._list(dirty, authority, size)
        self._connection.execute(
            "UPDATE mark SET size = ?, newest = ?, authority = ?, receipts = ?",
            (size, newest, authority.end, receipts),
        )
        return authority

    def _continues(self, size: int, newest: bytes) -> bool:
        """Whether the hub still has what the index follows: another hub, or one put back to a backup, has not."""
        return not size or self._one("SELECT id FROM hub.sets WHERE sequence = ?", size - 1) == (newest,)

    def _authority_now(self) -> Authority:
        (end,) = self._one(
            "SELECT coalesce(max(sequence), -1) + 1 FROM hub.sets"
            " WHERE scope IN (SELECT scope FROM hub.scopes WHERE name >= ?)",
            _AUTHORITY_SCOPES,
        ) or (0,)
        known = self._authority
        if known is None or known.end != end:
            known = self._authority = Authority(read_genesis(self._connection), self.pinned(), end)
        return known

    # ---------------------------------------------------------------------------------------------- what to look at

    def _take_sets(self, start: int) -> set[Touched]:
        """Note which records the sets from a sequence on are about."""
        dirty: set[Touched] = set()
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

    def _touched_by_authority(self, authority: Authority) -> set[Touched]:
        """The records whose values an officer wants redacted, and those whose form is known only now."""
        dirty = set()
        for set_id in authority.redacted_sets():
            dirty |= self._records_of(
                row[0] for row in self._all("SELECT sequence FROM hub.sets WHERE id = ?", set_id)
            )
        known = {form for (form,) in self._all("SELECT form FROM forms")}
        fresh = [form for form, _ in authority.definitions.forms() if form not in known]
        self._connection.executemany("INSERT INTO forms VALUES (?)", [(form,) for form in fresh])
        for form in fresh:
            dirty |= set(self._all("SELECT record, scope FROM touched WHERE form = ?", form))
        return dirty

    def _records_of(self, sequences: Iterable[int]) -> set[Touched]:
        return {
            row
            for sequence in sequences
            for row in self._all("SELECT record, scope FROM touched WHERE sequence = ?", sequence)
        }

    # ------------------------------------------------------------------------------------------------------ listing

    def _list(self, dirty: Iterable[Touched], authority: Authority, size: int) -> None:
        rows, gone = [], []
        for record, number in dirty:
            if scope_kind(self._scopes[number]) == AUTHORITY:
                continue
            row = self._row(record, number, authority)
            if row is None:
                gone.append((record, number))
            else:
                rows.append((*row, size - 1))
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
        known = authority.definitions.form(form)
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
        slot[0] == REGISTER and any(live.value != lives[0].value for live in lives)
        for slot, lives in state.slots.items()
        if len(lives) > 1
    )


def _form_of(used: list[bytes], authority: Authority) -> bytes:
    """The form by which a record is read: the newest version of those used; the last used if none is known."""
    known = [
        (form.version, form_id) for form_id in set(used) if (form := authority.definitions.form(form_id))
    ]
    if known:
        return max(known)[1]
    return next((form for form in reversed(used) if form), b"")
