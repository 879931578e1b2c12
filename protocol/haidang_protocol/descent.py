"""The descent from the root that makes a `View`: certificates, cuts and edges of one depth after another (SPEC A4)."""

from collections.abc import Iterable, Mapping

import msgspec

from haidang_protocol import logs
from haidang_protocol.authority import (
    ROOT_RIGHTS,
    Adoption,
    AuthoritySet,
    Counted,
    Cut,
    Redaction,
    Retirement,
    View,
)
from haidang_protocol.certificates import Certificate, Genesis
from haidang_protocol.entries import Adopt, Entry, Redact, Refuse, Retire, Revoke, parent_of, read
from haidang_protocol.ids import ID16
from haidang_protocol.logs import Facts, Holdings
from haidang_protocol.operations import CERTIFY, REVOKE, UNIT
from haidang_protocol.verdicts import ACCEPTED


def view_of(genesis: Genesis, sets: Iterable[AuthoritySet], holdings: Holdings) -> View:
    """The authority state of a collection of authority sets, whatever their order."""
    view = View(genesis, holdings)
    _Descent(view).go_down(sets)
    return view


class _Descent:
    def __init__(self, view: View) -> None:
        self._view = view

    def go_down(self, sets: Iterable[AuthoritySet]) -> None:
        """Let all sets count that can, nearest the root first."""
        by_acting: dict[bytes | None, list[AuthoritySet]] = {}
        for authority_set in sorted(sets, key=lambda item: item.facts.id):
            by_acting.setdefault(authority_set.facts.acting, []).append(authority_set)
        level = self._roots(by_acting)
        while level:
            self._view.freeze_touching()
            for known in level.values():
                self._view.counted.setdefault(known.certificate.key, []).append(known)
            if any(known.slot is not None for known in level.values()):
                self._count_root_cuts(level, by_acting)
            admitted = self._admit(level, by_acting)
            self._note_unconfirmed(level, by_acting)
            level = self._apply(admitted, level)
        self._view.freeze_touching()

    def _roots(self, by_acting: Mapping[bytes | None, list[AuthoritySet]]) -> dict[bytes, Counted]:
        """The root certificates, and the replacements that two other slots voted for, until none is added."""
        roots = {}
        for slot, public_key in enumerate(self._view.genesis.roots):
            certificate = Certificate(
                public_key=public_key, person="", label="root", rights=ROOT_RIGHTS, grants=ROOT_RIGHTS,
                unit=self._view.genesis.top, parent=None,
            )  # fmt: skip
            set_id = self._view.genesis.root_certificate_id(slot)
            roots[set_id] = Counted(set_id, certificate, 0, slot)
        while True:
            votes: dict[tuple[bytes, int], tuple[Certificate, set[int]]] = {}
            for voter, entry in self._root_entries(roots, by_acting):
                replaced = _replacement(entry, roots)
                if replaced is not None and replaced[1] != voter.slot and voter.slot is not None:
                    certificate, slot = replaced
                    votes.setdefault((certificate.id, slot), (certificate, set()))[1].add(voter.slot)
            added = {
                key: certificate
                for key, (certificate, slots) in votes.items()
                if len(slots) > 1 and key[0] not in roots
            }
            if not added:
                return roots
            for (set_id, slot), certificate in added.items():
                whole = msgspec.structs.replace(certificate, rights=ROOT_RIGHTS, grants=ROOT_RIGHTS)
                roots[set_id] = Counted(set_id, whole, 0, slot)

    def _root_entries(
        self, roots: Mapping[bytes, Counted], by_acting: Mapping[bytes | None, list[AuthoritySet]]
    ) -> Iterable[tuple[Counted, Entry]]:
        """Entries of root sets that are whole and fit their chains; votes are never cut (SPEC A10)."""
        for root in roots.values():
            for authority_set in by_acting.get(root.id, ()):
                facts = authority_set.facts
                if facts.key != root.certificate.key or not self._placed(facts):
                    continue
                for entry in authority_set.entries:
                    yield root, entry

    def _placed(self, facts: Facts) -> bool:
        return logs.chain_holds(facts, self._view.holdings) and all(
            map(self._view.holdings.whole, facts.previous)
        )

    def _count_root_cuts(
        self, roots: Mapping[bytes, Counted], by_acting: Mapping[bytes | None, list[AuthoritySet]]
    ) -> None:
        """A root's key is cut when two other slots revoke it."""
        votes: dict[bytes, list[tuple[int, Cut]]] = {}
        for voter, entry in self._root_entries(roots, by_acting):
            revoke = read(entry, REVOKE)
            if isinstance(revoke, Revoke) and voter.slot is not None:
                cut = Cut(revoke, -1, self._view.genesis.top, entry.identity)
                votes.setdefault(revoke.key, []).append((voter.slot, cut))
        for root in roots.values():
            key = root.certificate.key
            others = [(slot, cut) for slot, cut in votes.get(key, ()) if slot != root.slot]
            if len({slot for slot, _ in others}) > 1:
                self._view.cuts.setdefault(key, []).extend(cut for _, cut in others)

    def _admit(
        self, level: Mapping[bytes, Counted], by_acting: Mapping[bytes | None, list[AuthoritySet]]
    ) -> list[tuple[Counted, AuthoritySet]]:
        """The effective sets of one depth; adds their unit edges, round by round, until nothing changes."""
        waiting = [(known, item) for known in level.values() for item in by_acting.get(known.id, ())]
        admitted: list[tuple[Counted, AuthoritySet]] = []
        while True:
            fit = [pair for pair in waiting if self._fits(*pair)]
            admitted += fit
            fitting = {item.facts.id for _, item in fit}
            waiting = [pair for pair in waiting if pair[1].facts.id not in fitting]
            if not (self._add_edges(admitted) or fit):
                return admitted

    def _fits(self, known: Counted, item: AuthoritySet) -> bool:
        return (
            item.facts.key == known.certificate.key
            and self._view.inside(item.unit, known.certificate.unit)
            and self._view.judge_under(item.facts, [known]) == ACCEPTED
        )

    def _add_edges(self, admitted: Iterable[tuple[Counted, AuthoritySet]]) -> bool:
        edges = sorted(
            (entry.identity, entry.record, parent, item.unit)
            for _, item in admitted
            for entry in item.entries
            if entry.kind == UNIT and (parent := parent_of(entry)) is not None
        )
        added = False
        again = True
        while again:
            again = False
            for _, unit, parent, written in edges:
                if parent not in self._view.parents.get(unit, ()) and self._edge_counts(
                    unit, parent, written
                ):
                    self._view.add_parent(unit, parent)
                    added = again = True
        return added

    def _edge_counts(self, unit: bytes, parent: bytes, written: bytes) -> bool:
        """Signed above all parents the unit ever had, and closing no cycle (SPEC A3)."""
        if unit in (parent, self._view.genesis.top) or self._view.inside(parent, unit):
            return False
        return all(self._view.inside(above, written) for above in (parent, *self._view.parents.get(unit, ())))

    def _apply(
        self, admitted: Iterable[tuple[Counted, AuthoritySet]], level: Mapping[bytes, Counted]
    ) -> dict[bytes, Counted]:
        """Let the entries of one depth count; returns the certificates of the next."""
        certified: dict[bytes, Counted] = {}
        for acting, item in admitted:
            self._view.effective.add(item.facts.id)
            for entry in item.entries:
                self._apply_entry(acting, item, entry, certified)
        return {set_id: known for set_id, known in certified.items() if set_id not in level}

    def _apply_entry(
        self, acting: Counted, item: AuthoritySet, entry: Entry, certified: dict[bytes, Counted]
    ) -> None:
        found = read(entry, entry.kind)
        match found:
            case Certificate():
                if self._certifies(acting, item.unit, found):
                    certified[found.id] = Counted(found.id, found, acting.depth + 1)
            case Revoke():
                self._view.cuts.setdefault(found.key, []).append(
                    Cut(found, acting.depth, item.unit, entry.identity)
                )
            case Adopt():
                self._view.adoptions.append(Adoption(found, acting.depth, item.unit, entry.identity))
            case Refuse():
                self._view.refused.update(found.ids)
            case Retire():
                self._view.retirements.append(Retirement(found.key, acting.depth, item.unit))
            case Redact():
                self._view.redactions += [Redaction(i, acting.id, acting.depth, item.unit) for i in found.ids]
            case _:
                pass

    def _note_unconfirmed(
        self, level: Mapping[bytes, Counted], by_acting: Mapping[bytes | None, list[AuthoritySet]]
    ) -> None:
        """Certificates that wait for an officer's word (SPEC A8)."""
        for known in level.values():
            if not known.certificate.offer:
                continue
            for item in by_acting.get(known.id, ()):
                if item.facts.key != known.certificate.key or self._view.adopted(item.facts, known):
                    continue
                for entry in item.entries:
                    found = read(entry, CERTIFY)
                    if isinstance(found, Certificate) and self._certifies(known, item.unit, found):
                        self._view.unconfirmed.setdefault(found.key, []).append(found)

    def _certifies(self, acting: Counted, written: bytes, certificate: Certificate) -> bool:
        """Whether an entry under `acting`, written at a unit, makes the certificate count (SPEC A2)."""
        parent, grants = acting.certificate, acting.certificate.grants
        if certificate.parent != acting.id or grants is None or not certificate.rights.within(grants):
            return False
        if certificate.grants is not None and not certificate.grants.within(grants):
            return False
        if not self._view.inside(certificate.unit, written):
            return False
        if parent.forms and not (certificate.forms and set(certificate.forms) <= set(parent.forms)):
            return False
        return parent.read_until is None or (
            certificate.read_until is not None and certificate.read_until <= parent.read_until
        )


def _replacement(entry: Entry, roots: Mapping[bytes, Counted]) -> tuple[Certificate, int] | None:
    """The new root certificate and the slot that a `certify` entry of a root votes for."""
    found = read(entry, CERTIFY)
    if not isinstance(found, Certificate) or found.parent is not None:
        return None
    replaced = roots.get(bytes.fromhex(found.person)) if _is_id(found.person) else None
    return None if replaced is None or replaced.slot is None else (found, replaced.slot)


def _is_id(text: str) -> bool:
    return len(text) == 2 * ID16 and all(letter in "0123456789abcdef" for letter in text)
