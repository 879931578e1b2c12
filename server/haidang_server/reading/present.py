"""Records as JSON: what `RecordReader` read, with names, labels and provenance."""

from collections.abc import Iterable
from typing import Any

import msgspec

from haidang_protocol import operations as op
from haidang_protocol import reading
from haidang_protocol.ids import RESTRICTED, scope_kind, scope_unit
from haidang_protocol.merge import Live
from haidang_server.reading.authority import Authority
from haidang_server.reading.definition_shapes import period_shape, unit_shape
from haidang_server.reading.json_values import json_value
from haidang_server.reading.labels import Labels, Statement
from haidang_server.reading.record_reader import ReadRecord
from haidang_server.reading.report import Conflict, Place, Row, field_of, place_of
from haidang_server.reading.shapes import (
    AttestShape,
    ConflictedRecord,
    ConflictShape,
    FlagShape,
    FormShape,
    LinkShape,
    NoteShape,
    PeriodShape,
    PersonShape,
    PlaceShape,
    RecordDetail,
    RecordShape,
    RowShape,
    SiblingShape,
    StatementShape,
)


class Listed(msgspec.Struct, frozen=True):
    """What the index adds to a record."""

    waiting: int
    changed: int


class Presenter:
    """Shows the records of one state of the hub."""

    def __init__(self, authority: Authority, labels: Labels) -> None:
        self._authority = authority
        self._labels = labels

    def record(self, read: ReadRecord, listed: Listed) -> RecordShape:
        """A record as the list shows it."""
        scope = read.place.scope
        return RecordShape(
            record=read.place.record.hex(),
            scope=scope.hex(),
            restricted=scope_kind(scope) == RESTRICTED,
            unit=unit_shape(scope_unit(scope), self._authority.book, read.place.day),
            family=read.family,
            form=form_shape(read),
            directive=read.directive,
            period=self._period(read.period),
            subject=None if read.subject is None else read.subject.hex(),
            day=read.place.day,
            state=read.stage,
            hidden=read.hidden,
            values=values_of(read),
            conflicts=self._conflicts(read),
            flags=flags_of(read),
            attests=[self._attest(attest, scope) for attest in read.attests],
            waiting=listed.waiting,
            changed=listed.changed,
        )

    def conflicted(self, read: ReadRecord) -> ConflictedRecord:
        """A record with its conflicts alone."""
        scope = read.place.scope
        contested = [attest for attest in read.attests if _is_contested(attest, read.attests)]
        return ConflictedRecord(
            record=read.place.record.hex(),
            scope=scope.hex(),
            restricted=scope_kind(scope) == RESTRICTED,
            unit=unit_shape(scope_unit(scope), self._authority.book, read.place.day),
            family=read.family,
            form=form_shape(read),
            directive=read.directive,
            period=self._period(read.period),
            state=read.stage,
            conflicts=self._conflicts(read),
            contested=[self._attest(attest, scope) for attest in contested],
        )

    def detail(self, read: ReadRecord, listed: Listed, twin: bytes | None) -> RecordDetail:
        """A record with the provenance of all that it shows."""
        scope = read.place.scope
        notes = sorted(
            reading.notes(read.state), key=lambda live: (self._labels.statement(live).shown, live.identity)
        )
        return RecordDetail(
            record=self.record(read, listed),
            statements=list(self._statements(read)),
            notes=[self._note(live, scope) for live in notes],
            links=[
                LinkShape(slot[1:], live.value[0].hex(), live.value[1].hex())
                for slot, lives in sorted(read.state.slots.items())
                for live in lives
                if slot[0] == op.LINKS and live.value is not None
            ],
            twin=None if twin is None else twin.hex(),
        )

    def person(self, key: bytes, unit: bytes) -> PersonShape:
        """Who a key is where it spoke."""
        found = self._authority.person(key, unit)
        unit_id = None if found.unit is None else found.unit.hex()
        return PersonShape(key.hex(), found.person, found.label, unit_id, found.confirmed)

    def _period(self, period: bytes | None) -> PeriodShape | None:
        if period is None:
            return None
        known = self._authority.book.periods.get(period)
        if known is None:
            return PeriodShape(period.hex(), "", "", "", "", None, "", "")
        return period_shape(known)

    def _conflicts(self, read: ReadRecord) -> list[ConflictShape]:
        return [self._conflict(conflict, read) for conflict in read.report.conflicts]

    def _conflict(self, conflict: Conflict, read: ReadRecord) -> ConflictShape:
        field = field_of(read.form, conflict.place)
        policy = reading.UNRESOLVED if field is None else field.display
        shown = conflict.live[-1].value if policy == reading.LATEST else None
        siblings = [self._sibling(live, read, conflict.place) for live in conflict.live]
        label = ("", "") if field is None else (field.label.vi, field.label.en)
        return ConflictShape(place_shape(conflict.place), *label, policy, json_value(field, shown), siblings)

    def _sibling(self, live: Live, read: ReadRecord, place: Place) -> SiblingShape:
        said = self._labels.statement(live)
        value = json_value(field_of(read.form, place), live.value)
        return SiblingShape(value, live.identity.hex(), *self._said(said, read.place.scope))

    def _said(self, said: Statement, scope: bytes) -> tuple[str, int, int, PersonShape]:
        return said.set_id.hex(), said.claimed, said.received, self.person(said.key, scope_unit(scope))

    def _attest(self, attest: reading.Attest, scope: bytes) -> AttestShape:
        said = self._said(self._labels.statement(attest.live), scope)
        identity = attest.live.identity.hex()
        return AttestShape(attest.role, attest.verdict, attest.reason, attest.stale, identity, *said)

    def _note(self, live: Live, scope: bytes) -> NoteShape:
        text, reply_to = live.value or ("", None)
        said = self._said(self._labels.statement(live), scope)
        return NoteShape(text, None if reply_to is None else reply_to.hex(), live.identity.hex(), *said)

    def _statements(self, read: ReadRecord) -> Iterable[StatementShape]:
        for slot, lives in sorted(read.state.slots.items()):
            place = place_of(slot)
            if place is not None and lives:
                siblings = [
                    self._sibling(live, read, place) for live in sorted(lives, key=self._labels.stamp)
                ]
                yield StatementShape(place_shape(place), op.NAMES[lives[0].kind], siblings)


