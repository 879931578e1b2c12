"""Who is charged for what a key brings: the key itself, or for one that nobody in good standing vouches for, who certified it.

Otherwise a revoked phone would certify as many keys as it likes, each with an allowance of its own.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from haidang_server.hub import Hub

_HOPS_MAX: Final = 16
_NOBODY: Final = b""
"""The one account of all keys that so many others without standing stand above."""


class Carrier(NamedTuple):
    """Whose allowance is spent, and whether it is that of a key in good standing."""

    account: bytes
    good: bool


def carrier_of(hub: Hub, key: bytes, brought: Mapping[bytes, bytes], now: int) -> Carrier:
    """Who is charged for what a key brings.

    Args:
        hub: on the writer's thread.
        key: whose request it is.
        brought: by key, who certified it, for certificates that came with the request and may not be held.
        now: in seconds.
    """
    standings = hub.standings()
    if standings.of(key).scopes(now):
        return Carrier(key, good=True)
    for _ in range(_HOPS_MAX):
        above = _certifier(hub, key) or brought.get(key)
        if above is None or above == key or standings.of(above).scopes(now):
            return Carrier(key, good=False)
        key = above
    return Carrier(_NOBODY, good=False)


def _certifier(hub: Hub, key: bytes) -> bytes | None:
    """Who made the first held set that certifies a key, whatever became of it."""
    first = min(hub.standings().certifying(key), key=hub.authority_order.__getitem__, default=None)
    facts = hub.ledger.facts(first) if first is not None else None
    return None if facts is None else facts.key
