"""A replica as people see it: a record with its siblings, its history, conflicts, what waits, counts.

The values themselves are read from `Replica.state` with `haidang_protocol.reading`; here they get their origins.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from haidang_protocol import operations as op
from haidang_protocol import reading
from haidang_protocol.body import Address, record_id, slot_key
from haidang_protocol.envelope import open_set
from haidang_protocol.ids import scope_unit
from haidang_protocol.merge import Live, RecordState
from haidang_protocol.verdicts import Verdict
from haidang_syncclient.people import Person
from haidang_syncclient.replica import Replica
from haidang_syncclient.tracing import Origin, Tracer, Way, way_of


class Sibling(msgspec.Struct, frozen=True):
    """A live operation and where it comes from."""

    live: Live
    origin: Origin

    @property
    def value(self) -> Any:
        """What it states."""
        return self.live.value


class Conflict(msgspec.Struct, frozen=True):
    """Different live values of one slot. `slot` begins with the letter of its class (`operations`)."""

    scope: bytes
    record: bytes
    slot: str
    siblings: tuple[Sibling, ...]

    @property
    def field(self) -> str:
        """The field, role or link kind; a cell as field, row in hex and cell with `reading.CELL_MARK` between."""
        return self.slot[1:]


class HistoryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One statement that was ever made about a record; `live` says whether it stands now."""

    kind: int
    address: Address
    value: Any
    identity: bytes
    origin: Origin
    live: bool


class WaitingSet(msgspec.Struct, frozen=True, kw_only=True):
    """A held set that is quarantined or parked; `refused` if an officer closed the question."""

    set_id: bytes
    scope: bytes
    person: Person
    verdict: Verdict
    time: int
    saves: int
    own: bool
    refused: bool
    way: Way


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How many of one's own saves are how far, and what asks for attention.

    `saved` are only here; `waiting` are sets that are quarantined or parked; `aside` sets whose author is not known yet;
    `passed_over` what a server delivered and could not be taken.
    """

    saved: int
    sending: int
    carried: int
    received: int
    conflicts: int
    waiting: int
    aside: int
    passed_over: int


def siblings(replica: Replica, scope: bytes, record: bytes, slot: str) -> tuple[Sibling, ...]:
    """The live operations of a slot (`body.slot_key`) with their origins, in the order of `latest`."""
    return traced(replica, scope, replica.state(scope, record).slots.get(slot, ()))


def traced(replica: Replica, scope: bytes, lives: Iterable[Live]) -> tuple[Sibling, ...]:
    """Live operations of a scope with their origins, in the order of `latest`."""
    return _traced(Tracer(replica, scope), lives)


def origins(replica: Replica, scope: bytes, record: bytes) -> dict[str, tuple[Sibling, ...]]:
    """All live operations of a record with their origins, by slot."""
    tracer = Tracer(replica, scope)
    slots = replica.state(scope, record).slots
    return {slot: _traced(tracer, lives) for slot, lives in slots.items() if lives}


def _traced(tracer: Tracer, lives: Iterable[Live]) -> tuple[Sibling, ...]:
    return tuple(Sibling(live, tracer.origin(live)) for live in sorted(lives, key=tracer.stamp))


def conflicts(replica: Replica, scopes: Iterable[bytes] | None = None) -> list[Conflict]:
    """All conflicts of visible records, in these scopes or in all."""
    found = []
    for scope in replica.scopes() if scopes is None else scopes:
        tracer = Tracer(replica, scope)
        for record, state in replica.states(scope).items():
            slots = conflicting_slots(state)
            if slots and not reading.hidden(state):
                found += [Conflict(scope, record, slot, _traced(tracer, state.slots[slot])) for slot in slots]
    return found


def conflicting_slots(state: RecordState) -> list[str]:
    """The slots with different live values: registers, links, and attests whose verdicts differ (SPEC O10, O13)."""
    return [
        slot
        for slot, lives in state.slots.items()
        if len(lives) > 1 and slot[0] in (op.REGISTER, op.LINKS, op.ATTESTS) and _differ(slot, lives)
    ]


def _differ(slot: str, lives: Sequence[Live]) -> bool:
    values = [live.value[:1] if slot[0] == op.ATTESTS else live.value for live in lives]
    return any(value != values[0] for value in values)


def history(replica: Replica, scope: bytes, record: bytes) -> list[HistoryEntry]:
    """Everything that was ever saved about a record, by anyone, counted or not; by claimed time."""
    state, tracer = replica.state(scope, record), Tracer(replica, scope)
    standing = {live.identity for lives in state.slots.values() for live in lives}
    found: dict[tuple[bytes, bytes | None], HistoryEntry] = {}
    for parts in replica.store.parts(replica.device.mentioning(scope, record)).values():
        opened = open_set(parts)
        for at, (operation, about) in enumerate(
            zip(opened.body.operations, opened.body.record_ids, strict=True)
        ):
            if about == record:
                identity = opened.identity(at)
                found[identity, opened.id] = HistoryEntry(
                    kind=operation.kind,
                    address=operation.address,
                    value=operation.value,
                    identity=identity,
                    origin=tracer.origin_in(opened, at),
                    live=identity in standing or (operation.kind == op.COUNT and _counts(replica, opened.id)),
                )
    for save in replica.device.pending(scope):
        for draft, identity in zip(save.drafts, save.identities, strict=True):
            if record_id(draft.record, scope) == record:
                found[identity, None] = HistoryEntry(
                    kind=draft.kind,
                    address=draft.address,
                    value=draft.value,
                    identity=identity,
                    origin=tracer.origin_of_save(save.tag),
                    live=identity in standing or draft.kind == op.COUNT,
                )
    return sorted(found.values(), key=lambda entry: (entry.origin.time, slot_key(entry.kind, entry.address)))


def _counts(replica: Replica, set_id: bytes) -> bool:
    verdict = replica.ledger.verdict(set_id)
    return verdict is not None and verdict.code == 0


def waiting(replica: Replica, scope: bytes | None = None) -> list[WaitingSet]:
    """The sets that are quarantined or parked, oldest first."""
    found = []
    for held in filter(None, map(replica.ledger.held, replica.device.not_accepted(scope))):
        facts = held.facts
        unit = scope_unit(facts.scope)
        found.append(
            WaitingSet(
                set_id=facts.id,
                scope=facts.scope,
                person=replica.people.person(facts.key, unit),
                verdict=held.verdict,
                time=facts.time,
                saves=facts.saves,
                own=facts.key == replica.key,
                refused=facts.id in replica.ledger.view(unit).refused,
                way=way_of(replica, facts.id),
            )
        )
    return found


def counts(replica: Replica) -> Counts:
    """Where one's own saves are, and what asks for attention."""
    sealed = replica.device.saves_in_sets(replica.key)
    pending = sum(len(replica.device.pending(scope)) for scope in replica.device.pending_scopes())
    under_way = [
        held.facts for held in replica.store.held(replica.under_way).values() if held.facts.key == replica.key
    ]
    carried = replica.device.carried_at([facts.id for facts in under_way])
    from_carried = sum(facts.saves for facts in under_way if facts.id in carried)
    sending = sum(facts.saves for facts in under_way)
    aside, passed_over = replica.hub.left_out()
    return Counts(
        saved=pending + sealed.here - (sending - from_carried),
        sending=sending,
        carried=sealed.carried - from_carried,
        received=sealed.received,
        conflicts=len(conflicts(replica)),
        waiting=len(waiting(replica)),
        aside=aside,
        passed_over=passed_over,
    )
