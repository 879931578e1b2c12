"""One record as a page: every field with its values and who said them, rows, tallies, workflow, notes, history, proof."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from rich.table import Table

from haidang_protocol import operations as op
from haidang_protocol import reading, workflow
from haidang_protocol.body import Address, slot_key
from haidang_protocol.definitions.form_answers import calculate
from haidang_protocol.definitions.forms import Field, Form
from haidang_protocol.ids import REPORTS, RESTRICTED, derived_row_id, scope_of
from haidang_protocol.reading import CELL_MARK
from haidang_syncclient import views
from haidang_syncclient.commands.civil_time import iso_time, show_time
from haidang_syncclient.commands.desk import Desk
from haidang_syncclient.commands.field_text import show_answer
from haidang_syncclient.commands.records import Found, Shelf
from haidang_syncclient.tracing import Origin
from haidang_syncclient.views import HistoryEntry, Sibling
from haidang_syncclient.words import Both


class Line(NamedTuple):
    """What stands about one field, cell or tally: its address as people write it, its question, its siblings."""

    address: str
    label: Both | None
    field: Field | None
    slot: str
    siblings: tuple[Sibling, ...]
    total: int | None = None


class Page:
    """A record with its restricted twin."""

    def __init__(self, desk: Desk, shelf: Shelf, found: Found) -> None:
        self._desk, self._shelf, self._found = desk, shelf, found
        self._replica = desk.replica()
        self._row_names: dict[str, str] = {}
        self.parts = [
            (scope_of(kind, found.unit), found.id_in(kind))
            for kind in (REPORTS, RESTRICTED)
            if self._replica.state(scope_of(kind, found.unit), found.id_in(kind)).slots
            or self._replica.state(scope_of(kind, found.unit), found.id_in(kind)).tallies
        ]

    # ------------------------------------------------------------------------------------------------------- values

    def lines(self) -> list[Line]:
        """Registers, sets and tallies of the record and its twin, in the order of the form."""
        found: list[Line] = []
        for scope, record in self.parts:
            state = self._replica.state(scope, record)
            known = views.origins(self._replica, scope, record)
            self._note_rows(known)
            found += [
                self._line(slot, known[slot])
                for slot in known
                if slot[0] in (op.REGISTER, op.SET) and not self._is_rows(slot)
            ]
            found += [
                self._line(slot, (), tally.total) for slot, tally in state.tallies.items() if tally.steps
            ]
        order = {name: place for place, name in enumerate(self._names())}
        return sorted(
            found, key=lambda line: (order.get(line.slot[1:].split(CELL_MARK)[0], len(order)), line.slot[1:])
        )

    def _names(self) -> list[str]:
        return [] if self._found.form is None else [field.name for field in self._found.form.fields]

    def _note_rows(self, known: dict[str, tuple[Sibling, ...]]) -> None:
        """Remember by which natural key people know a row."""
        for slot, siblings in known.items():
            for value in (sibling.value for sibling in siblings if slot[0] == op.SET):
                if isinstance(value, list):
                    self._row_names[derived_row_id(slot[1:], value).hex()] = "|".join(value)

    def _is_rows(self, slot: str) -> bool:
        field = field_of(self._found.form, slot)
        return field is not None and field.kind == "rows" and CELL_MARK not in slot

    def _line(self, slot: str, siblings: tuple[Sibling, ...], total: int | None = None) -> Line:
        field = field_of(self._found.form, slot)
        label = None if field is None else Both(field.label.vi, field.label.en)
        return Line(address_text(slot[1:], self._row_names), label, field, slot, siblings, total)

    def calculated(self) -> dict[str, Any]:
        """The calculated fields that have a value: none where it would come of a field with different values."""
        state = self._shelf.whole(self._found)
        return {} if state is None else calculate(state.form, state._replace(agreed_only=True).answers())

    # ----------------------------------------------------------------------------------------------------- workflow

    def attests(self) -> list[reading.Attest]:
        """The live attests of the record and its twin."""
        return [
            attest
            for scope, record in self.parts
            for attest in reading.attests(self._replica.state(scope, record))
        ]

    def stage(self) -> str:
        """Where it stands between author and approver (`workflow.STAGES`)."""
        return self._shelf.settled_stage(self._found)

    def notes(self) -> list[Sibling]:
        """The notes, oldest first."""
        return [
            sibling
            for scope, record in self.parts
            for sibling in views.siblings(self._replica, scope, record, op.NOTES)
        ]

    def hidden(self) -> bool:
        """Whether the record is hidden."""
        return all(reading.hidden(self._replica.state(scope, record)) for scope, record in self.parts)

    def history(self) -> list[HistoryEntry]:
        """Everything ever saved about the record, by claimed time."""
        entries = [
            entry for scope, record in self.parts for entry in views.history(self._replica, scope, record)
        ]
        return sorted(entries, key=lambda entry: entry.origin.time)

    # ------------------------------------------------------------------------------------------------------- shown

    def table(self) -> Table:
        """The values for a person."""
        table = Table("", "", "", "", box=None, pad_edge=False, show_header=False)
        for line in self.lines():
            for value, who, when in self._cells(line):
                table.add_row(line.address, self._label(line), value, f"{who} {when}".strip())
        for name, value in self.calculated().items():
            field = None if self._found.form is None else self._found.form.field(name)
            if field is not None and field.kind == "calc":
                shown = show_answer(field, value, self._desk.language)
                table.add_row(name, field.label.in_language(self._desk.language), shown, "=")
        return table

    def _label(self, line: Line) -> str:
        """The question; of a field that the form here does not have yet, that an update is needed."""
        if line.label is not None:
            return line.label.in_language(self._desk.language)
        return "" if self._found.form is None else self._desk.label("needs-update")

    def _cells(self, line: Line) -> Iterator[tuple[str, str, str]]:
        if line.total is not None:
            yield f"{line.total:,}".replace(",", "."), "", ""
            return
        different = conflicting(line.siblings) and line.slot[0] == op.REGISTER
        for place, sibling in enumerate(line.siblings, start=1):
            if not different and place > 1 and sibling.value == line.siblings[place - 2].value:
                continue
            mark = f"{place}) " if different else ""
            shown = mark + show_answer(line.field, sibling.value, self._desk.language)
            yield shown, sibling.origin.person.name or "?", show_time(sibling.origin.time)

    def verdicts(self) -> list[str]:
        """The words of the workflow, newest state of each role."""
        return [workflow_word(self._desk, attest) for attest in self.attests()]


def said(desk: Desk, form: Form | None, entry: HistoryEntry) -> str:
    """What a statement said, in words."""
    value, kind = entry.value, entry.kind
    if kind in (op.NOTE, op.ATTEST) and isinstance(value, list):
        shown = " ".join(desk.label(str(part)) for part in value if part)
    else:
        shown = show_answer(field_of(form, slot_key(kind, entry.address)), value, desk.language)
    if kind not in op.NAMES:
        return f"{desk.label('needs-update')} ({kind}): {shown}"
    return f"{desk.label('said-' + op.NAMES[kind])}: {shown}"


def note_text(desk: Desk, value: Any) -> str:
    """The text of a note; a word for it if it was redacted."""
    return str(value[0]) if isinstance(value, list) else desk.label("redacted")


def workflow_word(desk: Desk, attest: reading.Attest) -> str:
    """An attest in words: what was said, whether it still holds, and the reason."""
    word = desk.label(attest.verdict)
    reason = f" ({attest.reason})" if attest.reason else ""
    since = workflow.CORRECTED if attest.verdict == op.RETURNED else workflow.STALE
    return f"{word}{reason} – {desk.label(since)}" if attest.stale else f"{word}{reason}"


def conflicting(siblings: Sequence[Sibling]) -> bool:
    """Whether two different values stand beside each other."""
    return any(sibling.value != siblings[0].value for sibling in siblings[1:])


def field_of(form: Form | None, slot: str) -> Field | None:
    """The field or cell of a form that a slot belongs to."""
    if form is None:
        return None
    name, *cell = slot[1:].split(CELL_MARK)
    field = form.field(name)
    if field is None or not cell:
        return field
    return next((each for each in field.cells if each.name == cell[-1]), None)


def address_text(address: str, row_names: Mapping[str, str] = MappingProxyType({})) -> str:
    """A field, or a cell as field[row].cell; the row by its natural key if that is known, else by the start of its id."""
    name, *cell = address.split(CELL_MARK)
    return f"{name}[{row_names.get(cell[0], cell[0][:8])}].{cell[1]}" if len(cell) == 2 else name


def address_of(address: Address) -> str:
    """The same for an address as operations state it."""
    if isinstance(address, str):
        return address
    field, row, cell = address
    return f"{field}[{row.hex()[:8] if isinstance(row, bytes) else '|'.join(row)}].{cell}"


def origin_data(origin: Origin) -> dict[str, Any]:
    """Where something comes from, for `--json`."""
    return {
        "person": origin.person.name,
        "key": origin.person.key,
        "time": iso_time(origin.time),
        "received": None if origin.received is None else iso_time(origin.received),
        "way": str(origin.way),
        "set": origin.set_id,
        "verdict": None if origin.verdict is None else origin.verdict.word,
    }


def siblings_data(siblings: Iterable[Sibling]) -> list[dict[str, Any]]:
    """Siblings for `--json`."""
    return [{"value": sibling.value, **origin_data(sibling.origin)} for sibling in siblings]
