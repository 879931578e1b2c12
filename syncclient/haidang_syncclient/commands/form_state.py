"""What a merged record says through its form: answers by field, rows with their cells, from the record and its restricted twin."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from haidang_protocol import reading
from haidang_protocol.definitions.forms import Field, Form, restricted_names
from haidang_protocol.merge import RecordState
from haidang_protocol.reading import CELL_MARK, Value


class Row(NamedTuple):
    """A row of a field: its id, and the element that stands for it (its id, or its natural key)."""

    id: bytes
    element: bytes | tuple[str, ...]


class FormState(NamedTuple):
    """A form and the states of its record in the reports scope and in the restricted one."""

    form: Form
    open: RecordState
    restricted: RecordState
    agreed_only: bool = False
    """Whether a field with different values counts as not answered: what is computed must be the same on all devices."""

    def of(self, field: Field) -> RecordState:
        """The state in which a field is filed."""
        return self.restricted if field.name in restricted_names(self.form) else self.open

    def rows(self, field: Field) -> list[Row]:
        """The rows of a field that are not hidden."""
        state = self.of(field)
        found = []
        for element in reading.elements(state, field.name):
            row = reading.row_of(field.name, element)
            if row is not None and not reading.hidden(state, (field.name, row)):
                found.append(Row(row, element if isinstance(element, bytes) else tuple(element)))
        return found

    def value(self, field: Field, row: Row | None = None, cell: Field | None = None) -> Value:
        """The register of a field, or of a cell of a row."""
        return reading.register(self.of(field), _slot(field, row, cell))

    def elements(self, field: Field, row: Row | None = None, cell: Field | None = None) -> list[Any]:
        """The elements of a field, or of a cell, that holds several."""
        return reading.elements(self.of(field), _slot(field, row, cell))

    def tally(self, field: Field) -> int | None:
        """The sum of a live tally; None if nobody has counted."""
        state = self.of(field)
        return reading.tally(state, field.name) if f"c{field.name}" in state.tallies else None

    def answers(self) -> dict[str, Any]:
        """The answers as `form_answers` reads them; of different values one is taken, or none (`agreed_only`)."""
        found = {field.name: self._answer(field) for field in self.form.fields}
        return {name: answer for name, answer in found.items() if answer is not None}

    def _answer(self, field: Field) -> Any:
        if field.kind == "rows":
            rows = [self._cells(field, row) for row in self.rows(field)]
            return rows or None
        return self._plain(field, field, None, None)

    def _cells(self, field: Field, row: Row) -> Mapping[str, Any]:
        found = {cell.name: self._plain(field, cell, row, cell) for cell in field.cells}
        return {name: answer for name, answer in found.items() if answer is not None}

    def _plain(self, field: Field, asked: Field, row: Row | None, cell: Field | None) -> Any:
        if asked.merge == "count":
            return self.tally(field)
        if asked.merge == "add":
            return self.elements(field, row, cell) or None
        value = self.value(field, row, cell)
        if not value.values or (self.agreed_only and value.conflict):
            return None
        return value.values[-1]


def _slot(field: Field, row: Row | None, cell: Field | None) -> str:
    if row is None or cell is None:
        return field.name
    return f"{field.name}{CELL_MARK}{row.id.hex()}{CELL_MARK}{cell.name}"
