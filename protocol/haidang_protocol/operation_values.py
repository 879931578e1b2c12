"""The values of the known kinds (SPEC O7), checked before anything is merged. Entries have rules of their own (SPEC A)."""

from collections.abc import Callable
from typing import Any, Final

from haidang_protocol.errors import MalformedError
from haidang_protocol.ids import ID16, SCOPE_BYTES
from haidang_protocol.limits import COUNT_MAX, IDENTIFIER_BYTES_MAX
from haidang_protocol.operations import (
    ADD,
    ATTEST,
    COUNT,
    DEFINITION_KINDS,
    KINDS,
    LINK,
    NAMES,
    NOTE,
    REMOVE,
    RESTORE,
    VOID,
)


def check_value(kind: int, value: Any) -> None:
    """Refuse a value that its kind of operation does not have.

    Raises:
        MalformedError: with a sentence saying what the kind has.
    """
    if kind not in KINDS:
        if type(value) is not bytes:
            raise MalformedError("the value of an unknown kind is bin")
        return
    rule = _RULES.get(kind)
    if rule is not None and not rule[0](value):
        raise MalformedError(f"{NAMES[kind]}: the value is {rule[1]}")


def _step(value: Any) -> bool:
    return type(value) is int and 1 <= abs(value) <= COUNT_MAX


def _element(value: Any) -> bool:
    if type(value) is bytes:
        return len(value) <= IDENTIFIER_BYTES_MAX
    parts = value if type(value) is list and value else [value]
    return all(type(part) is str for part in parts) and len("".join(parts).encode()) <= IDENTIFIER_BYTES_MAX


def _note(value: Any) -> bool:
    if type(value) is not list or len(value) != 2:
        return False
    text, reply_to = value
    return type(text) is str and (reply_to is None or _bin(reply_to, ID16))


def _attest(value: Any) -> bool:
    return type(value) is list and len(value) == 2 and all(type(part) is str for part in value)


def _link(value: Any) -> bool:
    return type(value) is list and len(value) == 2 and _bin(value[0], ID16) and _bin(value[1], SCOPE_BYTES)


def _bin(value: Any, size: int) -> bool:
    return type(value) is bytes and len(value) == size


def _text(value: Any) -> bool:
    return type(value) is str


def _array(value: Any) -> bool:
    return type(value) is list


_Rule = tuple[Callable[[Any], bool], str]
_IS_ELEMENT: Final[_Rule] = (
    _element,
    f"text, bin or an array of texts, at most {IDENTIFIER_BYTES_MAX} bytes in all",
)
_RULES: Final[dict[int, _Rule]] = {
    COUNT: (_step, f"a step of 1 to {COUNT_MAX}, either way"),
    ADD: _IS_ELEMENT,
    REMOVE: _IS_ELEMENT,
    NOTE: (_note, "a text and the identity that it replies to, or nil"),
    VOID: (_text, "a reason"),
    RESTORE: (_text, "a reason"),
    ATTEST: (_attest, "a verdict and a reason"),
    LINK: (_link, "another record and its scope"),
    **dict.fromkeys(DEFINITION_KINDS, (_array, "an array")),
}

CHECKED: Final = frozenset(_RULES)
"""The known kinds that do not take any value."""
