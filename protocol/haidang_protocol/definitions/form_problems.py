"""What keeps a form from being published. An author sees all problems at once, each with the field it is about."""

from collections.abc import Callable, Iterator, Sequence
from typing import get_args

import msgspec

from haidang_protocol import canonical
from haidang_protocol.definitions.expressions import Tree, decode_tree, is_form, is_name, references, subtrees
from haidang_protocol.definitions.forms import (
    CHOICES,
    NUMBERS,
    Field,
    Form,
    Kind,
    Origin,
    RollupKind,
    display_of,
    merge_of,
)
from haidang_protocol.definitions.words import Words
from haidang_protocol.errors import ProtocolError
from haidang_protocol.limits import IDENTIFIER_BYTES_MAX

FORM_BYTES_MAX = 64 * 1024
"""Bytes of a form: a phone on a weak link fetches it at once."""
TEXT_CHARACTERS_MAX = 4000
"""Characters of a text answer, so that its bytes stay within the protocol's limit."""
PHOTOS_MAX = 10


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A reason not to publish a form.

    Attributes:
        field: Name of the field, or "" for the form as a whole.
        message: For the author.
    """

    field: str
    message: Words


_Found = Iterator[Words]


def form_problems(form: Form) -> list[Problem]:
    """Return all that is wrong with a form, in its order; an empty list means that it can be published."""
    found = [Problem(field="", message=message) for message in _of_form(form)]
    scope = _Scope(form)
    for field in form.fields:
        for place in (field, *field.cells):
            within = field if place is not field else None
            found += [
                Problem(field=place.name, message=message) for check in _CHECKS for message in check(place)
            ]
            found += [Problem(field=place.name, message=message) for message in scope.problems(place, within)]
    return found


def _of_form(form: Form) -> _Found:
    names = [place.name for field in form.fields for place in (field, *field.cells)]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Words(f"Tên mục {name} dùng nhiều lần.", f"The field name {name} is used more than once.")
    if not form.family or form.version < 1 or not form.directives or not form.fields:
        yield Words(
            "Cần có mã biểu mẫu, phiên bản từ 1, nhiệm vụ và ít nhất một mục.",
            "A family, a version from 1, a directive and at least one field are needed.",
        )
    if not form.subject.levels or (form.subject.kind == "site") != bool(form.subject.site):
        yield Words("Thiếu cấp báo cáo hoặc loại địa điểm.", "Levels, or the kind of site, are missing.")
    if (form.timing.occasion == "period") != bool(form.timing.regime and form.timing.kind):
        yield Words("Kỳ báo cáo thiếu chế độ hoặc loại kỳ.", "The regime or kind of the period is missing.")
    for words in (form.title, *(section.label for section in form.sections)):
        yield from _without_text(words)
    try:
        size = len(canonical.encode(canonical.decode(canonical.encode(form))))
    except ProtocolError as error:
        yield Words(f"Không mã hóa được: {error}.", f"It cannot be encoded: {error}.")
    else:
        if size > FORM_BYTES_MAX:
            yield Words(
                f"Biểu mẫu lớn hơn {FORM_BYTES_MAX} byte.", f"The form is larger than {FORM_BYTES_MAX} bytes."
            )


def _without_text(words: Words | None) -> _Found:
    if words is not None and not (words.vi.strip() and words.en.strip()):
        yield Words(
            "Thiếu nội dung tiếng Việt hoặc tiếng Anh.", "The Vietnamese or the English text is missing."
        )


def _naming(field: Field) -> _Found:
    if not is_name(field.name):
        yield Words(
            "Tên mục chỉ gồm chữ thường không dấu, số và gạch dưới, bắt đầu bằng chữ, tối đa 64 ký tự.",
            "A field name has ASCII lower-case letters, digits and _, begins with a letter and has at most 64 characters.",
        )
    choices = [Words(choice.vi, choice.en) for choice in field.choices]
    for words in (field.label, field.hint, field.unit, field.message, *choices):
        yield from _without_text(words)


def _typing(field: Field) -> _Found:
    most = {"dec": 6, "calc": 6, "text": TEXT_CHARACTERS_MAX, "photo": PHOTOS_MAX}.get(field.kind, 0)
    least = 1 if field.kind in {"dec", "text", "photo"} else 0
    if not least <= field.size <= most:
        yield Words(
            f"Cỡ của mục phải từ {least} đến {most}.", f"The field's size must be from {least} to {most}."
        )
    codes = [choice.code for choice in field.choices]
    if (field.kind in CHOICES) != bool(codes) or len(set(codes)) != len(codes):
        yield Words(
            "Mục chọn cần danh sách với mã không trùng nhau; mục khác không có danh sách.",
            "A choice needs a list with distinct codes; other fields have none.",
        )
    if not all(code and len(code.encode()) <= IDENTIFIER_BYTES_MAX for code in codes):
        yield Words("Mã lựa chọn trống hoặc quá dài.", "The code of a choice is empty or too long.")
    if (field.kind == "rows") != bool(field.cells) or any(cell.cells for cell in field.cells):
        yield Words(
            "Chỉ bảng mới có cột, và cột không chứa bảng.",
            "Rows need cells, nothing else has them, and no cell holds rows.",
        )
    keyed = {cell.name for cell in field.cells if cell.kind in {"text", "sel1"} and cell.required is not None}
    if not keyed.issuperset(field.key):
        yield Words(
            "Khóa của dòng phải là các cột bắt buộc kiểu chữ hoặc chọn một.",
            "The key of a row must be made of required cells with text or one choice.",
        )


def _merging(field: Field) -> _Found:
    allowed = _ORIGINS.get(field.kind, _STATED)
    if field.origin not in allowed:
        yield Words(
            f"Kiểu {field.kind} không đi với lớp {field.origin}.",
            f"Type {field.kind} does not go with class {field.origin}.",
        )
    elif field.merge != merge_of(field.kind, field.origin):
        yield Words(
            "Phép gộp không đúng với lớp của mục.", "The merge operation does not follow from the class."
        )
    if field.display == "latest" and display_of(field.origin) == "unresolved":
        yield Words(
            "Số đã báo cáo không được tự hiển thị giá trị mới nhất.",
            "A stated figure must not just show its latest value.",
        )
    if (field.kind == "calc") != (field.calculation is not None):
        yield Words(
            "Mục tính toán cần công thức; mục khác thì không.",
            "A calculation needs a formula; nothing else has one.",
        )
    if field.kind == "calc" and (field.required is not None or field.constraint is not None or field.writes):
        yield Words("Mục tính toán không có ràng buộc.", "A calculation has no constraints.")
    if (field.constraint is None) != (field.message is None):
        yield Words("Ràng buộc và lời nhắc phải đi cùng nhau.", "A constraint and its message go together.")


def _rolling_up(field: Field) -> _Found:
    if field.kind not in _ROLLED[field.rollup.kind] or (field.rollup.parts and field.rollup.kind != "ratio"):
        yield Words(
            f"Kiểu {field.kind} không tổng hợp bằng {field.rollup.kind} được.",
            f"Type {field.kind} cannot be rolled up by {field.rollup.kind}.",
        )


_STATED: frozenset[Origin] = frozenset({"reg", "mvreg", "base"})
_FIGURES: frozenset[Origin] = _STATED | {"ptotal"}
_ORIGINS: dict[Kind, frozenset[Origin]] = {
    "int": _FIGURES | {"tally"},
    "money": _FIGURES,
    "dec": _FIGURES,
    "selN": frozenset({"reg", "mvreg"}),
    "photo": frozenset({"attach"}),
    "rows": frozenset({"rows", "log"}),
    "calc": frozenset({"calc"}),
}
_ANY_NUMBER: frozenset[Kind] = NUMBERS | {"calc"}
_ROLLED: dict[RollupKind, frozenset[Kind]] = {
    "none": frozenset(get_args(Kind)),
    "sumST": _ANY_NUMBER,
    "sumS_lastT": _ANY_NUMBER,
    "count": frozenset({"bool", "rows", "calc", "sel1", "selN"}),
    "ratio": frozenset({"bool", "calc"}),
    "worst": frozenset({"sel1"}),
    "max": _ANY_NUMBER,
}
_CHECKS: tuple[Callable[[Field], _Found], ...] = (_naming, _typing, _merging, _rolling_up)


class _Scope:
    """What the expressions of a form can refer to."""

    def __init__(self, form: Form) -> None:
        self._fields = {field.name: field for field in form.fields}
        self._order = [field.name for field in form.fields]
        self._sections = {section.name for section in form.sections}
        self._restricted = form.restricted

    def problems(self, field: Field, within: Field | None) -> _Found:
        if field.section and field.section not in self._sections:
            yield Words(f"Không có phần {field.section}.", f"There is no section {field.section}.")
        parts = [self._found(name, within) for name in field.rollup.parts]
        if any(part is None or part.kind not in _ANY_NUMBER for part in parts):
            yield Words("Tỷ lệ cần hai mục là số.", "A ratio needs two fields that are numbers.")
        for role in ("required", "relevant", "constraint", "calculation"):
            expression: bytes | None = getattr(field, role)
            if expression is not None:
                yield from self._of_expression(role, decode_tree(expression), field, within)

    def _of_expression(self, role: str, tree: Tree, field: Field, within: Field | None) -> _Found:
        for name in sorted(references(tree)):
            referred = self._found(name, within)
            if referred is None:
                yield Words(f"Không có mục ${{{name}}}.", f"There is no field ${{{name}}}.")
            elif role in {"relevant", "calculation"} and not self._is_before(name, field, within):
                yield Words(
                    f"${{{name}}} phải đứng trước mục này.", f"${{{name}}} must stand before this field."
                )
            elif self._is_restricted(referred, name) and not (
                field.restricted or (within and within.restricted)
            ):
                yield Words(
                    f"${{{name}}} hạn chế; mục không hạn chế không được dùng.",
                    f"${{{name}}} is restricted and must not be used in a field that is not.",
                )
        for inner in subtrees(tree):
            if is_form(inner, "this") and role != "constraint":
                yield Words("Dấu chấm chỉ dùng trong ràng buộc.", "A dot has a meaning in constraints only.")
            if is_form(inner, "position") and within is None:
                yield Words("position() chỉ dùng trong bảng.", "position() has a meaning in rows only.")
            yield from self._unknown_codes(inner, field, within)

    def _unknown_codes(self, tree: Tree, field: Field, within: Field | None) -> _Found:
        """Find comparisons of a choice with a code that its list does not have."""
        if not isinstance(tree, tuple) or tree[0] not in {"=", "!=", "selected"}:
            return
        for asked, literal in ((tree[1], tree[2]), (tree[2], tree[1])):
            referred = self._meant(asked, field, within)
            if referred is None or referred.kind not in CHOICES or not is_form(literal, "text"):
                continue
            if literal[1] not in {choice.code for choice in referred.choices}:
                yield Words(
                    f"{referred.name} không có mã {literal[1]}.",
                    f"{referred.name} has no choice with code {literal[1]}.",
                )

    def _meant(self, tree: Tree, field: Field, within: Field | None) -> Field | None:
        if is_form(tree, "this"):
            return field
        return self._found(str(tree[1]), within) if is_form(tree, "ref") else None

    def _found(self, name: str, within: Field | None) -> Field | None:
        rows, _, cell = name.partition(".")
        if cell:
            return _named(self._fields[rows].cells, cell) if rows in self._fields else None
        return (_named(within.cells, name) if within else None) or self._fields.get(name)

    def _is_before(self, name: str, field: Field, within: Field | None) -> bool:
        if within is not None and "." not in name and (cell := _named(within.cells, name)) is not None:
            return within.cells.index(cell) < within.cells.index(field)
        top = within.name if within else field.name
        return self._order.index(name.partition(".")[0]) < self._order.index(top)

    def _is_restricted(self, referred: Field, name: str) -> bool:
        rows = self._fields.get(name.partition(".")[0])
        return not self._restricted and (referred.restricted or (rows is not None and rows.restricted))


def _named(fields: Sequence[Field], name: str) -> Field | None:
    return next((field for field in fields if field.name == name), None)
