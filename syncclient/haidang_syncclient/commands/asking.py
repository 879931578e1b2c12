"""Asking the questions of a form one after the other at a terminal. What is left empty stays as it is."""

from haidang_protocol.definitions.form_answers import relevant_answers
from haidang_protocol.definitions.forms import Field
from haidang_syncclient.commands.answer import Refusal
from haidang_syncclient.commands.desk import Desk
from haidang_syncclient.commands.field_text import show_answer
from haidang_syncclient.commands.filling import (
    CELL,
    COUNT,
    PUT,
    ROW,
    Statement,
    Typed,
    expected,
    read_filling,
)
from haidang_syncclient.commands.opened_report import OpenedReport
from haidang_syncclient.commands.telling import explain

_ASKED_BY_KIND = {"put": PUT, "add": PUT, "count": COUNT}


def ask_answers(desk: Desk, opened: OpenedReport) -> list[Statement]:
    """Ask for every field that applies; returns what was stated.

    Raises:
        Refusal: nothing was stated.
    """
    stated: list[Statement] = []
    answers = opened.state().answers()
    for field in opened.form.fields:
        if field.kind in {"calc", "photo"} or not _applies(opened, answers, field):
            continue
        if field.kind == "rows":
            stated += _ask_rows(desk, opened, field)
            continue
        for statement in _ask(desk, opened, field, answers.get(field.name)):
            stated.append(statement)
            answers[field.name] = statement.value
    if not stated:
        raise Refusal("nothing-to-save", form=opened.form.family)
    return stated


def _applies(opened: OpenedReport, answers: dict[str, object], field: Field) -> bool:
    """Whether the answers so far make the question apply: an answer to one that does not is left out."""
    return field.name in relevant_answers(
        opened.form, {**answers, field.name: _SOMETHING.get(field.kind, "")}
    )


_SOMETHING = {"int": 0, "money": 0, "dec": 0, "bool": True, "selN": ("",), "rows": ({},)}


def _ask(desk: Desk, opened: OpenedReport, field: Field, known: object) -> list[Statement]:
    option = _ASKED_BY_KIND[field.merge]
    while True:
        shown = "" if known is None else f" [{show_answer(field, known, desk.language)}]"
        hint = f" ({desk.words(expected(field))})" if field.kind != "text" else ""
        text = desk.ask(f"{field.label.in_language(desk.language)}{hint}{shown}:", PUT)
        if not text.strip():
            return []
        try:
            return read_filling(opened.form, _typed(option, f"{field.name}={text}"))
        except Refusal as refusal:
            desk.tell(explain(refusal, desk.settings).todo)


def _typed(option: str, text: str) -> Typed:
    return Typed(counts=[text]) if option == COUNT else Typed(puts=[text])


def _ask_rows(desk: Desk, opened: OpenedReport, field: Field) -> list[Statement]:
    """Ask for rows until an empty key, or an answer other than yes, ends it."""
    typed: list[tuple[str, str]] = []
    while True:
        divided = "|".join(field.key) or "new"
        key = desk.ask(f"{field.label.in_language(desk.language)} – {desk.say('ask-row', key=divided)}:", ROW)
        if not key.strip():
            break
        row = [(ROW, f"{field.name}={key}")]
        for cell in field.cells:
            if cell.name not in field.key and cell.kind not in {"calc", "photo"}:
                text = desk.ask(f"  {cell.label.in_language(desk.language)}:", CELL)
                row += [(CELL, f"{cell.name}={text}")] if text.strip() else []
        try:
            read_filling(opened.form, Typed(rows=row))
            typed += row
        except Refusal as refusal:
            told = explain(refusal, desk.settings)
            desk.tell(f"{told.what} {told.todo}")
    return read_filling(opened.form, Typed(rows=typed))
