"""One state of the hub, to be asked: records by filters, histories, sets that wait, coverage.

Every question is answered within a *reach*: the scopes that the caller may read. What lies outside does not exist.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

import msgspec
from pysqlite3 import dbapi2 as sqlite

from haidang_protocol.ids import REPORTS, RESTRICTED, derived_record_id, scope_kind, scope_of, scope_unit
from haidang_protocol.merge import RecordState
from haidang_server.reading.authority import Authority
from haidang_server.reading.labels import SET_COLUMNS, Labels, PlacedSet, placed_set
from haidang_server.reading.present import Listed
from haidang_server.reading.record_reader import ReadRecord, RecordPlace, RecordReader

NAMES_MAX: Final = 400
"""Values in one `IN (…)`."""
_decode_state: Final = msgspec.msgpack.Decoder(RecordState).decode
_encode_numbers: Final = msgspec.json.Encoder().encode
_LISTED: Final = (
    "SELECT listed.record, listed.scope, form, day, waiting, changed, state"
    " FROM listed JOIN hub.records USING (scope, record) WHERE "
)
_WITHIN: Final = "listed.scope IN (SELECT value FROM json_each(?))"


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which records: all conditions that are given hold at once.

    Attributes:
        unit: This unit and all below it.
        directive: Those filed under it, or by a form that reports on it.
        family, period, state: As they are.
        since: Changed when the hub held at least so many sets.
        conflicts: Only those with two different values, or with attests that contradict each other.
        hidden: Only hidden ones, or only others.
    """

    unit: bytes | None = None
    directive: str | None = None
    family: str | None = None
    period: bytes | None = None
    state: str | None = None
    since: int | None = None
    conflicts: bool = False
    hidden: bool | None = None


Position = tuple[int, bytes, bytes]
"""Where a list of records stands: (changed, record, scope)."""


