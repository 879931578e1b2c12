"""What a made-up report states, as operations: the same that a phone would make of the same answers. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from haidang_protocol import operations as op
from haidang_protocol.body import Address, Operation, Preimage, Reference, record_id, slot_key
from haidang_protocol.definitions.form_values import attachment_element
from haidang_protocol.definitions.forms import Field, Form, derived_from, restricted_names, row_key
from haidang_protocol.ids import REPORTS, RESTRICTED, scope_of
from haidang_server.example.draw import Draw
from haidang_server.example.report import Report

AT_SITE: Final = "site"
"""The kind of the link by which an event says at which site it was."""

Slot = tuple[bytes, bytes, str]
"""Scope, record and slot key."""


class Seen:
    """What stands in each slot so far: what the next save of it will have seen, and replaces."""

    def __init__(self) -> None:
        self._live: dict[Slot, list[Reference]] = {}

    def replaced(self, slot: Slot) -> tuple[Reference, ...]:
        """What a save that has seen the slot supersedes."""
        return tuple(self._live.get(slot, ()))

    def note(self, scope: bytes, operations: Sequence[Operation], set16: bytes) -> None:
        """Take in a set that states one thing a slot at most."""
        for operation in operations:
            if operation.kind in (op.PUT, op.LINK):
                slot = slot_of(scope, operation)
                standing = [each for each in self._live.get(slot, ()) if each not in operation.supersedes]
                self._live[slot] = [*standing, Reference(set16, 0)]


def slot_of(scope: bytes, operation: Operation) -> Slot:
    """Where an operation of a scope stands."""
    return scope, record_id(operation.record, scope), slot_key(operation.kind, operation.address)


def stated(report: Report, form: Form, seen: Seen) -> dict[bytes, list[Operation]]:
    """The operations of a report by scope: its restricted fields are filed apart, under an id from the same preimage.

    Whoever gives a second opinion has not seen the first.
    """
    restricted = restricted_names(form)
    record = _record(report, form)
    found: dict[bytes, list[Operation]] = {}
    blind = report.oddity == "conflict"
    for name, answer in report.answers.items():
        field = form.field(name)
        if field is None:
            raise ValueError(f"{form.family} has no field {name}")
        scope = scope_of(RESTRICTED if name in restricted else REPORTS, report.unit)
        for kind, address, value in _field(report, field, answer):
            slot = (scope, record_id(record, scope), slot_key(kind, address))
            supersedes = () if blind or kind != op.PUT else seen.replaced(slot)
            found.setdefault(scope, []).append(Operation(kind, record, address, value, supersedes))
    if report.record is not None and report.site is not None:
        scope = scope_of(RESTRICTED if form.restricted else REPORTS, report.unit)
        found.setdefault(scope, []).append(Operation(op.LINK, record, AT_SITE, [report.site, scope]))
    return found


def _record(report: Report, form: Form) -> bytes | Preimage:
    if report.record is not None:
        return report.record
    derived = derived_from(form, site=report.site, directive=report.directive, period=report.period)
    if derived is None:
        raise ValueError(f"{form.family} is about events, and this one has no id")
    return Preimage(*derived)


def _field(report: Report, field: Field, answer: Any) -> Iterator[tuple[int, Address, Any]]:
    if field.kind == "rows":
        for number, cells in enumerate(answer):
            yield from _row(report, field, cells, number)
    elif field.merge == "count":
        yield op.COUNT, field.name, answer
    elif field.merge == "add":
        for element in elements(field, answer):
            yield op.ADD, field.name, element
    elif field.merge == "put":
        yield op.PUT, field.name, answer


def _row(
    report: Report, field: Field, cells: dict[str, Any], number: int
) -> Iterator[tuple[int, Address, Any]]:
    key = row_key(field, cells)
    drawn = Draw("row", report.unit.hex(), report.family, report.claimed, field.name, number)
    row = key if key is not None else drawn.whole(0, 2**128 - 1).to_bytes(16)
    yield op.ADD, field.name, row if isinstance(row, bytes) else [*row]
    for cell in field.cells:
        if cell.name in cells:
            address = (field.name, row, cell.name)
            if cell.merge == "add":
                for element in elements(cell, cells[cell.name]):
                    yield op.ADD, address, element
            elif cell.merge == "put":
                yield op.PUT, address, cells[cell.name]


def elements(field: Field, answer: Sequence[Any]) -> list[Any]:
    """The elements of a set field."""
    return [attachment_element(each) if field.kind == "photo" else each for each in answer]
