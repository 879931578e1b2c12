"""Values of one field: whether they are of its type, what they stand for in expressions, and how results are kept."""

from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal, TypeAlias

from haidang_protocol import canonical
from haidang_protocol.canonical import is_nfc
from haidang_protocol.definitions.dates import is_date, is_moment
from haidang_protocol.definitions.expression_values import Operand, half_away_from_zero
from haidang_protocol.definitions.forms import Field, Kind
from haidang_protocol.errors import MalformedError
from haidang_protocol.limits import IDENTIFIER_BYTES_MAX, INTEGER_MAX

Misfit: TypeAlias = Literal["kind", "size", "choice", "unknown"]


def is_empty(value: Any) -> bool:
    """Tell whether a value is no answer: null, the empty text, the empty list. Zero and false are answers."""
    return value is None or (isinstance(value, Collection) and len(value) == 0)


def misfit(field: Field, value: Any) -> Misfit | None:
    """Return how a value that is not empty fails to fit its field, or null."""
    if field.kind == "calc":
        return "unknown"  # calculations are never saved
    if not _OF_KIND[field.kind](value):
        return "kind"
    if field.kind in {"text", "photo"} and len(value) > field.size:
        return "size"
    if field.kind in {"sel1", "selN"}:
        codes = {choice.code for choice in field.choices}
        return None if codes.issuperset([value] if field.kind == "sel1" else value) else "choice"
    return None


def operand_of(field: Field, value: Any) -> Operand:
    """Return what a value stands for in expressions; what is not of the field's type stands for nothing."""
    if is_empty(value) or misfit(field, value) in {"kind", "unknown"}:
        return None
    if field.kind == "dec":
        return Fraction(value, 10**field.size)
    if field.kind in {"selN", "photo"}:
        return sorted(value, key=repr)
    operand: Operand = value
    return operand


def stored(field: Field, operand: Operand) -> Any:
    """Return a calculated operand as values are kept: numbers times 10**size, rounded."""
    if isinstance(operand, int | Fraction) and not isinstance(operand, bool):
        return half_away_from_zero(operand, field.size)
    return operand


def attachment_element(attachment: Sequence[Any]) -> bytes:
    """Return the set element (SPEC O7) that stands for an attachment: the MessagePack of its value.

    Raises:
        ValueError: It is no attachment, or its media type is too long for an element.
    """
    element = canonical.encode([*attachment])
    if not _is_attachment(attachment) or len(element) > IDENTIFIER_BYTES_MAX:
        raise ValueError(f"not an attachment: {attachment!r}")
    return element


def attachment_of(element: bytes) -> list[Any]:
    """Return the attachment that a set element stands for: SHA-256, bytes, media type.

    Raises:
        ProtocolError: The element stands for none.
    """
    attachment: list[Any] = canonical.decode(element)
    if not _is_attachment(attachment):
        raise MalformedError("the element is no attachment")
    return attachment


def is_integer(value: Any) -> bool:
    """Tell whether a value is an integer that the format can hold, a boolean being none."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= INTEGER_MAX


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and is_nfc(value)


def _is_set_of(is_element: Callable[[Any], bool]) -> Callable[[Any], bool]:
    def is_set(value: Any) -> bool:
        is_collection = isinstance(value, Collection) and not isinstance(value, str | bytes | Mapping)
        return is_collection and all(map(is_element, value))

    return is_set


def _is_attachment(value: Any) -> bool:
    if not isinstance(value, tuple | list) or len(value) != 3:
        return False
    digest, size, media_type = value
    return isinstance(digest, bytes) and len(digest) == 32 and is_integer(size) and _is_text(media_type)


def _is_position(value: Any) -> bool:
    if not isinstance(value, tuple | list) or len(value) != 3 or not all(map(is_integer, value)):
        return False
    latitude, longitude, accuracy = value
    return abs(latitude) <= 900_000_000 and abs(longitude) <= 1_800_000_000 and bool(accuracy >= 0)


def _is_rows(value: Any) -> bool:
    return isinstance(value, tuple | list) and all(isinstance(row, Mapping) for row in value)


_OF_KIND: dict[Kind, Callable[[Any], bool]] = {
    "int": is_integer,
    "money": is_integer,
    "dec": is_integer,
    "bool": lambda value: isinstance(value, bool),
    "text": _is_text,
    "sel1": _is_text,
    "date": lambda value: isinstance(value, str) and is_date(value),
    "datetime": lambda value: isinstance(value, str) and is_moment(value),
    "selN": _is_set_of(_is_text),
    "photo": _is_set_of(_is_attachment),
    "geo": _is_position,
    "rows": _is_rows,
}
