"""Forms as people author them: JSON with the texts side by side and expressions as text.

Texts are pairs ``["Số ngày mở cửa", "Days open"]``; types carry their size, as in ``dec(1)``; choices are triples of
code and texts, given with the field or, under a name, in ``lists``; ``class`` is the class of the field, from which
its merge operation and its display follow. Reading refuses what has no meaning; `form_problems.py` then finds what
has one but should not be published.
"""

import re

import msgspec

from haidang_protocol.definitions.expression_text import compile_expression, show_expression
from haidang_protocol.definitions.expressions import ExpressionError, decode_tree, encode_tree
from haidang_protocol.definitions.forms import (
    Choice,
    Display,
    Field,
    Form,
    Kind,
    Occasion,
    Origin,
    Rollup,
    RollupKind,
    Section,
    Subject,
    SubjectKind,
    Timing,
    display_of,
    merge_of,
)
from haidang_protocol.definitions.text import nfc
from haidang_protocol.definitions.words import Words

_Pair = tuple[str, str]
_Triple = tuple[str, str, str]
_TYPE = re.compile(r"([a-zA-Z0-9]+?)(?:\(([0-9]{1,5})\))?")
_ROLLUP = re.compile(r"([A-Za-z_]+)(?:\(([a-z0-9_]+(?:, ?[a-z0-9_]+)*)\))?")
_SIZED = {"text": 500, "photo": 1}
"""Size of a type that is written without one."""


class FormTextError(ValueError):
    """A form cannot be read; the message names the field."""


