"""The model's own strict reader of what authority entries say (SPEC A1, A2, A3, A6, A7, A9).

An entry whose value is not of the stated form is inert: it is not yielded.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from haidang_protocol.canonical import decode, encode
from haidang_protocol.envelope import OpenedSet
from haidang_protocol.ids import digest, key_id, scope_unit
from haidang_protocol.operations import ADOPT, CERTIFY, REDACT, REVOKE, UNIT

Form = Callable[[Any], bool]


def _bin(size: int) -> Form:
    return lambda value: type(value) is bytes and len(value) == size


def _a(kind: type) -> Form:
    return lambda value: type(value) is kind


def _or_nil(form: Form) -> Form:
    return lambda value: value is None or form(value)


def _many(form: Form) -> Form:
    return lambda value: type(value) is list and all(map(form, value))


def _ascending(kind: type) -> Form:
    return lambda value: _many(_a(kind))(value) and value == sorted(set(value))


def _row(*forms: Form) -> Form:
    return lambda value: (
        type(value) is list
        and len(value) == len(forms)
        and all(form(part) for form, part in zip(forms, value, strict=True))
    )


_rights = _row(_ascending(int), _ascending(str), _ascending(int))
_ids = _many(_bin(32))
ENTRY_FORMS: dict[int, Form] = {
    UNIT: lambda value: type(value) is list and bool(value) and _or_nil(_bin(16))(value[0]),
    CERTIFY: _row(
        lambda value: value == 1 and type(value) is int,
        _bin(32),
        _a(str),
        _a(str),
        _rights,
        _or_nil(_rights),
        _bin(16),
        _many(_a(str)),
        _or_nil(_a(int)),
        _or_nil(_bin(16)),
        _a(bool),
        _or_nil(_bin(32)),
        lambda value: type(value) is int and 0 <= value <= 2,
    ),
    REVOKE: _row(_bin(16), _many(_row(lambda n: type(n) is int and n >= 0, _bin(17), _ids)), _a(str)),
    ADOPT: _row(_ids, _ids, _a(str)),
    REDACT: _row(_ids, _a(str)),
}


class Rights(NamedTuple):
    """What a certificate allows; None is everything (a root's)."""

    allowed: tuple[frozenset[int], frozenset[str], frozenset[int]] | None

    def hold(self, other: "Rights") -> bool:
        """`other` ⊆ self."""
        if self.allowed is None or other.allowed is None:
            return self.allowed is None
        return all(theirs <= ours for theirs, ours in zip(other.allowed, self.allowed, strict=True))


class Certificate(NamedTuple):
    """A certificate that counts or would, if its set were confirmed. `slot` is 0–2 for a root, else -1."""

    id: bytes
    key: bytes
    depth: int
    unit: bytes
    rights: Rights
    grants: Rights | None
    forms: frozenset[str]
    until: float
    offer: bool
    slot: int


class Entry(NamedTuple):
    """An entry of stated form in an authority set: where it is written and under which certificate."""

    kind: int
    record: bytes
    value: Any
    unit: bytes
    acting: Certificate
    identity: bytes


def _rights_of(value: list[list[Any]]) -> Rights:
    kinds, roles, scope_kinds = map(frozenset, value)
    return Rights((kinds, roles, scope_kinds))


def certified(e: Entry) -> Certificate:
    """The certificate that a `certify` entry of stated form writes down (A2); whether it counts is another matter."""
    value = e.value
    return Certificate(
        id=digest("haidang/certificate/1", encode(value))[:16],
        key=key_id(value[1]),
        depth=e.acting.depth + 1,
        unit=value[6],
        rights=_rights_of(value[4]),
        grants=None if value[5] is None else _rights_of(value[5]),
        forms=frozenset(value[7]),
        until=float("inf") if value[8] is None else value[8],
        offer=value[10],
        slot=-1,
    )


def root(identity: bytes, key: bytes, top: bytes, slot: int) -> Certificate:
    """A root's certificate: depth 0, the top unit, every right and grant."""
    every = Rights(None)
    return Certificate(identity, key, 0, top, every, every, frozenset(), float("inf"), offer=False, slot=slot)


def genesis_roots(genesis: bytes) -> tuple[bytes, list[Certificate]]:
    """The top unit and the three root certificates (A1)."""
    _, _, top, keys = decode(genesis)
    root_set = digest("haidang/genesis/1", genesis)
    ids = [digest("haidang/root/1", root_set + bytes([slot]))[:16] for slot in range(3)]
    return top, [root(ids[slot], key_id(keys[slot]), top, slot) for slot in range(3)]


def entries(s: OpenedSet, acting: Certificate) -> Iterator[Entry]:
    """The entries of stated form in an authority set; the others are inert."""
    unit = scope_unit(s.header.scope)
    for at, operation in enumerate(s.body.operations):
        if _well_formed(operation.kind, encode(operation.value)):
            yield Entry(operation.kind, s.body.record_ids[at], operation.value, unit, acting, s.identity(at))


@lru_cache(maxsize=4096)
def _well_formed(kind: int, value: bytes) -> bool:
    return kind in ENTRY_FORMS and ENTRY_FORMS[kind](decode(value))
