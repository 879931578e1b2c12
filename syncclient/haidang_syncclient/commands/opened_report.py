"""A report open for one press of "save": the record and, for restricted fields, its twin in the restricted scope."""

from typing import NamedTuple

from haidang_protocol import reading
from haidang_protocol.body import Address, Preimage
from haidang_protocol.definitions.forms import Field, Form, derived_from, form_id, restricted_names
from haidang_protocol.definitions.periods import Period
from haidang_protocol.ids import ID16, REPORTS, RESTRICTED, derived_row_id, scope_of
from haidang_syncclient.commands.answer import Refusal
from haidang_syncclient.commands.consequences import Consequences, save
from haidang_syncclient.commands.desk import Desk
from haidang_syncclient.commands.filling import (
    CELL,
    COUNT,
    NEW,
    PUT,
    REMOVE,
    ROW,
    RowName,
    Statement,
    row_name,
)
from haidang_syncclient.commands.form_state import FormState, Row
from haidang_syncclient.commands.naming import field_names, find_directive, find_period, only, unknown
from haidang_syncclient.commands.records import EVENT_SITE, Shelf
from haidang_syncclient.editing import FormSession


class Target(NamedTuple):
    """Which report is meant, as a person names it."""

    unit: str | None = None
    site: str | None = None
    directive: str | None = None
    period: str | None = None
    record: str | None = None


class OpenedReport:
    """A form open on one report. What is entered is kept by `save` alone."""

    def __init__(
        self,
        desk: Desk,
        form: Form,
        unit: bytes,
        record: bytes | Preimage,
        site: bytes | None,
        period: Period | None,
    ) -> None:
        self.form, self.unit, self.site, self.period = form, unit, site, period
        self.new_site = False
        self.tags: list[bytes] = []
        self.consequences: list[Consequences] = []
        self._desk = desk
        self._rows: dict[int, Row] = {}
        personal = any(field.personal for field in form.fields)
        self._sessions = {
            kind: FormSession(
                desk.replica(), scope_of(kind, unit), record, form=form_id(form), personal=personal
            )
            for kind in (REPORTS, RESTRICTED)
        }
        self._main = self._sessions[RESTRICTED if form.restricted else REPORTS]

    @property
    def id(self) -> bytes:
        """The record's id."""
        return self._main.id

    @property
    def main(self) -> FormSession:
        """The session of the record itself, not of its twin."""
        return self._main

    def state(self) -> FormState:
        """What the report says, own saves included."""
        return FormState(self.form, self._sessions[REPORTS].state, self._sessions[RESTRICTED].state)

    def described(self, desk: Desk) -> str:
        """The report in one line."""
        shelf = Shelf(desk)
        return next(
            (shelf.describe(found) for found in shelf.records if found.id == self.id), self.form.family
        )

    # ------------------------------------------------------------------------------------------------------- enter

    def enter(self, statement: Statement) -> None:
        """Enter one statement of the command line.

        Raises:
            Refusal: a row or element that is not there.
        """
        field, session = statement.field, self._session(statement.field)
        if statement.option == ROW and statement.row is not None:
            self._rows[statement.row] = self._begin_row(session, field, statement.value)
            return
        row = None if statement.row is None else self._rows[statement.row]
        asked = statement.cell or field
        address: Address = field.name if row is None else (field.name, row.element, asked.name)
        if statement.option == COUNT:
            session.count(field.name, statement.value)
        elif asked.merge == "add":
            self._enter_elements(
                statement, session, address, self.state().elements(field, row, statement.cell)
            )
        else:
            session.put(address, statement.value)

    def _enter_elements(
        self, statement: Statement, session: FormSession, address: Address, there: list[object]
    ) -> None:
        """Add, take out, or with `--set` make the elements exactly those stated."""
        stated = list(statement.value)
        if statement.option == REMOVE:
            missing = [element for element in stated if element not in there]
            if missing:
                raise unknown("choice", str(missing[0]), f"show {self.id.hex()[:8]}")
            gone, new = stated, []
        else:
            new = [element for element in stated if element not in there]
            gone = (
                [element for element in there if element not in stated]
                if statement.option in (PUT, CELL)
                else []
            )
        for element in gone:
            session.remove(address, element)
        for element in new:
            session.add(address, element)

    def _begin_row(self, session: FormSession, field: Field, name: RowName) -> Row:
        if name.new:
            row = Row(fresh := self._desk.random(ID16), fresh)
            session.add(field.name, fresh)
            return row
        if name.prefix:
            return self._known_row(field, name)
        row = Row(derived_row_id(field.name, name.key), name.key)
        if row.id not in {known.id for known in self.state().rows(field)}:
            session.add(field.name, list(name.key))
            for cell, value in name.cells:
                session.put((field.name, row.element, cell.name), value)
        return row

    def _known_row(self, field: Field, name: RowName) -> Row:
        """A row that is there.

        Raises:
            Refusal: it is not.
        """
        derived = derived_row_id(field.name, name.key) if name.key else None
        for row in self.state().rows(field):
            if row.id == derived or (name.prefix and row.id.hex().startswith(name.prefix)):
                return row
        text = name.prefix or "|".join(name.key) or NEW
        names = [
            ("|".join(row.element), "|".join(row.element))
            for row in self.state().rows(field)
            if isinstance(row.element, tuple)
        ]
        raise unknown("row", text, f"show {self.id.hex()[:8]}", names)

    def hide_row(self, text: str) -> None:
        """Hide the row FIELD=KEY.

        Raises:
            Refusal: there is no such row.
        """
        name, _, key = text.partition("=")
        field = self._rows_field(name.strip())
        row = self._known_row(field, row_name(field, key.strip()))
        self._session(field).void("", (field.name, row.element))

    def _rows_field(self, name: str) -> Field:
        rows = [field for field in self.form.fields if field.kind == "rows"]
        found = [(field, field.name) for field in rows if field.name == name]
        return only("field", name, found, f"directives --form {self.form.family}", field_names(rows))

    def declare_zero(self) -> None:
        """State zero for every stated figure that has no answer: blank is not zero until somebody says so.

        Raises:
            Refusal: the report has a figure that is not zero.
        """
        answers = self.state().answers()
        figures = [field for field in self.form.fields if field.origin == "ptotal"]
        if any(answers.get(field.name) for field in figures):
            raise Refusal("no-longer-zero")
        for field in figures:
            if field.name not in answers:
                self._session(field).put(field.name, 0)

    def note(self, text: str) -> None:
        """Write a note on the report."""
        self._main.note(text)

    @property
    def hidden(self) -> bool:
        """Whether the report is hidden."""
        return reading.hidden(self._main.state)

    def void(self, reason: str) -> None:
        """Hide the report.

        Raises:
            Refusal: there is none to hide.
        """
        state = self._main.state
        if self.hidden or not (self._main.changed or any(state.slots.values()) or state.tallies):
            raise Refusal("nothing-to-hide")
        for session in self._touched():
            session.void(reason)

    def restore(self, reason: str) -> None:
        """Show the report again.

        Raises:
            Refusal: it is not hidden.
        """
        if not self.hidden:
            raise Refusal("not-hidden")
        for session in self._touched():
            session.restore(reason)

    def at_site(self, site: bytes) -> None:
        """Say at which site an event was."""
        self._main.link(EVENT_SITE, site, self._main.scope)

    def save(self) -> None:
        """Make durable what was entered.

        Raises:
            Refusal: nothing was entered.
            NotAllowedError: the person's certificate does not cover it; nothing was saved.
            SyncError: it was not saved.
        """
        changed = [session for session in self._sessions.values() if session.changed]
        for session in changed:
            self._desk.check_allowed(session.scope, session.kinds)
        if not changed:
            raise Refusal("nothing-to-save", form=self.form.family)
        for session in changed:
            tags, found = save(self._desk, session, self.form)
            self.tags += tags
            self.consequences.append(found)

    def _touched(self) -> list[FormSession]:
        """The record, and its twin if that says anything."""
        twin = self._sessions[RESTRICTED]
        said = bool(twin.state.slots) and twin is not self._main
        return [self._main, *([twin] if said else [])]

    def _session(self, field: Field) -> FormSession:
        return self._sessions[RESTRICTED if field.name in restricted_names(self.form) else REPORTS]


