"""What a server says that cannot reproduce what a caller saw: its log was rolled back (SPEC X6, X9).

Whether it was is found out on the writer's thread. What is held is read beside it: after a rollback every caller asks.
"""

import msgspec
from pysqlite3 import dbapi2 as sqlite

from haidang_protocol.ids import AUTHORITY, scope_kind
from haidang_protocol.ledger_store import Held
from haidang_protocol.logs import tips
from haidang_protocol.messages import Heal, HeldScope
from haidang_protocol.statements import KnownRoot, Prelude
from haidang_protocol.verdicts import ACCEPTED, PARKED_WORD
from haidang_server.hub import Hub
from haidang_server.sqlite_store import SqliteStore


class Loss(msgspec.Struct, frozen=True):
    """From where a caller can go on (`kept`), and what it is told of: `scopes` to be read, or the tips of its `own` logs.

    `size` is that of the log when this was found out.
    """

    epoch: int
    kept: KnownRoot | None
    size: int
    scopes: list[bytes]
    own: list[HeldScope]


def loss_for(hub: Hub, prelude: Prelude, now: int) -> Loss | None:
    """What a caller has to be told to give back what is lacking; None if all that it saw is still so.

    A caller that names older checkpoints asks from where it can go on: it is told the newest that can be reproduced, or
    that none can.
    """
    cursor = KnownRoot(prelude.size, prelude.root) if prelude.root is not None else None
    seen = [known for known in (cursor, prelude.newest) if known is not None]
    kept = [known for known in (*seen, *prelude.checkpoints) if hub.log.reproduces(known)]
    newest = max(kept, key=lambda known: known.size, default=None)
    size = newest.size if newest is not None else 0
    level = all(known in kept for known in seen) and size == max((known.size for known in seen), default=0)
    if level and (kept or not prelude.checkpoints):
        return None
    readable = hub.standings().of(prelude.key).scopes(now)
    order = sorted(readable, key=lambda scope: (scope_kind(scope) != AUTHORITY, scope))
    own = [] if readable else sorted(hub.own_tips.of(prelude.key).items())
    told = [HeldScope(scope, sorted(each.tips), []) for scope, each in own]
    return Loss(hub.epoch, newest, hub.log.size, order, told)


class HeldScopes:
    """The tips and parked sets of scopes, each read once for a size of the log."""

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[int, HeldScope]] = {}

    def heal(self, loss: Loss, connection: sqlite.Connection) -> Heal:
        """The message for a caller; from any thread with a connection of its own."""
        store = SqliteStore(connection)
        scopes = [self._held(scope, loss.size, store) for scope in loss.scopes]
        kept = loss.kept
        return Heal(loss.epoch, kept.size if kept else 0, kept.root if kept else None, loss.own + scopes)

    def _held(self, scope: bytes, size: int, store: SqliteStore) -> HeldScope:
        known = self._known.get(scope)
        if known is None or known[0] != size:
            # What is read may be newer than `size`: it never is older.
            known = self._known[scope] = (size, held_scope(store, scope))
        return known[1]


def held_scope(store: SqliteStore, scope: bytes) -> HeldScope:
    """The tips and parked sets of a scope."""
    held = {each.facts.id: each for each in store.in_scope(scope)}
    facts = {set_id: each.facts for set_id, each in held.items()}
    parked = sorted(set_id for set_id, each in held.items() if each.verdict.word == PARKED_WORD)
    return HeldScope(scope, tips(facts, lambda set_id: _complete(held[set_id])), parked)


def _complete(held: Held) -> bool:
    return held.whole or held.verdict == ACCEPTED
