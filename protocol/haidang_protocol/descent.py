"""The descent from the root that makes views: certificates, cuts and edges of one depth after another (SPEC A4).

The views of all units above one go down together: a set is effective by the view of the unit where it is written, and
its entries then count in every view that uses them (SPEC A5).
"""

from collections.abc import Mapping, Sequence

from haidang_protocol.authority import Adoption, AuthoritySet, Counted, Cut, Redaction, Retirement, View
from haidang_protocol.certificates import Certificate, Genesis
from haidang_protocol.entries import Adopt, Entry, Redact, Refuse, Retire, Revoke, parent_of, read
from haidang_protocol.logs import Holdings
from haidang_protocol.operations import CERTIFY, UNIT
from haidang_protocol.roots import Roots
from haidang_protocol.verdicts import ACCEPTED, UNCONFIRMED, Verdict, quarantined

Closure = frozenset[bytes]
"""Authority scopes that a view uses."""


def views_of(
    genesis: Genesis,
    sets: Mapping[bytes, Sequence[AuthoritySet]],
    closures: Mapping[bytes, Closure],
    holdings: Holdings,
) -> dict[Closure, View]:
    """The views of some units.

    Args:
        genesis: of the deployment.
        sets: the held authority sets by scope, the top's among them if there are any.
        closures: for each unit whose view is wanted, and for each above it, the scopes of its claimed closure.
        holdings: which sets are held.
    """
    roots = Roots(genesis, [item for items in sets.values() for item in items], holdings)
    views = {closure: View(genesis, holdings) for closure in closures.values()}
    items = sorted((item for items in sets.values() for item in items), key=lambda item: item.facts.id)
    own = {item.facts.id: views[closures[item.unit]] for item in items if item.unit in closures}
    _Descent(views, [item for item in items if item.facts.id in own], own).go_down(roots)
    return views


class _Descent:
    def __init__(
        self, views: Mapping[Closure, View], items: Sequence[AuthoritySet], own: Mapping[bytes, View]
    ) -> None:
        self._views = views
        self._items = items
        self._own = own

    def go_down(self, roots: Roots) -> None:
        """Let all sets count that can, nearest the root first."""
        for view in self._views.values():
            view.cuts |= {key: list(cuts) for key, cuts in roots.cuts.items()}
        levels = {closure: dict(roots.counted) for closure in self._views}
        while any(levels.values()):
            for closure, view in self._views.items():
                view.freeze_touching()
                for known in levels[closure].values():
                    view.counted.setdefault(known.certificate.key, []).append(known)
            acting = self._acting(levels)
            effective = self._admit(acting)
            waiting = [pair for pair in acting if self._judge(*pair) == quarantined(UNCONFIRMED)]
            levels = {closure: self._read(closure, effective, waiting) for closure in self._views}
        for view in self._views.values():
            view.freeze_touching()

    def _acting(
        self, levels: Mapping[Closure, Mapping[bytes, Counted]]
    ) -> list[tuple[Counted, AuthoritySet]]:
        """The sets whose acting certificate is of this depth, with it."""
        level = {closure: levels[closure] for closure in self._views}
        by_view = {id(view): level[closure] for closure, view in self._views.items()}
        found = []
        for item in self._items:
            known = by_view[id(self._own[item.facts.id])].get(item.facts.acting or b"")
            if known is not None and known.certificate.key == item.facts.key:
                found.append((known, item))
        return found

    def _judge(self, known: Counted, item: AuthoritySet) -> Verdict | None:
        """The verdict under the acting certificate by the view of the set's own unit, None outside its subtree."""
        view = self._own[item.facts.id]
        if not view.inside(item.unit, known.certificate.unit):
            return None
        return view.judge_under(item.facts, [known])

    def _admit(self, acting: Sequence[tuple[Counted, AuthoritySet]]) -> list[tuple[Counted, AuthoritySet]]:
        """The effective ones; their unit edges are added, round by round, until nothing changes."""
        while True:
            effective = [pair for pair in acting if self._judge(*pair) == ACCEPTED]
            if not any([_add_edges(closure, view, effective) for closure, view in self._views.items()]):  # noqa: C419
                break
        for known, item in acting:
            verdict = self._judge(known, item)
            if verdict is not None:
                self._own[item.facts.id].judged[item.facts.id] = verdict
        return effective

    def _read(
        self,
        closure: Closure,
        effective: Sequence[tuple[Counted, AuthoritySet]],
        waiting: Sequence[tuple[Counted, AuthoritySet]],
    ) -> dict[bytes, Counted]:
        """Let the entries of one depth count in one view; returns the certificates of the next depth."""
        view = self._views[closure]
        certified: dict[bytes, Counted] = {}
        for known, item in effective:
            if item.facts.scope in closure:
                view.effective.add(item.facts.id)
                for entry in item.entries:
                    _apply(view, known, item, entry, certified)
        for known, item in waiting:
            if item.facts.scope in closure:
                _note_unconfirmed(view, known, item)
        return certified


