"""When the hub lost some of its log: keep everything, stop showing as received what it does not have, offer that again.

Which of the remembered states the hub can still reproduce is asked first (`requests.Wishes.probe`), unless it is the very
one on which the cursor stands. From there the log is read again; what lies behind it is as good as never sent, except what
the hub says it holds.
"""

from typing import Final, NamedTuple

import msgspec

from haidang_protocol.logs import ancestors
from haidang_protocol.messages import Heal
from haidang_protocol.statements import KnownRoot, Receipt
from haidang_syncclient import bookmark as bookmarks
from haidang_syncclient.bookmark import Bookmark
from haidang_syncclient.errors import DamagedDatabaseError
from haidang_syncclient.hub_tables import Placed
from haidang_syncclient.replica import Replica
from haidang_syncclient.words import Both

PLACE_UNKNOWN: Final = -1
"""The sequence of a set that the hub says it holds, until it says where."""
_HEALS: Final = "heals"


class Healed(NamedTuple):
    """A heal: the hub's epoch then, when it was (seconds), and the size of the log up to which nothing was lost."""

    epoch: int
    time: int
    size: int


def needs_probe(replica: Replica, heal: Heal) -> bool:
    """Whether the hub has to be asked for an older state: it cannot reproduce the one on which the cursor stands."""
    bookmark = bookmarks.load(replica)
    return (heal.size, heal.root) != (bookmark.size, bookmark.root) and bool(replica.hub.checkpoints())


def heal_from(replica: Replica, heal: Heal) -> int:
    """Go back to the state that the hub named; returns how many sets are to be offered again.

    Raises:
        DiskFullError, ReadOnlyError, StorageError: nothing was changed.
    """
    bookmark = bookmarks.load(replica)
    size, root = _known(replica, bookmark, heal)
    listed = {each.scope: each for each in heal.scopes}
    lost: list[bytes] = []
    still: dict[bytes, Placed] = {}
    with replica.writing():
        for scope in replica.store.scopes():
            behind = [(set_id, at) for set_id, at in replica.hub.placed_in(scope) if not 0 <= at < size]
            if not behind:
                continue
            named = listed.get(scope)
            theirs = frozenset[bytes]() if named is None else ancestors(named.tips, replica.ledger.facts)
            theirs |= frozenset(() if named is None else named.parked)
            lost += [set_id for set_id, _ in behind if set_id not in theirs]
            received = replica.hub.received_at([set_id for set_id, _ in behind])
            still |= {
                set_id: Placed(heal.epoch, PLACE_UNKNOWN, received[set_id])
                for set_id, _ in behind
                if set_id in theirs
            }
        replica.hub.unplace(lost)
        replica.hub.forget_vouching()
        replica.hub.place(still)
        late = {scope: min(cursor, size) for scope, cursor in replica.hub.catching_up().items()}
        replica.hub.set_catching_up(late)
        bookmarks.keep(replica, bookmark.restarted(heal.epoch, size, root))
        _note(replica, Healed(heal.epoch, max(replica.clock(), replica.hub.newest_time()), size))
    return len(lost)


def speaks_below(replica: Replica, receipt: Receipt) -> int | None:
    """Below which sequence a receipt still says what the hub holds; None if no heal came after it.

    A receipt of before a heal still verifies, but what it says of places behind the heal is out of date (SPEC X9).
    """
    after = [each.size for each in _heals(replica) if receipt.epoch < each.epoch or receipt.time <= each.time]
    return min(after, default=None)


def _note(replica: Replica, healed: Healed) -> None:
    kept = [each for each in _heals(replica) if each.size < healed.size]
    replica.device.put_meta(_HEALS, msgspec.msgpack.encode([*kept, healed]))


def _heals(replica: Replica) -> list[Healed]:
    """The heals so far; one that reached less far back than a later one says nothing more."""
    data = replica.device.meta(_HEALS)
    try:
        return [] if data is None else msgspec.msgpack.decode(data, type=list[Healed])
    except msgspec.DecodeError as error:
        raise DamagedDatabaseError(Both("ghi chép về lần khôi phục máy chủ", f"heals: {error}")) from error


def _known(replica: Replica, bookmark: Bookmark, heal: Heal) -> tuple[int, bytes | None]:
    """The state that the hub named, if it is one that it showed before; the start otherwise."""
    if heal.root is None:
        return 0, None
    named = KnownRoot(heal.size, heal.root)
    remembered = {*replica.hub.checkpoints()}
    if bookmark.root is not None:
        remembered.add(KnownRoot(bookmark.size, bookmark.root))
    return (named.size, named.root) if named in remembered else (0, None)
