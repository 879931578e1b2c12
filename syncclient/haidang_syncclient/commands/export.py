"""`haidang export`: what this replica reads, as CSV or NDJSON; one line a value, or with `--form` one line a report."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from unicodedata import category, normalize

from cyclopts import Parameter

from haidang_protocol import reading
from haidang_protocol.definitions.forms import Field, Form
from haidang_syncclient.commands.answer import Answer
from haidang_syncclient.commands.civil_time import iso_time
from haidang_syncclient.commands.desk import Desk
from haidang_syncclient.commands.naming import find_form
from haidang_syncclient.commands.record_page import Page, conflicting
from haidang_syncclient.commands.records import Found, Shelf
from haidang_syncclient.commands.telling import jsonable
from haidang_syncclient.files import write_over

BOM: Final = "\ufeff"
"""Tells spreadsheet programs that the text is UTF-8."""
_FORMULA: Final = frozenset("=+-@")
_UNSEEN: Final = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})
"""Categories of letters that spreadsheets skip before they look for a formula."""


def export(
    file: Path,
    *,
    form: str | None = None,
    format_: Annotated[Literal["csv", "ndjson"] | None, Parameter(name="--format")] = None,
    force: Annotated[bool, Parameter(negative=())] = False,
    desk: Annotated[Desk, Parameter(parse=False)],
) -> Answer:
    """Write the figures that this device reads; hidden reports are left out, conflicts are marked and not chosen."""
    desk.check_target(file, over=force)
    shelf = Shelf(desk)
    chosen = None if form is None else find_form(desk.book, form)
    rows = list(_values(desk, shelf) if chosen is None else _reports(desk, shelf, chosen))
    kind = format_ or ("ndjson" if file.suffix in {".ndjson", ".jsonl"} else "csv")
    text = ndjson(rows) if kind == "ndjson" else csv_text(rows)
    write_over(file, text.encode())
    return Answer(
        {"file": file, "format": kind, "rows": len(rows)}, [desk.say("exported", count=len(rows), file=file)]
    )


def csv_text(rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as CSV with a header; nothing in a cell is ever taken for a formula."""
    listed = [*rows]
    names = list(dict.fromkeys(name for row in listed for name in row))
    out = io.StringIO()
    out.write(BOM)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([[_cell(row.get(name)) for name in names] for row in listed])
    return out.getvalue()


def ndjson(rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as JSON objects, one a line."""
    return "".join(json.dumps(jsonable(row), ensure_ascii=False) + "\n" for row in rows)


def _cell(value: Any) -> str:
    plain = jsonable(value)
    if plain is None:
        return ""
    if isinstance(plain, int) and not isinstance(plain, bool):
        return str(plain)
    text = plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)
    return f"'{text}" if _tempts(text) else text


def _tempts(text: str) -> bool:
    """Whether a spreadsheet could take a text for a formula: it looks behind blanks, and at full-width signs too."""
    seen = next((letter for letter in text.lstrip("'") if category(letter) not in _UNSEEN), "")
    return normalize("NFKC", seen) in _FORMULA


def _about(desk: Desk, shelf: Shelf, found: Found) -> dict[str, Any]:
    preimage = found.preimage
    return {
        "record": found.id, "form": shelf.family(found), "unit": found.unit, "unit_name": desk.unit_name(found.unit),
        "site": found.site, "site_name": None if found.site is None else shelf.site_name(found.site),
        "directive": None if preimage is None else preimage.directive,
        "period": shelf.period_of(found) or None,
    }  # fmt: skip


def _values(desk: Desk, shelf: Shelf) -> Iterator[dict[str, Any]]:
    for found in shelf.records:
        page = Page(desk, shelf, found)
        if page.hidden():
            continue
        about = _about(desk, shelf, found)
        for line in page.lines():
            where = about | {"field": line.address}
            if line.total is not None:
                yield where | {"value": line.total}
            for sibling in line.siblings:
                yield where | {
                    "value": sibling.value, "conflict": conflicting(line.siblings) and line.slot[0] == "v",
                    "person": sibling.origin.person.name, "time": iso_time(sibling.origin.time),
                    "way": str(sibling.origin.way), "set": sibling.origin.set_id,
                }  # fmt: skip


def _reports(desk: Desk, shelf: Shelf, form: Form) -> Iterator[dict[str, Any]]:
    for found in shelf.records:
        state = shelf.whole(found)
        if (
            found.form is None
            or found.form.family != form.family
            or state is None
            or reading.hidden(found.state)
        ):
            continue
        page = Page(desk, shelf, found)
        conflicts = sorted(
            {line.address for line in page.lines() if line.slot[0] == "v" and conflicting(line.siblings)}
        )
        answers = state.answers() | page.calculated()
        yield _about(desk, shelf, found) | {"stage": page.stage(), "conflicts": " ".join(conflicts)} | {
            field.name: None if field.name in conflicts else _scaled(field, answers.get(field.name))
            for field in form.fields
        }  # fmt: skip


def _scaled(field: Field, value: Any) -> Any:
    """A decimal as text with a point, as data is written; everything else as it is stored."""
    if (
        field.kind not in {"dec", "calc"}
        or not isinstance(value, int)
        or isinstance(value, bool)
        or not field.size
    ):
        return value
    whole, rest = divmod(abs(value), 10**field.size)
    return f"{'-' if value < 0 else ''}{whole}.{rest:0{field.size}d}"
