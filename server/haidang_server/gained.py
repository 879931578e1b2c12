"""Which scopes a caller may read now and could not when its cursor last moved: these it gets from their start.

What it could read then is computed from the authority sets below the size of its checkpoint. Who keeps the past in hub order
needs no table of who was told what, and a reply that was lost changes nothing.
"""

from collections.abc import Iterable
from typing import Final

from haidang_protocol.authority import AuthoritySet
from haidang_protocol.ledger import Ledger
from haidang_protocol.ledger_store import Held, StoredSet
from haidang_protocol.memory_store import MemoryStore
from haidang_protocol.operations import ADOPT, REVOKE, UNIT
from haidang_protocol.verdicts import ACCEPTED
from haidang_server.hub import Hub
from haidang_server.standing import Standings

_PASTS_MAX: Final = 8


def scopes_gained(hub: Hub, key: bytes, size: int, now: int) -> frozenset[bytes]:
    """The scopes that a caller may read now and could not when the log had a size; none for a newcomer."""
    if not size or hub.authority_end <= size:
        return frozenset()
    news = [item for item in hub.ledger.authority_sets() if hub.authority_order[item.facts.id] >= size]
    past = [item for item in hub.ledger.authority_sets() if hub.authority_order[item.facts.id] < size]
    whole = _whole(past)
    if len(whole) == len(past) and not any(_may_extend(item, key, hub.standings()) for item in news):
        return frozenset()
    then = hub.pasts.get(size)
    if then is None:
        while len(hub.pasts) >= _PASTS_MAX:
            del hub.pasts[next(iter(hub.pasts))]
        then = hub.pasts[size] = _standings(hub, past, whole)
    return hub.standings().of(key).scopes(now) - then.of(key).scopes(now)


def _standings(hub: Hub, past: Iterable[AuthoritySet], whole: set[bytes]) -> Standings:
    parts = hub.store.parts([item.facts.id for item in past])
    store = MemoryStore()
    store.insert([
        StoredSet(Held(item.facts, ACCEPTED, item.facts.id in whole), parts[item.facts.id]) for item in past
    ])  # fmt: skip
    return Standings(Ledger(hub.genesis, store))


def _whole(sets: Iterable[AuthoritySet]) -> set[bytes]:
    """Those with all their ancestors among the sets."""
    found: set[bytes] = set()
    for item in sorted(sets, key=lambda item: item.facts.position):
        if found.issuperset(item.facts.previous):
            found.add(item.facts.id)
    return found


def _may_extend(item: AuthoritySet, key: bytes, standings: Standings) -> bool:
    """Whether a set could let the key read more.

    That is a unit, an adoption, a cut (it may cut whoever cut the key), what stands in the chain of the key, and what
    a cut or an adoption names.
    """
    return (
        any(entry.kind in (UNIT, ADOPT, REVOKE) for entry in item.entries)
        or item.facts.id in standings.chain(key)
        or item.facts.id in standings.named
    )