def values_of(read: ReadRecord) -> dict[str, Any]:
    """The values that a record shows, in the order of the form, what the form does not know behind."""
    report = read.report
    found: dict[str, Any] = {}
    known = [field.name for field in read.form.fields] if read.form is not None else []
    for name in [*known, *sorted({*report.answers, *report.rows} - set(known))]:
        if name in report.rows:
            found[name] = [_row(row, name, read) for row in report.rows[name]]
        elif name in report.answers:
            found[name] = json_value(field_of(read.form, Place(name)), report.answers[name])
        elif name in report.calculated:
            found[name] = json_value(field_of(read.form, Place(name)), report.calculated[name])
    return found


def _row(row: Row, name: str, read: ReadRecord) -> RowShape:
    cells = {
        cell: json_value(field_of(read.form, Place(name, row.id, cell)), value)
        for cell, value in sorted(row.cells.items())
    }
    return RowShape(row.id.hex(), None if row.key is None else list(row.key), row.hidden, cells)


def flags_of(read: ReadRecord) -> list[FlagShape]:
    """What a reviewer should look at."""
    return [
        FlagShape(flag.field, flag.row, flag.cell, flag.code, flag.message.vi, flag.message.en)
        for flag in read.flags
    ]


def form_shape(read: ReadRecord) -> FormShape | None:
    """The version of the form by which a record is read."""
    form = read.form
    if form is None:
        return None
    return FormShape(read.place.form.hex(), form.family, form.version, form.title.vi, form.title.en)


def place_shape(place: Place) -> PlaceShape:
    """A place."""
    return PlaceShape(place.field, None if place.row is None else place.row.hex(), place.cell)


def _is_contested(attest: reading.Attest, attests: Iterable[reading.Attest]) -> bool:
    return any(other.role == attest.role and other.verdict != attest.verdict for other in attests)