def open_report(desk: Desk, form: Form, target: Target) -> OpenedReport:
    """Open the report that a person names.

    Raises:
        Refusal: what the form needs is missing, or a name fits nothing or too much.
    """
    if target.record is not None:
        return _open_held(desk, form, target.record)
    unit = desk.find_unit(target.unit)
    period = _period(desk, form, target.period)
    site = _site(desk, form, target.site)
    if form.timing.occasion == "event":
        opened = OpenedReport(desk, form, unit, desk.random(ID16), site, None)
        if site is not None:
            opened.at_site(site)
        return opened
    derived = derived_from(
        form,
        site=site,
        directive=_directive(desk, form, target.directive),
        period=period.id if period else None,
    )
    opened = OpenedReport(
        desk, form, unit, Preimage(*derived) if derived else desk.random(ID16), site, period
    )
    opened.new_site = target.site == NEW and site is not None
    return opened


def _open_held(desk: Desk, form: Form, text: str) -> OpenedReport:
    shelf = Shelf(desk)
    found = shelf.find(text)
    if shelf.family(found) != form.family:
        raise unknown("record", f"{form.family} {text}", "show")
    known = None if found.preimage is None else found.preimage.period
    period = None if known is None else desk.book.periods.get(known)
    return OpenedReport(desk, form, found.unit, found.preimage or found.id, found.site, period)


def _period(desk: Desk, form: Form, text: str | None) -> Period | None:
    if form.timing.occasion != "period":
        return None
    if text is None:
        raise Refusal("period-needed", form=form.family)
    return find_period(desk.book, text, form, desk.today())


def _site(desk: Desk, form: Form, text: str | None) -> bytes | None:
    if form.subject.kind != "site":
        return None
    if text is None:
        raise Refusal("subject-needed", form=form.family)
    return desk.random(ID16) if text == NEW else Shelf(desk).find_site(text)


def _directive(desk: Desk, form: Form, text: str | None) -> str | None:
    if form.subject.kind != "directive":
        return None
    if text is not None:
        return find_directive(desk.book, text).code
    if len(form.directives) != 1:
        raise Refusal("directive-needed", form=form.family, found=list(form.directives))
    return form.directives[0]
