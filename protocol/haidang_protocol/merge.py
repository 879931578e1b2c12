"""The incremental merge: one accepted change set after another into record states, in any order (SPEC O8–O10).

A record state keeps the live operations of each slot and the references that came before what they name. It is a
cache: the accepted sets are the truth, and `Ledger.rebuild` makes it anew.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from haidang_protocol.body import SAME_SET, Body, Preimage, slot_key
from haidang_protocol.envelope import OpenedSet
from haidang_protocol.ids import ID16
from haidang_protocol.operations import COUNT, COVERING, KINDS, REMOVE, SUPERSEDES

SUM_MODULUS = 2**128
UNREACHED = b""
"""In place of the id16 of a set beyond a gap: it matches nothing."""
_PLAIN = KINDS - COVERING - {REMOVE, COUNT}
"""Kinds that stand in their slot and do nothing else."""


class Live(msgspec.Struct, array_like=True, gc=False):
    """A live operation.

    `set16`, `index` and `ordinal` say where it stands; `also` lists further places of the same identity; `covers` the
    (id16, index) that an attest, void or restore was about.
    """

    kind: int
    identity: bytes
    set16: bytes
    index: int
    ordinal: int
    value: Any
    also: tuple[tuple[bytes, int, int], ...] = ()
    covers: tuple[tuple[bytes, int], ...] = ()

    def places(self) -> set[tuple[bytes, int]]:
        """All (id16, index) that name this operation."""
        return {(self.set16, self.index), *((place[0], place[1]) for place in self.also)}


class Tally(msgspec.Struct, array_like=True, gc=False):
    """The sum of a tally and how many steps made it."""

    total: int = 0
    steps: int = 0


class RecordState(msgspec.Struct, array_like=True, gc=False):
    """The merged state of one record. Keys of the dicts are slots (`body.slot_key`).

    `dangling` holds supersedes whose target is not merged yet: (id16, ordinal, kind of the superseding operation).
    """

    preimage: Preimage | None = None
    slots: dict[str, list[Live]] = {}
    tallies: dict[str, Tally] = {}
    dangling: dict[str, list[tuple[bytes, int, int]]] = {}


class Merging(msgspec.Struct):
    """What merging one set needs from outside.

    `ancestor` turns a distance in the own log into an id16 (None past a gap); `merged` says whether the set of an id16
    is accepted and merged; `known` holds the identities of this set that were merged before from another set.
    """

    opened: OpenedSet
    ancestor: Callable[[int], bytes | None]
    merged: Callable[[bytes], bool]
    known: frozenset[bytes]


def merge_set(merging: Merging, states: Mapping[bytes, RecordState]) -> int:
    """Merge one accepted set into the states of its records; returns the change of the scope's sum of live identities."""
    opened = merging.opened
    body, set16 = opened.body, opened.id16
    kinds, values, starts = body.kind_column, body.values, body.supersedes.starts
    identities = [leaf[:ID16] for leaf in opened.leaves]
    sealed_again = not merging.known.isdisjoint(identities)
    change = 0
    named = zip(body.record_id_table, body.record_table, strict=True)
    preimages = {record: entry for record, entry in named if isinstance(entry, Preimage)}
    for record, slots in _places(body).items():
        state = states[record]
        if state.preimage is None:
            state.preimage = preimages.get(record)
        unexpected = not (sealed_again or state.dangling)
        for slot, indices in slots.items():
            ordinal = len(indices)
            for nth, index in enumerate(indices):
                ordinal -= 1
                kind = kinds[index]
                if starts[index] != starts[index + 1] and kind in SUPERSEDES:
                    change += _supersede(merging, state, slot, index, indices[:nth])
                if unexpected and kind in _PLAIN:
                    identity = identities[index]
                    change += int.from_bytes(identity)
                    live = Live(kind, identity, set16, index, ordinal, values[index])
                    state.slots.setdefault(slot, []).append(live)
                elif kind in KINDS:
                    change += _enter(merging, state, slot, index, ordinal)
    return change


def _places(body: Body) -> dict[bytes, dict[str, list[int]]]:
    """The operations of a set, by record and slot."""
    places: dict[bytes, dict[str, list[int]]] = {}
    of_record = [places.setdefault(record, {}) for record in body.record_id_table]
    keys: dict[tuple[int, int], str] = {}
    for index, (record, slot) in enumerate(
        zip(body.record_column, zip(body.kind_column, body.address_column, strict=True), strict=True)
    ):
        key = keys.get(slot)
        if key is None:
            key = keys[slot] = slot_key(slot[0], body.address_table[slot[1]])
        of_record[record].setdefault(key, []).append(index)
    return places


