"""What a person calls things, and which thing is meant: units, directives, forms, fields, periods."""

import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Final, TypeVar

from haidang_protocol.definitions.book import Book
from haidang_protocol.definitions.directives import Directive
from haidang_protocol.definitions.forms import Field, Form
from haidang_protocol.definitions.periods import Period, period_label
from haidang_protocol.definitions.text import fold, match_key
from haidang_protocol.definitions.units import UnitVersion
from haidang_syncclient.commands.answer import Refusal
from haidang_syncclient.words import Both
from haidang_syncclient.words.labels import LABELS

T = TypeVar("T")

CURRENT: Final = "current"
_HEX: Final = re.compile(r"[0-9a-f]{4,64}")
_MONTH: Final = re.compile(r"(\d{4})-(\d{1,2})|(\d{1,2})/(\d{4})")
_PART: Final = re.compile(r"(\d{4})-?([QH])(\d)", re.IGNORECASE)
_YEAR: Final = re.compile(r"\d{4}")
_TAIL: Final = re.compile("[ -]")
"""What divides the type of a unit from its name, and the notice from the rest of a directive's code."""
_MONTHS_OF: Final = {"q": ("quarter", 3), "h": ("half", 6)}
_NEAR_MAX: Final = 3
_NEARNESS: Final = 0.6
"""How alike two spellings have to be (difflib), from 0 to 1."""

Names = Iterable[tuple[str, str]]
"""What there is: pairs of a spelling by which a person may call something, and its name as it is to be typed."""


def only(kind: str, text: str, found: Iterable[tuple[T, str]], command: str, names: Names = ()) -> T:
    """The one thing that was found, each with how it is shown.

    Args:
        kind: what it is, a word of the vocabulary.
        text: what the person wrote.
        found: all that the text fits.
        command: what lists the things of this kind.
        names: what there is, to suggest what is spelled alike.

    Raises:
        Refusal: nothing was found (unknown-name) or more than one thing (ambiguous-name).
    """
    listed = list(found)
    if not listed:
        raise unknown(kind, text, command, names)
    if len(listed) > 1:
        shown = ", ".join(name for _, name in listed[:5]) + (", …" if len(listed) > 5 else "")
        raise Refusal("ambiguous-name", kind=LABELS[kind], text=text, found=shown)
    return listed[0][0]


def unknown(kind: str, text: str, command: str, names: Names = ()) -> Refusal:
    """What says that there is no such thing; arguments as those of `only`."""
    return Refusal("unknown-name", kind=LABELS[kind], text=text, command=command, near=near(text, names))


def near(text: str, names: Names) -> Both:
    """A question that offers the names that are spelled like a text; empty if there are none."""
    spelled: dict[str, str] = {}
    for spelling, name in names:
        for way in (spelling, _TAIL.split(spelling, maxsplit=1)[-1]):
            spelled.setdefault(fold(way), name)
    alike = get_close_matches(fold(text), spelled, _NEAR_MAX, _NEARNESS)
    if not alike:
        return Both("", "")
    listed = ", ".join(f"“{name}”" for name in dict.fromkeys(spelled[way] for way in alike))
    return Both(f"Có phải {listed}? ", f"Did you mean {listed}? ")


def hex_prefix(text: str) -> str | None:
    """The text as the start of an id in hex, dashes left out; None if it cannot be one."""
    digits = text.strip().lower().replace("-", "")
    return digits if _HEX.fullmatch(digits) else None


def find_unit(book: Book, text: str, date: str) -> bytes:
    """The id of a unit named by id, code or name, with or without its type ("Xã Hòn Nghệ", "Hòn Nghệ", "hon nghe").

    Raises:
        Refusal: none, or more than one.
    """
    versions = {
        unit: version for unit in book.units if (version := book.unit_version(unit, date)) is not None
    }
    for fits in _unit_tests(text):
        found = [
            (unit, f"{version.name} ({version.code or unit.hex()[:8]})")
            for unit, version in versions.items()
            if fits(unit, version)
        ]
        if found:
            return only("unit", text, _living(book, found, date), "show --units")
    names = [(way, version.name) for version in versions.values() for way in (version.name, version.name_en)]
    return only("unit", text, [], "show --units", names)


