"""The authority sets that a replica holds, with what is asked of them again and again: closures, views, public keys."""

from collections.abc import Iterator
from itertools import chain

from haidang_protocol.authority import AuthoritySet, View
from haidang_protocol.certificates import Certificate, Genesis
from haidang_protocol.descent import Closure, views_of
from haidang_protocol.entries import Entry, parent_of
from haidang_protocol.envelope import OpenedSet
from haidang_protocol.ids import AUTHORITY, key_id, scope_of, scope_unit
from haidang_protocol.logs import Holdings, facts_of
from haidang_protocol.operations import REDACT, UNIT


class AuthorityBook:
    """Every held authority set, and the views that were made of them until now."""

    def __init__(self, genesis: Genesis, holdings: Holdings) -> None:
        self.genesis = genesis
        self.views: dict[Closure, View] = {}
        self.redacting = False
        """Whether any held entry asks for redaction."""
        self._holdings = holdings
        self._sets: dict[bytes, list[AuthoritySet]] = {}
        self._claimed: dict[bytes, set[bytes]] = {}
        self._public_keys = {key_id(root): root for root in genesis.roots}

    def learn(self, opened: OpenedSet) -> None:
        """Take in an authority set; views that use its scope are made anew when they are asked for."""
        scope = opened.header.scope
        entries = tuple(
            Entry(operation.kind, record, operation.value, opened.identity(at))
            for at, (operation, record) in enumerate(
                zip(opened.body.operations, opened.body.record_ids, strict=True)
            )
        )
        self._sets.setdefault(scope, []).append(AuthoritySet(facts_of(opened), entries))
        for entry in entries:
            self.redacting = self.redacting or entry.kind == REDACT
            certified = entry.meaning
            if isinstance(certified, Certificate):
                self._public_keys[certified.key] = certified.public_key
            if entry.kind == UNIT:
                above = {parent_of(entry), scope_unit(scope)} - {None, entry.record}
                self._claimed.setdefault(entry.record, set()).update(
                    unit for unit in above if unit is not None
                )
        self.forget(scope)

    def forget(self, scope: bytes) -> None:
        """Let the views that use an authority scope be made anew."""
        for closure in [closure for closure in self.views if scope in closure]:
            del self.views[closure]

    def public_key(self, key: bytes) -> bytes | None:
        """The public key of a key id: a root's, or one that any held `certify` entry names; None if unknown."""
        return self._public_keys.get(key)

    def sets(self) -> Iterator[AuthoritySet]:
        """All held authority sets."""
        return chain.from_iterable(self._sets.values())

    def units(self) -> set[bytes]:
        """The units that held entries name, as a unit or above one, and those with authority of their own."""
        above = {parent for parents in self._claimed.values() for parent in parents}
        return {self.genesis.top, *self._claimed, *above, *map(scope_unit, self._sets)}

    def closure(self, unit: bytes) -> frozenset[bytes]:
        """The claimed closure of a unit: itself and all that held unit entries put above it (SPEC A3)."""
        found: set[bytes] = set()
        todo = [unit]
        while todo:
            current = todo.pop()
            if current not in found:
                found.add(current)
                todo += self._claimed.get(current, ())
        return frozenset(found)

    def scopes_above(self, unit: bytes) -> Closure:
        """The authority scopes with sets in the claimed closure of a unit."""
        return frozenset(
            scope for above in self.closure(unit) if (scope := scope_of(AUTHORITY, above)) in self._sets
        )

    def view(self, unit: bytes) -> View:
        """The authority state that verdicts in a unit use (SPEC A5)."""
        scopes = self.scopes_above(unit)
        found = self.views.get(scopes)
        if found is None:
            closures = {above: self.scopes_above(above) for above in map(scope_unit, scopes)}
            sets = {scope: self._sets[scope] for scope in scopes}
            made = views_of(self.genesis, sets, closures | {unit: scopes}, self._holdings)
            found = made[scopes]
            for closure, view in made.items():
                self.views.setdefault(closure, view)
        return found

    def digest(self, unit: bytes, modulus: int) -> int:
        """The sum of the ids of all held sets in the authority scopes of a unit's claimed closure (SPEC O15)."""
        ids = (
            int.from_bytes(item.facts.id) for scope in self.scopes_above(unit) for item in self._sets[scope]
        )
        return sum(ids) % modulus
