"""What a server says that cannot reproduce what a caller saw: its log was rolled back (SPEC X6, X9)."""

from haidang_protocol.ids import AUTHORITY, scope_kind
from haidang_protocol.logs import tips
from haidang_protocol.messages import Heal, HeldScope
from haidang_protocol.statements import KnownRoot, Prelude
from haidang_protocol.verdicts import PARKED_WORD
from haidang_server.hub import Hub


def heal_for(hub: Hub, prelude: Prelude, now: int) -> Heal | None:
    """What a caller needs to give back what is lacking; None if all that it saw is still so.

    A caller that names older checkpoints asks from where it can go on: it is told the newest that can be reproduced.
    """
    cursor = KnownRoot(prelude.size, prelude.root) if prelude.root is not None else None
    seen = [known for known in (cursor, prelude.newest) if known is not None]
    kept = [known for known in (*seen, *prelude.checkpoints) if hub.log.reproduces(known)]
    newest = max(kept, key=lambda known: known.size, default=None)
    size = newest.size if newest is not None else 0
    if all(known in kept for known in seen) and size == max((known.size for known in seen), default=0):
        return None
    return Heal(hub.epoch, size, newest.root if newest is not None else None, _held(hub, prelude.key, now))


def _held(hub: Hub, key: bytes, now: int) -> list[HeldScope]:
    """The tips and parked sets of all scopes that the caller may read; of its own logs, if it may read none."""
    readable = hub.standings().of(key).scopes(now)
    if not readable:
        return [HeldScope(scope, sorted(own.tips), []) for scope, own in sorted(hub.own_tips.of(key).items())]
    order = sorted(readable, key=lambda scope: (scope_kind(scope) != AUTHORITY, scope))
    return [_held_scope(hub, scope) for scope in order]


def _held_scope(hub: Hub, scope: bytes) -> HeldScope:
    held = {each.facts.id: each for each in hub.store.in_scope(scope)}
    facts = {set_id: each.facts for set_id, each in held.items()}
    parked = sorted(set_id for set_id, each in held.items() if each.verdict.word == PARKED_WORD)
    return HeldScope(scope, tips(facts, hub.ledger.complete), parked)
