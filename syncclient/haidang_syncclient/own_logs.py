"""The logs of a key that signs here: where the next set stands, which ancestors a distance names, which tips there are."""

from collections.abc import Iterable, Mapping

import msgspec

from haidang_protocol import logs
from haidang_protocol.ids import ID16
from haidang_protocol.ledger import Ledger
from haidang_protocol.ledger_store import Held
from haidang_protocol.limits import PREDECESSORS_MAX
from haidang_protocol.logs import Facts
from haidang_protocol.verdicts import ACCEPTED
from haidang_syncclient.sealing import LogEnd


class Line(msgspec.Struct, frozen=True):
    """The end of a key's log in a scope, and the sets that lead there by positions alone."""

    end: LogEnd
    position_by_id16: dict[bytes, int]


class OwnLogs:
    """Lines of the keys that sign here; known until a set of theirs arrives from elsewhere."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lines: dict[tuple[bytes, bytes], Line] = {}

    def line(self, key: bytes, scope: bytes) -> Line:
        """Where the next set of a key stands in a scope."""
        found = self._lines.get((key, scope))
        if found is None:
            held = self._ledger.store.in_scope(scope, {key})
            sets = {each.facts.id: each.facts for each in held}
            end = next_place(sets, tips_of(held))
            found = self._lines[key, scope] = Line(end, self._straight(sets, end))
        return found

    def forget(self, key: bytes, scope: bytes) -> None:
        """A set of the key was stored in the scope."""
        self._lines.pop((key, scope), None)

    def extend(self, facts: Facts) -> None:
        """A set that was planned at the end of the line is sealed: the line goes on behind it."""
        line = self._lines.pop((facts.key, facts.scope), None)
        if line is None or (facts.incarnation, facts.position, facts.previous) != line.end:
            return
        straight = line.position_by_id16 if len(facts.previous) == 1 else {}
        straight[facts.id16] = facts.position
        self._lines[facts.key, facts.scope] = Line(
            LogEnd(facts.incarnation, facts.position + 1, (facts.id,)), straight
        )

    def _straight(self, sets: Mapping[bytes, Facts], end: LogEnd) -> dict[bytes, int]:
        """The ancestors that a distance names for certain: no fork, no gap, no other incarnation in between (SPEC O6)."""
        found: dict[bytes, int] = {}
        previous = end.previous
        if not all(map(self._ledger.whole, previous)):
            return found
        while (
            len(previous) == 1 and (facts := sets.get(previous[0])) and facts.incarnation == end.incarnation
        ):
            found[facts.id[:ID16]] = facts.position
            previous = facts.previous
        return found


def tips_of(held: Iterable[Held]) -> list[bytes]:
    """The ids of complete sets that no complete one of them follows, ascending (SPEC L4)."""
    sets = {each.facts.id: each for each in held}
    facts = {set_id: each.facts for set_id, each in sets.items()}
    return logs.tips(facts, lambda set_id: sets[set_id].whole or sets[set_id].verdict == ACCEPTED)


def next_place(sets: Mapping[bytes, Facts], tips: list[bytes]) -> LogEnd:
    """Where the next set stands; after a fork in the next incarnation, naming all tips (SPEC L1, L3).

    Args:
        sets: the held sets of one key and scope.
        tips: the complete ones that no complete one follows.
    """
    if not sets:
        return LogEnd(0, 0, ())
    highest = max(facts.incarnation for facts in sets.values())
    if len(tips) == 1 and not _forked_at(sets, tips[0]):
        tip = sets[tips[0]]
        return LogEnd(tip.incarnation, tip.position + 1, (tip.id,))
    named = sorted(tips, key=lambda tip: -sets[tip].position)[:PREDECESSORS_MAX]
    position = max((sets[tip].position + 1 for tip in named), default=0)
    return LogEnd(highest + 1, position, tuple(sorted(named)))


def _forked_at(sets: Mapping[bytes, Facts], tip: bytes) -> bool:
    """Whether another held set, a parked one, stands beside the place after the tip: to go on there would fork."""
    log = sets[tip].log
    return any(facts.log == log and facts.position > sets[tip].position for facts in sets.values())
