"""The hub's tips of each key's logs (SPEC L4): kept as sets arrive, read anew where something out of order happened."""

from collections.abc import Collection, Sequence

from pysqlite3 import dbapi2 as sqlite

from haidang_protocol.ledger import Ledger
from haidang_protocol.logs import Facts, tips

_KNOWN_MAX = 50_000


class OwnTips:
    """Tips by (key, scope)."""

    def __init__(self, ledger: Ledger, connection: sqlite.Connection) -> None:
        self._ledger = ledger
        self._connection = connection
        self._known: dict[tuple[bytes, bytes], frozenset[bytes]] = {}

    def of(self, key: bytes) -> dict[bytes, frozenset[bytes]]:
        """The tips of a key by scope, without scopes where it has none."""
        rows = self._connection.execute(
            "SELECT name FROM authors JOIN scopes USING (scope) WHERE key = ?", (key,)
        ).fetchall()
        found = {scope: self._of(key, scope) for (scope,) in rows}
        return {scope: known for scope, known in found.items() if known}

    def follow(self, fresh: Sequence[Facts], moved: Collection[bytes]) -> None:
        """Sets were stored, others were judged anew or became whole."""
        if len(self._known) > _KNOWN_MAX:
            self._known.clear()
        for set_id in moved:
            facts = self._ledger.facts(set_id)
            if facts is not None:
                self._known.pop((facts.key, facts.scope), None)
        for facts in fresh:
            known = self._known.get((facts.key, facts.scope))
            if known is not None and self._ledger.complete(facts.id):
                self._known[facts.key, facts.scope] = known.difference(facts.previous) | {facts.id}

    def _of(self, key: bytes, scope: bytes) -> frozenset[bytes]:
        known = self._known.get((key, scope))
        if known is None:
            held = {each.facts.id: each.facts for each in self._ledger.store.in_scope(scope, {key})}
            known = self._known[key, scope] = frozenset(tips(held, self._ledger.complete))
        return known