def _add_edges(closure: Closure, view: View, effective: Sequence[tuple[Counted, AuthoritySet]]) -> bool:
    """Add the edges that count, the least identity first; whether there was any.

    After each the search begins anew, since an edge before it may count now; those that were added are out of the way.
    """
    edges = sorted(
        (entry.identity, entry.record, parent, item.unit)
        for _, item in effective
        if item.facts.scope in closure
        for entry in item.entries
        if entry.kind == UNIT and (parent := parent_of(entry)) is not None
    )
    before = len(edges)
    while True:
        at = next((at for at, edge in enumerate(edges) if _edge_counts(view, *edge[1:])), None)
        if at is None:
            return len(edges) < before
        _, unit, parent, _ = edges.pop(at)
        view.add_parent(unit, parent)


def _edge_counts(view: View, unit: bytes, parent: bytes, written: bytes) -> bool:
    """New, signed above all parents that the unit ever had, and closing no cycle (SPEC A3)."""
    parents = view.parents.get(unit, ())
    if parent in parents or view.inside(parent, unit):
        return False
    return all(view.inside(above, written) for above in (parent, *parents))


def _note_unconfirmed(view: View, known: Counted, item: AuthoritySet) -> None:
    """Certificates that wait for an officer's word (SPEC A8)."""
    for entry in item.entries:
        found = read(entry, CERTIFY)
        if isinstance(found, Certificate) and _certifies(view, known, item.unit, found):
            view.unconfirmed.setdefault(found.key, []).append(found)


def _apply(
    view: View, acting: Counted, item: AuthoritySet, entry: Entry, certified: dict[bytes, Counted]
) -> None:
    """Let one entry count in a view."""
    found = read(entry, entry.kind)
    match found:
        case Certificate():
            if _certifies(view, acting, item.unit, found):
                certified[found.id] = Counted(found.id, found, acting.depth + 1)
        case Revoke():
            view.cuts.setdefault(found.key, []).append(Cut(found, acting.depth, item.unit, entry.identity))
        case Adopt():
            view.adoptions.append(Adoption(found, acting.depth, item.unit, entry.identity))
        case Refuse():
            view.refused.update(found.ids)
        case Retire():
            view.retirements.append(Retirement(found.key, acting.depth, item.unit))
        case Redact():
            view.redactions += [Redaction(i, acting.id, acting.depth, item.unit) for i in found.ids]
        case _:
            pass


def _certifies(view: View, acting: Counted, written: bytes, certificate: Certificate) -> bool:
    """Whether an entry under `acting`, written at a unit, makes the certificate count (SPEC A2)."""
    parent, grants = acting.certificate, acting.certificate.grants
    if certificate.parent != acting.id or grants is None or not certificate.rights.within(grants):
        return False
    if certificate.grants is not None and not certificate.grants.within(grants):
        return False
    if not view.inside(certificate.unit, written):
        return False
    if parent.forms and not (certificate.forms and set(certificate.forms) <= set(parent.forms)):
        return False
    return parent.read_until is None or (
        certificate.read_until is not None and certificate.read_until <= parent.read_until
    )
