"""When the hub lost some of its log: keep everything, stop showing as received what it does not have, offer that again.

Which of the remembered states the hub can still reproduce is asked first (`requests.Wishes.probe`), unless it is the very
one on which the cursor stands. From there the log is read again; what lies behind it is as good as never sent, except what
the hub says it holds.
"""

from typing import Final

import msgspec

from haidang_protocol.logs import ancestors
from haidang_protocol.messages import Heal
from haidang_protocol.statements import KnownRoot
from haidang_syncclient import bookmark as bookmarks
from haidang_syncclient.bookmark import Bookmark
from haidang_syncclient.hub_tables import Placed
from haidang_syncclient.replica import Replica

PLACE_UNKNOWN: Final = -1
"""The sequence of a set that the hub says it holds, until it says where."""


def needs_probe(bookmark: Bookmark, heal: Heal) -> bool:
    """Whether the hub has to be asked for an older state: it cannot reproduce the one on which the cursor stands."""
    return (heal.size, heal.root) != (bookmark.size, bookmark.root)


def unreproducible(heal: Heal | None) -> Heal | None:
    """What to heal from when the hub can reproduce nothing of what is remembered: the start."""
    return None if heal is None else msgspec.structs.replace(heal, size=0, root=None)


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
    return len(lost)


def _known(replica: Replica, bookmark: Bookmark, heal: Heal) -> tuple[int, bytes | None]:
    """The state that the hub named, if it is one that it showed before; the start otherwise."""
    if heal.root is None:
        return 0, None
    named = KnownRoot(heal.size, heal.root)
    remembered = {*replica.hub.checkpoints()}
    if bookmark.root is not None:
        remembered.add(KnownRoot(bookmark.size, bookmark.root))
    return (named.size, named.root) if named in remembered else (0, None)
