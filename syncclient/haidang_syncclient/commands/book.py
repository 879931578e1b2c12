"""The book of definitions that a replica holds: units, directives, forms, periods, assignments, read from merged records.

Two officers may have defined one thing apart from each other; then all their versions are live, the book takes the one of
the greatest identity so that every reader takes the same, and lists the record as disputed.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from haidang_protocol import operations as op
from haidang_protocol.definitions.assignments import Assignment
from haidang_protocol.definitions.directives import Directive
from haidang_protocol.definitions.forms import Form, form_id
from haidang_protocol.definitions.periods import Period
from haidang_protocol.definitions.units import Unit, UnitVersion
from haidang_protocol.errors import ProtocolError
from haidang_protocol.merge import RecordState

_READERS: Final[dict[int, Callable[[Any], Any]]] = {
    op.UNIT: Unit.from_value,
    op.DIRECTIVE: Directive.from_value,
    op.ASSIGNMENT: Assignment.from_value,
    op.FORM: Form.from_value,
    op.PERIOD: Period.from_value,
}


class Book(msgspec.Struct):
    """All definitions of a replica. `disputed` are the records with two different versions, by kind of operation."""

    units: dict[bytes, Unit] = {}
    directives: dict[str, Directive] = {}
    forms: dict[bytes, Form] = {}
    periods: dict[bytes, Period] = {}
    assignments: list[Assignment] = []
    disputed: list[tuple[int, bytes]] = []

    def newest_forms(self) -> dict[str, Form]:
        """The newest version of each family, by family."""
        ranked = sorted((form.family, form.version, name) for name, form in self.forms.items())
        return {family: self.forms[name] for family, _, name in ranked}

    def forms_of(self, directive: Directive) -> list[Form]:
        """The forms that report on a directive: those that it names, and those that name it."""
        return [
            form
            for family, form in self.newest_forms().items()
            if family in directive.forms or directive.code in form.directives
        ]

    def version_of(self, unit: bytes, date: str) -> UnitVersion | None:
        """What a unit was on a date; its last version if it was not then."""
        known = self.units.get(unit)
        if known is None or not known.versions:
            return None
        return known.at(date) or known.versions[-1]

    def unit_name(self, unit: bytes, date: str, language: str) -> str:
        """The name of a unit on a date; the start of its id if it is not known."""
        version = self.version_of(unit, date)
        return unit.hex()[:8] if version is None else version.words.in_language(language)

    def assigned_to(self, unit: bytes) -> list[Assignment]:
        """What was assigned to a unit, by directive."""
        return sorted(
            (each for each in self.assignments if each.unit == unit), key=lambda each: each.directive
        )


def read_book(records: Iterable[tuple[bytes, RecordState]]) -> Book:
    """Read the definitions among merged records of authority scopes; what cannot be read is left out."""
    book = Book()
    for record, state in records:
        live = [item for item in state.slots.get(op.REGISTER, ()) if item.kind in _READERS]
        if not live:
            continue
        if any(item.value != live[0].value for item in live):
            book.disputed.append((live[0].kind, record))
        for item in sorted(live, key=lambda item: item.identity, reverse=True):
            try:
                _enter(book, _READERS[item.kind](item.value))
            except ProtocolError:
                continue
            break
    return book


def _enter(book: Book, definition: Any) -> None:
    match definition:
        case Unit():
            book.units[definition.id] = definition
        case Directive():
            book.directives[definition.code] = definition
        case Form():
            book.forms[form_id(definition)] = definition
        case Period():
            book.periods[definition.id] = definition
        case Assignment():
            book.assignments.append(definition)
