"""What reading answers with, as JSON. Ids are hexadecimal digits, times whole seconds since 1970-01-01 UTC, dates ISO.

Times are numbers because a claimed time is what a phone's clock said, which may be any year at all.
"""

from typing import Annotated, Any, Generic, TypeVar

import msgspec
from msgspec import Meta

Hex = Annotated[
    str, Meta(description="bytes as hexadecimal digits", examples=["9f86d081884c7d659a2feaa0c55ad015"])
]
Seconds = Annotated[
    int, Meta(description="whole seconds since 1970-01-01 UTC; may be negative", examples=[1551409200])
]
T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], frozen=True):
    """Some of what was asked for.

    Attributes:
        items: In a stable order.
        next: Pass it as `cursor` to go on; null at the end.
        as_of: How many change sets the hub held. Pass it as `since` later, to ask what changed.
    """

    items: list[T]
    next: str | None
    as_of: int


class UnitShape(msgspec.Struct, frozen=True):
    """A unit, by the name that it had when the report was made."""

    id: Hex
    name: str
    name_en: str
    level: str
    code: str


class FormShape(msgspec.Struct, frozen=True):
    """The version of a form by which a record is read."""

    id: Hex
    family: str
    version: int
    title_vi: str
    title_en: str


class PeriodShape(msgspec.Struct, frozen=True):
    """A span of time that reports are about; both ends belong to it. What is not known is empty."""

    id: Hex
    regime: str
    kind: str
    start: str
    end: str
    due: str | None
    label_vi: str
    label_en: str


class PersonShape(msgspec.Struct, frozen=True):
    """A key and whom it was certified for; `confirmed` is false while no counting certificate covers the unit."""

    key: Hex
    person: str
    label: str
    unit: Hex | None
    confirmed: bool


class SiblingShape(msgspec.Struct, frozen=True):
    """One of several statements about one place: its value, where it stands, who said it when."""

    value: Any
    operation: Hex
    set: Hex
    claimed: Seconds
    received: Seconds
    author: PersonShape


class PlaceShape(msgspec.Struct, frozen=True):
    """A field, or a cell (row id, cell name) of a repeat."""

    field: str
    row: Hex | None
    cell: str


class ConflictShape(msgspec.Struct, frozen=True):
    """Different values of one place, none of whose authors had seen the others'; all of them stand.

    Attributes:
        shown: What the field's policy shows meanwhile: the latest, or null.
        siblings: Earliest first.
    """

    place: PlaceShape
    label_vi: str
    label_en: str
    policy: str
    shown: Any
    siblings: list[SiblingShape]


class FlagShape(msgspec.Struct, frozen=True):
    """Something that a reviewer should look at; the value stands all the same. `row` counts from 0."""

    field: str
    row: int | None
    cell: str
    code: str
    message_vi: str
    message_en: str


class AttestShape(msgspec.Struct, frozen=True):
    """A confirmation, approval or return. `stale`: the record is not any more what it was about."""

    role: str
    verdict: str
    reason: str
    stale: bool
    operation: Hex
    set: Hex
    claimed: Seconds
    received: Seconds
    author: PersonShape


class RowShape(msgspec.Struct, frozen=True):
    """A row of a repeat; `key` is its natural key, if it has one."""

    row: Hex
    key: list[str] | None
    hidden: bool
    cells: dict[str, Any]


class RecordShape(msgspec.Struct, frozen=True, kw_only=True):
    """One merged record.

    Attributes:
        record, scope: Its id, and where it is filed; both together name it.
        restricted: Whether it is filed in the restricted scope.
        subject: Record of the site that it is about; null for the unit itself.
        state: sent, confirmed, approved, returned, corrected, stale or contested.
        hidden: By a void that covers all of it.
        values: By field as the form has them, calculated ones too; a conflict shows what its policy says. Rows are
            arrays of `{row, key, hidden, cells}`.
        waiting: Change sets about it that are not merged (quarantined or parked).
        changed: The hub's newest sequence when it was last seen to change.
    """

    record: Hex
    scope: Hex
    restricted: bool
    unit: UnitShape
    family: str
    form: FormShape | None
    directive: str | None
    period: PeriodShape | None
    subject: Hex | None
    day: str
    state: str
    hidden: bool
    values: dict[str, Any]
    conflicts: list[ConflictShape]
    flags: list[FlagShape]
    attests: list[AttestShape]
    waiting: int
    changed: int


