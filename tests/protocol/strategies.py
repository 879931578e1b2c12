"""Hypothesis strategies for what the bytes layer knows: canonical values, operations, saves, headers, sealed sets."""

from functools import cache
from typing import Any, NamedTuple
from unicodedata import normalize

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import strategies as st

from haidang_protocol.body import Address, Operation, Preimage, Reference, Save
from haidang_protocol.envelope import Header, OpenedSet, seal
from haidang_protocol.ids import AUTHORITY, REPORTS, RESTRICTED, key_id, scope_of
from haidang_protocol.limits import COUNT_MAX, IDENTIFIER_BYTES_MAX, INTEGER_MAX
from haidang_protocol.operations import (
    ADD,
    ATTEST,
    COUNT,
    DEFINITION_KINDS,
    ENTRY_KINDS,
    FIRST_AUTHORITY_KIND,
    KINDS,
    LINK,
    NOTE,
    PUT,
    REMOVE,
    REPORT_KINDS,
    RESTORE,
    VOID,
)

UNIT = b"\x55" * 16
"""The unit of every scope here; no preimage names it as its subject."""

KEYS = tuple(Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in range(1, 4))


class Sealed(NamedTuple):
    """A change set with what it was made of."""

    opened: OpenedSet
    header: Header
    saves: tuple[Save, ...]
    key: Ed25519PrivateKey


@cache
def integers() -> st.SearchStrategy[int]:
    """Integers of the format, its edges often."""
    edges = [0, 23, 24, 127, 128, 255, 256, 65535, 65536, 2**32 - 1, 2**32, INTEGER_MAX]
    return st.integers(-INTEGER_MAX, INTEGER_MAX) | st.sampled_from([*edges, *(-edge for edge in edges)])


@cache
def texts(max_size: int = 40) -> st.SearchStrategy[str]:
    """Texts in NFC, Vietnamese and other."""
    letters = st.characters(exclude_categories=["Cs"]) | st.sampled_from("ạảãàáâậầấẩẫăắằặẳẵđêộợừỷ")
    return st.text(letters, max_size=max_size).map(lambda text: normalize("NFC", text))


@cache
def names(min_size: int = 1) -> st.SearchStrategy[str]:
    """Names of fields, families, roles: NFC, short, no control characters."""
    letters = st.characters(min_codepoint=0x20, exclude_categories=["Cs"])
    free = st.text(letters, min_size=min_size, max_size=16).map(lambda text: normalize("NFC", text))
    return st.sampled_from(["so_cum_loa", "ghi_chú", "x" * 64]) | free.filter(
        lambda text: len(text.encode()) <= IDENTIFIER_BYTES_MAX
    )


@cache
def ids() -> st.SearchStrategy[bytes]:
    """Ids of 16 bytes, some of them often."""
    return st.sampled_from([b"\x01" * 16, b"\x02" * 16]) | st.binary(min_size=16, max_size=16)


@cache
def scalars() -> st.SearchStrategy[Any]:
    return st.none() | st.booleans() | integers() | texts() | st.binary(max_size=40)


@cache
def values(depth: int = 8) -> st.SearchStrategy[Any]:
    """Canonical values whose arrays nest at most `depth` deep."""
    if depth == 0:
        return scalars()
    deep = scalars().map(lambda leaf: _nested(leaf, depth))
    return st.recursive(scalars(), lambda inner: st.lists(inner, max_size=4), max_leaves=depth) | deep


def _nested(leaf: Any, depth: int) -> Any:
    for _ in range(depth):
        leaf = [leaf]
    return leaf


@cache
def row_keys() -> st.SearchStrategy[tuple[str, ...]]:
    """Natural keys of rows."""
    keys = st.lists(names(min_size=0), min_size=1, max_size=3).map(tuple)
    return keys.filter(lambda key: len("".join(key).encode()) <= IDENTIFIER_BYTES_MAX)


@cache
def addresses() -> st.SearchStrategy[Address]:
    """Fields and cells, some of them often so that operations meet."""
    often: list[Address] = ["", "a", "b", ("rows", b"\x01" * 16, "c")]
    cells = st.tuples(names(), ids() | row_keys(), names(min_size=0))
    return st.sampled_from(often) | names() | cells


@cache
def preimages() -> st.SearchStrategy[Preimage]:
    others = ids().filter(lambda subject: subject != UNIT)
    return st.builds(Preimage, names(), st.none() | others, st.none() | names(), st.none() | ids())


