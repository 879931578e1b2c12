"""Values as JSON has them: decimals exact, positions and attachments by name, bytes in hexadecimal digits."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from haidang_protocol.definitions.form_values import misfit
from haidang_protocol.definitions.forms import Field

_DEGREE = 7
"""Decimals of a coordinate."""


def json_value(field: Field | None, value: Any) -> Any:
    """A value of a field; what does not fit the field, or has none, is as it was saved, bytes in hexadecimal digits."""
    if value is None or field is None or (field.kind != "calc" and misfit(field, value) == "kind"):
        return jsonable(value)
    if field.kind == "dec" or (field.kind == "calc" and field.size and isinstance(value, int)):
        return exact(scaled(value, field.size))
    if field.kind == "geo":
        latitude, longitude, accuracy = value
        return {
            "latitude": exact(scaled(latitude, _DEGREE)),
            "longitude": exact(scaled(longitude, _DEGREE)),
            "accuracy_m": accuracy,
        }
    if field.kind == "photo":
        return [
            {"sha256": digest.hex(), "bytes": size, "media_type": media_type}
            for digest, size, media_type in value
        ]
    return jsonable(value)


def scaled(value: int, decimals: int) -> Decimal:
    """An integer that counts 10**-decimals."""
    return Decimal(value).scaleb(-decimals)


def exact(number: Decimal) -> msgspec.Raw:
    """A JSON number with exactly these digits."""
    return msgspec.Raw(f"{number:f}".encode())


def jsonable(value: Any) -> Any:
    """Any value of the protocol: bytes in hexadecimal digits, arrays as arrays."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return {str(name): jsonable(part) for name, part in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [jsonable(part) for part in value]
    return value
