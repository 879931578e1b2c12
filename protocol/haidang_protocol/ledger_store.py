"""What a ledger needs of a database. The SQLite stores of server and client, and `MemoryStore`, pass one contract test."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

from haidang_protocol.envelope import SetBytes
from haidang_protocol.logs import Facts
from haidang_protocol.merge import RecordState
from haidang_protocol.verdicts import Verdict


class Held(msgspec.Struct, frozen=True, gc=False):
    """A held set: its facts, its verdict as last computed, and whether all its ancestors are held."""

    facts: Facts
    verdict: Verdict
    whole: bool


class StoredSet(msgspec.Struct, frozen=True, gc=False):
    """A set to be stored."""

    held: Held
    parts: SetBytes


class Sums(msgspec.Struct, frozen=True):
    """Running sums of a scope: accepted ids modulo 2^256, live identities modulo 2^128 (SPEC O15)."""

    accepted: int = 0
    live: int = 0


class LedgerStore(Protocol):
    """Rows, not rules. Every method runs inside the caller's transaction."""

    def held(self, ids: Collection[bytes]) -> dict[bytes, Held]:
        """Those of the sets that are held, by id."""

    def id_of(self, id16: bytes) -> bytes | None:
        """The full id of a held set by its half."""

    def insert(self, sets: Sequence[StoredSet]) -> None:
        """Store sets that are not held, in this order."""

    def set_verdicts(self, verdicts: Mapping[bytes, Verdict]) -> None:
        """Replace verdicts."""

    def set_whole(self, ids: Collection[bytes]) -> None:
        """All ancestors of these are held now."""

    def replace_parts(self, set_id: bytes, parts: SetBytes) -> None:
        """Replace the bytes of a set (values redacted, or fetched again)."""

    def parts(self, ids: Sequence[bytes]) -> dict[bytes, SetBytes]:
        """The bytes of held sets, by id."""

    def await_parents(self, pairs: Sequence[tuple[bytes, bytes]]) -> None:
        """Remember (missing predecessor, waiting set)."""

    def waiting_for(self, parents: Collection[bytes]) -> list[bytes]:
        """The sets that wait for any of these; they are forgotten by this call."""

    def in_log(self, log: tuple[bytes, int, bytes]) -> list[Facts]:
        """The facts of the held sets of a log."""

    def in_scope(self, scope: bytes, keys: Collection[bytes] | None = None) -> list[Held]:
        """The held sets of a scope in the order of storing, of these keys only if given."""

    def keys_in(self, scope: bytes) -> set[bytes]:
        """The keys that wrote held sets of a scope."""

    def overlapping(self, facts: Facts) -> list[bytes]:
        """Other held sets of the key and scope whose tags meet those of the set."""

    def scopes(self) -> set[bytes]:
        """The scopes of held sets."""

    def records(self, scope: bytes, ids: Collection[bytes]) -> dict[bytes, RecordState]:
        """The merged states of records, by id; absent ones left out."""

    def put_records(self, scope: bytes, states: Mapping[bytes, RecordState]) -> None:
        """Store merged states."""

    def clear_records(self, scope: bytes) -> None:
        """Drop all merged states of a scope."""

    def all_records(self, scope: bytes) -> Iterable[tuple[bytes, RecordState]]:
        """Every merged state of a scope."""

    def sums(self, scope: bytes) -> Sums:
        """The sums of a scope, zero if never put."""

    def put_sums(self, scope: bytes, sums: Sums) -> None:
        """Store the sums of a scope."""
