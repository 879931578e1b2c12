"""Who may say what: the answer of one collection of authority sets (SPEC A, V2).

`descent.views_of` makes it from the root down. A `View` is one answer for one collection of authority sets: the certificates that count, cuts, adoptions, the unit
tree. It depends on nothing but those sets and on which sets are held; not on order, time or path.
"""

from collections.abc import Callable, Mapping

import msgspec

from haidang_protocol import logs
from haidang_protocol.certificates import Certificate, Genesis
from haidang_protocol.entries import Adopt, Entry, Revoke
from haidang_protocol.ids import scope_kind, scope_unit
from haidang_protocol.logs import Facts, Holdings
from haidang_protocol.verdicts import (
    ACCEPTED,
    CHAIN,
    NO_CERTIFICATE,
    NO_PREDECESSOR,
    REVOKED,
    UNAUTHORISED,
    UNCONFIRMED,
    Verdict,
    parked,
    quarantined,
)


class AuthoritySet(msgspec.Struct, frozen=True):
    """An authority set and its entries."""

    facts: Facts
    entries: tuple[Entry, ...]

    @property
    def unit(self) -> bytes:
        """The unit where it is written."""
        return scope_unit(self.facts.scope)


class Counted(msgspec.Struct, frozen=True):
    """A certificate that counts, at its distance from the root; `slot` is a root's place, None for others."""

    id: bytes
    certificate: Certificate
    depth: int
    slot: int | None = None


class Cut(msgspec.Struct, frozen=True):
    """An effective revoke."""

    revoke: Revoke
    depth: int
    unit: bytes
    identity: bytes


class Adoption(msgspec.Struct, frozen=True):
    """An effective adopt."""

    adopt: Adopt
    depth: int
    unit: bytes
    identity: bytes


class Redaction(msgspec.Struct, frozen=True):
    """An effective redact entry and the certificate that it was made under."""

    set_id: bytes
    certificate: bytes
    depth: int
    unit: bytes


class Retirement(msgspec.Struct, frozen=True):
    """An effective retire."""

    key: bytes
    depth: int
    unit: bytes


