"""Is everything as it was signed, is nothing missing, is what is shown what follows from it?

Every set is opened and its signature checked, by other processes, while this one computes verdicts, records and sums anew
and compares. A flipped bit inside a set names the set; one elsewhere is named by its table, or changes nothing that counts.
"""

import gc
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Final, NamedTuple, Self

import msgspec

from haidang_protocol.envelope import SetBytes, open_set
from haidang_protocol.errors import ProtocolError
from haidang_protocol.ids import key_id
from haidang_protocol.ledger import Ledger
from haidang_protocol.logs import Facts, facts_of
from haidang_protocol.merge import RecordState
from haidang_protocol.statements import Checkpoint, Receipt, Signed, verify
from haidang_syncclient import bookmark as bookmarks
from haidang_syncclient.database import Database
from haidang_syncclient.drafts import checked
from haidang_syncclient.errors import SyncError
from haidang_syncclient.greeting import server_key
from haidang_syncclient.intake import signature_holds
from haidang_syncclient.officer import certificates_in
from haidang_syncclient.replica import Replica
from haidang_syncclient.scratch_store import ScratchStore

PROCESSES: Final = 2
_SHARE: Final = 2_000
"""Sets checked in one go by one process."""

Progress = Callable[[int, int | None], None]
"""(sets so far, sets in all)."""


class Problem(NamedTuple):
    """Something that is not as it should be.

    `code` is one of: page, set, signature, facts, missing, tail, receipt, checkpoint, verdict, record, sums. `set_id` or
    `scope` say where; `sentence` says it to a person.
    """

    code: str
    set_id: bytes | None
    scope: bytes | None
    sentence: str


class Verification(NamedTuple):
    """What was checked and what was found. `waiting` are predecessors that never arrived: that is no damage."""

    sets: int
    receipts: int
    checkpoints: int
    waiting: int
    problems: list[Problem]

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def verify_replica(
    replica: Replica, progress: Progress = lambda _done, _total: None, processes: int = PROCESSES
) -> Verification:
    """Check everything that a replica holds.

    Args:
        replica: open; nothing in it is changed.
        progress: told how many sets are checked.
        processes: to check signatures in; 0 checks them in this one.
    """
    problems = [Problem("page", None, None, found) for found in replica.database.damage()]
    places = [row[0] for row in replica.database.rows("SELECT place FROM sets ORDER BY place")]
    shares = [(places[at], places[min(at + _SHARE, len(places)) - 1]) for at in range(0, len(places), _SHARE)]
    keys = _keys(replica)
    with _collector_at_rest(), _Checkers(replica.path, keys, processes) as checkers:
        pending = [checkers.submit(share) for share in shares]
        problems += _caches(replica)
        for at, future in enumerate(pending):
            problems += future.result()
            progress(min((at + 1) * _SHARE, len(places)), len(places))
    missing, waiting = _missing(replica)
    signed_receipts, receipt_problems = _receipts(replica)
    signed_checkpoints, checkpoint_problems = _checkpoints(replica)
    problems += missing + receipt_problems + checkpoint_problems
    return Verification(len(places), signed_receipts, signed_checkpoints, waiting, problems)


# ------------------------------------------------------------------------------------------------------ sets


@contextmanager
def _collector_at_rest() -> Generator[None]:
    """Sets by the hundred thousand make hardly a cycle: looking for some took a fifth of the time."""
    worked = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if worked:
            gc.enable()


class _Checkers:
    """Processes that check shares of the sets; none of them writes."""

    def __init__(self, path: Path, keys: dict[bytes, bytes], processes: int) -> None:
        self._path, self._keys = path, keys
        self._pool: ProcessPoolExecutor | None = None
        if processes:
            self._pool = ProcessPoolExecutor(processes, get_context("spawn"), initializer=gc.disable)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def submit(self, share: tuple[int, int]) -> "Future[list[Problem]]":
        if self._pool is not None:
            return self._pool.submit(check_share, self._path, share, self._keys)
        done: Future[list[Problem]] = Future()
        done.set_result(check_share(self._path, share, self._keys))
        return done


def check_share(path: Path, share: tuple[int, int], keys: dict[bytes, bytes]) -> list[Problem]:
    """Open and verify the sets at the places of a share (first, last)."""
    found: list[Problem] = []
    database = Database(path)
    try:
        for set_id, facts, *parts in database.rows(
            "SELECT id, facts, header, signature, structure, leaf_values FROM sets LEFT JOIN parts USING (place)"
            " WHERE place BETWEEN ? AND ? ORDER BY place",
            share,
        ):
            problem = _check(set_id, facts, parts, keys)
            if problem is not None:
                found.append(problem)
    except SyncError as error:
        found.append(Problem("page", None, None, f"sets {share[0]} to {share[1]}: {error.detail}"))
    finally:
        database.close()
    return found


_facts = msgspec.msgpack.Decoder(Facts).decode
_decode_state = msgspec.msgpack.Decoder(RecordState).decode


