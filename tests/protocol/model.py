"""The declarative model: what a set of change sets means, computed anew from the definitions of SPEC O, L, A and V.

It shares the bytes layer with the product and nothing else. Nothing here is incremental: every word of the outcome
follows from the whole set of change sets held. Signatures are taken as verified.
"""

from collections.abc import Collection
from typing import NamedTuple

from haidang_protocol.envelope import OpenedSet
from haidang_protocol.ids import AUTHORITY, scope_kind, scope_unit
from haidang_protocol.operations import ADOPT, ATTEST, CERTIFY, REDACT, REVOKE, UNIT
from tests.protocol.model_entries import Certificate, Entry, Rights, certified, entries, genesis_roots, root
from tests.protocol.model_held import NONE, Held
from tests.protocol.model_state import ScopeState, state_of, total

Verdict = tuple[str, str]
"""(word, reason); accepted has no reason."""

ACCEPTED: Verdict = ("accepted", "")
UNCONFIRMED: Verdict = ("quarantined", "unconfirmed")
UNAUTHORISED: Verdict = ("quarantined", "unauthorised")
REVOKED: Verdict = ("quarantined", "revoked")
CHAIN: Verdict = ("quarantined", "chain")
NO_CERTIFICATE: Verdict = ("parked", "certificate")
NO_PREDECESSOR: Verdict = ("parked", "predecessor")
NEVER = float("inf")


class Outcome(NamedTuple):
    """Everything that follows from a set of change sets; `certificates` are those that count in some view."""

    verdicts: dict[bytes, Verdict]
    scopes: dict[bytes, ScopeState]
    certificates: frozenset[bytes]
    forks: frozenset[frozenset[bytes]]
    redacted: frozenset[bytes]
    """Sets whose redaction counts (A9)."""


def judge(genesis: bytes, sets: Collection[OpenedSet]) -> Outcome:
    """The outcome of holding these sets, in whatever order they came."""
    held = Held(sets)
    roots = Roots(genesis, held)
    views = {unit: View(held, closure, roots) for unit, closure in claimed_closures(held).items()}
    verdicts: dict[bytes, Verdict] = {}
    authority = [s for s in held.sets.values() if scope_kind(s.header.scope) == AUTHORITY]
    depth = 0
    while any(c.depth >= depth for view in views.values() for c in view.certificates.values()):
        added = True
        while added:
            acting = [(s, c) for s in authority if (c := views[_unit(s)].acting(s)) and c.depth == depth]
            found = {s.id: views[_unit(s)].weighed(s, [c]) for s, c in acting}
            effective = [e for s, c in acting if found[s.id] == ACCEPTED for e in entries(s, c)]
            added = sum(view.add_edges(effective) for view in views.values()) > 0
        waiting = [e for s, c in acting if found[s.id] == UNCONFIRMED for e in entries(s, c)]
        for view in views.values():
            view.read(effective, waiting)
        verdicts |= found
        depth += 1
    verdicts |= {s.id: views[_unit(s)].verdict(s) for s in held.sets.values() if s.id not in verdicts}
    return Outcome(
        verdicts=verdicts,
        scopes=_states(held, views, verdicts),
        certificates=NONE.union(*(view.certificates for view in views.values())),
        forks=held.forks(),
        redacted=frozenset(s.id for s in held.sets.values() if views[_unit(s)].redacts(s)),
    )


def _unit(s: OpenedSet) -> bytes:
    return scope_unit(s.header.scope)


def _states(
    held: Held, views: dict[bytes, "View"], verdicts: dict[bytes, Verdict]
) -> dict[bytes, ScopeState]:
    states = {}
    for scope in {s.header.scope for s in held.sets.values()}:
        accepted = [s for s in held.sets.values() if s.header.scope == scope and verdicts[s.id] == ACCEPTED]
        closure = views[scope_unit(scope)].closure
        seen = [
            s.id
            for s in held.sets.values()
            if scope_kind(s.header.scope) == AUTHORITY and _unit(s) in closure
        ]
        states[scope] = state_of(scope, held, accepted, total(seen))
    return states


def claimed_closures(held: Held) -> dict[bytes, frozenset[bytes]]:
    """Of every unit with sets: itself and what all held unit entries, effective or not, put above it (A3)."""
    none = root(b"", b"", b"", 0)
    claims = [
        (e.record, above)
        for s in held.sets.values()
        for e in entries(s, none)
        if e.kind == UNIT
        for above in (e.value[0], _unit(s))
        if above
    ]
    closures = {}
    for unit in {_unit(s) for s in held.sets.values()}:
        closure, more = frozenset[bytes](), frozenset({unit})
        while more - closure:
            closure |= more
            more = frozenset(parent for child, parent in claims if child in closure)
        closures[unit] = closure
    return closures


