"""The book of definitions: what is shown of each, from what officers wrote apart from each other."""

from typing import Any

import msgspec
import pytest

from haidang_protocol.definitions.assignments import Assignment, assignment_id
from haidang_protocol.definitions.book import Book, UnitName, order
from haidang_protocol.definitions.directives import Directive, directive_id
from haidang_protocol.definitions.forms import Field, Form, form_id
from haidang_protocol.definitions.periods import Period, administrative_periods
from haidang_protocol.definitions.units import Unit, UnitVersion
from haidang_protocol.definitions.words import Words
from haidang_protocol.envelope import OpenedSet
from haidang_protocol.ids import AUTHORITY, scope_of
from haidang_protocol.operations import ASSIGNMENT, DIRECTIVE, FORM, NOTE, PERIOD, UNIT
from tests.protocol.actors import Draft, DraftSave
from tests.protocol.definitions.test_definition_vectors import sample_form
from tests.protocol.engines import ledger_of
from tests.protocol.village import Village

CODE = "TB171-2.1a"


def directive(**change: Any) -> Directive:
    stated = Directive(
        code=CODE, parent=None, section="2.1", sector="post", title=Words("Điểm BĐ–VHX", "Post points"), modality="giao",
        leads=("Sở TTTT",), coordinators=(), action="báo cáo", output_type="report", decision_maker="UBND tỉnh",
        horizon="hàng tháng", due=None, amount=None, legal_bases=(), reporters="xã", record_level="unit", channel="field",
        forms=(), related=(), quote="…", notes="", lead_inferred=False, annotations=(),
    )  # fmt: skip
    return msgspec.structs.replace(stated, **change)


def unit(unit_id: bytes, *versions: UnitVersion) -> tuple[int, bytes, Any]:
    return (UNIT, unit_id, Unit(id=unit_id, versions=versions).to_value("2027-01-01"))


def named(name: str, code: str, since: str | None = None, **other: Any) -> UnitVersion:
    return UnitVersion(
        name=name, name_en=other.get("english", ""), level="commune", type="xã", parent=None, scheme="GSO", code=code,
        valid_from=since, valid_to=other.get("until"), legal_basis="",
    )  # fmt: skip


def form(**change: Any) -> Form:
    return msgspec.structs.replace(sample_form(), **change)


def published(form: Form) -> tuple[int, bytes, Any]:
    return (FORM, form_id(form), form.to_value())


def book(v: Village) -> Book:
    ledger = ledger_of(v.genesis)
    ledger.commit(v.sets)
    return Book(ledger)


def scope(unit: bytes) -> bytes:
    return scope_of(AUTHORITY, unit)


def test_every_kind_of_definition_is_found_by_its_name(v: Village) -> None:
    period, task = administrative_periods(2027, ("month",))[0], Assignment(CODE, v.an, "2027-03-01")
    v.enter(
        v.province,
        v.top,
        [
            unit(v.an, named("Xã An", "00901")),
            (DIRECTIVE, directive_id(CODE), directive().to_value()),
            (ASSIGNMENT, assignment_id(CODE, v.an), task.to_value()),
            published(form()),
            (PERIOD, period.id, period.to_value()),
        ],
        "definitions",
    )
    found = book(v)
    assert found.units[v.an].versions == (named("Xã An", "00901"),)
    assert found.directives == {CODE: directive()}
    assert found.assignments == {(CODE, v.an): task}
    assert found.forms == {form_id(form()): form()}
    assert found.periods == {period.id: period}
    assert found.assigned_to(v.an) == [task]
    assert found.assigned_to(v.tan) == []
    assert found.disputed() == []


def test_of_two_versions_the_one_nearer_to_the_top_is_shown_and_both_are_told(v: Village) -> None:
    for by, at, title in (
        (v.district, v.an, "xã"),
        (v.province, v.top, "tỉnh"),
        (v.district, v.east, "huyện"),
    ):
        v.enter(by, at, [(DIRECTIVE, directive_id(CODE), directive(notes=title).to_value())], "directive")
    found = book(v)
    assert found.directives[CODE].notes == "tỉnh"
    assert found.disputed() == [CODE]
    everywhere = dict(found.all(DIRECTIVE, [scope(v.top), scope(v.east), scope(v.an)]))
    assert [each.definition.notes for each in everywhere[CODE]] == ["tỉnh", "huyện", "xã"]
    here = dict(found.all(DIRECTIVE, [scope(v.an)]))
    assert [each.definition.notes for each in here[CODE]] == ["xã"]
    assert dict(found.all(DIRECTIVE, [scope(v.west)])) == {}


def test_of_two_versions_in_one_scope_every_reader_shows_the_same(v: Village) -> None:
    deputy = v.person("deputy", v.province, v.east)
    v.certify(v.province, [deputy])
    made = {
        s.identity(0): note
        for by, note in ((v.district, "một"), (deputy, "hai"))
        for s in [
            v.enter(by, v.east, [(DIRECTIVE, directive_id(CODE), directive(notes=note).to_value())], note)
        ]
    }
    assert book(v).directives[CODE].notes == made[max(made)]
    v.sets.reverse()
    assert book(v).directives[CODE].notes == made[max(made)]
    assert book(v).disputed() == [CODE]


def replaced(v: Village, old: OpenedSet, new: tuple[int, bytes, Any]) -> OpenedSet:
    """A definition that supersedes that of a set."""
    kind, record, value = new
    draft = Draft(kind, record, "", value, v.all_of([old]))
    return v.seal(v.province, scope(v.top), [DraftSave([draft])], "replaced")


