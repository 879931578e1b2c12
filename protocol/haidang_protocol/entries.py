"""Authority entries as values: certify, retire, revoke, adopt, refuse, redact (SPEC A6–A9). An unreadable one is inert."""

from contextlib import suppress
from typing import Any

import msgspec

from haidang_protocol.certificates import Certificate, certificate_from_value
from haidang_protocol.errors import MalformedError
from haidang_protocol.ids import ID16, SCOPE_BYTES, SET_ID_BYTES
from haidang_protocol.operations import ADOPT, CERTIFY, ENTRY_KINDS, REDACT, REFUSE, RETIRE, REVOKE


class Entry(msgspec.Struct, frozen=True):
    """One operation of an authority set; `meaning` is what it says, None for a definition or an inert one."""

    kind: int
    record: bytes
    value: Any
    identity: bytes
    meaning: "Certificate | Revoke | Adopt | Refuse | Retire | Redact | None" = None

    def __post_init__(self) -> None:
        """Read the value once: views are made of the same entries again and again."""
        if self.kind in ENTRY_KINDS:
            with suppress(MalformedError):
                msgspec.structs.force_setattr(self, "meaning", read_entry(self))


class Revoke(msgspec.Struct, frozen=True):
    """Cut a key: `named` are the logs listed by name as (incarnation, scope), `tips` all tips kept."""

    key: bytes
    named: frozenset[tuple[int, bytes]]
    tips: tuple[bytes, ...]
    reason: str


class Adopt(msgspec.Struct, frozen=True):
    """Accept a run of sets."""

    tips: tuple[bytes, ...]
    bases: tuple[bytes, ...]
    reason: str


class Refuse(msgspec.Struct, frozen=True):
    """Close the question about sets."""

    ids: tuple[bytes, ...]
    reason: str


class Retire(msgspec.Struct, frozen=True):
    """A key's holder left or was reassigned."""

    key: bytes
    reason: str


class Redact(msgspec.Struct, frozen=True):
    """Drop the values of sets."""

    ids: tuple[bytes, ...]
    reason: str


def revoke_value(key: bytes, logs: dict[tuple[int, bytes], list[bytes]], reason: str) -> list[object]:
    """The value of a `revoke`: for each log (incarnation, scope) the tips that stay accepted."""
    return [key, [[number, scope, sorted(tips)] for (number, scope), tips in sorted(logs.items())], reason]


def adopt_value(tips: list[bytes], bases: list[bytes], reason: str) -> list[object]:
    """The value of an `adopt`."""
    return [sorted(tips), sorted(bases), reason]


def read_entry(entry: Entry) -> Certificate | Revoke | Adopt | Refuse | Retire | Redact:
    """The meaning of an entry.

    Raises:
        MalformedError: its value is not of the stated form, or it is no entry of kinds 48 to 53.
    """
    value = entry.value
    if entry.kind == CERTIFY:
        return certificate_from_value(value)
    _expect(isinstance(value, list) and 2 <= len(value) <= 3 and isinstance(value[-1], str))
    if entry.kind == REVOKE:
        return _revoke(value)
    if entry.kind == ADOPT:
        _expect(len(value) == 3 and _ids(value[0]) and _ids(value[1]))
        return Adopt(tuple(value[0]), tuple(value[1]), value[2])
    _expect(len(value) == 2)
    if entry.kind == RETIRE:
        _expect(_bin(value[0], ID16))
        return Retire(value[0], value[1])
    _expect(_ids(value[0]))
    if entry.kind == REFUSE:
        return Refuse(tuple(value[0]), value[1])
    _expect(entry.kind == REDACT)
    return Redact(tuple(value[0]), value[1])


def parent_of(entry: Entry) -> bytes | None:
    """The parent that a `unit` entry states."""
    value = entry.value
    if isinstance(value, list) and value and _bin(value[0], ID16):
        return bytes(value[0])
    return None


def _revoke(value: list[Any]) -> Revoke:
    _expect(len(value) == 3 and _bin(value[0], ID16) and isinstance(value[1], list))
    named, tips = set(), []
    for log in value[1]:
        _expect(isinstance(log, list) and len(log) == 3)
        number, scope, kept = log
        _expect(type(number) is int and number >= 0 and _bin(scope, SCOPE_BYTES) and _ids(kept))
        named.add((number, scope))
        tips += kept
    return Revoke(value[0], frozenset(named), tuple(tips), value[2])


def _ids(items: Any) -> bool:
    return isinstance(items, list) and all(_bin(item, SET_ID_BYTES) for item in items)


def _bin(value: Any, size: int) -> bool:
    return type(value) is bytes and len(value) == size


def _expect(holds: bool) -> None:  # noqa: FBT001 - reads as an assertion
    if not holds:
        raise MalformedError("an entry that is not of the stated form")


def read(entry: Entry, kind: int) -> object:
    """The meaning of an entry of that kind, None for another kind or an inert one."""
    return entry.meaning if entry.kind == kind else None
