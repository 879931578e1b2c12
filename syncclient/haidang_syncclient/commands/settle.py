"""`haidang conflicts`, `resolve`: fields with two different values, and which of them stands."""

from typing import Annotated, Any

from cyclopts import Parameter

from haidang_protocol import operations as op
from haidang_protocol.body import Address
from haidang_protocol.definitions.forms import Field
from haidang_protocol.ids import scope_unit
from haidang_protocol.reading import CELL_MARK
from haidang_syncclient import views
from haidang_syncclient.commands.answer import DONE, NEEDS_PERSON, Answer, Refusal
from haidang_syncclient.commands.civil_time import show_time
from haidang_syncclient.commands.consequences import consequence_lines, consequences_data, save
from haidang_syncclient.commands.desk import Desk
from haidang_syncclient.commands.field_text import FieldTextError, read_answer, show_answer
from haidang_syncclient.commands.filling import expected, label_of
from haidang_syncclient.commands.naming import near
from haidang_syncclient.commands.record_page import Page, address_text, field_of, siblings_data
from haidang_syncclient.commands.records import Found, Shelf
from haidang_syncclient.editing import FormSession
from haidang_syncclient.views import Conflict


def conflicts(*, unit: str | None = None, desk: Annotated[Desk, Parameter(parse=False)]) -> Answer:
    """List the fields with two different values; exit code 5 if there are any."""
    shelf = Shelf(desk)
    only = None if unit is None else desk.find_unit(unit)
    found = [
        (conflict, about)
        for conflict in views.conflicts(desk.replica())
        if only in (None, scope_unit(conflict.scope))
        and (about := shelf.holding(conflict.scope, conflict.record))
    ]
    lines: list[Any] = []
    for conflict, about in found:
        field = field_of(about.form, conflict.slot)
        asked = (
            address_text(conflict.field)
            if field is None
            else f"{address_text(conflict.field)} ({field.label.in_language(desk.language)})"
        )
        lines.append(f"{about.id.hex()[:8]} {shelf.describe(about)} · {asked}")
        lines += [
            f"  {place}) {_shown(desk, conflict, field, sibling.value)} – {sibling.origin.person.name or '?'}, "
            f"{show_time(sibling.origin.time)}"
            for place, sibling in enumerate(conflict.siblings, start=1)
        ]
    data = [
        {"record": about.id, "form": shelf.family(about), "unit": about.unit, "field": address_text(conflict.field),
         "slot": conflict.slot, "values": siblings_data(conflict.siblings)}
        for conflict, about in found
    ]  # fmt: skip
    lines.append(desk.say("conflicts-next" if found else "no-conflicts"))
    return Answer({"conflicts": data}, lines, NEEDS_PERSON if found else DONE)


def resolve(
    record: str,
    field: str,
    *,
    pick: int | None = None,
    value: str | None = None,
    desk: Annotated[Desk, Parameter(parse=False)],
) -> Answer:
    """Settle a conflict: one of its values, or another one, supersedes them all."""
    shelf = Shelf(desk)
    found = shelf.find(record)
    conflict = _conflict(desk, shelf, found, field)
    asked = field_of(found.form, conflict.slot)
    chosen = _chosen(desk, conflict, asked, pick, value)
    session = FormSession(desk.replica(), conflict.scope, conflict.record, form=shelf.form_id(found))
    desk.check_allowed(conflict.scope, {op.PUT})
    session.put(_address(conflict.field), chosen)
    tags, consequences = save(desk, session, found.form)
    name, shown = address_text(conflict.field), show_answer(asked, chosen, desk.language)
    data = {
        "record": found.id, "field": name, "value": chosen, "tags": tags, **consequences_data([consequences]),
    }  # fmt: skip
    lines = [desk.say("resolved", field=name, value=shown), *consequence_lines(desk, consequences)]
    return Answer(data, [*lines, desk.say("report-next")])


def _conflict(desk: Desk, shelf: Shelf, found: Found, text: str) -> Conflict:
    page = Page(desk, shelf, found)
    scopes = {scope for scope, _ in page.parts}
    records = {record for _, record in page.parts}
    listed = [
        conflict
        for conflict in views.conflicts(desk.replica(), scopes)
        if conflict.record in records and conflict.slot[0] == op.REGISTER
    ]
    for conflict in listed:
        if text in (address_text(conflict.field), conflict.field, conflict.field.split(CELL_MARK)[-1]):
            return conflict
    names = [(address_text(conflict.field), address_text(conflict.field)) for conflict in listed]
    raise Refusal("no-conflict", field=text, near=near(text, names))


def _chosen(desk: Desk, conflict: Conflict, field: Field | None, pick: int | None, text: str | None) -> Any:
    if text is not None and pick is None:
        if field is None:
            raise Refusal("field-needs-form", field=address_text(conflict.field))
        try:
            return read_answer(field, text)
        except FieldTextError:
            raise Refusal(
                "answer-unreadable",
                field=field.name,
                label=label_of(field),
                text=text,
                expected=expected(field),
            ) from None
    count = len(conflict.siblings)
    if pick is None:
        values = "; ".join(
            f"{place}) {_shown(desk, conflict, field, sibling.value)}"
            for place, sibling in enumerate(conflict.siblings, start=1)
        )
        raise Refusal("decide-one", field=address_text(conflict.field), count=count, found=values)
    if not 1 <= pick <= count:
        raise Refusal("pick-out-of-range", pick=pick, count=count)
    return conflict.siblings[pick - 1].value


def _address(text: str) -> Address:
    name, *cell = text.split(CELL_MARK)
    return (name, bytes.fromhex(cell[0]), cell[1]) if len(cell) == 2 else name


def _shown(desk: Desk, conflict: Conflict, field: Field | None, value: Any) -> str:
    if conflict.slot[0] == op.ATTESTS:
        return f"{desk.label(value[0])} {value[1]}".strip()
    return show_answer(field, value, desk.language)