class Edges:
    """A unit tree, or several grown together: the edges that count so far (A3)."""

    def __init__(self, edges: frozenset[tuple[bytes, bytes]] = frozenset()) -> None:
        self.edges = edges
        """(unit, parent)."""
        self._above: dict[bytes, frozenset[bytes]] = {}

    def above(self, unit: bytes) -> frozenset[bytes]:
        """The unit and everything above it."""
        if unit not in self._above:
            self._above[unit] = NONE.union({unit}, *map(self.above, self.parents(unit)))
        return self._above[unit]

    def parents(self, unit: bytes) -> frozenset[bytes]:
        """What the unit was ever given to."""
        return frozenset(parent for child, parent in self.edges if child == unit)

    def fits(self, edge: Entry) -> bool:
        """The edge is new, signed above the parent and every earlier parent, and closes no cycle."""
        parent, parents = edge.value[0], self.parents(edge.record)
        signed = all(edge.unit in self.above(each) for each in parents | {parent})
        return parent not in parents and signed and edge.record not in self.above(parent)


class Roots:
    """The root certificates that count, and the votes about them (A1, A10). Votes are never cut."""

    def __init__(self, genesis: bytes, held: Held) -> None:
        self.top, first = genesis_roots(genesis)
        self.certificates = {c.id: c for c in first}
        written = [s for s in held.sets.values() if s.header.scope == bytes([AUTHORITY]) + self.top]
        able = [s for s in written if self._linked(held, s)]
        while True:
            self.votes = [
                e
                for s in able
                if (c := self.certificates.get(s.header.acting or b"")) and c.key == s.header.key
                for e in entries(s, c)
            ]
            replaced = {c.id: c for e in self.votes if e.kind == CERTIFY and (c := self._replacement(e))}
            if replaced.keys() <= self.certificates.keys():
                break
            self.certificates |= replaced

    def _linked(self, held: Held, s: OpenedSet) -> bool:
        """Nothing but a cut could keep the set from being accepted: it is whole and in line."""
        line = [held.sets[p] for p in held.ancestors(s.id)]
        return all(map(held.all_before, line)) and not held.breaks_chain(s)

    def _replacement(self, vote: Entry) -> Certificate | None:
        """The new certificate of a root slot, if two other slots certify the same (A10)."""
        old = {c.id.hex(): c for c in self.certificates.values()}.get(vote.value[2])
        if old is None or vote.value[9] is not None:
            return None
        agreed = {e.acting.slot for e in self.votes if e.kind == CERTIFY and e.value == vote.value} - {
            old.slot
        }
        new = certified(vote)
        return root(new.id, new.key, self.top, old.slot) if len(agreed) > 1 else None

    def revokes(self, c: Certificate) -> list[Entry]:
        """The revokes of a root certificate, if two other slots made some."""
        votes = [
            e for e in self.votes if e.kind == REVOKE and e.value[0] == c.key and e.acting.slot != c.slot
        ]
        return votes if c.depth == 0 and len({e.acting.slot for e in votes}) > 1 else []


