"""`haidang publish` and `haidang assign`: definitions as signed entries, only what changed."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

from haidang_protocol import operations as op
from haidang_protocol.definitions.assignments import Assignment, assignment_id
from haidang_protocol.definitions.directives import directive_id, read_annotations, read_directives
from haidang_protocol.definitions.form_json import FormTextError, read_form
from haidang_protocol.definitions.form_problems import form_problems
from haidang_protocol.definitions.forms import form_id
from haidang_protocol.definitions.periods import administrative_periods, calendar_periods
from haidang_protocol.definitions.tables import TableError
from haidang_protocol.definitions.text import format_date
from haidang_protocol.definitions.units import read_successions, read_units, unit_problems
from haidang_protocol.envelope import OpenedSet
from haidang_syncclient.commands.answer import Answer, Refusal
from haidang_syncclient.commands.civil_time import read_date
from haidang_syncclient.commands.desk import Desk
from haidang_syncclient.commands.naming import find_directive
from haidang_syncclient.officer import Definition, Officer

UNITS: Final = "units.csv"
SUCCESSIONS: Final = "successions.csv"
DIRECTIVES: Final = "directives.csv"
ANNOTATIONS: Final = "annotations.csv"
FORMS: Final = "forms"
AT_ONCE: Final = 100
"""Definitions signed between two steps of the progress bar."""
_PROBLEMS_SHOWN: Final = 5


def publish(
    path: Path | None = None,
    *,
    date: str | None = None,
    years: list[int] | None = None,
    desk: Annotated[Desk, Parameter(parse=False)],
) -> Answer:
    """Publish the definitions of a folder or file, and the periods of years, at the officer's own unit."""
    day = desk.today() if date is None else _date(date)
    found = [] if path is None else list(_definitions(desk, path, day))
    found += [
        Definition(op.PERIOD, period.id, period.to_value())
        for year in years or ()
        for period in (*administrative_periods(year), *calendar_periods(year))
    ]
    if not found:
        raise Refusal("nothing-to-publish", file=path or "–")
    sets = _publish(desk, desk.replica(signing=True).deployment.unit, found)
    changed: dict[str, int] = {}
    for opened in sets:
        for operation in opened.body.operations:
            name = op.NAMES[operation.kind]
            changed[name] = changed.get(name, 0) + 1
    counted = ", ".join(f"{count} {desk.label(name)}" for name, count in changed.items())
    line = desk.say("published", what=counted) if changed else desk.say("published-nothing")
    data = {"read": len(found), "changed": changed, "sets": [opened.id for opened in sets]}
    return Answer(data, [line, desk.say("report-next")] if changed else [line])


def assign(
    directive: str,
    unit: list[str],
    *,
    due: str | None = None,
    note: str = "",
    desk: Annotated[Desk, Parameter(parse=False)],
) -> Answer:
    """Assign a directive to units, each with its due date."""
    code = find_directive(desk.book, directive).code
    day = None if due is None else _date(due)
    units = [desk.find_unit(each) for each in unit]
    desk.replica(signing=True)
    sets: list[OpenedSet] = []
    for each in units:
        value = Assignment(code, each, day, note).to_value()
        sets += _publish(desk, each, [Definition(op.ASSIGNMENT, assignment_id(code, each), value)])
    lines = [
        desk.say("assigned", code=code, unit=desk.unit_name(each), due=format_date(day) if day else "–")
        for each in units
    ]
    data = {"directive": code, "units": units, "due": day, "sets": [opened.id for opened in sets]}
    return Answer(data, [*lines, desk.say("report-next")])


def _publish(desk: Desk, at: bytes, definitions: Sequence[Definition]) -> list[OpenedSet]:
    officer, sets = Officer(desk.replica(signing=True)), []
    with desk.progress("publishing") as advance:
        for start in range(0, len(definitions), AT_ONCE):
            sets += officer.publish(at, definitions[start : start + AT_ONCE])
            advance(min(start + AT_ONCE, len(definitions)), len(definitions))
    return sets


def _date(text: str) -> str:
    try:
        return read_date(text)
    except ValueError:
        raise Refusal("date-unreadable", text=text) from None


def _definitions(desk: Desk, path: Path, day: str) -> Iterator[Definition]:
    """What a folder, or one file of it, defines.

    Raises:
        Refusal: a file cannot be read, or should not be published.
    """
    if path.is_dir():
        for name in (UNITS, DIRECTIVES):
            if (path / name).exists():
                yield from _file(desk, path / name, day)
        for file in sorted((path / FORMS).glob("*.json")) or sorted(path.glob("*.json")):
            yield from _file(desk, file, day)
    else:
        yield from _file(desk, path, day)


def _file(desk: Desk, file: Path, day: str) -> Iterator[Definition]:
    text = desk.read_text(file)
    try:
        if file.suffix == ".json":
            yield _form(desk, file, text)
        elif file.name == DIRECTIVES:
            remarks = file.with_name(ANNOTATIONS)
            annotations = read_annotations(desk.read_text(remarks)) if remarks.exists() else ()
            for directive in read_directives(text, annotations):
                yield Definition(op.DIRECTIVE, directive_id(directive.code), directive.to_value())
        elif file.name == UNITS:
            yield from _units(desk, file, text, day)
        else:
            raise Refusal("nothing-to-publish", file=file)
    except (TableError, FormTextError) as error:
        raise Refusal("not-publishable", file=file, detail=error) from None


def _form(desk: Desk, file: Path, text: str) -> Definition:
    form = read_form(text)
    problems = form_problems(form)
    if problems:
        shown = "; ".join(
            f"{problem.field}: {problem.message.in_language(desk.language)}"
            for problem in problems[:_PROBLEMS_SHOWN]
        )
        raise Refusal("not-publishable", file=file, detail=shown)
    return Definition(op.FORM, form_id(form), form.to_value())


def _units(desk: Desk, file: Path, text: str, day: str) -> Iterator[Definition]:
    units = read_units(text)
    following = file.with_name(SUCCESSIONS)
    problems = unit_problems(units, read_successions(desk.read_text(following)) if following.exists() else ())
    if problems:
        raise Refusal("not-publishable", file=file, detail="; ".join(problems[:_PROBLEMS_SHOWN]))
    for unit in units:
        yield Definition(op.UNIT, unit.id, unit.to_value(day))