def _check(
    set_id: bytes, facts: bytes, parts: list[bytes | None], keys: dict[bytes, bytes]
) -> Problem | None:
    if not all(isinstance(part, bytes) for part in parts):
        return Problem("set", set_id, None, "its bytes are gone")
    try:
        opened = open_set(SetBytes(*[part or b"" for part in parts]))
    except ProtocolError as error:
        return Problem("set", set_id, None, str(error))
    if opened.id != set_id:
        return Problem("set", set_id, opened.header.scope, "its bytes are not those that were signed")
    raw = keys.get(opened.header.key)
    if raw is None or not signature_holds(opened, raw):
        return Problem("signature", set_id, opened.header.scope, "its signature does not fit")
    try:
        known = _facts(facts)
    except (msgspec.DecodeError, UnicodeDecodeError):
        known = None
    if known != facts_of(opened):
        return Problem("facts", set_id, opened.header.scope, "what is noted about it is not what it says")
    return None


def _keys(replica: Replica) -> dict[bytes, bytes]:
    """The public keys that roots and readable authority sets name, as far as they may be used at all."""
    found = {key_id(root): root for root in replica.deployment.genesis.roots}
    rows = replica.database.rows(
        "SELECT header, signature, structure, leaf_values FROM sets JOIN parts USING (place)"
        " WHERE substr(scope, 1, 1) = x'02'"
    )
    for row in rows:
        try:
            found |= {each.key: each.public_key for each in certificates_in(open_set(SetBytes(*row)))}
        except (ProtocolError, TypeError):
            continue
    return found


# ---------------------------------------------------------------------------------------------- what follows from them


def _caches(replica: Replica) -> list[Problem]:
    """Compute verdicts, records and sums anew and compare."""
    scratch = ScratchStore(replica.database)
    try:
        ledger = Ledger(replica.deployment.genesis, scratch)
        problems = [
            Problem("verdict", set_id, None, f"its verdict is {verdict.word} {verdict.reason}".rstrip())
            for set_id, verdict in ledger.rejudge_all().items()
        ]
        for scope in sorted(replica.store.scopes()):
            ledger.rebuild(scope)
            problems += _compare(replica, scratch, scope)
        problems += _pending(replica)
    except (ProtocolError, SyncError, KeyError, TypeError) as error:
        # TypeError: a flipped bit also makes a number of what was bytes.
        return [Problem("record", None, None, f"what follows from the sets cannot be computed: {error}")]
    return problems


def _compare(replica: Replica, scratch: ScratchStore, scope: bytes) -> Iterator[Problem]:
    if replica.store.sums(scope) != scratch.sums(scope):
        yield Problem("sums", None, scope, "the sums of a scope are not those of its sets")
    shown = dict(replica.database.rows("SELECT id, state FROM records WHERE scope = ?", (scope,)))
    right = scratch.states.get(scope, {})
    for record in sorted(shown.keys() | right.keys()):
        if shown.get(record) != right.get(record) and _read(shown.get(record)) != _read(right.get(record)):
            yield Problem("record", None, scope, f"record {record.hex()} is not what its sets say")


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


def _pending(replica: Replica) -> Iterator[Problem]:
    """Saves that are not sealed carry the identities that they will have: these tell whether they are still the same."""
    for scope in replica.device.pending_scopes():
        for save in replica.device.pending(scope):
            if checked(save, replica.key).identities != save.identities:
                yield Problem("record", None, scope, "a save that is not sealed yet is damaged")


# --------------------------------------------------------------------------------------------------------- what is gone


def _missing(replica: Replica) -> tuple[list[Problem], int]:
    """Sets that others are based on, or that a receipt names, and that are not there; and how many never arrived."""
    held = {each.facts.id: each for scope in replica.store.scopes() for each in replica.store.in_scope(scope)}
    gone: dict[bytes, bytes] = {}
    waiting: set[bytes] = set()
    for each in held.values():
        absent = [previous for previous in each.facts.previous if previous not in held]
        if each.whole:
            gone |= dict.fromkeys(absent, each.facts.scope)
        else:
            waiting.update(absent)
    problems = [
        Problem("missing", set_id, scope, "it was here, and others are based on it")
        for set_id, scope in gone.items()
    ]
    problems += [
        Problem("tail", set_id, None, "a receipt names it, and it is not here")
        for set_id in replica.hub.receipted_ids()
        if set_id not in held and set_id not in gone
    ]
    return problems, len(waiting - gone.keys())


def _receipts(replica: Replica) -> tuple[int, list[Problem]]:
    return _statements(replica, "receipt", Receipt, replica.hub.receipts())


def _checkpoints(replica: Replica) -> tuple[int, list[Problem]]:
    signed = replica.hub.signed_checkpoints()
    count, problems = _statements(replica, "checkpoint", Checkpoint, signed)
    bookmark = bookmarks.load(replica)
    known = {(root.size, root.root) for root in replica.hub.checkpoints()}
    if bookmark.root is not None and (bookmark.size, bookmark.root) not in known:
        problems.append(
            Problem("checkpoint", None, None, "the newest state of the hub's log is not one that it signed")
        )
    if max(bookmark.authority_cursor, bookmark.changes_cursor) > bookmark.size:
        problems.append(
            Problem("checkpoint", None, None, "the place reached in the hub's log lies behind its end")
        )
    return count, problems


def _statements(
    replica: Replica, code: str, kind: type[Receipt] | type[Checkpoint], signed: list[Signed]
) -> tuple[int, list[Problem]]:
    problems = []
    for each in signed:
        try:
            key = server_key(replica.ledger, replica.deployment.hub)
            if key is None:
                problems.append(Problem(code, None, None, "the hub's certificate is not here"))
                break
            verify(kind, each, key)
        except (ProtocolError, SyncError) as error:
            problems.append(Problem(code, None, None, str(error)))
    return len(signed), problems