def _unit_tests(text: str) -> Iterable[Callable[[bytes, UnitVersion], bool]]:
    """From the most exact way of naming a unit to the loosest; the first that finds something decides."""
    prefix, key, wanted = hex_prefix(text), match_key(text), fold(text)
    yield lambda unit, _: prefix == unit.hex()
    yield lambda _, version: fold(version.code) == wanted
    yield lambda _, version: key in (match_key(version.name), match_key(version.name_en))
    yield lambda _, version: match_key(version.name).endswith(f" {key}")
    yield lambda _, version: wanted in (fold(version.name), fold(version.name_en))
    yield lambda _, version: fold(version.name).endswith(f" {wanted}")
    yield lambda _, version: fold(version.name_en).startswith(f"{wanted} ")
    yield lambda unit, _: prefix is not None and unit.hex().startswith(prefix)


def find_directive(book: Book, text: str) -> Directive:
    """The directive of a code, whole or its last part, such as 2.1a.

    Raises:
        Refusal: none, or more than one.
    """
    wanted = fold(text)
    found = [
        (directive, directive.code)
        for code, directive in book.directives.items()
        if fold(code) == wanted or fold(code).endswith(f"-{wanted}")
    ]
    names = [
        (way, code) for code, each in book.directives.items() for way in (code, each.title.vi, each.title.en)
    ]
    return only("directive", text, found, "directives", names)


def find_form(book: Book, text: str) -> Form:
    """The newest form of a family, or the one whose id begins so.

    Raises:
        Refusal: none, or more than one.
    """
    families = {fold(family): form for family, form in book.newest_forms().items()}
    if fold(text) in families:
        return families[fold(text)]
    prefix = hex_prefix(text)
    found = [
        (form, f"{form.family} {name.hex()[:8]}")
        for name, form in book.forms.items()
        if prefix is not None and name.hex().startswith(prefix)
    ]
    names = [
        (way, form.family)
        for form in families.values()
        for way in (form.family, form.title.vi, form.title.en)
    ]
    return only("form", text, found, "directives --forms", names)


def find_field(form: Form, text: str) -> Field:
    """A field of a form by its name.

    Raises:
        Refusal: there is none.
    """
    found = [(field, field.name) for field in form.fields if field.name == text]
    return only("field", text, found, f"directives --form {form.family}", field_names(form.fields))


def find_cell(form: Form, rows: Field, text: str) -> Field:
    """A cell of the rows of a field by its name.

    Raises:
        Refusal: there is none.
    """
    found = [(cell, cell.name) for cell in rows.cells if cell.name == text]
    return only("cell", text, found, f"directives --form {form.family}", field_names(rows.cells))


def field_names(fields: Iterable[Field]) -> Names:
    """How people may call fields: by their names, or by their questions."""
    return [(way, field.name) for field in fields for way in (field.name, field.label.vi, field.label.en)]


def find_period(book: Book, text: str, form: Form | None, today: str) -> Period:
    """The period of a form's regime and kind that a text names; any period if no form is given.

    Understood are ids, `current`, 2019-03 or 3/2019, 2019-Q1, 2019-H1 and 2019.

    Raises:
        Refusal: none, or more than one.
    """
    fitting = [
        period
        for period in book.periods.values()
        if form is None or (period.regime, period.kind) == (form.timing.regime, form.timing.kind)
    ]
    found = [
        (period, period_label(period).vi) for period in fitting if _is_called(period, text.strip(), today)
    ]
    return only("period", text, found, "directives --periods")


def period_code(period: Period) -> str:
    """What `find_period` understands as this period, for the forms of its calendar: 2019-03, 2019-Q1, 2019-H1, 2019."""
    year, month = period.end[:4], int(period.end[5:7])
    parts = {
        kind: f"{year}-{letter.upper()}{month // months}" for letter, (kind, months) in _MONTHS_OF.items()
    }
    codes = {"month": period.end[:7], "year": year, **parts}
    return codes.get(period.kind, period.id.hex()[:8])


def _living(book: Book, found: list[tuple[bytes, str]], date: str) -> list[tuple[bytes, str]]:
    """Of several units of one name those that are on that date, if there are any."""
    if len(found) < 2:
        return found
    return [pair for pair in found if book.units[pair[0]].at(date) is not None] or found


def _is_called(period: Period, text: str, today: str) -> bool:
    if text.lower() == CURRENT:
        return period.start <= today <= period.end
    if month := _MONTH.fullmatch(text):
        year, number = (month[1], month[2]) if month[1] else (month[4], month[3])
        return period.kind == "month" and period.end[:7] == f"{year}-{int(number):02d}"
    if part := _PART.fullmatch(text):
        kind, months = _MONTHS_OF[part[2].lower()]
        return period.kind == kind and period.end[:7] == f"{part[1]}-{int(part[3]) * months:02d}"
    if _YEAR.fullmatch(text):
        return period.kind == "year" and period.end[:4] == text
    prefix = hex_prefix(text)
    return prefix is not None and period.id.hex().startswith(prefix)