class Snapshot:
    """A connection that sees one state, and the authority of it. Used by one thread at a time."""

    def __init__(self, connection: sqlite.Connection, authority: Authority, size: int) -> None:
        self.connection = connection
        self.authority = authority
        self.size = size
        self.labels = Labels(connection)
        self.reader = RecordReader(authority, self.labels)
        self._numbers: dict[bytes, int] = dict(self._all("SELECT name, scope FROM hub.scopes"))
        self._names = {number: name for name, number in self._numbers.items()}

    # ------------------------------------------------------------------------------------------------------ records

    def records(
        self, reach: Collection[bytes], wanted: Filter, after: Position | None, limit: int
    ) -> list[tuple[ReadRecord, Listed]]:
        """Records in the order of their last change, after a position."""
        conditions, values = self._conditions(reach, wanted, after)
        rows = self._all(
            f"{_LISTED}{conditions} ORDER BY changed, listed.record, listed.scope LIMIT ?", *values, limit
        )
        return [self._read(row) for row in rows]

    def every_record(self, reach: Collection[bytes], wanted: Filter) -> Iterator[tuple[ReadRecord, Listed]]:
        """All records, in the order of scope and id, read as they are asked for."""
        conditions, values = self._conditions(reach, wanted, None)
        cursor = self.connection.execute(
            f"{_LISTED}{conditions} ORDER BY listed.scope, listed.record", values
        )
        return map(self._read, cursor)

    def record(
        self, reach: Collection[bytes], record: bytes, scope: bytes | None
    ) -> tuple[ReadRecord, Listed] | None:
        """One record by id; of several scopes that hold it, the named one, or the first."""
        numbers = self._within(reach, None) if scope is None else self._within({scope} & set(reach), None)
        rows = self._all(f"{_LISTED}{_WITHIN} AND listed.record = ? ORDER BY listed.scope", numbers, record)
        return self._read(rows[0]) if rows else None

    def twin(self, reach: Collection[bytes], read: ReadRecord) -> bytes | None:
        """The record of the other scope of the unit that holds the rest of the same report."""
        preimage = read.state.preimage
        if preimage is None:
            return None
        kind = REPORTS if scope_kind(read.place.scope) == RESTRICTED else RESTRICTED
        scope = scope_of(kind, scope_unit(read.place.scope))
        twin = derived_record_id(scope, *preimage)
        return None if self.record(reach, twin, scope) is None else twin

    def _conditions(
        self, reach: Collection[bytes], wanted: Filter, after: Position | None
    ) -> tuple[str, list[Any]]:
        conditions, values = [_WITHIN], [self._within(reach, wanted.unit)]

        def where(condition: str, *given: Any) -> None:
            conditions.append(condition)
            values.extend(given)

        if wanted.directive is not None:
            families = _encode_numbers(sorted(self.authority.book.families_of(wanted.directive)))
            where("(directive = ? OR directive IS NULL AND family IN (SELECT value FROM json_each(?)))",
                  wanted.directive, families.decode())  # fmt: skip
        if wanted.family is not None:
            where("family = ?", wanted.family)
        if wanted.period is not None:
            where("period = ?", wanted.period)
        if wanted.state is not None:
            where("stage = ?", wanted.state)
        if wanted.since is not None:
            where("changed >= ?", wanted.since)
        if wanted.conflicts:
            where("(conflicts > 0 OR stage = 'contested')")
        if wanted.hidden is not None:
            where("hidden = ?", wanted.hidden)
        if after is not None:
            changed, record, scope = after
            where(
                "(changed, listed.record, listed.scope) > (?, ?, ?)",
                changed,
                record,
                self._numbers.get(scope, -1),
            )
        return " AND ".join(conditions), values

    def _read(self, row: Sequence[Any]) -> tuple[ReadRecord, Listed]:
        record, number, form, day, waiting, changed, state = row
        place = RecordPlace(record, self._names[number], form, day)
        return self.reader.read(place, _decode_state(state)), Listed(waiting, changed)

    # --------------------------------------------------------------------------------------------------- other sets

    def sets_about(
        self, reach: Collection[bytes], record: bytes, scope: bytes | None, start: int
    ) -> Iterator[PlacedSet]:
        """All sets about a record from a sequence on, in hub order, whatever their verdict."""
        numbers = self._within(reach, None) if scope is None else self._within({scope} & set(reach), None)
        rows = self.connection.execute(
            f"{SET_COLUMNS} WHERE sequence IN (SELECT sequence FROM touched WHERE record = ?"  # noqa: S608 - constants
            " AND scope IN (SELECT value FROM json_each(?)) AND sequence >= ?) ORDER BY sequence",
            (record, numbers, start),
        )
        return map(placed_set, rows)

    def touched(self, reach: Collection[bytes], unit: bytes | None) -> Iterator[tuple[bytes, bytes]]:
        """Every (record, scope) that any set is about, merged or not."""
        rows = self.connection.execute(
            "SELECT DISTINCT record, scope FROM touched WHERE scope IN (SELECT value FROM json_each(?))"
            " ORDER BY record, scope",
            (self._within(reach, unit),),
        )
        return ((record, self._names[number]) for record, number in rows)

    def sets_waiting(
        self, reach: Collection[bytes], unit: bytes | None, start: int, limit: int
    ) -> list[PlacedSet]:
        """The sets that are not merged, from a sequence on, in hub order."""
        rows = self._all(
            f"{SET_COLUMNS} WHERE verdict != 0 AND sequence >= ?"  # noqa: S608 - constants
            " AND sets.scope IN (SELECT value FROM json_each(?)) ORDER BY sequence LIMIT ?",
            start, self._within(reach, unit), limit,
        )  # fmt: skip
        return [placed_set(row) for row in rows]

    def states(
        self, reach: Collection[bytes], record: bytes, scopes: Collection[bytes]
    ) -> dict[bytes, RecordState]:
        """The merged states of a record in these scopes, by scope."""
        rows = self._all(
            "SELECT scope, state FROM hub.records WHERE record = ? AND scope IN (SELECT value FROM json_each(?))",
            record, self._within(set(scopes) & set(reach), None),
        )  # fmt: skip
        return {self._names[number]: _decode_state(state) for number, state in rows}

    def counts(self, reach: Collection[bytes], wanted: Filter) -> dict[bytes, dict[str, int]]:
        """How many records each unit has, by state."""
        conditions, values = self._conditions(reach, wanted, None)
        rows = self._all(
            f"SELECT scope, stage, count(*) FROM listed WHERE {conditions} GROUP BY scope, stage",  # noqa: S608 - constants
            *values,
        )
        found: dict[bytes, dict[str, int]] = {}
        for number, stage, count in rows:
            states = found.setdefault(scope_unit(self._names[number]), {})
            states[stage] = states.get(stage, 0) + count
        return found

    def _within(self, reach: Collection[bytes], unit: bytes | None) -> str:
        """The numbers of the scopes that are in reach, and in a unit or below it, as `json_each` takes them."""
        below = None if unit is None else self.authority.below(unit)
        return _encode_numbers([
            number
            for scope in reach
            if (number := self._numbers.get(scope)) is not None
            and (below is None or scope_unit(scope) in below)
        ]).decode()  # fmt: skip

    def _all(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.connection.execute(query, values).fetchall()
