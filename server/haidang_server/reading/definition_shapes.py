"""Definitions as JSON: units, directives, assignments, forms, periods, each with where it is written and what disputes it."""

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import msgspec

from haidang_protocol.definitions.assignments import Assignment
from haidang_protocol.definitions.book import Book, Version
from haidang_protocol.definitions.directives import Directive
from haidang_protocol.definitions.form_json import write_form
from haidang_protocol.definitions.forms import Form, form_id
from haidang_protocol.definitions.periods import Period, period_label
from haidang_protocol.definitions.units import Unit
from haidang_protocol.definitions.words import Words
from haidang_protocol.ids import scope_unit
from haidang_server.reading.shapes import Hex, Page, PeriodShape, UnitShape

T = TypeVar("T")


class Defined(msgspec.Struct, Generic[T], frozen=True):
    """A definition as it is shown.

    Attributes:
        item: What was written nearest to the top; of two written there, always the same one.
        written_in: The unit in whose authority scope it stands.
        others: Different live versions: two officers defined it apart from each other, or at different levels.
    """

    item: T
    written_in: Hex
    others: list[T]


class UnitVersionShape(msgspec.Struct, frozen=True):
    """What a unit was from one date to another; null dates are not known, or it still holds."""

    name: str
    name_en: str
    level: str
    type: str
    parent: Hex | None
    scheme: str
    code: str
    valid_from: str | None
    valid_to: str | None
    legal_basis: str


class UnitItem(msgspec.Struct, frozen=True):
    """A unit through time, oldest version first."""

    id: Hex
    versions: list[UnitVersionShape]
    tags: list[str]


class AnnotationShape(msgspec.Struct, frozen=True):
    """A reader's remark on a directive."""

    kind: str
    text_vi: str
    text_en: str


class DirectiveItem(msgspec.Struct, frozen=True, kw_only=True):
    """A task, word for word; `horizon` is what the paper says of time, `due` the date that it sets, if it sets one."""

    code: str
    parent: str | None
    section: str
    sector: str
    title_vi: str
    title_en: str
    modality: str
    leads: list[str]
    lead_inferred: bool
    coordinators: list[str]
    action: str
    output_type: str
    decision_maker: str
    horizon: str
    due: str | None
    amount: int | None
    legal_bases: list[str]
    reporters: str
    record_level: str
    channel: str
    forms: list[str]
    related: list[str]
    quote: str
    notes: str
    annotations: list[AnnotationShape]


class AssignmentItem(msgspec.Struct, frozen=True):
    """A directive for a unit, with its due date."""

    directive: str
    unit: UnitShape
    due: str | None
    note: str


class FormItem(msgspec.Struct, frozen=True):
    """A version of a form; `content` is the form as it is authored, expressions as text."""

    id: Hex
    family: str
    version: int
    title_vi: str
    title_en: str
    content: dict[str, Any]


class DefinedUnit(Defined[UnitItem], frozen=True):
    """A unit as it is shown."""


class DefinedDirective(Defined[DirectiveItem], frozen=True):
    """A directive as it is shown."""


class DefinedAssignment(Defined[AssignmentItem], frozen=True):
    """An assignment as it is shown."""


class DefinedForm(Defined[FormItem], frozen=True):
    """A form as it is shown."""


class DefinedPeriod(Defined[PeriodShape], frozen=True):
    """A period as it is shown."""


class UnitPage(Page[DefinedUnit], frozen=True):
    """Units, in the order of their ids."""


class DirectivePage(Page[DefinedDirective], frozen=True):
    """Directives, in the order of their codes."""


class AssignmentPage(Page[DefinedAssignment], frozen=True):
    """Assignments, in the order of directives, then units."""


class FormPage(Page[DefinedForm], frozen=True):
    """Forms, in the order of their ids."""


class PeriodPage(Page[DefinedPeriod], frozen=True):
    """Periods, in the order of their ids."""


def defined(versions: Sequence[Version], book: Book, day: str) -> Defined[Any]:
    """A definition with these live versions, the shown one first; units are named as on a day."""
    first = versions[0]

    def show(definition: Any) -> Any:
        if isinstance(definition, Assignment):
            return _assignment(definition, book, day)
        return _SHOWN[type(definition)](definition)

    differing = {version.definition: None for version in versions if version.definition != first.definition}
    return Defined(show(first.definition), scope_unit(first.scope).hex(), [show(each) for each in differing])


def period_shape(period: Period) -> PeriodShape:
    """A period."""
    try:
        label = period_label(period)
    except (KeyError, IndexError, ValueError):  # a kind of period that this version has no name for
        label = Words(f"{period.start} – {period.end}", f"{period.start} – {period.end}")
    return PeriodShape(
        period.id.hex(), period.regime, period.kind, period.start, period.end, period.due, label.vi, label.en
    )


def unit_shape(unit: bytes, book: Book, day: str) -> UnitShape:
    """A unit by the name of a day."""
    named = book.unit_name(unit, day)
    return UnitShape(unit.hex(), named.name, named.name_en, named.level, named.code)


def _unit(unit: Unit) -> UnitItem:
    versions = [
        UnitVersionShape(
            each.name,
            each.name_en,
            each.level,
            each.type,
            None if each.parent is None else each.parent.hex(),
            each.scheme,
            each.code,
            each.valid_from,
            each.valid_to,
            each.legal_basis,
        )
        for each in unit.versions
    ]
    return UnitItem(unit.id.hex(), versions, list(unit.tags))


def _directive(directive: Directive) -> DirectiveItem:
    named: dict[str, Any] = {
        name: getattr(directive, name)
        for name in DirectiveItem.__struct_fields__
        if name in Directive.__struct_fields__
    }
    named |= {"title_vi": directive.title.vi, "title_en": directive.title.en}
    named["annotations"] = [
        AnnotationShape(each.kind, each.text.vi, each.text.en) for each in directive.annotations
    ]
    return msgspec.convert(named, DirectiveItem)


def _assignment(assignment: Assignment, book: Book, day: str) -> AssignmentItem:
    unit = unit_shape(assignment.unit, book, day)
    return AssignmentItem(assignment.directive, unit, assignment.due, assignment.note)


def _form(form: Form) -> FormItem:
    content: dict[str, Any] = msgspec.json.decode(write_form(form))
    return FormItem(form_id(form).hex(), form.family, form.version, form.title.vi, form.title.en, content)


_SHOWN: dict[type, Callable[[Any], Any]] = {
    Unit: _unit, Directive: _directive, Form: _form, Period: period_shape,
}  # fmt: skip
