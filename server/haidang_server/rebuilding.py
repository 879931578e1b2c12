"""Merged state computed anew from the log, which is the truth: equal to what is there, or put in its place."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec

from haidang_protocol.ids import AUTHORITY, scope_kind
from haidang_protocol.merge import RecordState
from haidang_server.hub import Hub


class Rebuilt(NamedTuple):
    """What a rebuild found wrong: verdicts (by set), records and sums (by scope)."""

    scopes: int
    records: int
    verdicts: list[bytes]
    differing: list[bytes]


def rebuild(hub: Hub, now: int, progress: Callable[[int, int], None], *, write: bool) -> Rebuilt:
    """Compute verdicts, merged records and sums anew.

    Args:
        hub: that does not run; it is to be closed afterwards.
        now: in seconds.
        progress: told (scopes done, scopes in all).
        write: whether what is wrong is put right; otherwise nothing changes.
    """
    hub.connection.execute("BEGIN IMMEDIATE")
    hub.store.begin(now)
    found = _recompute(hub, progress)
    hub.store.flush()
    hub.connection.execute("COMMIT" if write else "ROLLBACK")
    return found


def _recompute(hub: Hub, progress: Callable[[int, int], None]) -> Rebuilt:
    verdicts = list(hub.ledger.rejudge_all())
    differing: list[bytes] = []
    records = 0
    scopes = sorted(hub.ledger.scopes(), key=lambda scope: (scope_kind(scope) != AUTHORITY, scope))
    for done, scope in enumerate(scopes, start=1):
        before = _before(hub, scope)
        hub.ledger.rebuild(scope)
        after = _state(hub, scope)
        records += len(after[0])
        if before != after:
            differing.append(scope)
        progress(done, len(scopes))
    return Rebuilt(len(scopes), records, verdicts, differing)


def _before(hub: Hub, scope: bytes) -> tuple[Mapping[bytes, object], object] | None:
    """The state as it is stored; None if it cannot be read any more."""
    try:
        return _state(hub, scope)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _state(hub: Hub, scope: bytes) -> tuple[Mapping[bytes, object], object]:
    records = {record: _plain(state) for record, state in hub.store.all_records(scope)}
    return {record: state for record, state in records.items() if any(state)}, hub.store.sums(scope)


def _plain(state: RecordState) -> tuple[object, ...]:
    """A record state in which order, and what is empty, does not count."""
    slots = {
        slot: sorted(msgspec.msgpack.encode(live) for live in lives)
        for slot, lives in state.slots.items()
        if lives
    }
    dangling = {slot: sorted(waiting) for slot, waiting in state.dangling.items() if waiting}
    tallies = {slot: (tally.total, tally.steps) for slot, tally in state.tallies.items()}
    return (state.preimage, slots, tallies, dangling)
