"""What a caller is to get: which stretches of hub order of which scopes, and the bytes themselves (SPEC X5–X7, X10).

The plan is made on the writer's thread, where order and authority stand still; the bytes are read later, on a connection of
their own, as they are stored. Hub order only grows at its end, so a plan stays right while the hub goes on.

Beside the two cursors a caller has *exceptions*: scopes that it may read only since a while, which it gets from their start.
Whoever reads nothing but its own chain keeps its cursors unmoved; how far it has its chain stands in an exception too, under
a name that is no scope (`chain_mark`).
"""

from collections.abc import Collection, Iterator, Sequence
from heapq import merge
from typing import Any, Final, NamedTuple

import msgspec
from pysqlite3 import dbapi2 as sqlite

from haidang_protocol import canonical
from haidang_protocol.envelope import Header, SetBytes, decode_header, encode_header
from haidang_protocol.errors import ProtocolError
from haidang_protocol.frames import Outgoing, Place
from haidang_protocol.ids import AUTHORITY, SCOPE_BYTES, TAG_BYTES, scope_kind
from haidang_protocol.signatures import SIGNATURE_BYTES
from haidang_protocol.statements import Prelude, ScopeCursor
from haidang_server.gained import scopes_gained
from haidang_server.hub import Hub
from haidang_server.sqlite_store import decode_facts

_CHAIN: Final = b"\xff"
_NOTHING: Final = canonical.encode(
    [[], [[], []], [], [[], [], []], [[], [], []], [[], [], [], [], [], [], []]]
)
"""A structure of no saves, which no set has."""


class Stretch(NamedTuple):
    """The sets of a scope at the sequences from `start` to before `end`."""

    scope: bytes
    start: int
    end: int


class Lane(msgspec.Struct, frozen=True):
    """One of the two streams: `cursor` is where the caller stands, `stretches` what it lacks."""

    cursor: int
    stretches: tuple[Stretch, ...]


class Plan(msgspec.Struct, frozen=True):
    """What a caller lacks of the log of this `size`; `own` are its own tips, up to which it needs no echo.

    `chain` holds the sequences of its own chain, for a caller that may read nothing else (None for others).
    """

    size: int
    key: bytes
    authority: Lane
    changes: Lane
    own: frozenset[bytes]
    kept: tuple[ScopeCursor, ...] = ()
    chain: tuple[int, ...] | None = None

    @property
    def empty(self) -> bool:
        """Whether the caller lacks nothing."""
        return not (self.authority.stretches or self.changes.stretches or self.chain)


def chain_mark(key: bytes) -> bytes:
    """The name under which the exceptions say how far a caller has its own chain."""
    return _CHAIN + key


class OwnSets(NamedTuple):
    """The caller's own sets: those that it named or brought, and the scopes where there may be more of them."""

    known: frozenset[bytes]
    doubtful: frozenset[bytes]


def plan(hub: Hub, prelude: Prelude, own: OwnSets, now: int) -> Plan:
    """What the caller of a prelude, whose log was reproduced, lacks."""
    readable = hub.standings().of(prelude.key).scopes(now)
    if not readable:
        return _chain_plan(hub, prelude, own.known)
    size = hub.log.size
    authority, changes = min(prelude.authority_cursor, size), min(prelude.changes_cursor, size)
    late = {each.scope: each.cursor for each in prelude.exceptions if each.scope in readable}
    for scope in scopes_gained(hub, prelude.key, prelude.size, now):
        late.setdefault(scope, 0)
    lanes = []
    for cursor, kind in ((authority, True), (changes, False)):
        stretches = []
        for scope in readable:
            start = min(late.get(scope, cursor), cursor)
            if (scope_kind(scope) == AUTHORITY) == kind and _end(hub, scope, prelude.key, own) > start:
                stretches.append(Stretch(scope, start, size))
        lanes.append(Lane(cursor, tuple(stretches)))
    return Plan(size=size, key=prelude.key, authority=lanes[0], changes=lanes[1], own=own.known)


def _end(hub: Hub, scope: bytes, key: bytes, own: OwnSets) -> int:
    """The sequence after the newest set of a scope that the caller may lack: not after echoes of its own."""
    newest = hub.newest.get(scope)
    if newest is None:
        return 0
    return newest.others if newest.author == key and scope not in own.doubtful else newest.end


