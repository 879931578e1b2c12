"""Definitions as values of authority entries: arrays of the strict MessagePack of SPEC B3, and back."""

from typing import Any, TypeVar

import msgspec

from haidang_protocol import canonical
from haidang_protocol.errors import MalformedError

Definition = TypeVar("Definition", bound=msgspec.Struct)


def to_value(definition: msgspec.Struct) -> list[Any]:
    """Return an array-like struct as nested lists of allowed values.

    Raises:
        ProtocolError: The struct holds what the format does not have, such as text that is not NFC.
    """
    value: list[Any] = canonical.decode(canonical.encode(definition))
    return value


def from_value(value: Any, kind: type[Definition]) -> Definition:
    """Return the struct whose array is `value`.

    Raises:
        ProtocolError: `value` is no such array.
    """
    canonical.check(value)
    try:
        return msgspec.convert(value, kind, builtin_types=(bytes,))  # otherwise a text is read as base64
    except msgspec.ValidationError as error:
        raise MalformedError(f"not a {kind.__name__}: {error}") from error