def test_a_replaced_form_is_kept_for_old_reports_and_a_replaced_directive_is_not(v: Village) -> None:
    old, new = form(version=1), form(version=2)
    first = v.enter(v.province, v.top, [published(old)], "form")
    replaced(v, first, (FORM, form_id(old), new.to_value()))
    known = v.enter(v.province, v.top, [(DIRECTIVE, directive_id(CODE), directive().to_value())], "directive")
    replaced(v, known, (DIRECTIVE, directive_id(CODE), directive(notes="mới").to_value()))
    found = book(v)
    assert found.forms == {form_id(old): old, form_id(new): new}
    assert found.newest_forms() == {new.family: new}
    assert [key for key, _ in found.all(FORM, [scope(v.top)])] == [form_id(new)]
    assert found.directives == {CODE: directive(notes="mới")}


def test_what_is_not_accepted_is_in_no_book(v: Village) -> None:
    made = v.enter(
        v.a, v.an, [published(form()), (DIRECTIVE, directive_id(CODE), directive().to_value())], "?"
    )
    assert v.by_id[made.id] is made
    assert not book(v).forms
    assert not book(v).directives


def field(**change: Any) -> Field:
    return msgspec.structs.replace(form().fields[0], **change)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (FORM, form(fields=(field(kind="dec", size=16),)).to_value()),
        (FORM, form(fields=(field(kind="dec", size=-1),)).to_value()),
        (FORM, form(fields=(field(kind="rows", cells=(field(kind="dec", size=16),)),)).to_value()),
        (FORM, form(fields=(field(relevant=b"\x91"),)).to_value()),
        (FORM, ["form"]),
        (PERIOD, Period(b"p" * 16, "administrative", "month", "2027-02-30", "2027-03-01", None).to_value()),
        (PERIOD, Period(b"p" * 16, "administrative", "month", "2027-02-15", "", None).to_value()),
        (UNIT, [None, "Xã An"]),
        (DIRECTIVE, []),
    ],
)
def test_what_cannot_be_worked_with_is_in_no_book_and_harms_no_other(
    v: Village, kind: int, value: list[Any]
) -> None:
    v.enter(v.province, v.top, [(kind, b"r" * 16, value), published(form())], "odd")
    found = book(v)
    assert found.forms == {form_id(form()): form()}
    assert all(not shown for shown in (found.units, found.directives, found.periods))


def test_a_note_among_definitions_is_no_definition(v: Village) -> None:
    reports = v.put(v.a, 1)
    v.state(v.a, [Draft(NOTE, reports.body.record_ids[0], "", ["?", None])])
    found = book(v)
    shown = (found.units, found.directives, found.assignments, found.forms, found.periods)
    assert all(not each for each in shown)


def test_forms_report_on_a_directive_whichever_of_the_two_names_the_other(v: Village) -> None:
    naming, other = form(family="A", directives=(CODE,)), form(family="B", directives=())
    later = form(family="B", version=9, directives=())
    v.enter(v.province, v.top, [published(each) for each in (naming, other, later)], "forms")
    assert book(v).forms_of(CODE) == [naming]
    v.enter(
        v.province, v.top, [(DIRECTIVE, directive_id(CODE), directive(forms=("B",)).to_value())], "directive"
    )
    assert book(v).forms_of(CODE) == [naming, later]
    assert book(v).families_of(CODE) == {"A", "B"}
    assert book(v).forms_of("TB171-9") == []


def test_a_unit_is_called_what_it_was_called_on_the_date(v: Village) -> None:
    old = named("Xã Cũ", "1", "2000-01-01", until="2018-12-31")
    new = named("Xã Mới", "2", "2019-01-01", until="2024-12-31", english="New")
    v.enter(v.province, v.top, [unit(v.an, old, new), unit(v.tan)], "units")
    found = book(v)
    assert found.unit_version(v.an, "2010-06-01") == old
    assert found.unit_version(v.an, "2020-06-01") == found.unit_version(v.an, "2030-01-01") == new
    assert found.unit_name(v.an, "2020-06-01") == UnitName(v.an, "Xã Mới", "New", "commune", "2")
    assert found.unit_version(v.tan, "2020-06-01") is found.unit_version(v.east, "2020-06-01") is None
    start = v.east.hex()[:8]
    assert found.unit_name(v.east, "2020-06-01") == UnitName(v.east, start, start, "", "")


def test_a_unit_is_found_by_its_id_or_its_newest_code(v: Village) -> None:
    v.enter(v.province, v.top, [unit(v.an, named("Xã Cũ", "1"), named("Xã Mới", "2")), unit(v.tan)], "units")
    found = book(v)
    assert found.unit_named("2") == found.unit_named(v.an.hex().upper()) == v.an
    assert found.unit_named(v.tan.hex()) == v.tan
    assert found.unit_named("1") is found.unit_named("") is None


@pytest.mark.parametrize(
    ("language", "english", "shown"), [("vi", "An", "Xã An"), ("en", "An", "An"), ("en", "", "Xã An")]
)
def test_a_unit_without_an_english_name_keeps_its_own(language: str, english: str, shown: str) -> None:
    assert UnitName(b"u" * 16, "Xã An", english, "commune", "1").in_language(language) == shown


def test_definitions_are_listed_by_code_or_id() -> None:
    unit_id = b"\xab" * 16
    assert order(CODE) == CODE
    assert order(unit_id) == "ab" * 16
    assert order((CODE, unit_id)) == f"{CODE} {'ab' * 16}"
