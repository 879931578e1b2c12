"""The two engines under test, made to answer alike: the declarative model and the product's incremental ledger."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from haidang_protocol import reading
from haidang_protocol.canonical import decode, encode
from haidang_protocol.certificates import genesis_from_value
from haidang_protocol.columns import REDACTED
from haidang_protocol.envelope import OpenedSet
from haidang_protocol.ledger import Ledger
from haidang_protocol.memory_store import MemoryStore
from haidang_protocol.merge import RecordState
from haidang_protocol.operations import ATTESTS, LINKS, REGISTER, SET, TALLY, VISIBILITY
from tests.protocol.model import judge
from tests.protocol.model_held import Slot

Verdicts = dict[bytes, tuple[str, str]]


class Said(NamedTuple):
    """What the records of a scope say to a person."""

    conflicts: frozenset[Slot]
    tallies: dict[Slot, int]
    elements: dict[Slot, frozenset[bytes]]
    hidden: frozenset[Slot]
    stale: frozenset[bytes]


class Judged(NamedTuple):
    """What an engine says about the sets it holds, by scope. `live` has no tallies: their identities are not kept."""

    verdicts: Verdicts
    live: dict[bytes, dict[Slot, frozenset[bytes]]]
    digests: dict[bytes, tuple[bytes, bytes, bytes]]
    """(accepted-set digest, authority digest, state hash)."""
    said: dict[bytes, Said]
    dropped: frozenset[bytes]
    """Sets whose values are not held, or must not be (A9)."""

    def of(self, *sets: OpenedSet) -> list[str]:
        """The reason, or "accepted", of each set."""
        return [reason or word for word, reason in (self.verdicts[s.id] for s in sets)]


Engine = Callable[[bytes, Sequence[OpenedSet]], Judged]


def by_model(genesis: bytes, sets: Sequence[OpenedSet]) -> Judged:
    """The declarative model's answer."""
    outcome = judge(genesis, sets)
    states = outcome.scopes.items()
    return Judged(
        verdicts=outcome.verdicts,
        live={
            scope: {slot: live for slot, live in state.live.items() if slot[1][0] != TALLY}
            for scope, state in states
        },
        digests={
            scope: (state.accepted_digest, state.authority_digest, state.state_hash)
            for scope, state in states
        },
        said={
            scope: Said(state.conflicts, state.tallies, state.elements, state.hidden, state.stale)
            for scope, state in states
        },
        dropped=outcome.redacted
        | {s.id for s in sets if s.body.redacted is not None}.difference(
            s.id for s in sets if s.body.redacted is None
        ),
    )


def ledger_of(genesis: bytes) -> Ledger:
    """An empty ledger."""
    return Ledger(genesis_from_value(decode(genesis)), MemoryStore())


def by_ledger(genesis: bytes, sets: Sequence[OpenedSet]) -> Judged:
    """The ledger's answer, the sets given to it one by one."""
    ledger = ledger_of(genesis)
    for s in sets:
        ledger.commit([s])
    return answer(ledger, (s.id for s in sets))


def by_ledger_backwards(genesis: bytes, sets: Sequence[OpenedSet]) -> Judged:
    """The ledger's answer when everything arrives before what it follows from, and certificates last."""
    return by_ledger(genesis, sets[::-1])


def by_ledger_at_once(genesis: bytes, sets: Sequence[OpenedSet]) -> Judged:
    """The ledger's answer when everything comes in one commit."""
    ledger = ledger_of(genesis)
    ledger.commit(sets)
    return answer(ledger, (s.id for s in sets))


def answer(ledger: Ledger, ids: Iterable[bytes]) -> Judged:
    """What a ledger says of these sets and of all its scopes."""
    verdicts = {set_id: ledger.verdict(set_id) for set_id in ids}
    parts = ledger.store.parts(list(verdicts))
    scopes = ledger.scopes()
    digests = {scope: ledger.scope_digests(scope) for scope in scopes}
    return Judged(
        verdicts={set_id: (v.word, v.reason) for set_id, v in verdicts.items() if v is not None},
        live={scope: ledger.live(scope) for scope in scopes},
        digests={scope: (each.accepted, each.authority, each.state) for scope, each in digests.items()},
        said={scope: said(dict(ledger.store.all_records(scope))) for scope in scopes},
        dropped=frozenset(set_id for set_id, each in parts.items() if decode(each.values)[0] == REDACTED),
    )


def said(records: dict[bytes, RecordState]) -> Said:
    """What the records of a scope say, read as a client reads them."""
    slots = [
        (record, slot, state)
        for record, state in records.items()
        for slot, live in state.slots.items()
        if live
    ]
    tallies = [(record, slot, state) for record, state in records.items() for slot in state.tallies]
    return Said(
        conflicts=frozenset((record, slot) for record, slot, state in slots if conflicting(state, slot)),
        tallies={(record, slot): reading.tally(state, slot[1:]) for record, slot, state in tallies},
        elements={
            (record, slot): frozenset(map(encode, reading.elements(state, slot[1:])))
            for record, slot, state in slots
            if slot[0] == SET
        },
        hidden=frozenset((record, slot) for record, slot, state in slots if hidden(state, slot)),
        stale=frozenset(
            attest.live.identity
            for state in records.values()
            for attest in reading.attests(state)
            if attest.stale
        ),
    )


def conflicting(state: RecordState, slot: str) -> bool:
    """The live operations of a register, link or role say different things."""
    if slot[0] == ATTESTS:
        return len({each.verdict for each in reading.attests(state) if each.role == slot[1:]}) > 1
    readers = {REGISTER: reading.register, LINKS: reading.links}
    return slot[0] in readers and readers[slot[0]](state, slot[1:]).conflict


def hidden(state: RecordState, slot: str) -> bool:
    """What a visibility slot is about is hidden."""
    if slot[0] != VISIBILITY:
        return False
    if slot == VISIBILITY:
        return reading.hidden(state)
    field, row, _ = slot[1:].split(reading.CELL_MARK)
    return reading.hidden(state, (field, bytes.fromhex(row)))
