"""`haidang report`: one press of "save" on one report, from the options of a line or from questions asked in turn."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from cyclopts import Parameter, Token

from haidang_protocol.definitions.form_answers import Circumstances, Flag, role_flags, validate
from haidang_protocol.definitions.forms import Form
from haidang_syncclient.commands.answer import Answer, Refusal
from haidang_syncclient.commands.asking import ask_answers
from haidang_syncclient.commands.consequences import consequence_lines, consequences_data
from haidang_syncclient.commands.desk import Desk
from haidang_syncclient.commands.devices import needed
from haidang_syncclient.commands.filling import Statement, Typed, read_filling
from haidang_syncclient.commands.naming import find_form
from haidang_syncclient.commands.opened_report import OpenedReport, Target, open_report

_FEW: Final = 12


def _in_order(_: Any, tokens: Sequence[Token]) -> list[tuple[str, str]]:
    """Keep rows and cells in the order of the line: a cell belongs to the row before it."""
    return [(token.keyword or "", token.value) for token in tokens]


Texts = Annotated[list[str] | None, Parameter(negative=())]


def report(  # noqa: PLR0913 - one parameter an option
    form: str,
    *,
    unit: str | None = None,
    site: str | None = None,
    directive: str | None = None,
    period: str | None = None,
    record: str | None = None,
    set_: Annotated[list[str] | None, Parameter(name="--set", negative=())] = None,
    add: Texts = None,
    remove: Texts = None,
    count: Texts = None,
    rows: Annotated[
        list[tuple[str, str]] | None,
        Parameter(name=("--row", "--cell"), negative=(), converter=_in_order, n_tokens=1),
    ] = None,
    hide_row: Texts = None,
    note: str | None = None,
    zero: Annotated[bool, Parameter(negative=())] = False,
    void: str | None = None,
    restore: str | None = None,
    desk: Annotated[Desk, Parameter(parse=False)],
) -> Answer:
    """Fill in or correct a report; it is durable on this device when this returns.

    Without anything to state and at a terminal, the questions of the form are asked one after the other.
    """
    found = find_form(desk.book, form)
    opened = open_report(desk, found, Target(unit, site, directive, period, record))
    typed = Typed(set_ or (), add or (), remove or (), count or (), rows or ())
    statements = read_filling(found, typed)
    hiding = _hiding(void, restore)
    if not any((statements, hide_row, note, zero, hiding)):
        if not desk.at_terminal:
            raise Refusal("nothing-to-save", form=found.family)
        statements = ask_answers(desk, opened)
    for statement in statements:
        opened.enter(statement)
    for row in hide_row or ():
        opened.hide_row(row)
    if zero:
        opened.declare_zero()
    if note is not None:
        opened.note(note)
    if void is not None:
        opened.void(void)
    if restore is not None:
        opened.restore(restore)
    opened.save()
    return _told(desk, opened, [] if opened.hidden else _flags(desk, opened, statements), hiding)


def _hiding(void: str | None, restore: str | None) -> str:
    """The sentence about hiding the report or showing it again, "" if neither is asked for.

    Raises:
        Refusal: both are, or the reason is missing.
    """
    if void is not None and restore is not None:
        raise Refusal("void-or-restore")
    if void is not None:
        needed(void, "--void")
        return "report-hidden"
    if restore is not None:
        needed(restore, "--restore")
        return "report-restored"
    return ""


def _flags(desk: Desk, opened: OpenedReport, statements: Sequence[Statement]) -> list[Flag]:
    circumstances = Circumstances(
        today=desk.today(), period_days=opened.period.days if opened.period else None
    )
    found = validate(opened.form, opened.state().answers(), circumstances)
    role = desk.role_here(opened.unit).replace("-", "_")
    written = {statement.field.name for statement in statements}
    return found + (role_flags(opened.form, written, role) if role else [])


def _told(desk: Desk, opened: OpenedReport, flags: Sequence[Flag], hiding: str) -> Answer:
    data = {
        "record": opened.id,
        "unit": opened.unit,
        "form": opened.form.family,
        "site": opened.site,
        "tags": opened.tags,
        "flags": [
            {"field": flag.field, "row": flag.row, "cell": flag.cell, "code": flag.code,
             "message": flag.message.in_language(desk.language)}
            for flag in flags
        ],
        **consequences_data(opened.consequences),
    }  # fmt: skip
    short = opened.id.hex()[:8]
    lines = [desk.say("report-saved", record=short, what=opened.described(desk))]
    lines += [line for found in opened.consequences for line in consequence_lines(desk, found)]
    if hiding:
        lines.append(desk.say(hiding, form=opened.form.family, record=short))
    if opened.new_site:
        lines.append(desk.say("site-made", site=(opened.site or b"").hex()))
    lines += [
        f"  ! {_place(opened.form, flag)}: {flag.message.in_language(desk.language)}" for flag in flags[:_FEW]
    ]
    if len(flags) > _FEW:
        lines.append(desk.say("more-flags", count=len(flags) - _FEW))
    lines.append(desk.say("report-next"))
    return Answer(data, lines)


def _place(form: Form, flag: Flag) -> str:
    field = form.field(flag.field)
    name = flag.field if field is None else field.name
    return name if flag.row is None else f"{name}[{flag.row + 1}].{flag.cell}"
