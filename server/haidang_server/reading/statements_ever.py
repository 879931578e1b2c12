"""Every operation that a set states, as history and quarantine show it: what was ever saved stays to be seen."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from haidang_protocol import operations as op
from haidang_protocol.body import Operation, slot_key
from haidang_protocol.definitions.forms import Form
from haidang_protocol.envelope import OpenedSet
from haidang_protocol.ids import scope_unit
from haidang_protocol.merge import RecordState
from haidang_protocol.verdicts import ACCEPTED
from haidang_server.reading.definition_shapes import unit_shape
from haidang_server.reading.json_values import json_value, jsonable
from haidang_server.reading.labels import PlacedSet, civil_date
from haidang_server.reading.present import Presenter, place_shape
from haidang_server.reading.report import Place, field_of
from haidang_server.reading.shapes import HistoryShape, WaitingOperation, WaitingSet
from haidang_server.reading.snapshot import Snapshot

Start = tuple[int, int]
"""(sequence, index): where a history stands."""


class Historian:
    """Tells what was said, in the order in which the hub received it."""

    def __init__(self, snapshot: Snapshot, reach: Collection[bytes]) -> None:
        self._snapshot = snapshot
        self._reach = reach
        self._presenter = Presenter(snapshot.authority, snapshot.labels)

    def history(
        self, record: bytes, scope: bytes | None, start: Start
    ) -> Iterator[tuple[Start, HistoryShape]]:
        """Every operation about a record from a position on, each with the position behind it."""
        states: dict[bytes, dict[str, set[bytes]]] = {}
        for placed in self._snapshot.sets_about(self._reach, record, scope, start[0]):
            where = placed.facts.scope
            if where not in states:
                found = self._snapshot.states(self._reach, record, [where])
                states[where] = _live_identities(found)
            opened = placed.open()
            for index, operation in enumerate(opened.body.operations):
                if opened.body.record_ids[index] == record and (placed.sequence, index) >= start:
                    told = self._told(placed, opened, index, operation, states[where])
                    yield (placed.sequence, index + 1), told

    def waiting(self, placed: PlacedSet) -> WaitingSet:
        """A set that is not merged."""
        facts = placed.facts
        unit = scope_unit(facts.scope)
        authority = self._snapshot.authority
        opened = placed.open()
        return WaitingSet(
            sequence=placed.sequence,
            set=facts.id.hex(),
            scope=facts.scope.hex(),
            unit=unit_shape(unit, authority.book, civil_date(placed.received)),
            author=self._presenter.person(facts.key, unit),
            verdict=placed.verdict.word,
            reason=placed.verdict.reason,
            closed=facts.id in authority.refused(unit),
            claimed=facts.time,
            received=placed.received,
            operations=[self._waiting_operation(opened, at) for at in range(len(opened.body.operations))],
        )

    def _waiting_operation(self, opened: OpenedSet, index: int) -> WaitingOperation:
        operation = opened.body.operations[index]
        place = _place(opened.body.addresses[index])
        value = _value(operation, place, self._form(opened, index))
        return WaitingOperation(
            opened.body.record_ids[index].hex(), _name(operation.kind), place_shape(place), value
        )

    def _told(
        self,
        placed: PlacedSet,
        opened: OpenedSet,
        index: int,
        operation: Operation,
        live: Mapping[str, set[bytes]],
    ) -> HistoryShape:
        place = _place(opened.body.addresses[index])
        save = opened.body.save_of[index]
        status = _status(operation, opened.identity(index), live, accepted=placed.verdict == ACCEPTED)
        return HistoryShape(
            sequence=placed.sequence,
            set=opened.id.hex(),
            verdict=placed.verdict.word,
            reason=placed.verdict.reason,
            operation=opened.identity(index).hex(),
            kind=_name(operation.kind),
            place=place_shape(place),
            value=_value(operation, place, self._form(opened, index)),
            status=status,
            redacted=opened.body.redacted is not None,
            author=self._presenter.person(opened.header.key, scope_unit(opened.header.scope)),
            claimed=opened.save_time(save),
            received=placed.received,
            form=opened.body.forms[save].hex(),
        )

    def _form(self, opened: OpenedSet, index: int) -> Form | None:
        """The form by which an operation was saved."""
        return self._snapshot.authority.book.forms.get(opened.body.forms[opened.body.save_of[index]])


def _live_identities(states: Mapping[bytes, RecordState]) -> dict[str, set[bytes]]:
    return {
        slot: {live.identity for live in lives}
        for state in states.values()
        for slot, lives in state.slots.items()
    }


def _status(operation: Operation, identity: bytes, live: Mapping[str, set[bytes]], *, accepted: bool) -> str:
    if not accepted:
        return "waiting"
    if operation.kind not in op.KINDS:
        return "unknown"
    if operation.kind == op.COUNT:
        return "counted"
    if operation.kind == op.REMOVE:
        return "removed"
    slot = slot_key(operation.kind, operation.address)
    return "live" if identity in live.get(slot, ()) else "superseded"


def _place(address: Any) -> Place:
    return Place(address) if isinstance(address, str) else Place(*address)


def _name(kind: int) -> str:
    return op.NAMES.get(kind, f"kind {kind}")


def _value(operation: Operation, place: Place, form: Form | None) -> Any:
    """A put as its field has it; everything else as it was saved. Shapes keep what a redaction took away as null."""
    if operation.kind == op.PUT:
        return json_value(field_of(form, place), operation.value)
    return jsonable(operation.value)
