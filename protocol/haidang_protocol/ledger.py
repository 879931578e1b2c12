"""The ledger: what a replica holds and what follows from it. Hub, relay, phone and laptop run this same code.

`commit` takes sets whose signatures were verified, in any order, and keeps three caches right: verdicts, merged
records, sums. They are functions of the held sets; `rebuild` computes them anew. No input or output of its own: rows go
through a `LedgerStore`, inside the caller's transaction. If a commit raises, the caller rolls back and makes a new
ledger.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice

import msgspec

from haidang_protocol.authority import AuthoritySet, View
from haidang_protocol.authority_book import AuthorityBook
from haidang_protocol.certificates import Genesis
from haidang_protocol.envelope import OpenedSet, is_redacted, open_set
from haidang_protocol.envelope import redact as redact_parts
from haidang_protocol.ids import AUTHORITY, ID16, digest, scope_kind, scope_unit
from haidang_protocol.ledger_store import Held, LedgerStore, StoredSet, Sums
from haidang_protocol.logs import Facts, facts_of
from haidang_protocol.merger import Merger
from haidang_protocol.operations import ENTRY_KINDS, UNIT
from haidang_protocol.verdicts import ACCEPTED, Verdict

ID_MODULUS = 2**256
_CACHED_SETS_MAX = 200_000
_REBUILD_SETS = 500
_MOVING = frozenset({UNIT, *ENTRY_KINDS})
"""Kinds of operations that say something of units or keys."""


class Committed(msgspec.Struct, frozen=True):
    """What became of one set of a commit; `fresh` is false for one that was held already."""

    id: bytes
    verdict: Verdict
    fresh: bool


class ScopeDigests(msgspec.Struct, frozen=True):
    """What two replicas compare (SPEC O15, X8): states only when the first two agree."""

    accepted: bytes
    authority: bytes
    state: bytes


def combined(digests: Mapping[bytes, ScopeDigests]) -> ScopeDigests:
    """One digest for many scopes: what a server says when nothing changed (SPEC X5)."""
    named = b"".join(sorted(digests))
    states = [digests[scope] for scope in sorted(digests)]
    columns = ((s.accepted for s in states), (s.authority for s in states), (s.state for s in states))
    return ScopeDigests(*(digest("haidang/states/1", named + b"".join(column)) for column in columns))


class Ledger:
    """One replica's sets, verdicts and merged records."""

    def __init__(self, genesis: Genesis, store: LedgerStore) -> None:
        self.genesis = genesis
        self.store = store
        self._cache: dict[bytes, Held] = {}
        self._merger = Merger(self)
        self.book = AuthorityBook(genesis, self)
        for scope in store.scopes():
            if scope_kind(scope) == AUTHORITY:
                ids = [held.facts.id for held in store.in_scope(scope)]
                for parts in store.parts(ids).values():
                    self.book.learn(open_set(parts))

    # ------------------------------------------------------------------------------------------------ questions

    def facts(self, set_id: bytes) -> Facts | None:
        """The facts of a held set."""
        held = self.held(set_id)
        return None if held is None else held.facts

    def whole(self, set_id: bytes) -> bool:
        """Whether the set and all its ancestors are held."""
        held = self.held(set_id)
        return held is not None and held.whole

    def whole_before(self, facts: Facts) -> bool:
        """Whether every predecessor is held, in the scope of the set, with all its ancestors."""
        return not self._missing_before(facts)

    def _missing_before(self, facts: Facts) -> list[bytes]:
        """The predecessors that the set still waits for."""
        held = {previous: self.held(previous) for previous in facts.previous}
        return [
            previous
            for previous, known in held.items()
            if known is None or not known.whole or known.facts.scope != facts.scope
        ]

    def held(self, set_id: bytes) -> Held | None:
        """A held set."""
        found = self._cache.get(set_id)
        if found is None:
            found = self.store.held([set_id]).get(set_id)
            if found is not None:
                self._remember(found)
        return found

    def verdict(self, set_id: bytes) -> Verdict | None:
        """The verdict of a held set, None if it is not held."""
        held = self.held(set_id)
        return None if held is None else held.verdict

    def complete(self, set_id: bytes) -> bool:
        """Whether a set can be a tip (SPEC L4)."""
        held = self.held(set_id)
        return held is not None and (held.whole or held.verdict == ACCEPTED)

    def public_key(self, key: bytes) -> bytes | None:
        """The public key of a key id: a root's, or one that any held `certify` entry names; None if unknown."""
        return self.book.public_key(key)

    def scopes(self) -> set[bytes]:
        """The scopes of held sets."""
        return self.store.scopes()

    def units(self) -> set[bytes]:
        """The units that held entries name, as a unit or above one, and those with authority of their own."""
        return self.book.units()

    def authority_sets(self) -> Iterator[AuthoritySet]:
        """All held authority sets with their entries."""
        return self.book.sets()

    def closure(self, unit: bytes) -> frozenset[bytes]:
        """The claimed closure of a unit: itself and all that held unit entries name above it (SPEC A3)."""
        return self.book.closure(unit)

    def view(self, unit: bytes) -> View:
        """The authority state that verdicts in a unit use (SPEC A5)."""
        return self.book.view(unit)

    def scope_digests(self, scope: bytes) -> ScopeDigests:
        """The three digests of a scope."""
        sums = self.store.sums(scope)
        authority = self.book.digest(scope_unit(scope), ID_MODULUS)
        return ScopeDigests(
            accepted=sums.accepted.to_bytes(32),
            authority=authority.to_bytes(32),
            state=digest("haidang/state/1", scope + sums.live.to_bytes(ID16)),
        )

    def live(self, scope: bytes) -> dict[tuple[bytes, str], frozenset[bytes]]:
        """The live identities of each slot that has any, tallies apart (they keep only their sum)."""
        return {
            (record, slot): frozenset(live.identity for live in lives)
            for record, state in self.store.all_records(scope)
            for slot, lives in state.slots.items()
            if lives
        }

    # --------------------------------------------------------------------------------------------------- commit

    def commit(self, sets: Sequence[OpenedSet]) -> list[Committed]:
        """Take sets with verified signatures; returns what became of each, in the order given."""
        if len(self._cache) > _CACHED_SETS_MAX:
            self._cache.clear()
            self._merger.forget()
        ids = {opened.id for opened in sets} | {
            previous for opened in sets for previous in opened.header.previous
        }
        for held in self.store.held([set_id for set_id in ids if set_id not in self._cache]).values():
            self._remember(held)
        fresh: dict[bytes, OpenedSet] = {}
        again: list[OpenedSet] = []
        for opened in sets:
            if opened.id in self._cache:
                again.append(opened)
            elif opened.id not in fresh or opened.body.redacted is None:
                fresh[opened.id] = opened
        self._fill_in(again)
        for _, alike in groupby(fresh.values(), lambda opened: opened.header.acting is not None):
            self._take(list(alike))
        return [Committed(opened.id, self._known(opened.id).verdict, opened.id in fresh) for opened in sets]

    def rebuild(self, scope: bytes, sets: Iterable[OpenedSet] | None = None) -> None:
        """Compute the merged records and sums of a scope anew from its accepted sets.

        Args:
            scope: the scope.
            sets: its held sets, from a caller who opens them anyway; those that are not accepted count for nothing.
        """
        self.store.clear_records(scope)
        self.store.put_sums(scope, Sums())
        held = self._opened(scope) if sets is None else iter(sets)
        accepted = (opened for opened in held if self.verdict(opened.id) == ACCEPTED)
        done: set[bytes] = set()
        while chunk := list(islice(accepted, _REBUILD_SETS)):
            self._merger.merge(scope, chunk, done)

    def _opened(self, scope: bytes) -> Iterator[OpenedSet]:
        """The accepted sets of a scope."""
        ids = [held.facts.id for held in self.store.in_scope(scope) if held.verdict == ACCEPTED]
        for start in range(0, len(ids), _REBUILD_SETS):
            chunk = ids[start : start + _REBUILD_SETS]
            parts = self.store.parts(chunk)
            yield from (open_set(parts[set_id]) for set_id in chunk)

    def rejudge_all(self) -> dict[bytes, Verdict]:
        """Compute every verdict anew, and which values are dropped; returns the verdicts that were wrong in the cache."""
        self.book.views.clear()
        return self.rejudge(self.scopes())

    def rejudge(self, scopes: Collection[bytes]) -> dict[bytes, Verdict]:
        """`rejudge_all` in some scopes, with the authority that is known."""
        changed: dict[bytes, Verdict] = {}
        for scope in sorted(scopes, reverse=True):
            changed |= self._rejudge(self.store.in_scope(scope))
        self._redact(scopes)
        return changed

    def _take(self, sets: Sequence[OpenedSet]) -> None:
        """Store sets, all of them of authority or none, judge them, and judge anew what they bear on."""
        awaited = frozenset[bytes]().union(*(view.awaited for view in self._views(sets).values()))
        ids = [opened.id for opened in sets]
        waiting = list(self.store.waiting_for(ids))
        bearing = _bearing(sets, awaited, late=bool(waiting))
        before = {scope: self.view(scope_unit(scope)) for scope in self._under(bearing)}
        for opened in sets:
            if opened.header.acting is not None:
                self.book.learn(opened)
        if self._store(sets):
            waiting += self.store.waiting_for(ids)
        self._settle(waiting)
        self._found(awaited.intersection(ids))
        self._redact({opened.header.scope for opened in sets})
        for scope in self._under(bearing):
            self._rejudge_scope(scope, before.get(scope))
        if bearing:
            self._redact(self.scopes())

    def _under(self, units: Collection[bytes]) -> list[bytes]:
        """The scopes in whose authority one of the units has a part, authority scopes first."""
        if not units:
            return []
        return [
            scope
            for scope in sorted(self.scopes(), reverse=True)
            if not self.closure(scope_unit(scope)).isdisjoint(units)
        ]

    def _store(self, sets: Sequence[OpenedSet]) -> bool:
        """Store sets and judge them, all of them being held; whether any waits for a predecessor."""
        pairs, stored = [], []
        for opened in sets:
            facts = facts_of(opened)
            missing = self._missing_before(facts)
            pairs += [(previous, facts.id) for previous in missing]
            self._remember(Held(facts, ACCEPTED, whole=not missing))
            self._merger.placed(facts)
        views = self._views(sets)
        for opened in sets:
            held = self._known(opened.id)
            verdict = views[held.facts.scope].judge(held.facts)
            held = msgspec.structs.replace(held, verdict=verdict)
            self._remember(held)
            stored.append(StoredSet(held, opened.parts))
        self.store.insert(stored)
        self.store.await_parents(pairs)
        self._merge([opened for opened in sets if self._known(opened.id).verdict == ACCEPTED])
        return bool(pairs)

    def _views(self, sets: Iterable[OpenedSet]) -> dict[bytes, View]:
        """The authority states that verdicts in the scopes of the sets use."""
        return {scope: self.view(scope_unit(scope)) for scope in {opened.header.scope for opened in sets}}

    def _rejudge_scope(self, scope: bytes, old: View | None) -> None:
        """Judge anew the sets of the keys whose standing changed since the old view; of all keys if there was none."""
        view = self.view(scope_unit(scope))
        keys = self.store.keys_in(scope)
        if old is not None and scope_kind(scope) != AUTHORITY and not view.moved_since(old, scope):
            keys = {key for key in keys if old.standing(key) != view.standing(key)}
        if keys:
            self._rejudge(self.store.in_scope(scope, keys))

    def _found(self, awaited: Iterable[bytes]) -> None:
        """Reports arrived by which cuts and adoptions judge others."""
        for scope in {self._known(set_id).facts.scope for set_id in awaited}:
            if scope_kind(scope) != AUTHORITY:
                self.view(scope_unit(scope)).forget_closures()
                self._rejudge(self.store.in_scope(scope))

    def _settle(self, waiting: Collection[bytes]) -> None:
        """Predecessors arrived: who is whole now, who is known now, and which references can be followed now?"""
        todo, filled = list(waiting), dict[bytes, Held]()
        lengthened: set[bytes] = set()
        while todo:
            held = self._known(todo.pop())
            missing = self._missing_before(held.facts)
            if not held.whole and not missing:
                held = msgspec.structs.replace(held, whole=True)
                self._remember(held)
                self.store.set_whole([held.facts.id])
                todo += self.store.waiting_for([held.facts.id])
            else:
                self.store.await_parents([(previous, held.facts.id) for previous in missing])
            lengthened.add(held.facts.scope)
            filled[held.facts.id] = held
        for scope in lengthened:
            filled |= {held.facts.id: held for held in self.store.in_scope(scope) if not held.whole}
            self.book.forget(scope)
        self._rejudge(filled.values())
        merged = [held.facts for held in filled.values() if held.verdict == ACCEPTED and held.facts.distances]
        for scope in {facts.scope for facts in merged}:
            self.rebuild(scope)

    def _rejudge(self, sets: Collection[Held]) -> dict[bytes, Verdict]:
        """Judge held sets anew; merge what became accepted, rebuild scopes where something ceased to be."""
        changed: dict[bytes, Verdict] = {}
        gained: list[bytes] = []
        lost: set[bytes] = set()
        views = {scope: self.view(scope_unit(scope)) for scope in {given.facts.scope for given in sets}}
        for given in sets:
            held, facts = self.held(given.facts.id) or given, given.facts
            verdict = views[facts.scope].judge(facts)
            if verdict == held.verdict:
                continue
            changed[facts.id] = verdict
            self._remember(msgspec.structs.replace(held, verdict=verdict))
            if verdict == ACCEPTED:
                gained.append(facts.id)
            elif held.verdict == ACCEPTED:
                lost.add(facts.scope)
        self.store.set_verdicts(changed)
        parts = self.store.parts(gained)
        opened = [open_set(parts[set_id]) for set_id in gained]
        self._merge([item for item in opened if item.header.scope not in lost])
        for scope in lost:
            self.rebuild(scope)
        return changed

    def _merge(self, accepted: Sequence[OpenedSet]) -> None:
        by_scope: dict[bytes, list[OpenedSet]] = {}
        for opened in accepted:
            by_scope.setdefault(opened.header.scope, []).append(opened)
        for scope, sets in by_scope.items():
            self._merger.merge(scope, sets)

    def _redact(self, scopes: Iterable[bytes]) -> None:
        """Drop the values of sets whose redaction counts (SPEC A9); the merged records follow."""
        for scope in scopes if self.book.redacting else ():
            view = self.view(scope_unit(scope))
            named = {redaction.set_id for redaction in view.redactions}
            counting = [
                held.facts.id
                for held in map(self.held, named)
                if held is not None and held.facts.scope == scope and view.redacted(held.facts)
            ]
            whole = [open_set(parts) for parts in self.store.parts(counting).values()]
            dropping = [opened for opened in whole if opened.body.redacted is None]
            for opened in dropping:
                self.store.replace_parts(opened.id, redact_parts(opened))
            if dropping:
                self.rebuild(scope)

    def _fill_in(self, again: Sequence[OpenedSet]) -> None:
        """Put back the values of held sets that are redacted here, and should not be."""
        whole = {opened.id: opened for opened in again if opened.body.redacted is None}
        scopes = set()
        for set_id, parts in self.store.parts(list(whole)).items():
            facts = self._cache[set_id].facts
            if is_redacted(parts) and not self.view(scope_unit(facts.scope)).redacted(facts):
                self.store.replace_parts(set_id, whole[set_id].parts)
                scopes.add(facts.scope)
        for scope in scopes:
            self.rebuild(scope)

    def _remember(self, held: Held) -> None:
        self._cache[held.facts.id] = held

    def _known(self, set_id: bytes) -> Held:
        """A set that is held for certain."""
        return self._cache.get(set_id) or self.store.held([set_id])[set_id]


def _bearing(sets: Iterable[OpenedSet], awaited: Collection[bytes], *, late: bool) -> set[bytes]:
    """The units of the authority sets that may change what others count for.

    They say something of units or keys, or somebody waits for them: a cut, an adoption, or (`late`) a set that follows.
    """
    acting = [opened for opened in sets if opened.header.acting is not None]
    named = set[bytes]()
    for opened in acting:
        late = late or opened.id in named
        named.update(opened.header.previous)
    return {
        scope_unit(opened.header.scope)
        for opened in acting
        if late or opened.id in awaited or not _MOVING.isdisjoint(opened.kinds)
    }
