"""One scope after another: is every set as it was signed, and is what is stored beside the sets what follows from them?

Each set is read and opened once: its signature is checked, what is noted about it is compared, and it is merged anew.
"""

import gc
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from haidang_protocol.certificates import Genesis
from haidang_protocol.envelope import OpenedSet, SetBytes, open_set, verify
from haidang_protocol.errors import MalformedError, ProtocolError, SignatureError
from haidang_protocol.ledger import Ledger
from haidang_protocol.logs import facts_of
from haidang_protocol.merge import RecordState
from haidang_syncclient.database import Database
from haidang_syncclient.errors import SyncError
from haidang_syncclient.problem import Problem
from haidang_syncclient.scratch_store import ScratchStore
from haidang_syncclient.sqlite_store import SqliteStore

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import Synchronized

_READ_TOGETHER: Final = 500
UNCOMPUTABLE: Final = (ProtocolError, SyncError, KeyError, TypeError)
"""What damage below makes of computing. TypeError: a flipped bit also makes a number of what was bytes."""

_encode = msgspec.msgpack.Encoder().encode
_decode_state = msgspec.msgpack.Decoder(RecordState).decode


def uncomputable(error: Exception) -> Problem:
    """The problem that one of these errors is."""
    return Problem("record", None, None, f"what follows from the sets cannot be computed: {error}")


class ScopeCheck:
    """Checks scopes of a replica; nothing in it is changed, and its authority is read once."""

    def __init__(
        self, database: Database, genesis: Genesis, keys: dict[bytes, bytes], advance: Callable[[int], object]
    ) -> None:
        """Check scopes of a database.

        Args:
            database: of the replica.
            genesis: of its deployment.
            keys: the public keys that may be used at all, by their ids.
            advance: told how many more sets were looked at.
        """
        self._database, self._genesis, self._raw_keys, self._advance = database, genesis, keys, advance
        self._keys: dict[bytes, Ed25519PublicKey] = {}
        self._stored, self._scratch = SqliteStore(database), ScratchStore(database)

    @cached_property
    def _ledger(self) -> Ledger:
        return Ledger(self._genesis, self._scratch)

    def check(self, scope: bytes, places: Sequence[int]) -> list[Problem]:
        """What is wrong in a scope, all of whose sets stand at the places."""
        found: list[Problem] = []
        sets = self._sound_sets(places, found)
        try:
            wrong = self._ledger.rejudge([scope])
            self._ledger.rebuild(scope, sets)
            found += [
                Problem("verdict", set_id, None, f"its verdict is {verdict.word} {verdict.reason}".rstrip())
                for set_id, verdict in wrong.items()
            ]
            found += self._different(scope)
        except UNCOMPUTABLE as error:
            found.append(uncomputable(error))
            with suppress(*UNCOMPUTABLE):
                deque(sets, maxlen=0)
        return found

    def _sound_sets(self, places: Sequence[int], found: list[Problem]) -> Iterator[OpenedSet]:
        """The sets that can be opened, each of them checked; the problems go to `found`.

        Raises:
            ProtocolError, SyncError: at the end, if any could not be read.
        """
        unreadable: list[Exception] = []
        for start in range(0, len(places), _READ_TOGETHER):
            chunk = places[start : start + _READ_TOGETHER]
            self._advance(len(chunk))
            try:
                rows = self._rows(chunk)
            except SyncError as error:
                found.append(Problem("page", None, None, f"sets {chunk[0]} to {chunk[-1]}: {error.detail}"))
                unreadable.append(error)
                continue
            for set_id, facts, *parts in rows:
                try:
                    opened = _opened(parts)
                except ProtocolError as error:
                    found.append(Problem("set", set_id, None, str(error)))
                    unreadable.append(error)
                    continue
                problem = self._problem_of(opened, set_id, facts)
                if problem is not None:
                    found.append(problem)
                yield opened
        if unreadable:
            raise unreadable[0]

    def _rows(self, places: Sequence[int]) -> Iterable[tuple[bytes, ...]]:
        return self._database.rows_in(
            "SELECT id, facts, header, signature, structure, leaf_values FROM sets LEFT JOIN parts USING (place)"
            " WHERE place IN (?)",
            places,
        )

    def _problem_of(self, opened: OpenedSet, set_id: bytes, facts: bytes) -> Problem | None:
        scope = opened.header.scope
        if opened.id != set_id:
            return Problem("set", set_id, scope, "its bytes are not those that were signed")
        if not self._signature_holds(opened):
            return Problem("signature", set_id, scope, "its signature does not fit")
        if _encode(facts_of(opened)) != facts:
            return Problem("facts", set_id, scope, "what is noted about it is not what it says")
        return None

    def _signature_holds(self, opened: OpenedSet) -> bool:
        key = opened.header.key
        try:
            if key not in self._keys:
                self._keys[key] = Ed25519PublicKey.from_public_bytes(self._raw_keys[key])
            verify(opened, self._keys[key])
        except (KeyError, SignatureError):
            return False
        return True

    def _different(self, scope: bytes) -> Iterator[Problem]:
        """What is stored for a scope and is not what was computed anew."""
        if self._stored.sums(scope) != self._scratch.sums(scope):
            yield Problem("sums", None, scope, "the sums of a scope are not those of its sets")
        shown = dict(self._database.rows("SELECT id, state FROM records WHERE scope = ?", (scope,)))
        right = self._scratch.states.get(scope, {})
        for record in sorted(shown.keys() | right.keys()):
            if shown.get(record) != right.get(record) and _read(shown.get(record)) != _read(
                right.get(record)
            ):
                yield Problem("record", None, scope, f"record {record.hex()} is not what its sets say")


def _opened(parts: Sequence[bytes]) -> OpenedSet:
    if {*map(type, parts)} != {bytes}:
        raise MalformedError("its bytes are gone")
    return open_set(SetBytes(*parts))


def _read(state: bytes | None) -> tuple[object, ...] | None:
    """What encoded states are compared by; None for one that cannot be read."""
    try:
        return _plain(RecordState() if state is None else _decode_state(state))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _plain(state: RecordState) -> tuple[object, ...]:
    """A state without the order in which it came about."""
    slots = {
        slot: sorted(
            (live.identity, live.kind, repr(live.value), sorted(live.places()), sorted(live.covers))
            for live in lives
        )
        for slot, lives in state.slots.items()
        if lives
    }
    return (
        state.preimage,
        slots,
        state.tallies,
        {slot: sorted(each) for slot, each in state.dangling.items() if each},
    )


# ----------------------------------------------------------------------------------------- in a process of its own

_Given = tuple[Path, Genesis, dict[bytes, bytes], "Synchronized[int]"]
_given: list[_Given] = []


def begin(*given: *_Given) -> None:
    """What this process checks (see `ScopeCheck`), and where all count the sets that were looked at."""
    gc.disable()
    _given.append(given)


@cache
def _check() -> ScopeCheck:
    path, genesis, keys, counter = _given[0]

    def advance(count: int) -> None:
        with counter.get_lock():
            counter.value += count

    return ScopeCheck(Database(path), genesis, keys, advance)


def check_scope(scope: bytes, places: Sequence[int]) -> list[Problem]:
    """`ScopeCheck.check` of what this process began with."""
    return _check().check(scope, places)
