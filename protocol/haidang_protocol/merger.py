"""Merging many accepted sets of one scope into its records: reads a batch of records, merges, writes them back."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from operator import attrgetter
from typing import Final, NamedTuple, Protocol

from haidang_protocol.envelope import OpenedSet, open_set
from haidang_protocol.ids import ID16
from haidang_protocol.ledger_store import Held, LedgerStore, Sums
from haidang_protocol.logs import Facts, ancestor_at, facts_of
from haidang_protocol.merge import SUM_MODULUS, Merging, RecordState, merge_set
from haidang_protocol.verdicts import ACCEPTED

ID_MODULUS = 2**256


class Replica(Protocol):
    """What the merger asks of the ledger that it works for."""

    @property
    def store(self) -> LedgerStore:
        """The rows."""

    def held(self, set_id: bytes) -> Held | None:
        """A held set."""

    def facts(self, set_id: bytes) -> Facts | None:
        """The facts of a held set."""


class Merger:
    """Applies accepted sets, whatever their order; knows logs by position so that references are found quickly."""

    def __init__(self, replica: Replica) -> None:
        self._replica = replica
        self._lines: dict[tuple[bytes, int, bytes], _Line] = {}

    def placed(self, facts: Facts) -> None:
        """A set was stored: its log goes on with it, as far as it is known, or is known from there."""
        line = self._lines.get(facts.log)
        if line is not None and line.sets and _follows(facts, line.sets[-1]):
            line.sets.append(facts)
        else:
            self._lines[facts.log] = _Line([facts], whole=False)

    def forget(self) -> None:
        """Drop what is cached."""
        self._lines.clear()

    def merge(self, scope: bytes, sets: Sequence[OpenedSet], done: set[bytes] | None = None) -> None:
        """Merge accepted sets of one scope.

        Args:
            scope: the scope of all the sets.
            sets: accepted, not merged before.
            done: the ids merged so far when the scope is rebuilt; otherwise every accepted set that is not in `sets`
                counts as merged.
        """
        store = self._replica.store
        pending = {opened.id for opened in sets}
        states = self._states(scope, sets)
        change = 0
        for opened in sets:

            def merged(id16: bytes) -> bool:
                set_id = store.id_of(id16)
                return set_id is not None and self._is_merged(set_id, pending, done)

            facts = self._replica.facts(opened.id) or facts_of(opened)
            known = self._known_identities(facts, pending, done)

            change += merge_set(Merging(opened, self._ancestors(facts), merged, known), states)
            pending.discard(opened.id)
            if done is not None:
                done.add(opened.id)
        store.put_records(scope, states)
        sums = store.sums(scope)
        accepted = sum(int.from_bytes(opened.id) for opened in sets)
        store.put_sums(
            scope, Sums((sums.accepted + accepted) % ID_MODULUS, (sums.live + change) % SUM_MODULUS)
        )

    def _states(self, scope: bytes, sets: Sequence[OpenedSet]) -> dict[bytes, RecordState]:
        ids = {record for opened in sets for record in opened.body.record_id_table}
        states = self._replica.store.records(scope, ids)
        for record in ids - states.keys():
            states[record] = RecordState()
        return states

    def _is_merged(self, set_id: bytes, pending: set[bytes], done: set[bytes] | None) -> bool:
        if done is not None:
            return set_id in done
        held = self._replica.held(set_id)
        return set_id not in pending and held is not None and held.verdict == ACCEPTED

    def _known_identities(
        self, facts: Facts, pending: set[bytes], done: set[bytes] | None
    ) -> frozenset[bytes]:
        """Identities that the set shares with merged ones: a restored phone sealed the same saves again."""
        others = [
            set_id
            for set_id in self._replica.store.overlapping(facts)
            if self._is_merged(set_id, pending, done)
        ]
        if not others:
            return frozenset()
        parts = self._replica.store.parts(others)
        return frozenset(leaf[:ID16] for set_id in others for leaf in open_set(parts[set_id]).leaves)

    def _ancestors(self, facts: Facts) -> Callable[[int], bytes | None]:
        """What gives the id16 of the set so many positions back in the same log (SPEC O6)."""
        log = facts.log
        line = self._lines.get(log, _UNKNOWN)
        place = line.place(facts)

        def ancestor(distance: int) -> bytes | None:
            nonlocal line, place
            if distance > place and not line.whole:
                line = self._lines[log] = self._whole_line(log)
                place = line.place(facts)
            if distance <= place:
                return line.sets[place - distance].id16
            found = ancestor_at(facts, distance, self._replica.facts)
            return None if found is None else found[:ID16]

        return ancestor

    def _whole_line(self, log: tuple[bytes, int, bytes]) -> "_Line":
        """The held sets of a log in order, if each names the one before and nothing else; otherwise nothing."""
        sets = sorted(self._replica.store.in_log(log), key=attrgetter("position"))
        straight = all(_follows(later, earlier) for earlier, later in pairwise(sets))
        return _Line(sets if straight else [], whole=True)


class _Line(NamedTuple):
    """Sets of one log, each naming the one before and nothing else; `whole` if all that are held were looked at."""

    sets: list[Facts]
    whole: bool

    def place(self, facts: Facts) -> int:
        """Where in the line a set stands, -1 if nowhere."""
        place = facts.position - self.sets[0].position if self.sets else -1
        return place if 0 <= place < len(self.sets) and self.sets[place].id == facts.id else -1


_UNKNOWN: Final = _Line([], whole=False)


def _follows(later: Facts, earlier: Facts) -> bool:
    return later.position == earlier.position + 1 and later.previous == (earlier.id,)
