"""A replica's sets with verdicts, records and sums of their own in memory: to compute these anew beside what is stored.

The facts of a scope are read once. Methods are documented where they are promised: `ledger_store.LedgerStore`.
"""
# ruff: noqa: D102

from collections.abc import Collection, Iterable, Mapping

import msgspec

from haidang_protocol.envelope import SetBytes
from haidang_protocol.ledger_store import Held, Sums
from haidang_protocol.logs import Facts
from haidang_protocol.merge import RecordState
from haidang_protocol.verdicts import Verdict
from haidang_syncclient.database import Database
from haidang_syncclient.sqlite_store import SqliteStore

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(RecordState).decode


class ScratchStore(SqliteStore):
    """Reads sets from the database and writes nothing there: judging anew and merging anew stay in memory."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._held: dict[bytes, Held] = {}
        self._in_scope: dict[bytes, list[bytes]] = {}
        self._alone: set[bytes] = set()
        self.states: dict[bytes, dict[bytes, bytes]] = {}
        """Encoded states by scope and record."""
        self._sums: dict[bytes, Sums] = {}

    def held(self, ids: Collection[bytes]) -> dict[bytes, Held]:
        elsewhere = super().held([set_id for set_id in ids if set_id not in self._held])
        return {set_id: self._held[set_id] for set_id in ids if set_id in self._held} | elsewhere

    def in_scope(self, scope: bytes, keys: Collection[bytes] | None = None) -> list[Held]:
        if scope not in self._in_scope:
            self._read(scope)
        found = [self._held[set_id] for set_id in self._in_scope[scope]]
        return found if keys is None else [held for held in found if held.facts.key in keys]

    def _read(self, scope: bytes) -> None:
        read = super().in_scope(scope)
        self._held |= {held.facts.id: held for held in read}
        self._in_scope[scope] = [held.facts.id for held in read]
        self._alone |= _alone(held.facts for held in read)

    def set_verdicts(self, verdicts: Mapping[bytes, Verdict]) -> None:
        for set_id, verdict in verdicts.items():
            self._held[set_id] = msgspec.structs.replace(self._held[set_id], verdict=verdict)

    def replace_parts(self, set_id: bytes, parts: SetBytes) -> None:
        """Values that should be gone are for the replica to drop: here they are merged, and the records differ."""

    def overlapping(self, facts: Facts) -> list[bytes]:
        return [] if facts.id in self._alone else super().overlapping(facts)

    def records(self, scope: bytes, ids: Collection[bytes]) -> dict[bytes, RecordState]:
        states = self.states.get(scope, {})
        return {record: _decode(states[record]) for record in ids if record in states}

    def put_records(self, scope: bytes, states: Mapping[bytes, RecordState]) -> None:
        encoded = {record: _encode(state) for record, state in states.items()}
        self.states.setdefault(scope, {}).update(encoded)

    def clear_records(self, scope: bytes) -> None:
        self.states.pop(scope, None)

    def all_records(self, scope: bytes) -> Iterable[tuple[bytes, RecordState]]:
        return ((record, _decode(state)) for record, state in self.states.get(scope, {}).items())

    def sums(self, scope: bytes) -> Sums:
        return self._sums.get(scope, Sums())

    def put_sums(self, scope: bytes, sums: Sums) -> None:
        self._sums[scope] = sums


def _alone(sets: Iterable[Facts]) -> frozenset[bytes]:
    """The sets that share no save's tag with another set of their key and scope: nearly all."""
    by_author: dict[tuple[bytes, bytes], list[tuple[int, int, bytes]]] = {}
    for facts in sets:
        span = (facts.tag, facts.tag + facts.saves, facts.id)
        by_author.setdefault((facts.key, facts.scope), []).append(span)
    alone: set[bytes] = set()
    for spans in by_author.values():
        spans.sort()
        alone.update(set_id for _, _, set_id in spans)
        reach, furthest = 0, b""
        for start, end, set_id in spans:
            if start < reach:
                alone -= {set_id, furthest}
            if end > reach:
                reach, furthest = end, set_id
    return frozenset(alone)