def _supersede(merging: Merging, state: RecordState, slot: str, index: int, before: list[int]) -> int:
    """Take out what the operation names; remember what is not there yet."""
    body = merging.opened.body
    kind = body.kind_column[index]
    kills = SUPERSEDES[kind]
    change = 0
    live = state.slots.get(slot, [])
    named = body.supersedes
    for place in range(named.starts[index], named.starts[index + 1]):
        source, ordinal = named.sources[place], named.places[place]
        if source == SAME_SET:
            at = _in_same_set(merging, live, ordinal, before)
        else:
            set16 = source if isinstance(source, bytes) else merging.ancestor(source)
            at = None if set16 is None else _standing_at(live, set16, ordinal)
            if at is None and set16 is not None and not merging.merged(set16):
                waiting = state.dangling.setdefault(slot, [])
                if (set16, ordinal, kind) not in waiting:
                    waiting.append((set16, ordinal, kind))
        if at is not None and live[at].kind in kills:
            change -= int.from_bytes(live.pop(at).identity)
    return change


def _standing_at(live: list[Live], set16: bytes, ordinal: int) -> int | None:
    """Which live operation a supersede of that set and ordinal names."""
    for at, candidate in enumerate(live):
        if candidate.ordinal == ordinal and candidate.set16 == set16:
            return at
        if candidate.also and any(place[0] == set16 and place[2] == ordinal for place in candidate.also):
            return at
    return None


def _in_same_set(merging: Merging, live: list[Live], ordinal: int, before: list[int]) -> int | None:
    if ordinal >= len(before):
        return None
    place = (merging.opened.id16, before[len(before) - 1 - ordinal])
    return next((at for at, candidate in enumerate(live) if place in candidate.places()), None)


def _enter(merging: Merging, state: RecordState, slot: str, index: int, ordinal: int) -> int:
    """Put the operation into its slot unless it is a remove, dead on arrival, or known from another set."""
    opened = merging.opened
    kind, value = opened.body.kind_column[index], opened.body.values[index]
    if kind == REMOVE:
        return 0
    identity = opened.leaves[index][:ID16]
    set16 = opened.id16
    killed = bool(state.dangling) and _awaited(state, slot, kind, set16, ordinal)
    if identity in merging.known:
        return _alias(merging, state, slot, index, ordinal, killed=killed)
    if kind == COUNT:
        tally = state.tallies.setdefault(slot, Tally())
        tally.total += value or 0
        tally.steps += 1
    elif killed:
        return 0
    else:
        live = Live(kind, identity, set16, index, ordinal, value)
        if kind in COVERING:
            live.covers = _covers(merging, index)
        state.slots.setdefault(slot, []).append(live)
    return int.from_bytes(identity)


def _awaited(state: RecordState, slot: str, kind: int, set16: bytes, ordinal: int) -> bool:
    """Whether an operation that came before names this one; the reference is then used up."""
    waiting = state.dangling.get(slot)
    if not waiting:
        return False
    named = [place for place in waiting if place[0] == set16 and place[1] == ordinal]
    for place in named:
        waiting.remove(place)
    if not waiting:
        del state.dangling[slot]
    return any(kind in SUPERSEDES[place[2]] for place in named)


def _alias(merging: Merging, state: RecordState, slot: str, index: int, ordinal: int, *, killed: bool) -> int:
    """The same operation, sealed again: one more place for it, and its end if that place is superseded (SPEC O3)."""
    opened = merging.opened
    identity = opened.leaves[index][:ID16]
    live = state.slots.get(slot, [])
    for at, candidate in enumerate(live):
        if candidate.identity == identity:
            if killed:
                del live[at]
                return -int.from_bytes(identity)
            candidate.also = (*candidate.also, (opened.id16, index, ordinal))
            candidate.covers = tuple(dict.fromkeys([*candidate.covers, *_covers(merging, index)]))
    return 0


def _covers(merging: Merging, index: int) -> tuple[tuple[bytes, int], ...]:
    """The places covered. One that cannot be reached yet stays, under no set: an attest of it is stale."""
    found = []
    for source, at in merging.opened.body.covers.of(index):
        if source == SAME_SET:
            found.append((merging.opened.id16, at))
        else:
            set16 = source if isinstance(source, bytes) else merging.ancestor(source)
            found.append((set16 or UNREACHED, at))
    return tuple(found)
