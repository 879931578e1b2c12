"""A ledger store in memory: for tests, for reading a bundle or an export without a database.

Its methods are documented where they are promised, in `ledger_store.LedgerStore`.
"""
# ruff: noqa: D102

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from haidang_protocol.envelope import SetBytes
from haidang_protocol.ids import ID16
from haidang_protocol.ledger_store import Held, StoredSet, Sums
from haidang_protocol.logs import Facts
from haidang_protocol.merge import RecordState
from haidang_protocol.verdicts import Verdict

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(RecordState).decode


class MemoryStore:
    """Dictionaries that behave as the rows of a database would: what is read is a copy."""

    def __init__(self) -> None:
        self._held: dict[bytes, Held] = {}
        self._parts: dict[bytes, SetBytes] = {}
        self._halves: dict[bytes, bytes] = {}
        self._waiting: dict[bytes, set[bytes]] = {}
        self._states: dict[bytes, dict[bytes, bytes]] = {}
        self._sums: dict[bytes, Sums] = {}
        self._in_scope: dict[bytes, list[bytes]] = {}
        self._in_log: dict[tuple[bytes, int, bytes], list[Facts]] = {}

    def held(self, ids: Collection[bytes]) -> dict[bytes, Held]:
        return {set_id: self._held[set_id] for set_id in ids if set_id in self._held}

    def id_of(self, id16: bytes) -> bytes | None:
        return self._halves.get(id16)

    def insert(self, sets: Sequence[StoredSet]) -> None:
        for stored in sets:
            facts = stored.held.facts
            self._held[facts.id] = stored.held
            self._parts[facts.id] = stored.parts
            self._halves[facts.id[:ID16]] = facts.id
            self._in_scope.setdefault(facts.scope, []).append(facts.id)
            self._in_log.setdefault(facts.log, []).append(facts)

    def set_verdicts(self, verdicts: Mapping[bytes, Verdict]) -> None:
        for set_id, verdict in verdicts.items():
            self._held[set_id] = msgspec.structs.replace(self._held[set_id], verdict=verdict)

    def set_whole(self, ids: Collection[bytes]) -> None:
        for set_id in ids:
            self._held[set_id] = msgspec.structs.replace(self._held[set_id], whole=True)

    def replace_parts(self, set_id: bytes, parts: SetBytes) -> None:
        self._parts[set_id] = parts

    def parts(self, ids: Sequence[bytes]) -> dict[bytes, SetBytes]:
        return {set_id: self._parts[set_id] for set_id in ids if set_id in self._parts}

    def await_parents(self, pairs: Sequence[tuple[bytes, bytes]]) -> None:
        for parent, child in pairs:
            self._waiting.setdefault(parent, set()).add(child)

    def waiting_for(self, parents: Collection[bytes]) -> list[bytes]:
        return sorted({child for parent in parents for child in self._waiting.pop(parent, ())})

    def in_log(self, log: tuple[bytes, int, bytes]) -> list[Facts]:
        return list(self._in_log.get(log, ()))

    def in_scope(self, scope: bytes, keys: Collection[bytes] | None = None) -> list[Held]:
        found = [self._held[set_id] for set_id in self._in_scope.get(scope, ())]
        return found if keys is None else [held for held in found if held.facts.key in keys]

    def keys_in(self, scope: bytes) -> set[bytes]:
        return {held.facts.key for held in self.in_scope(scope)}

    def overlapping(self, facts: Facts) -> list[bytes]:
        return [
            held.facts.id
            for held in self.in_scope(facts.scope, {facts.key})
            if held.facts.id != facts.id
            and held.facts.tag < facts.tag + facts.saves
            and facts.tag < held.facts.tag + held.facts.saves
        ]

    def scopes(self) -> set[bytes]:
        return set(self._in_scope)

    def records(self, scope: bytes, ids: Collection[bytes]) -> dict[bytes, RecordState]:
        states = self._states.get(scope, {})
        return {record: _decode(states[record]) for record in ids if record in states}

    def put_records(self, scope: bytes, states: Mapping[bytes, RecordState]) -> None:
        self._states.setdefault(scope, {}).update(
            {record: _encode(state) for record, state in states.items()}
        )

    def clear_records(self, scope: bytes) -> None:
        self._states.pop(scope, None)

    def all_records(self, scope: bytes) -> Iterable[tuple[bytes, RecordState]]:
        return [(record, _decode(state)) for record, state in self._states.get(scope, {}).items()]

    def sums(self, scope: bytes) -> Sums:
        return self._sums.get(scope, Sums())

    def put_sums(self, scope: bytes, sums: Sums) -> None:
        self._sums[scope] = sums
