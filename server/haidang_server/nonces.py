"""The nonce that each caller must name next: a captured prelude pulls nothing a second time (SPEC X4).

They live in memory. After a restart every nonce is stale, which withholds one pull and loses nothing.
"""

from collections.abc import Callable
from typing import Final

from haidang_protocol.ids import ID16

_CALLERS_MAX: Final = 200_000


class Nonces:
    """The next nonce by key id."""

    def __init__(self, randomness: Callable[[int], bytes]) -> None:
        self._randomness = randomness
        self._next: dict[bytes, bytes] = {}

    def spend(self, key: bytes, nonce: bytes | None) -> bool:
        """Whether this is the nonce that the caller was given; it is spent by that."""
        if nonce is None or self._next.get(key) != nonce:
            return False
        del self._next[key]
        return True

    def give(self, key: bytes) -> bytes:
        """The next nonce of a caller; the one before is stale from now on."""
        while len(self._next) >= _CALLERS_MAX:
            del self._next[next(iter(self._next))]
        self._next.pop(key, None)
        nonce = self._next[key] = self._randomness(ID16)
        return nonce