class StatementShape(msgspec.Struct, frozen=True):
    """The live statements of one place: where each value that is shown comes from."""

    place: PlaceShape
    kind: str
    statements: list[SiblingShape]


class NoteShape(msgspec.Struct, frozen=True):
    """A note; `reply_to` is the operation that it answers."""

    text: str
    reply_to: Hex | None
    operation: Hex
    set: Hex
    claimed: Seconds
    received: Seconds
    author: PersonShape


class LinkShape(msgspec.Struct, frozen=True):
    """Another record that this one is the same as, or moved to."""

    kind: str
    record: Hex
    scope: Hex


class RecordDetail(msgspec.Struct, frozen=True, kw_only=True):
    """One record with the provenance of all that it shows.

    Attributes:
        statements: Every live statement about every place.
        notes: By the time when each counts as said.
        twin: The record of the other scope (restricted or not) that holds the rest of the same report, if readable.
    """

    record: RecordShape
    statements: list[StatementShape]
    notes: list[NoteShape]
    links: list[LinkShape]
    twin: Hex | None


class HistoryShape(msgspec.Struct, frozen=True, kw_only=True):
    """One operation that was ever saved about a record.

    Attributes:
        sequence: Place of its set in hub order.
        verdict, reason: Of the set: accepted, quarantined or parked.
        status: live, superseded, counted (a tally's step), removed (what a remove says), waiting (not merged) or
            unknown (a kind that this version does not know).
        redacted: The value was dropped by two officers' decision; its place and signature still stand.
    """

    sequence: int
    set: Hex
    verdict: str
    reason: str
    operation: Hex
    kind: str
    place: PlaceShape
    value: Any
    status: str
    redacted: bool
    author: PersonShape
    claimed: Seconds
    received: Seconds
    form: Hex


class WaitingOperation(msgspec.Struct, frozen=True):
    """An operation of a set that is not merged."""

    record: Hex
    kind: str
    place: PlaceShape
    value: Any


class WaitingSet(msgspec.Struct, frozen=True, kw_only=True):
    """A change set that is not merged: quarantined, or parked for something that has not arrived.

    Attributes:
        closed: An officer refused it; it stays as it is.
    """

    sequence: int
    set: Hex
    scope: Hex
    unit: UnitShape
    author: PersonShape
    verdict: str
    reason: str
    closed: bool
    claimed: Seconds
    received: Seconds
    operations: list[WaitingOperation]


class ConflictedRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A record with its conflicts alone."""

    record: Hex
    scope: Hex
    restricted: bool
    unit: UnitShape
    family: str
    form: FormShape | None
    directive: str | None
    period: PeriodShape | None
    state: str
    conflicts: list[ConflictShape]
    contested: list[AttestShape]


class CoverageShape(msgspec.Struct, frozen=True):
    """How far one unit has reported: `expected` by the form, and the number of its records by state."""

    unit: UnitShape
    expected: bool
    records: int
    states: dict[str, int]


class RecordPage(Page[RecordShape], frozen=True):
    """Records, in the order of their last change."""


class HistoryPage(Page[HistoryShape], frozen=True):
    """Operations, in the order in which the hub received them."""


class ConflictPage(Page[ConflictedRecord], frozen=True):
    """Records with conflicts, in the order of their last change."""


class QuarantinePage(Page[WaitingSet], frozen=True):
    """Change sets that wait, in the order in which the hub received them."""


class CoveragePage(Page[CoverageShape], frozen=True):
    """Units, in the order of their ids; always one page."""
