"""`haidang directives`: what is to be done, and with which forms; also the fields of a form, the periods, all forms."""

from typing import Annotated, Any

from cyclopts import Parameter
from rich.table import Table

from haidang_protocol.definitions.directives import Directive
from haidang_protocol.definitions.forms import Field, Form, form_id
from haidang_protocol.definitions.periods import Period, period_label
from haidang_protocol.definitions.text import format_date, sort_key
from haidang_syncclient.commands.answer import Answer
from haidang_syncclient.commands.desk import Desk
from haidang_syncclient.commands.filling import expected
from haidang_syncclient.commands.naming import find_directive, find_form, period_code


def directives(
    code: str | None = None,
    *,
    form: str | None = None,
    forms: Annotated[bool, Parameter(negative=())] = False,
    periods: Annotated[bool, Parameter(negative=())] = False,
    desk: Annotated[Desk, Parameter(parse=False)],
) -> Answer:
    """List the directives, or show one; with options the fields of a form, all forms, all periods."""
    if form is not None:
        return _one_form(desk, find_form(desk.book, form))
    if forms:
        return _all_forms(desk)
    if periods:
        return _all_periods(desk)
    return _all(desk) if code is None else _one(desk, find_directive(desk.book, code))


def _all(desk: Desk) -> Answer:
    book = desk.book
    due = {each.directive: each.due for each in book.assigned_to(desk.replica().deployment.unit)}
    table = _table(desk, "directive", "title", "forms", "due")
    listed = sorted(book.directives.values(), key=lambda directive: sort_key(directive.code))
    for directive in listed:
        families = ", ".join(form.family for form in book.forms_of(directive.code))
        table.add_row(
            directive.code,
            directive.title.in_language(desk.language),
            families,
            _date(due.get(directive.code)),
        )
    data = [
        {
            "code": directive.code,
            "title": directive.title.in_language(desk.language),
            "forms": [form.family for form in book.forms_of(directive.code)],
            "assigned": directive.code in due,
            "due": due.get(directive.code),
        }
        for directive in listed
    ]
    return Answer({"directives": data, "disputed": len(book.disputed())}, [table, *_disputed(desk)])


def _one(desk: Desk, directive: Directive) -> Answer:
    forms = desk.book.forms_of(directive.code)
    assigned = [each for each in desk.book.assignments.values() if each.directive == directive.code]
    lines: list[Any] = [
        f"{directive.code} · {directive.title.in_language(desk.language)}",
        f"  “{directive.quote}”",
        desk.say("directive-lead", leads="; ".join(directive.leads) or "–"),
        desk.say("directive-with", others="; ".join(directive.coordinators) or "–"),
        desk.say("directive-output", output=directive.action, horizon=directive.horizon or "–"),
    ]
    lines += [f"  * {note.text.in_language(desk.language)}" for note in directive.annotations]
    lines += [f"  {form.family}: {form.title.in_language(desk.language)}" for form in forms]
    lines += [
        desk.say("directive-assigned", unit=desk.unit_name(each.unit), due=_date(each.due), note=each.note)
        for each in assigned
    ]
    data = {
        "code": directive.code,
        "title": directive.title.in_language(desk.language),
        "quote": directive.quote,
        "leads": directive.leads,
        "coordinators": directive.coordinators,
        "output": directive.action,
        "horizon": directive.horizon,
        "due": directive.due,
        "forms": [form.family for form in forms],
        "assignments": [{"unit": each.unit, "due": each.due, "note": each.note} for each in assigned],
    }
    return Answer(data, lines)


def _one_form(desk: Desk, form: Form) -> Answer:
    table = _table(desk, "field", "title", "said")
    for field in form.fields:
        _add_field(desk, table, field, "")
    data = {
        "id": form_id(form),
        "family": form.family,
        "version": form.version,
        "title": form.title.in_language(desk.language),
        "occasion": form.timing.occasion,
        "fields": [_field_data(desk, field) for field in form.fields],
    }
    return Answer(data, [f"{form.family} · {form.title.in_language(desk.language)}", table])


def _add_field(desk: Desk, table: Table, field: Field, indent: str) -> None:
    needed = "*" if field.required is not None else ""
    table.add_row(
        f"{indent}{field.name}{needed}", field.label.in_language(desk.language), desk.words(expected(field))
    )
    for cell in field.cells:
        _add_field(desk, table, cell, indent + "  ")


def _field_data(desk: Desk, field: Field) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": field.name,
        "type": field.kind,
        "label": field.label.in_language(desk.language),
        "merge": field.merge,
        "choices": [choice.code for choice in field.choices],
    }
    return found | (
        {"cells": [_field_data(desk, cell) for cell in field.cells], "key": field.key} if field.cells else {}
    )


def _all_forms(desk: Desk) -> Answer:
    table = _table(desk, "form", "title", "directive")
    forms = desk.book.newest_forms()
    for family, form in forms.items():
        table.add_row(family, form.title.in_language(desk.language), ", ".join(form.directives[:3]))
    data = [
        {"family": family, "id": form_id(form), "version": form.version} for family, form in forms.items()
    ]
    return Answer({"forms": data}, [table])


def _all_periods(desk: Desk) -> Answer:
    table = _table(desk, "--period", "title", "from", "until", "due")
    listed = sorted(desk.book.periods.values(), key=lambda period: (period.start, period.regime, period.kind))
    for period in listed:
        table.add_row(
            period_code(period),
            period_label(period).in_language(desk.language),
            format_date(period.start),
            format_date(period.end),
            _date(period.due),
        )
    data = {"periods": [_period_data(period) for period in listed]}
    return Answer(data, [table, desk.say("periods-next")])


def _period_data(period: Period) -> dict[str, Any]:
    return {"id": period.id, "code": period_code(period), "regime": period.regime, "kind": period.kind, "start": period.start, "end": period.end,
            "due": period.due}  # fmt: skip


def _disputed(desk: Desk) -> list[str]:
    disputed = len(desk.book.disputed())
    return [desk.say("definitions-disputed", count=disputed)] if disputed else []


def _table(desk: Desk, *headings: str) -> Table:
    return Table(*map(desk.label, headings), box=None, pad_edge=False, header_style="bold")


def _date(date: str | None) -> str:
    return "–" if date is None else format_date(date)
