"""What a caller may read (SPEC X10): a function of the held authority sets and of the hub's clock, never of the path.

A certificate that counts, is no offer, and that no retirement and no cut touches, reads the report scopes that its rights
name in its unit and all units below, and the authority of these and of all above. Without one, a caller reads its own
chain: the authority sets that certify it, or speak of its key.
"""

from collections.abc import Iterable, Iterator

import msgspec

from haidang_protocol.authority import AuthoritySet, Counted, View
from haidang_protocol.certificates import Certificate
from haidang_protocol.entries import Adopt, Entry, Retire, Revoke
from haidang_protocol.ids import AUTHORITY, REPORTS, RESTRICTED, scope_of
from haidang_protocol.ledger import Ledger
from haidang_protocol.operations import UNIT


class Grant(msgspec.Struct, frozen=True):
    """What one certificate lets its key read, until a time (seconds) or for good."""

    until: int | None
    scopes: frozenset[bytes]


class Standing(msgspec.Struct, frozen=True):
    """What a key may read."""

    grants: tuple[Grant, ...]

    def scopes(self, now: int) -> frozenset[bytes]:
        """All scopes, authority scopes among them; none for a caller that reads its own chain only."""
        active = [grant.scopes for grant in self.grants if grant.until is None or now <= grant.until]
        return frozenset[bytes]().union(*active)


class Standings:
    """Standings by the authority that a ledger holds now."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._sets = {item.facts.id: item for item in ledger.authority_sets()}
        self._certified = _certified(self._sets.values())
        self._confirming = _confirming(self._sets.values())
        self.named = _named(self._sets.values())
        self._units = {*ledger.units(), ledger.genesis.top}
        self._closures = {unit: ledger.closure(unit) for unit in self._units}
        self._known: dict[bytes, Standing] = {}
        self._chains: dict[bytes, frozenset[bytes]] = {}

    def of(self, key: bytes) -> Standing:
        """The standing of a key."""
        known = self._known.get(key)
        if known is None:
            grants = tuple(
                Grant(counted.certificate.read_until, scopes)
                for counted in self._certificates(key)
                if (scopes := frozenset(self._scopes(counted)))
            )
            known = self._known[key] = Standing(grants)
        return known

    def certifying(self, key: bytes) -> list[bytes]:
        """The ids of the sets with entries that certify a key, whatever their verdict."""
        return [set_id for _, set_id in self._certified.get(key, ())]

    def chain(self, key: bytes) -> frozenset[bytes]:
        """The ids of the sets that certify a key, of those above them, of those that confirm these, and of those that speak of the key."""
        known = self._chains.get(key)
        if known is None:
            known = self._chains[key] = self._chain(key)
        return known

    def _chain(self, key: bytes) -> frozenset[bytes]:
        certified = self._certified.get(key, ())
        own = {set_id for _, set_id in certified}
        above = {higher for certificate, _ in certified for higher in self._ledger.closure(certificate.unit)}
        todo = [item.facts.id for item in self._sets.values() if _speaks_of(item, key, own, above)]
        todo += own
        found: set[bytes] = set()
        while todo:
            item = self._sets.get(todo.pop())
            if item is not None and item.facts.id not in found:
                found.add(item.facts.id)
                todo += item.facts.previous
                todo += self._confirming.get(item.facts.id, ())
                todo += [
                    set_id
                    for certificate, set_id in self._certified.get(item.facts.key, ())
                    if certificate.id == item.facts.acting
                ]
        return frozenset(found)

    def _certificates(self, key: bytes) -> list[Counted]:
        """The certificates of a key that count, each by the view of its own unit."""
        units = {certificate.unit for certificate, _ in self._certified.get(key, ())} | {
            self._ledger.genesis.top
        }
        found: dict[bytes, Counted] = {}
        for unit in units:
            for counted in self._ledger.view(unit).counted.get(key, ()):
                if counted.certificate.unit == unit and not counted.certificate.offer:
                    found[counted.id] = counted
        return list(found.values())

    def _scopes(self, counted: Counted) -> Iterator[bytes]:
        certificate = counted.certificate
        kinds = (
            [REPORTS, RESTRICTED]
            if certificate.rights.everything
            else certificate.rights.scopes - {AUTHORITY}
        )
        own = self._closures.get(certificate.unit) or self._ledger.closure(certificate.unit)
        for unit in {*self._units, certificate.unit}:
            if certificate.unit not in self._closures.get(unit, own):
                continue
            view = self._ledger.view(unit)
            if _reads(view, counted, unit):
                yield from (scope_of(kind, unit) for kind in kinds)
                yield from (scope_of(AUTHORITY, above) for above in self._closures.get(unit, own))


def _certified(sets: Iterable[AuthoritySet]) -> dict[bytes, list[tuple[Certificate, bytes]]]:
    """By key: the certificates that entries of these sets name, each with the id of the set."""
    found: dict[bytes, list[tuple[Certificate, bytes]]] = {}
    for item in sets:
        for entry in item.entries:
            certificate = entry.meaning
            if isinstance(certificate, Certificate):
                found.setdefault(certificate.key, []).append((certificate, item.facts.id))
    return found


def _confirming(sets: Iterable[AuthoritySet]) -> dict[bytes, list[bytes]]:
    """By set: the sets that adopt it, as an officer does who confirms a device."""
    found: dict[bytes, list[bytes]] = {}
    for item in sets:
        for entry in item.entries:
            if isinstance(entry.meaning, Adopt):
                for tip in entry.meaning.tips:
                    found.setdefault(tip, []).append(item.facts.id)
    return found


def _named(sets: Iterable[AuthoritySet]) -> frozenset[bytes]:
    """The sets that cuts and adoptions name."""
    found: set[bytes] = set()
    for item in sets:
        for entry in item.entries:
            if isinstance(entry.meaning, Adopt | Revoke):
                found.update(entry.meaning.tips)
    return frozenset(found)


def _reads(view: View, counted: Counted, unit: bytes) -> bool:
    """Whether a certificate counts for a unit and nothing ended its reading there."""
    if counted.id not in {known.id for known in view.counted.get(counted.certificate.key, ())}:
        return False
    if not view.inside(unit, counted.certificate.unit):
        return False
    key = counted.certificate.key
    ends = [(cut.depth, cut.unit) for cut in view.cuts.get(key, ())]
    ends += [(each.depth, each.unit) for each in view.retirements if each.key == key]
    return not any(view.touches(depth, written, counted) for depth, written in ends)


def _speaks_of(item: AuthoritySet, key: bytes, own: set[bytes], above: set[bytes]) -> bool:
    return any(_about(entry, key, own, above) for entry in item.entries)


def _about(entry: Entry, key: bytes, own: set[bytes], above: set[bytes]) -> bool:
    """Whether an entry cuts, retires or confirms the key, or places a unit above it."""
    match entry.meaning:
        case Revoke() | Retire() as ending:
            return ending.key == key
        case Adopt() as adopt:
            return not own.isdisjoint(adopt.tips)
        case _:
            return entry.kind == UNIT and entry.record in above