@cache
def references() -> st.SearchStrategy[Reference]:
    """References to the same set, up the log, and to sets elsewhere."""
    at = st.integers(0, 5) | st.just(INTEGER_MAX)
    return st.builds(Reference, st.integers(0, 3) | st.just(INTEGER_MAX) | ids(), at)


@cache
def elements() -> st.SearchStrategy[Any]:
    """Elements of sets."""
    return names() | st.binary(max_size=IDENTIFIER_BYTES_MAX) | row_keys().map(list)


@cache
def values_of(kind: int) -> st.SearchStrategy[Any]:
    """Values that an operation of this kind may have (SPEC O7)."""
    if kind not in KINDS:
        return st.binary(max_size=40)
    notes = st.tuples(texts(), st.none() | ids()).map(list)
    steps = st.integers(1, COUNT_MAX) | st.integers(-COUNT_MAX, -1)
    choices: dict[int, st.SearchStrategy[Any]] = {
        PUT: values(7),
        COUNT: steps,
        ADD: elements(),
        REMOVE: elements(),
        NOTE: notes,
        VOID: texts(),
        RESTORE: texts(),
        ATTEST: st.lists(texts(), min_size=2, max_size=2),
        LINK: ids().map(lambda record: [record, scope_of(REPORTS, record)]),
        **dict.fromkeys(DEFINITION_KINDS, st.lists(values(6), max_size=3)),
    }
    return choices.get(kind, values(7))


@cache
def kinds(*, authority: bool) -> st.SearchStrategy[int]:
    """Known kinds that may stand in such a scope, and a few unknown ones."""
    if authority:
        return st.sampled_from((*DEFINITION_KINDS, *ENTRY_KINDS, 37, 54, 200, INTEGER_MAX))
    return st.sampled_from((*REPORT_KINDS, PUT, PUT, PUT, 10, FIRST_AUTHORITY_KIND - 1))


@cache
def operations(*, authority: bool = False) -> st.SearchStrategy[Operation]:
    """Operations of every kind that such a scope holds, with any references."""
    referred = st.lists(references(), max_size=2).map(tuple)
    return kinds(authority=authority).flatmap(
        lambda kind: st.builds(
            Operation, st.just(kind), ids() | preimages(), addresses(), values_of(kind), referred, referred
        )
    )


@st.composite
def save_lists(draw: st.DrawFn, *, authority: bool = False) -> tuple[Save, ...]:
    """The saves of one set, at times that are whole minutes apart, so that nothing is rounded."""
    start = draw(st.integers(-(2**40), 2**40))
    made = draw(st.lists(_saves(authority=authority), min_size=1, max_size=4))
    return tuple(msgspec.structs.replace(save, time=start + 60 * save.time) for save in made)


@cache
def _saves(*, authority: bool) -> st.SearchStrategy[Save]:
    stated = st.lists(operations(authority=authority), min_size=1, max_size=4).map(tuple)
    return st.builds(Save, st.just(b"") | ids(), st.integers(-(10**6), 10**6), stated, st.none() | ids())


@st.composite
def headers(draw: st.DrawFn, *, authority: bool = False, key: bytes | None = None) -> Header:
    """Headers of report or authority sets, first and later ones, on one line or after a fork."""
    scope = scope_of(AUTHORITY if authority else draw(st.sampled_from([REPORTS, RESTRICTED])), UNIT)
    previous = draw(st.sets(st.binary(min_size=32, max_size=32), max_size=3))
    return Header(
        key=key or draw(ids()),
        scope=scope,
        incarnation=draw(st.integers(0, 3) | st.just(INTEGER_MAX)),
        position=draw(st.integers(1, 10) | st.just(INTEGER_MAX)) if previous else 0,
        previous=tuple(sorted(previous)),
        time=draw(integers()),
        tag=draw(st.binary(min_size=8, max_size=8).filter(lambda tag: tag < b"\xff" * 7)),
        acting=draw(ids()) if authority else None,
    )


@st.composite
def sealed_sets(draw: st.DrawFn) -> Sealed:
    """Change sets of either kind of scope as their author sealed them."""
    key = draw(st.sampled_from(KEYS))
    authority = draw(st.booleans())
    made = draw(save_lists(authority=authority))
    header = draw(headers(authority=authority, key=key_id(key.public_key().public_bytes_raw())))
    header = msgspec.structs.replace(header, time=made[-1].time)
    return Sealed(seal(header, made, key), header, made, key)