class _AuthoredField(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    name: str
    type: str
    label: _Pair
    hint: _Pair | None = None
    unit: _Pair | None = None
    origin: Origin = msgspec.field(name="class")
    display: Display | None = None
    rollup: str = "none"
    choice_list: str | None = msgspec.field(default=None, name="list")
    choices: tuple[_Triple, ...] = ()
    required: str | bool = False
    relevant: str | None = None
    constraint: str | None = None
    message: _Pair | None = None
    calculation: str | None = None
    writes: str = ""
    personal: bool = False
    restricted: bool = False
    section: str = ""
    key: tuple[str, ...] = ()
    cells: tuple["_AuthoredField", ...] = ()


class _AuthoredSubject(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    kind: SubjectKind
    site: str = ""
    levels: tuple[str, ...]


class _AuthoredTiming(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    occasion: Occasion
    regime: str = ""
    kind: str = ""


class _AuthoredForm(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    family: str
    version: int
    title: _Pair
    directives: tuple[str, ...]
    subject: _AuthoredSubject
    timing: _AuthoredTiming
    restricted: bool = False
    lists: dict[str, tuple[_Triple, ...]] = {}
    sections: dict[str, _Pair] = {}
    fields: tuple[_AuthoredField, ...]


def read_form(text: str | bytes) -> Form:
    """Return the form that `text` authors; its texts become NFC.

    Raises:
        FormTextError: It is no JSON of this shape, or an expression, type or list in it has no meaning.
    """
    try:
        unescaped = msgspec.json.encode(msgspec.json.decode(text)).decode()
        authored = msgspec.json.decode(nfc(unescaped), type=_AuthoredForm)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise FormTextError(f"not a form: {error}") from error
    return Form(
        family=authored.family,
        version=authored.version,
        title=Words(*authored.title),
        directives=authored.directives,
        subject=msgspec.convert(authored.subject, Subject, from_attributes=True),
        timing=msgspec.convert(authored.timing, Timing, from_attributes=True),
        restricted=authored.restricted,
        sections=tuple(Section(name, Words(*label)) for name, label in authored.sections.items()),
        fields=tuple(_field(field, authored.lists) for field in authored.fields),
    )


def write_form(form: Form) -> str:
    """Return JSON that `read_form` reads as the same form; lists stand with their fields."""
    authored = _AuthoredForm(
        family=form.family,
        version=form.version,
        title=_pair(form.title),
        directives=form.directives,
        subject=msgspec.convert(form.subject, _AuthoredSubject, from_attributes=True),
        timing=msgspec.convert(form.timing, _AuthoredTiming, from_attributes=True),
        restricted=form.restricted,
        sections={section.name: _pair(section.label) for section in form.sections},
        fields=tuple(_authored(field) for field in form.fields),
    )
    return msgspec.json.format(msgspec.json.encode(authored), indent=2).decode()


def _field(authored: _AuthoredField, lists: dict[str, tuple[_Triple, ...]]) -> Field:
    try:
        kind, size = _type(authored.type)
        return Field(
            name=authored.name,
            kind=kind,
            size=size,
            label=Words(*authored.label),
            hint=_words(authored.hint),
            unit=_words(authored.unit),
            origin=authored.origin,
            merge=merge_of(kind, authored.origin),
            display=authored.display or display_of(authored.origin),
            rollup=_rollup(authored.rollup),
            choices=tuple(Choice(*triple) for triple in _choices(authored, lists)),
            required=_required(authored.required),
            relevant=_compiled(authored.relevant),
            constraint=_compiled(authored.constraint),
            message=_words(authored.message),
            calculation=_compiled(authored.calculation),
            writes=authored.writes,
            personal=authored.personal,
            restricted=authored.restricted,
            section=authored.section,
            key=authored.key,
            cells=tuple(_field(cell, lists) for cell in authored.cells),
        )
    except ExpressionError as error:
        raise FormTextError(f"field {authored.name}: {error}") from error


def _authored(field: Field) -> _AuthoredField:
    required = _shown(field.required)
    return _AuthoredField(
        name=field.name,
        type=f"{field.kind}({field.size})" if field.size else field.kind,
        label=_pair(field.label),
        hint=_pair(field.hint) if field.hint else None,
        unit=_pair(field.unit) if field.unit else None,
        origin=field.origin,
        display=None if field.display == display_of(field.origin) else field.display,
        rollup=field.rollup.kind + (f"({', '.join(field.rollup.parts)})" if field.rollup.parts else ""),
        choices=tuple((choice.code, choice.vi, choice.en) for choice in field.choices),
        required=required == "true()" or (required or False),
        relevant=_shown(field.relevant),
        constraint=_shown(field.constraint),
        message=_pair(field.message) if field.message else None,
        calculation=_shown(field.calculation),
        writes=field.writes,
        personal=field.personal,
        restricted=field.restricted,
        section=field.section,
        key=field.key,
        cells=tuple(_authored(cell) for cell in field.cells),
    )


def _type(text: str) -> tuple[Kind, int]:
    match = _TYPE.fullmatch(text)
    try:
        kind = msgspec.convert(match[1] if match else text, Kind)
    except msgspec.ValidationError as error:
        raise ExpressionError(f"no type {text!r}") from error
    size: str | None = match[2] if match else None
    return kind, int(size) if size is not None else _SIZED.get(kind, 0)


def _rollup(text: str) -> Rollup:
    match = _ROLLUP.fullmatch(text)
    try:
        kind = msgspec.convert(match[1] if match else text, RollupKind)
    except msgspec.ValidationError as error:
        raise ExpressionError(f"no roll-up {text!r}") from error
    parts: str | None = match[2] if match else None
    return Rollup(kind, tuple(re.split(", ?", parts)) if parts else ())


def _choices(authored: _AuthoredField, lists: dict[str, tuple[_Triple, ...]]) -> tuple[_Triple, ...]:
    if authored.choice_list is None:
        return authored.choices
    if authored.choice_list not in lists or authored.choices:
        raise ExpressionError(f"no list {authored.choice_list!r}, or choices beside it")
    return lists[authored.choice_list]


def _required(authored: str | bool) -> bytes | None:  # noqa: FBT001  the JSON says true or an expression
    if isinstance(authored, bool):
        return encode_tree(True) if authored else None
    return _compiled(authored)


def _compiled(text: str | None) -> bytes | None:
    return None if text is None else encode_tree(compile_expression(text))


def _shown(expression: bytes | None) -> str | None:
    return None if expression is None else show_expression(decode_tree(expression))


def _words(pair: _Pair | None) -> Words | None:
    return Words(*pair) if pair else None


def _pair(words: Words) -> _Pair:
    return (words.vi, words.en)
