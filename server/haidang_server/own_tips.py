"""The hub's tips of each key's logs (SPEC L4): kept as sets arrive, read anew where something out of order happened."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from pysqlite3 import dbapi2 as sqlite

from haidang_protocol.ledger import Ledger
from haidang_protocol.logs import Facts, tips

_KNOWN_MAX = 50_000


class Own(NamedTuple):
    """The tips of a key in a scope, and whether all of its sets there are they or stand behind them."""

    tips: frozenset[bytes]
    whole: bool


class OwnTips:
    """Tips by (key, scope)."""

    def __init__(self, ledger: Ledger, connection: sqlite.Connection) -> None:
        self._ledger = ledger
        self._connection = connection
        self._known: dict[tuple[bytes, bytes], Own] = {}
        self._scopes: dict[bytes, set[bytes]] = {}

    def of(self, key: bytes) -> dict[bytes, Own]:
        """What a key has in each scope where it wrote."""
        scopes = self._scopes.get(key)
        if scopes is None:
            rows = self._connection.execute(
                "SELECT name FROM authors JOIN scopes USING (scope) WHERE key = ?", (key,)
            ).fetchall()
            scopes = self._scopes[key] = {scope for (scope,) in rows}
        return {scope: self._of(key, scope) for scope in scopes}

    def follow(self, fresh: Sequence[Facts], moved: Collection[bytes]) -> None:
        """Sets were stored, others were judged anew or became whole."""
        if len(self._known) > _KNOWN_MAX:
            self._known.clear()
            self._scopes.clear()
        for set_id in moved:
            facts = self._ledger.facts(set_id)
            if facts is not None:
                self._known.pop((facts.key, facts.scope), None)
        for facts in fresh:
            place = (facts.key, facts.scope)
            if facts.key in self._scopes:
                self._scopes[facts.key].add(facts.scope)
            own = self._known.get(place)
            if own is None:
                continue
            if self._ledger.complete(facts.id):
                self._known[place] = Own(own.tips.difference(facts.previous) | {facts.id}, own.whole)
            else:
                self._known[place] = Own(own.tips, whole=False)

    def _of(self, key: bytes, scope: bytes) -> Own:
        own = self._known.get((key, scope))
        if own is None:
            held = {each.facts.id: each.facts for each in self._ledger.store.in_scope(scope, {key})}
            whole = all(map(self._ledger.complete, held))
            own = self._known[key, scope] = Own(frozenset(tips(held, self._ledger.complete)), whole)
        return own
