"""Where an operation comes from: who said it, when, in which set, and how far that is on its way.

These are labels for people. Nothing that is merged or judged depends on them (SPEC A11).
"""

from enum import StrEnum

import msgspec

from haidang_protocol.envelope import OpenedSet, open_set
from haidang_protocol.ids import TAG_BYTES, scope_unit
from haidang_protocol.merge import Live
from haidang_protocol.reading import Stamp
from haidang_protocol.verdicts import Verdict
from haidang_syncclient.drafts import Target
from haidang_syncclient.people import Person
from haidang_syncclient.replica import Replica
from haidang_syncclient.sealing import Place


class Way(StrEnum):
    """How far something is on its way: the lamp."""

    SAVED = "saved"
    SENDING = "sending"
    CARRIED = "carried"
    RECEIVED = "received"


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where an operation comes from.

    `time` is the claimed time of its save, `received` the earliest known time at the hub, both in seconds; `set_id`,
    `verdict` and `index` (in the set) are None as long as it is not sealed.
    """

    person: Person
    time: int
    received: int | None
    way: Way
    set_id: bytes | None = None
    index: int | None = None
    verdict: Verdict | None = None


class Tracer:
    """Traces operations of one scope; keeps the sets that it opened."""

    def __init__(self, replica: Replica, scope: bytes) -> None:
        self._replica, self._scope = replica, scope
        self._pending = {save.tag: save for save in replica.device.pending(scope)}
        self._opened: dict[bytes, OpenedSet | None] = {}
        self._of_set: dict[bytes, tuple[Person, int | None, Way, Verdict | None]] = {}

    def origin(self, live: Live) -> Origin:
        """Where a live operation of the scope comes from."""
        if live.set16 in self._pending:
            return self.origin_of_save(live.set16)
        place = self._place(live)
        opened = None if place is None else self._open(place.id16)
        if place is None or opened is None:
            return Origin(person=Person(b""), time=0, received=None, way=Way.SAVED)
        return self.origin_in(opened, place.at)

    def _place(self, live: Live) -> Place | None:
        """Where it stands by now: what was pending when the record was read may be sealed since."""
        if len(live.set16) != TAG_BYTES:
            return Place(live.set16, live.index, live.ordinal)
        target = Target(live.set16, live.index, 0, live.identity)
        return self._replica.author(self._replica.key, self._scope).place_of(target)

    def origin_of_save(self, tag: bytes) -> Origin:
        """Where a pending save comes from: from here."""
        person = self._replica.people.person(self._replica.key, scope_unit(self._scope))
        return Origin(person=person, time=self._pending[tag].time, received=None, way=Way.SAVED)

    def origin_in(self, opened: OpenedSet, index: int) -> Origin:
        """Where the operation at an index of a held set comes from."""
        person, received, way, verdict = self._set(opened)
        return Origin(
            person=person,
            time=opened.save_time(opened.body.save_of[index]),
            received=received,
            way=way,
            set_id=opened.id,
            index=index,
            verdict=verdict,
        )

    def stamp(self, live: Live) -> Stamp:
        """What the display policy `latest` compares (SPEC O14)."""
        origin = self.origin(live)
        shown = origin.time if origin.received is None else min(origin.time, origin.received)
        return Stamp(shown, live.set16, live.index)

    def _open(self, id16: bytes) -> OpenedSet | None:
        if id16 not in self._opened:
            set_id = self._replica.store.id_of(id16)
            parts = {} if set_id is None else self._replica.store.parts([set_id])
            self._opened[id16] = next(map(open_set, parts.values()), None)
        return self._opened[id16]

    def _set(self, opened: OpenedSet) -> tuple[Person, int | None, Way, Verdict | None]:
        found = self._of_set.get(opened.id)
        if found is None:
            replica = self._replica
            person = replica.people.person(opened.header.key, scope_unit(self._scope))
            received = replica.hub.received_at([opened.id]).get(opened.id)
            way = way_of(replica, opened.id)
            found = self._of_set[opened.id] = (person, received, way, replica.ledger.verdict(opened.id))
        return found


def way_of(replica: Replica, set_id: bytes) -> Way:
    """How far a held set is on its way."""
    if replica.hub.vouched([set_id]):
        return Way.RECEIVED
    if set_id in replica.under_way:
        return Way.SENDING
    return Way.CARRIED if replica.device.carried_at([set_id]) else Way.SAVED
