"""Is everything as it was signed, is nothing missing, is what is shown what follows from it?

Other processes take the scopes, the largest first; see `scope_check`. This one looks at what is not of one scope. A flipped
bit inside a set names the set; one elsewhere is named by its table, or changes nothing that counts.
"""

import gc
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from itertools import chain, starmap
from multiprocessing import get_context
from typing import Final, NamedTuple

from haidang_protocol.envelope import SetBytes, open_set
from haidang_protocol.errors import ProtocolError
from haidang_protocol.ids import key_id
from haidang_protocol.statements import Checkpoint, Receipt, Signed, verify
from haidang_syncclient import bookmark as bookmarks
from haidang_syncclient.drafts import checked
from haidang_syncclient.errors import SyncError
from haidang_syncclient.greeting import server_key
from haidang_syncclient.officer import certificates_in
from haidang_syncclient.problem import Problem
from haidang_syncclient.replica import Replica
from haidang_syncclient.scope_check import UNCOMPUTABLE, ScopeCheck, begin, check_scope, uncomputable

PROCESSES: Final = 2
_TOLD_EVERY_S: Final = 0.2

Progress = Callable[[int, int | None], None]
"""(sets so far, sets in all)."""


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
        processes: to check scopes in; 0 checks them in this one.
    """
    places = _places(replica)
    total = sum(map(len, places.values()))
    told = _Told(progress, total)
    with _collector_at_rest(), _checks(replica, places, processes, told) as checks:
        problems = [Problem("page", None, None, found) for found in replica.database.damage()]
        missing, waiting = _missing(replica)
        signed_receipts, receipt_problems = _receipts(replica)
        signed_checkpoints, checkpoint_problems = _checkpoints(replica)
        problems += _pending(replica)
        problems += chain.from_iterable(checks)
    problems += missing + receipt_problems + checkpoint_problems
    return Verification(total, signed_receipts, signed_checkpoints, waiting, [*dict.fromkeys(problems)])


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


def _places(replica: Replica) -> dict[bytes, list[int]]:
    """Where the sets of each scope stand, the largest scope first."""
    places: dict[bytes, list[int]] = {}
    for place, scope in replica.database.rows("SELECT place, scope FROM sets ORDER BY place"):
        places.setdefault(scope, []).append(place)
    return dict(sorted(places.items(), key=lambda item: -len(item[1])))


class _Told:
    """How many sets were looked at, for whoever watches."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def add(self, count: int) -> None:
        self.reach(self._done + count)

    def reach(self, done: int) -> None:
        self._done = done
        self._progress(done, self._total)


@contextmanager
def _checks(
    replica: Replica, places: dict[bytes, list[int]], processes: int, told: _Told
) -> Generator[Iterator[list[Problem]]]:
    """What is wrong in each scope, in the order given; none of the processes writes."""
    genesis, keys = replica.deployment.genesis, _keys(replica)
    if not processes:
        check = ScopeCheck(replica.database, genesis, keys, told.add)
        yield starmap(check.check, places.items())
        return
    context = get_context("spawn")
    counter = context.Value("Q", 0)
    given = (replica.path, genesis, keys, counter)
    pool = ProcessPoolExecutor(processes, context, initializer=begin, initargs=given)
    try:
        futures = [pool.submit(check_scope, *each) for each in places.items()]
        yield _as_they_come(futures, lambda: told.reach(counter.value))
    finally:
        pool.shutdown(cancel_futures=True)


def _as_they_come(
    futures: list["Future[list[Problem]]"], tell: Callable[[], None]
) -> Iterator[list[Problem]]:
    for future in futures:
        while not wait([future], _TOLD_EVERY_S).done:
            tell()
        yield future.result()
    tell()


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


def _pending(replica: Replica) -> list[Problem]:
    """Saves that are not sealed carry the identities that they will have: these tell whether they are still the same."""
    try:
        return [
            Problem("record", None, scope, "a save that is not sealed yet is damaged")
            for scope in replica.device.pending_scopes()
            for save in replica.device.pending(scope)
            if checked(save, replica.key).identities != save.identities
        ]
    except UNCOMPUTABLE as error:
        return [uncomputable(error)]


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
