"""What a person reads: the merged records, with what this device has saved and nobody else has accepted yet on top.

On top lie, merged by the same rules, one's own sets that wait for a certificate or its confirmation, and the pending saves
laid out as they will be sealed. Operations of pending saves are named by the tag of their save, which sealing does not
change: a form that was opened before sealing still knows afterwards what it showed.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Final

from haidang_protocol.envelope import OpenedSet, open_set
from haidang_protocol.ids import ID16, next_tag
from haidang_protocol.ledger import Ledger
from haidang_protocol.logs import ancestor_at, facts_of
from haidang_protocol.merge import Live, Merging, RecordState, merge_set
from haidang_protocol.verdicts import ACCEPTED, NO_CERTIFICATE, UNCONFIRMED
from haidang_syncclient.own_logs import Line

SHOWN_REASONS: Final = frozenset({UNCONFIRMED, NO_CERTIFICATE})
"""Own sets that only wait are shown to their author; what was cut or not allowed is listed, not shown as if it counted."""


class Overlay:
    """The records of one scope that lie otherwise than merged, because of what is on its way."""

    def __init__(
        self, ledger: Ledger, scope: bytes, waiting: Sequence[bytes], planned: Sequence[OpenedSet], line: Line
    ) -> None:
        """Merge on top.

        Args:
            ledger: of the replica.
            scope: of all of it.
            waiting: ids of own held sets to show, oldest first.
            planned: pending saves, laid out.
            line: the end of the own log that `planned` goes on from.
        """
        self._ledger = ledger
        self._planned = {opened.id16: opened for opened in planned}
        self._id16_at = {position: id16 for id16, position in line.position_by_id16.items()}
        self._id16_at |= {opened.header.position: opened.id16 for opened in planned}
        parts = ledger.store.parts(waiting)
        self._states = self._merge(scope, [*map(open_set, parts.values()), *planned])
        for state in self._states.values():
            for live in (live for lives in state.slots.values() for live in lives):
                self._rename(live)

    @property
    def states(self) -> dict[bytes, RecordState]:
        """The states that differ from the merged ones, by record."""
        return self._states

    def _merge(self, scope: bytes, sets: Sequence[OpenedSet]) -> dict[bytes, RecordState]:
        ids = {record for opened in sets for record in opened.body.record_id_table}
        states = self._ledger.store.records(scope, ids)
        states |= {record: RecordState() for record in ids - states.keys()}
        below: set[bytes] = set()
        for opened in sets:
            known = self._known(opened) | {leaf[:ID16] for leaf in opened.leaves if leaf[:ID16] in below}
            ancestor = partial(self._ancestor, opened)
            merge_set(Merging(opened, ancestor, self._merged, frozenset(known)), states)
            below.update(leaf[:ID16] for leaf in opened.leaves)
        return states

    def _known(self, opened: OpenedSet) -> set[bytes]:
        """Identities of accepted sets that were sealed from the same saves."""
        others = self._ledger.store.overlapping(facts_of(opened))
        accepted = [set_id for set_id in others if self._ledger.verdict(set_id) == ACCEPTED]
        parts = self._ledger.store.parts(accepted)
        return {leaf[:ID16] for each in parts.values() for leaf in open_set(each).leaves}

    def _ancestor(self, opened: OpenedSet, distance: int) -> bytes | None:
        if opened.id16 in self._planned:
            return self._id16_at.get(opened.header.position - distance)
        found = ancestor_at(facts_of(opened), distance, self._ledger.facts)
        return None if found is None else found[:ID16]

    def _merged(self, id16: bytes) -> bool:
        set_id = self._ledger.store.id_of(id16)
        return set_id is not None and self._ledger.verdict(set_id) == ACCEPTED

    def _rename(self, live: Live) -> None:
        """Name operations of planned sets, and what covers them, by the tags of their saves."""
        if live.set16 in self._planned:
            live.set16, live.index = self._name(live.set16, live.index)
            live.ordinal = 0
        live.also = tuple(
            (*self._name(set16, index), 0) if set16 in self._planned else (set16, index, ordinal)
            for set16, index, ordinal in live.also
        )
        live.covers = tuple(
            self._name(*place) if place[0] in self._planned else place for place in live.covers
        )

    def _name(self, set16: bytes, index: int) -> tuple[bytes, int]:
        opened = self._planned[set16]
        if index >= len(opened.body.save_of):
            return set16, index
        save = opened.body.save_of[index]
        return next_tag(opened.header.tag, save), opened.body.index_in_save[index]


def waiting_to_count(ledger: Ledger, key: bytes, not_accepted: Iterable[bytes]) -> list[bytes]:
    """Of sets that are not accepted, those of the key that only wait, oldest first."""
    held = [found for found in map(ledger.held, not_accepted) if found is not None and found.facts.key == key]
    shown = [found.facts for found in held if found.verdict.reason in SHOWN_REASONS]
    return [
        facts.id for facts in sorted(shown, key=lambda facts: (facts.incarnation, facts.position, facts.id))
    ]