class View:
    """What the authority sets written in one unit's claimed closure say, read depth by depth (A3-A5)."""

    def __init__(self, held: Held, closure: frozenset[bytes], roots: Roots) -> None:
        self.held, self.closure, self.roots = held, closure, roots
        self.tree = Edges()
        self.tree_before = self.tree
        """The edges of the depths that were read: what touching uses (A4)."""
        self.certificates = dict(roots.certificates)
        self.unconfirmed: list[Certificate] = []
        self.entries: list[Entry] = []

    def add_edges(self, effective: list[Entry]) -> bool:
        """Add edges of effective entries of one depth, always the least that counts (A3); whether there was any."""
        edges = [e for e in effective if e.unit in self.closure and e.kind == UNIT and e.value[0]]
        edges.sort(key=lambda e: e.identity)
        before = self.tree
        while (edge := next(filter(self.tree.fits, edges), None)) is not None:
            self.tree = Edges(self.tree.edges | {(edge.record, edge.value[0])})
        return self.tree is not before

    def read(self, effective: list[Entry], waiting: list[Entry]) -> None:
        """Take in all entries of one depth, whose edges were added. `waiting` are the unconfirmed ones."""
        self.tree_before = self.tree
        new = [e for e in effective if e.unit in self.closure]
        self.entries += new
        self.certificates |= {c.id: c for e in new if (c := self.granted(e))}
        self.unconfirmed += [c for e in waiting if e.unit in self.closure and (c := self.granted(e))]

    def granted(self, e: Entry) -> Certificate | None:
        """The certificate that an entry gives, if it may (A2)."""
        if e.kind != CERTIFY or e.value[9] != e.acting.id or e.acting.grants is None:
            return None
        c = certified(e)
        shrinks = all(e.acting.grants.hold(rights) for rights in (c.rights, c.grants) if rights is not None)
        forms = not e.acting.forms or (c.forms and c.forms <= e.acting.forms)
        return (
            c
            if shrinks and forms and c.until <= e.acting.until and e.unit in self.tree.above(c.unit)
            else None
        )

    def of_key(self, s: OpenedSet, certificates: Collection[Certificate]) -> list[Certificate]:
        """Those of the set's key with the set's unit in their subtree."""
        return [c for c in certificates if c.key == s.header.key and c.unit in self.tree.above(_unit(s))]

    def acting(self, s: OpenedSet) -> Certificate | None:
        """The certificate that an authority set names, if it is one of its key's."""
        return next((c for c in self.of_key(s, self.certificates.values()) if c.id == s.header.acting), None)

    def touches(self, e: Entry, c: Certificate) -> bool:
        """Rule A4."""
        return e.acting.depth < c.depth and e.unit in self.tree_before.above(c.unit)

    def adoptions(self, s: OpenedSet, c: Certificate) -> list[Entry]:
        """The adopt entries that touch the certificate and whose run holds the set (A7)."""
        touching = [e for e in self.entries if e.kind == ADOPT and self.touches(e, c)]
        return [e for e in touching if s.id in self.held.run(e.value[0], e.value[1])]

    def cut(self, s: OpenedSet, c: Certificate) -> bool:
        """The set is beyond what the touching, unbeaten revokes keep (A6)."""
        touching = [e for e in self.entries if e.kind == REVOKE and self.touches(e, c)] + self.roots.revokes(
            c
        )
        nearest = min((e.acting.depth for e in self.adoptions(s, c)), default=NEVER)
        unbeaten = [e for e in touching if e.value[0] == c.key and e.acting.depth < nearest]
        kept = [self.held.run(tip for log in e.value[1] for tip in log[2]) for e in unbeaten]
        listing = [
            run
            for e, run in zip(unbeaten, kept, strict=True)
            if any((c.key, *log[:2]) == s.header.log for log in e.value[1])
            or any(self.held.sets[each].header.log == s.header.log for each in run)
        ]
        return bool(unbeaten) and not (listing and all(s.id in run for run in listing))

    def linked(self, s: OpenedSet, c: Certificate) -> bool:
        """Every predecessor is held and known: adopted under the certificate, or linked itself (V2)."""
        before = self.held.predecessors(s)
        return self.held.all_before(s) and all(self.adoptions(p, c) or self.linked(p, c) for p in before)

    def verdict(self, s: OpenedSet) -> Verdict:
        """Rule V2, for all but the authority sets that were weighed at the depth of their acting certificate."""
        counting = self.of_key(s, self.certificates.values())
        if not counting:
            return UNCONFIRMED if self.of_key(s, self.unconfirmed) else NO_CERTIFICATE
        return UNAUTHORISED if s.header.acting else self.weighed(s, counting)

    def weighed(self, s: OpenedSet, certificates: list[Certificate]) -> Verdict:
        """Rule V2 from its third step, under certificates that count."""
        able = [c for c in certificates if allows(c, s)]
        uncut = [c for c in able if not self.cut(s, c)]
        usable = [c for c in uncut if not c.offer or self.adoptions(s, c)]
        if not usable:
            return UNCONFIRMED if uncut else REVOKED if able else UNAUTHORISED
        if self.held.breaks_chain(s):
            return CHAIN
        return ACCEPTED if any(self.adoptions(s, c) or self.linked(s, c) for c in usable) else NO_PREDECESSOR

    def redacts(self, s: OpenedSet) -> bool:
        """Two entries under different certificates name the set, one of depth ≤ 1 (A9)."""
        acting = self.acting(s)
        mine = [acting] if acting else [] if s.header.acting else self.of_key(s, self.certificates.values())
        naming = [
            {
                e.acting.id: e.acting.depth
                for e in self.entries
                if e.kind == REDACT and s.id in e.value[0] and self.touches(e, c)
            }
            for c in mine
        ]
        return any(len(by) > 1 and min(by.values()) <= 1 for by in naming)


def allows(c: Certificate, s: OpenedSet) -> bool:
    """The certificate allows the scope kind, all kinds and all attest roles of the set (V2)."""
    roles = {operation.address for operation in s.body.operations if operation.kind == ATTEST}
    return c.rights.hold(
        Rights((s.kinds, frozenset(map(str, roles)), frozenset({scope_kind(s.header.scope)})))
    )
