"""Reading the answers of a report through its form: what applies, what is computed, what looks wrong.

Answers are a mapping from field names to values as `forms.py` lists them; a set (selN, photo) is any collection, the
rows of a repeat a list of mappings from cell names to values. Nothing is ever refused: `validate` returns flags for
the person who fills in and for the one who reviews. Fields are read in the order of the form; an answer to a
question that does not apply counts as empty for all that follow.
"""

from collections.abc import Collection, Mapping
from typing import Any, Literal, TypeAlias

import msgspec

from haidang_protocol.definitions.expression_values import (
    Context,
    Operand,
    evaluate,
)
from haidang_protocol.definitions.expressions import decode_tree
from haidang_protocol.definitions.form_values import is_empty, misfit, operand_of, stored
from haidang_protocol.definitions.forms import Field, Form
from haidang_protocol.definitions.words import Words

Answers: TypeAlias = Mapping[str, Any]
Address: TypeAlias = tuple[str, int | None, str]
"""Field, place of the row or null, cell or empty."""
FlagCode: TypeAlias = Literal[
    "required", "constraint", "kind", "size", "choice", "irrelevant", "unknown", "role"
]


class Flag(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a person should look at; the value stands all the same.

    Attributes:
        field: Name of the field.
        row: Place of the row in the list, from 0, or null.
        cell: Name of the cell, or "".
        code: What kind of thing it is; stable.
        message: For people.
    """

    field: str
    row: int | None = None
    cell: str = ""
    code: FlagCode
    message: Words


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """What a report's expressions may know beside its answers: see `today()` and `period-days()`."""

    today: str | None = None
    period_days: int | None = None


class _Reading(msgspec.Struct):
    """Answers as operands, what does not apply left out, and the calculations filled in."""

    operands: dict[str, Operand]
    absent: set[Address]


_MESSAGES: dict[FlagCode, Words] = {
    "required": Words("Mục này chưa có câu trả lời.", "This question has no answer yet."),
    "kind": Words(
        "Giá trị không thuộc loại mà mục này hỏi.",
        "The value is not of the kind that this question asks for.",
    ),
    "size": Words(
        "Giá trị dài hoặc nhiều hơn mức cho phép.", "The value is longer, or has more parts, than allowed."
    ),
    "choice": Words("Lựa chọn này không có trong danh sách.", "This choice is not in the list."),
    "irrelevant": Words(
        "Theo các câu trả lời khác, mục này không áp dụng; giá trị vẫn được giữ.",
        "Given the other answers, this question does not apply; the value is kept.",
    ),
    "unknown": Words(
        "Biểu mẫu này không có mục đó; giá trị vẫn được giữ.",
        "This form has no such question; the value is kept.",
    ),
    "role": Words(
        "Mục này do cấp khác ghi; giá trị vẫn được giữ, người duyệt sẽ xem.",
        "Another level writes this field; the value is kept and the reviewer will look at it.",
    ),
    "constraint": Words("Giá trị này cần xem lại.", "Please look at this value again."),
}
_NO_CIRCUMSTANCES = Circumstances()


def validate(form: Form, answers: Answers, circumstances: Circumstances = _NO_CIRCUMSTANCES) -> list[Flag]:
    """Return what should be looked at, in the order of the form."""
    reading = _read(form, answers, circumstances)
    flags: list[Flag] = []
    for field in form.fields:
        context = _context(reading.operands, circumstances)
        flags += _flags(field, answers.get(field.name), context, reading, (field.name, None, ""))
        for place, row in enumerate(_rows(field, answers)):
            flags += _row_flags(field, place, row, reading, circumstances)
    known = {field.name for field in form.fields}
    return flags + [_flag("unknown", (name, None, "")) for name in answers if name not in known]


def calculate(
    form: Form, answers: Answers, circumstances: Circumstances = _NO_CIRCUMSTANCES
) -> dict[str, Any]:
    """Return the calculated fields that have a value, numbers scaled by 10**size; for rows a list of such mappings."""
    operands = _read(form, answers, circumstances).operands
    return _calculated(form.fields, operands)


def relevant_answers(
    form: Form, answers: Answers, circumstances: Circumstances = _NO_CIRCUMSTANCES
) -> dict[str, Any]:
    """Return the answers that apply: what a person sends, as against what the draft keeps."""
    absent = _read(form, answers, circumstances).absent
    kept = {name: value for name, value in answers.items() if (name, None, "") not in absent}
    for field in form.fields:
        if rows := _rows(field, kept):
            kept[field.name] = [
                {cell: value for cell, value in row.items() if (field.name, place, cell) not in absent}
                for place, row in enumerate(rows)
            ]
    return kept


def completeness(
    form: Form, answers: Answers, circumstances: Circumstances = _NO_CIRCUMSTANCES
) -> tuple[int, int]:
    """Return how many questions are answered, and how many apply; calculations and cells apart."""
    reading = _read(form, answers, circumstances)
    asked = [
        field
        for field in form.fields
        if field.kind != "calc" and (field.name, None, "") not in reading.absent
    ]
    return sum(reading.operands.get(field.name) is not None for field in asked), len(asked)


def role_flags(form: Form, written: Collection[str], role: str) -> list[Flag]:
    """Return a flag for each of the `written` fields that belongs to another role than `role`."""
    foreign = [
        field.name for field in form.fields if field.name in written and field.writes not in {"", role}
    ]
    return [_flag("role", (name, None, "")) for name in foreign]


def _read(form: Form, answers: Answers, circumstances: Circumstances) -> _Reading:
    reading = _Reading(
        {field.name: operand_of(field, answers.get(field.name)) for field in form.fields}, set()
    )
    for field in form.fields:
        if field.kind == "rows":
            reading.operands[field.name] = _read_rows(field, answers, reading, circumstances)
        context = _context(reading.operands, circumstances)
        reading.operands[field.name] = _settled(field, context, reading, (field.name, None, ""))
    return reading


def _read_rows(field: Field, answers: Answers, reading: _Reading, circumstances: Circumstances) -> Operand:
    read: list[dict[str, Operand]] = []
    for place, row in enumerate(_rows(field, answers)):
        cells = {cell.name: operand_of(cell, row.get(cell.name)) for cell in field.cells}
        for cell in field.cells:
            context = _context(reading.operands, circumstances, cells, place + 1)
            cells[cell.name] = _settled(cell, context, reading, (field.name, place, cell.name))
        read.append(cells)
    return read or None


def _settled(field: Field, context: Context, reading: _Reading, address: Address) -> Operand:
    """Return the field's operand once it is known whether the field applies."""
    if field.relevant is not None and evaluate(decode_tree(field.relevant), context) is not True:
        reading.absent.add(address)
        return None
    if field.calculation is not None:
        return evaluate(decode_tree(field.calculation), context)
    return evaluate(("ref", field.name), context)


def _context(
    operands: Mapping[str, Operand],
    circumstances: Circumstances,
    row: Mapping[str, Operand] | None = None,
    position: int | None = None,
) -> Context:
    return Context(
        values=operands,
        row=row,
        position=position,
        today=circumstances.today,
        period_days=circumstances.period_days,
    )


def _row_flags(
    field: Field, place: int, row: Answers, reading: _Reading, circumstances: Circumstances
) -> list[Flag]:
    rows: Any = reading.operands[field.name]
    if rows is None:  # the rows do not apply
        return []
    context = _context(reading.operands, circumstances, rows[place], place + 1)
    flags: list[Flag] = []
    for cell in field.cells:
        flags += _flags(cell, row.get(cell.name), context, reading, (field.name, place, cell.name))
    known = {cell.name for cell in field.cells}
    return flags + [_flag("unknown", (field.name, place, name)) for name in row if name not in known]


def _flags(field: Field, value: Any, context: Context, reading: _Reading, address: Address) -> list[Flag]:
    if is_empty(value):
        required = field.required is not None and evaluate(decode_tree(field.required), context) is True
        return [_flag("required", address)] if required and address not in reading.absent else []
    if address in reading.absent:
        return [_flag("irrelevant", address)]
    wrong = misfit(field, value)
    if wrong is not None:
        return [_flag(wrong, address)]
    if field.constraint is None:
        return []
    examined = msgspec.structs.replace(context, this=operand_of(field, value))
    if evaluate(decode_tree(field.constraint), examined) is not False:
        return []
    return [_flag("constraint", address, field.message)]


def _flag(code: FlagCode, address: Address, message: Words | None = None) -> Flag:
    field, row, cell = address
    return Flag(field=field, row=row, cell=cell, code=code, message=message or _MESSAGES[code])


def _calculated(fields: tuple[Field, ...], operands: Mapping[str, Operand]) -> dict[str, Any]:
    results: dict[str, Any] = {}
    for field in fields:
        operand = operands.get(field.name)
        if field.kind == "calc" and operand is not None:
            results[field.name] = stored(field, operand)
        elif field.kind == "rows" and isinstance(operand, list):
            rows = [_calculated(field.cells, row) for row in operand if isinstance(row, Mapping)]
            results |= {field.name: rows} if any(rows) else {}
    return results


def _rows(field: Field, answers: Answers) -> list[Answers]:
    value: Any = answers.get(field.name)
    return [*value] if field.kind == "rows" and not is_empty(value) and misfit(field, value) is None else []