def _chain_plan(hub: Hub, prelude: Prelude, own: frozenset[bytes]) -> Plan:
    """The plan of a caller that reads its own chain only: its cursors stand still."""
    mark = chain_mark(prelude.key)
    seen = next((each.cursor for each in prelude.exceptions if each.scope == mark), 0)
    places = hub.store.placed(hub.standings().chain(prelude.key))
    return Plan(
        size=hub.log.size,
        key=prelude.key,
        authority=Lane(prelude.authority_cursor, ()),
        changes=Lane(prelude.changes_cursor, ()),
        own=own,
        kept=tuple(each for each in prelude.exceptions if each.scope != mark),
        chain=tuple(sorted(place.sequence for place in places if place.sequence >= seen)),
    )


# ------------------------------------------------------------------------------------------------------------ read

_OF_PLACE: Final = "SELECT * FROM stored WHERE sequence = ?"
_OF_STRETCH: Final = (
    "SELECT * FROM stored WHERE scope = (SELECT scope FROM scopes WHERE name = ?)"
    " AND sequence >= ? AND sequence < ? ORDER BY sequence"
)


class Stored(NamedTuple):
    """A set as it comes out of the database, to be sent as it is."""

    sequence: int
    key: bytes
    outgoing: Outgoing

    @property
    def size(self) -> int:
        """Its bytes."""
        return sum(map(len, msgspec.structs.astuple(self.outgoing.parts)))


def read_stretches(connection: sqlite.Connection, stretches: Sequence[Stretch]) -> Iterator[Stored]:
    """The sets of all stretches in hub order, read as they are asked for."""
    return map(_stored, merge(*(_rows(connection, stretch) for stretch in stretches)))


def read_places(connection: sqlite.Connection, sequences: Sequence[int]) -> Iterator[Stored]:
    """The sets at these places."""
    for sequence in sequences:
        yield from map(_stored, connection.execute(_OF_PLACE, (sequence,)))


_Part = msgspec.Raw
_of_structure = msgspec.msgpack.Decoder(
    tuple[_Part, _Part, _Part, tuple[list[int], list[int], list[int]], _Part, _Part]
).decode
_of_values = msgspec.msgpack.Decoder(list[_Part]).decode


def can_stand(parts: SetBytes) -> bool:
    """Whether stored bytes can stand in a group without spoiling their neighbours; what they say is the reader's to check."""
    try:
        decode_header(parts.header)
        _of_structure(parts.structure)
        _of_values(parts.values)
        return len(parts.signature) == SIGNATURE_BYTES
    except (ProtocolError, msgspec.MsgspecError, TypeError):
        return False


def in_place_of(stored: Stored) -> Stored:
    """An empty frame at the place of a set that is damaged here: its reader cannot open it, and notes what it lacks."""
    header = encode_header(Header(stored.key, bytes(SCOPE_BYTES), 0, 0, (), 0, bytes(TAG_BYTES)))
    parts = SetBytes(header, bytes(SIGNATURE_BYTES), _NOTHING, canonical.encode([[]]))
    return stored._replace(outgoing=stored.outgoing._replace(parts=parts))


def _rows(connection: sqlite.Connection, stretch: Stretch) -> Iterator[tuple[Any, ...]]:
    return connection.execute(_OF_STRETCH, stretch)


def _stored(row: Sequence[Any]) -> Stored:
    sequence, set_id, received, logged, _, key, *parts = row
    return Stored(sequence, key, Outgoing(set_id, SetBytes(*parts), Place(sequence, received, logged)))


def own_known(connection: sqlite.Connection, tips: Collection[bytes], start: int) -> frozenset[bytes]:
    """The named tips and their ancestors as far back as `start`: what the caller holds of its own (SPEC X7)."""
    found: set[bytes] = set()
    todo = list(tips)
    while todo:
        set_id = todo.pop()
        row = connection.execute("SELECT sequence, facts FROM sets WHERE id = ?", (set_id,)).fetchone()
        if set_id not in found and row is not None and row[0] >= start:
            found.add(set_id)
            todo += decode_facts(row[1]).previous
    return frozenset(found)
