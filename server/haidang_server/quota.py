"""Floods meet a quota at the door: "not taken, keep it", charged to whoever carries the sets, never a verdict.

Everybody may bring a little a day, so that an unconfirmed phone's first reports get through and a stolen one cannot fill the
disk. A key in good standing is never refused: over its rate it is made to wait.
"""

from collections.abc import Callable
from typing import Final

import msgspec

MIB: Final = 1024 * 1024
_KEYS_MAX: Final = 100_000
_DAY: Final = 86_400


class Allowance(msgspec.Struct, frozen=True):
    """So many bytes at once, and so many a second afterwards."""

    burst: float
    rate: float


ANYBODY: Final = Allowance(burst=2 * MIB, rate=2 * MIB / _DAY)
GOOD_STANDING: Final = Allowance(burst=64 * MIB, rate=4 * MIB)
WAIT_MAX: Final = 5.0
"""Seconds that one group is made to wait, at most."""


class Quota:
    """What each key brought lately. `ticks` are seconds of a clock that never jumps."""

    def __init__(
        self,
        ticks: Callable[[], float],
        anybody: Allowance = ANYBODY,
        good_standing: Allowance = GOOD_STANDING,
    ) -> None:
        self._ticks = ticks
        self._anybody = anybody
        self._good_standing = good_standing
        self._spent: dict[bytes, tuple[float, float]] = {}
        self._spent_well: dict[bytes, tuple[float, float]] = {}

    def allows(self, key: bytes, size: int) -> bool:
        """Whether a key may bring so much, as anybody may."""
        return self._decayed(self._spent, key, self._anybody) + size <= self._anybody.burst

    def within(self, key: bytes, size: int) -> bool:
        """Charge bytes to a key, unless they are more than anybody may bring."""
        if not self.allows(key, size):
            return False
        self._note(self._spent, key, self._decayed(self._spent, key, self._anybody) + size)
        return True

    def wait(self, key: bytes, size: int) -> float:
        """Charge bytes to a key in good standing; how many seconds it is to wait."""
        spent = self._decayed(self._spent_well, key, self._good_standing) + size
        self._note(self._spent_well, key, spent)
        return min(WAIT_MAX, max(0.0, spent - self._good_standing.burst) / self._good_standing.rate)

    def _decayed(self, accounts: dict[bytes, tuple[float, float]], key: bytes, allowance: Allowance) -> float:
        spent, at = accounts.get(key, (0.0, 0.0))
        return max(0.0, spent - (self._ticks() - at) * allowance.rate)

    def _note(self, accounts: dict[bytes, tuple[float, float]], key: bytes, spent: float) -> None:
        accounts.pop(key, None)
        while len(accounts) >= _KEYS_MAX:
            del accounts[next(iter(accounts))]
        accounts[key] = (spent, self._ticks())