class View:
    """The authority state of one collection of authority sets."""

    def __init__(self, genesis: Genesis, holdings: Holdings) -> None:
        self.genesis = genesis
        self.holdings = holdings
        self.counted: dict[bytes, list[Counted]] = {}
        self.unconfirmed: dict[bytes, list[Certificate]] = {}
        self.cuts: dict[bytes, list[Cut]] = {}
        self.adoptions: list[Adoption] = []
        self.refused: set[bytes] = set()
        self.retirements: list[Retirement] = []
        self.redactions: list[Redaction] = []
        self.parents: dict[bytes, set[bytes]] = {}
        self.effective: set[bytes] = set()
        self.judged: dict[bytes, Verdict] = {}
        """Authority sets written in the unit of this view, judged at the depth of their acting certificate."""
        self._touch_parents: Mapping[bytes, set[bytes]] = {}
        self._ancestors: dict[bytes, frozenset[bytes]] = {}
        self._touch_ancestors: dict[bytes, frozenset[bytes]] = {}
        self._closures: dict[bytes, frozenset[bytes]] = {}
        self._awaited: frozenset[bytes] | None = None

    # ------------------------------------------------------------------------------------------------ questions

    def judge(self, facts: Facts) -> Verdict:
        """The verdict of a set (SPEC V2)."""
        if facts.acting is not None:
            return self._judge_authority(facts)
        unit = scope_unit(facts.scope)
        counted = [
            known for known in self.counted.get(facts.key, ()) if self.inside(unit, known.certificate.unit)
        ]
        if not counted:
            return self._without_certificate(facts.key, unit)
        return self.judge_under(facts, counted)

    def inside(self, unit: bytes, top: bytes) -> bool:
        """Whether a unit is the other or below it."""
        return unit == top or top in self._above(unit, self.parents, self._ancestors)

    def adopted(self, facts: Facts, under: Counted) -> bool:
        """Whether an adoption that touches the certificate names the set."""
        return any(
            self._touches(adoption, under) and facts.id in self.run_of(adoption)
            for adoption in self.adoptions
        )

    def cut(self, facts: Facts, under: Counted) -> bool:
        """Whether a set is cut under a certificate (SPEC A6, A7)."""
        touching = [cut for cut in self.cuts.get(facts.key, ()) if self._touches(cut, under)]
        if not touching:
            return False
        beating = [
            adoption.depth
            for adoption in self.adoptions
            if self._touches(adoption, under) and facts.id in self.run_of(adoption)
        ]
        unbeaten = [cut for cut in touching if not beating or cut.depth < min(beating)]
        if not unbeaten:
            return False
        listing = [cut for cut in unbeaten if self._lists(cut, facts.log)]
        return not listing or any(facts.id not in self.kept_by(cut) for cut in listing)

    def run_of(self, adoption: Adoption) -> frozenset[bytes]:
        """The held sets that an adoption names."""
        return self._closure(
            adoption.identity,
            lambda: logs.run(adoption.adopt.tips, adoption.adopt.bases, self.holdings.facts),
        )

    def kept_by(self, cut: Cut) -> frozenset[bytes]:
        """The held sets that a cut keeps."""
        return self._closure(cut.identity, lambda: logs.ancestors(cut.revoke.tips, self.holdings.facts))

    def forget_closures(self) -> None:
        """Sets arrived that a cut or an adoption waits for."""
        self._closures.clear()
        self._awaited = None

    @property
    def awaited(self) -> frozenset[bytes]:
        """Ids that cuts and adoptions name, or reach back to, and that are not held: their arrival changes verdicts."""
        if self._awaited is None:
            named = [adoption.adopt.tips + adoption.adopt.bases for adoption in self.adoptions]
            named += [cut.revoke.tips for cuts in self.cuts.values() for cut in cuts]
            self._awaited = logs.missing([set_id for ids in named for set_id in ids], self.holdings.facts)
        return self._awaited

    def add_parent(self, unit: bytes, parent: bytes) -> None:
        """One more edge of the unit tree."""
        self.parents.setdefault(unit, set()).add(parent)
        self._ancestors = {}

    def freeze_touching(self) -> None:
        """From now on, touching uses the edges that there are now (SPEC A4)."""
        self._touch_parents = {unit: set(parents) for unit, parents in self.parents.items()}
        self._touch_ancestors = {}

    def redacted(self, facts: Facts) -> bool:
        """Whether the values of a set are to be dropped (SPEC A9)."""
        naming = [redaction for redaction in self.redactions if redaction.set_id == facts.id]
        for under in self.counted.get(facts.key, ()):
            touching = [redaction for redaction in naming if self._touches(redaction, under)]
            if len({r.certificate for r in touching}) > 1 and any(r.depth <= 1 for r in touching):
                return True
        return False

    def moved_since(self, old: "View", scope: bytes) -> bool:
        """Whether more than the standing of single keys changed: unit edges, or a run in the scope that makes sets known."""
        adoptions = {each.identity: (view, each) for view in (old, self) for each in view.adoptions}
        same = {each.identity for each in old.adoptions} & {each.identity for each in self.adoptions}
        return old.parents != self.parents or any(
            facts is not None and facts.scope == scope
            for identity, (view, each) in adoptions.items()
            if identity not in same
            for facts in map(self.holdings.facts, view.run_of(each))
        )

    def standing(self, key: bytes) -> tuple[object, ...]:
        """What this view says of a key, comparable between views: when it changes, the key's sets are judged anew."""
        runs = [
            adoption.identity
            for adoption in self.adoptions
            if any(f is not None and f.key == key for f in map(self.holdings.facts, self.run_of(adoption)))
        ]
        return (
            [known.id for known in self.counted.get(key, ())],
            [known.id for known in self.unconfirmed.get(key, ())],
            [cut.identity for cut in self.cuts.get(key, ())],
            runs,
        )

    # ------------------------------------------------------------------------------------------------- judgement

    def _without_certificate(self, key: bytes, unit: bytes) -> Verdict:
        if any(self.inside(unit, certificate.unit) for certificate in self.unconfirmed.get(key, ())):
            return quarantined(UNCONFIRMED)
        return parked(NO_CERTIFICATE)

    def _judge_authority(self, facts: Facts) -> Verdict:
        if facts.id in self.judged:
            return self.judged[facts.id]
        unit = scope_unit(facts.scope)
        if any(self.inside(unit, known.certificate.unit) for known in self.counted.get(facts.key, ())):
            return quarantined(UNAUTHORISED)
        return self._without_certificate(facts.key, unit)

    def judge_under(self, facts: Facts, counted: list[Counted]) -> Verdict:
        """Steps 3 to 8 of SPEC V2."""
        kind = scope_kind(facts.scope)
        counted = [
            known for known in counted if known.certificate.rights.allow(kind, facts.kinds, facts.roles)
        ]
        if not counted:
            return quarantined(UNAUTHORISED)
        counted = [known for known in counted if not self.cut(facts, known)]
        if not counted:
            return quarantined(REVOKED)
        counted = [known for known in counted if not known.certificate.offer or self.adopted(facts, known)]
        if not counted:
            return quarantined(UNCONFIRMED)
        return self._judge_place(facts, counted)

    def _judge_place(self, facts: Facts, counted: list[Counted]) -> Verdict:
        """Steps 6 to 8: the set's place in its log."""
        if not logs.chain_holds(facts, self.holdings.facts):
            return quarantined(CHAIN)
        if self.holdings.whole_before(facts):
            return ACCEPTED
        if any(self.adopted(facts, known) or self._known_behind(facts, known) for known in counted):
            return ACCEPTED
        return parked(NO_PREDECESSOR)

    def _known_behind(self, facts: Facts, under: Counted) -> bool:
        """Whether every predecessor is held and known: adopted, or itself with known predecessors (SPEC V2.7)."""
        todo, seen = [facts], set[bytes]()
        while todo:
            current = todo.pop()
            held = logs.before(current, self.holdings.facts)
            if len(held) < len(current.previous):
                return False
            todo += [known for known in held if known.id not in seen and not self._known(known, under)]
            seen.update(known.id for known in held)
        return True

    def _known(self, facts: Facts, under: Counted) -> bool:
        return self.holdings.whole(facts.id) or self.adopted(facts, under)

    def touches(self, depth: int, written: bytes, under: Counted) -> bool:
        """Whether an entry of that depth, written at that unit, touches a certificate (SPEC A4)."""
        if depth >= under.depth:
            return False
        unit = under.certificate.unit
        return unit == written or written in self._above(unit, self._touch_parents, self._touch_ancestors)

    def _touches(self, entry: Cut | Adoption | Redaction, under: Counted) -> bool:
        return self.touches(entry.depth, entry.unit, under)

    def _lists(self, cut: Cut, log: tuple[bytes, int, bytes]) -> bool:
        if log[1:] in cut.revoke.named:
            return True
        return any(
            known is not None and known.log == log for known in map(self.holdings.facts, self.kept_by(cut))
        )

    def _above(
        self, unit: bytes, parents: Mapping[bytes, set[bytes]], cache: dict[bytes, frozenset[bytes]]
    ) -> frozenset[bytes]:
        """All units above one."""
        found = cache.get(unit)
        if found is None:
            above: set[bytes] = set()
            todo = list(parents.get(unit, ()))
            while todo:
                parent = todo.pop()
                if parent not in above:
                    above.add(parent)
                    todo += parents.get(parent, ())
            found = cache[unit] = frozenset(above)
        return found

    def _closure(self, identity: bytes, compute: Callable[[], frozenset[bytes]]) -> frozenset[bytes]:
        found = self._closures.get(identity)
        if found is None:
            found = self._closures[identity] = compute()
        return found
