"""A replica's sets with verdicts, records and sums of its own in memory: to compute these anew beside what is stored.

Methods are documented where they are promised: `ledger_store.LedgerStore`.
"""
# ruff: noqa: D102

from collections.abc import Collection, Iterable, Mapping

import msgspec

from haidang_protocol.ledger_store import Held, Sums
from haidang_protocol.memory_store import MemoryStore
from haidang_protocol.merge import RecordState
from haidang_protocol.verdicts import Verdict
from haidang_syncclient.database import Database
from haidang_syncclient.sqlite_store import SqliteStore


class ScratchStore(SqliteStore):
    """Reads sets from the database and writes nothing there: judging anew and merging anew stay in memory."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._verdicts: dict[bytes, Verdict] = {}
        self._derived = MemoryStore()

    def held(self, ids: Collection[bytes]) -> dict[bytes, Held]:
        return {set_id: self._judged(held) for set_id, held in super().held(ids).items()}

    def in_scope(self, scope: bytes, keys: Collection[bytes] | None = None) -> list[Held]:
        return [self._judged(held) for held in super().in_scope(scope, keys)]

    def set_verdicts(self, verdicts: Mapping[bytes, Verdict]) -> None:
        self._verdicts |= verdicts

    def records(self, scope: bytes, ids: Collection[bytes]) -> dict[bytes, RecordState]:
        return self._derived.records(scope, ids)

    def put_records(self, scope: bytes, states: Mapping[bytes, RecordState]) -> None:
        self._derived.put_records(scope, states)

    def clear_records(self, scope: bytes) -> None:
        self._derived.clear_records(scope)

    def all_records(self, scope: bytes) -> Iterable[tuple[bytes, RecordState]]:
        return self._derived.all_records(scope)

    def sums(self, scope: bytes) -> Sums:
        return self._derived.sums(scope)

    def put_sums(self, scope: bytes, sums: Sums) -> None:
        self._derived.put_sums(scope, sums)

    def _judged(self, held: Held) -> Held:
        verdict = self._verdicts.get(held.facts.id)
        return held if verdict is None else msgspec.structs.replace(held, verdict=verdict)
