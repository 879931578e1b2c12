"""`haidang show`: reports as people read them, one or all, with history and proof; also units and sites."""

from collections.abc import Sequence
from typing import Annotated, Any

from cyclopts import Parameter
from rich.table import Table

from haidang_protocol import operations as op
from haidang_protocol import reading
from haidang_protocol.definitions.forms import Form
from haidang_protocol.definitions.text import fold, sort_key
from haidang_syncclient.commands.answer import Answer
from haidang_syncclient.commands.civil_time import show_time
from haidang_syncclient.commands.desk import Desk
from haidang_syncclient.commands.proof import proofs
from haidang_syncclient.commands.record_page import (
    Page,
    address_of,
    note_text,
    origin_data,
    said,
    siblings_data,
)
from haidang_syncclient.commands.records import Found, Shelf
from haidang_syncclient.views import conflicting_slots


def show(  # noqa: PLR0913 - one parameter an option
    record: str | None = None,
    *,
    form: str | None = None,
    unit: str | None = None,
    history: Annotated[bool, Parameter(negative=())] = False,
    proof: Annotated[bool, Parameter(negative=())] = False,
    units: Annotated[bool, Parameter(negative=())] = False,
    sites: Annotated[bool, Parameter(negative=())] = False,
    desk: Annotated[Desk, Parameter(parse=False)],
) -> Answer:
    """List reports, or show one with all that stands about it; with history or proof and no report named, all of them."""
    if units:
        return _units(desk)
    shelf = Shelf(desk)
    if sites:
        return _sites(desk, shelf)
    if record is not None:
        return _page(desk, shelf, shelf.find(record), history=history, proof=proof)
    chosen = _chosen(shelf, form, None if unit is None else desk.find_unit(unit))
    if not (history or proof):
        return _list(desk, shelf, chosen)
    pages = [_page(desk, shelf, found, history=history, proof=proof) for found in chosen]
    lines = [line for page in pages for line in (*page.lines, "")]
    return Answer({"records": [page.data for page in pages]}, lines or [desk.say("no-records")])


def _chosen(shelf: Shelf, form: str | None, unit: bytes | None) -> list[Found]:
    return [
        found
        for found in shelf.records
        if unit in (None, found.unit) and (form is None or fold(shelf.family(found)) == fold(form))
    ]


def _page(desk: Desk, shelf: Shelf, found: Found, *, history: bool, proof: bool) -> Answer:
    page = Page(desk, shelf, found)
    answer = _one(desk, shelf, found, page)
    if history:
        answer = _with_history(desk, answer, page, found.form)
    return _with_proof(desk, answer, page) if proof else answer


def _list(desk: Desk, shelf: Shelf, chosen: Sequence[Found]) -> Answer:
    table = _table(desk, "record", "form", "site", "period", "state", "")
    data = []
    for found in chosen:
        hidden = reading.hidden(found.state)
        attests = reading.attests(found.state)
        conflicts = len(conflicting_slots(found.state))
        state = desk.label("void" if hidden else shelf.stage(found))
        mark = f"! {desk.label('conflict')}" if conflicts else ""
        about = [shelf.family(found), shelf.about(found), shelf.period_of(found)]
        table.add_row(found.id.hex()[:8], *about, state, mark)
        data.append({
            "record": found.id, "form": shelf.family(found), "unit": found.unit, "site": found.site,
            "directive": found.preimage.directive if found.preimage else None,
            "period": found.preimage.period if found.preimage else None,
            "hidden": hidden, "conflicts": conflicts, "stage": shelf.stage(found), "workflow": _workflow_data(attests),
        })  # fmt: skip
    lines = [table] if data else [desk.say("no-records")]
    return Answer({"records": data}, lines)


def _one(desk: Desk, shelf: Shelf, found: Found, page: Page) -> Answer:
    described = shelf.describe(found)
    lines: list[Any] = [f"{described}  ({found.id.hex()})"]
    if page.hidden():
        lines.append(desk.label("void"))
    lines += [f"  {word}" for word in page.verdicts()]
    lines.append(page.table())
    lines += [
        f"  # {show_time(note.origin.time)} {note.origin.person.name}: {note_text(desk, note.value)}"
        for note in page.notes()
    ]
    fields = {
        line.address: {"values": siblings_data(line.siblings)}
        if line.total is None
        else {"total": line.total}
        for line in page.lines()
    }
    data = {
        "record": found.id, "form": shelf.family(found), "unit": found.unit, "site": found.site,
        "directive": found.preimage.directive if found.preimage else None,
        "period": found.preimage.period if found.preimage else None,
        "hidden": page.hidden(), "fields": fields, "calculated": page.calculated(),
        "notes": siblings_data(page.notes()), "stage": page.stage(), "workflow": _workflow_data(page.attests()),
    }  # fmt: skip
    return Answer(data, lines)


def _with_history(desk: Desk, answer: Answer, page: Page, form: Form | None) -> Answer:
    table = _table(desk, "when", "who", "field", "said", "state")
    entries = page.history()
    for entry in entries:
        verdict = entry.origin.verdict
        state = (
            desk.label(str(entry.origin.way))
            if verdict is None or verdict.code == 0
            else desk.label(verdict.word)
        )
        table.add_row(
            show_time(entry.origin.time), entry.origin.person.name or "?", address_of(entry.address),
            said(desk, form, entry),
            f"{'●' if entry.live else '○'} {state}",
        )  # fmt: skip
    data = [
        {"kind": op.NAMES.get(entry.kind, str(entry.kind)), "field": address_of(entry.address), "value": entry.value,
         "identity": entry.identity, "live": entry.live, **origin_data(entry.origin)}
        for entry in entries
    ]  # fmt: skip
    return answer._replace(data={**answer.data, "history": data}, lines=[*answer.lines, table])


def _with_proof(desk: Desk, answer: Answer, page: Page) -> Answer:
    found = proofs(desk.replica(), {entry.origin.set_id for entry in page.history() if entry.origin.set_id})
    table = _table(desk, "set", "who", "signature", "chain", "receipt")
    for each in found:
        table.add_row(
            each.set_id.hex()[:16], each.person, desk.label("yes" if each.signature else "no"),
            f"{each.position} ← {', '.join(previous.hex()[:8] for previous in each.previous) or '–'}",
            desk.say("proof-receipt", when=show_time(each.received), sequence=each.sequence)
            if each.received is not None and each.sequence is not None else desk.label("none"),
        )  # fmt: skip
    return answer._replace(
        data={**answer.data, "proof": [each.data() for each in found]}, lines=[*answer.lines, table]
    )


def _units(desk: Desk) -> Answer:
    table = _table(desk, "unit", "title", "key")
    today = desk.today()
    listed = [(unit, version) for unit in desk.book.units if (version := desk.book.unit_version(unit, today))]
    listed.sort(key=lambda pair: (pair[1].level, sort_key(pair[1].name)))
    for unit, version in listed:
        table.add_row(version.code, version.words.in_language(desk.language), unit.hex()[:8])
    data = [
        {"unit": unit, "name": version.name, "name_en": version.name_en, "level": version.level,
         "code": version.code, "parent": version.parent}
        for unit, version in listed
    ]  # fmt: skip
    return Answer({"units": data}, [table])


def _sites(desk: Desk, shelf: Shelf) -> Answer:
    table = _table(desk, "key", "title")
    for site in shelf.sites:
        table.add_row(site.hex()[:8], " · ".join(shelf.sites[site]) or "?")
    return Answer({"sites": [{"site": site, "names": names} for site, names in shelf.sites.items()]}, [table])


def _workflow_data(attests: list[reading.Attest]) -> list[dict[str, Any]]:
    return [
        {"role": attest.role, "verdict": attest.verdict, "reason": attest.reason, "stale": attest.stale}
        for attest in attests
    ]


def _table(desk: Desk, *headings: str) -> Table:
    return Table(
        *(desk.label(name) if name else "" for name in headings),
        box=None,
        pad_edge=False,
        header_style="bold",
    )
