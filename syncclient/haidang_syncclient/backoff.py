"""How long to wait before the next try: full jitter, from 1 second to 15 minutes. Pure: the random number is given."""

from typing import Final

FIRST_S: Final = 1.0
LONGEST_S: Final = 15 * 60.0
_DOUBLINGS_MAX: Final = 10
"""2^10 seconds are more than the longest delay: further failures change nothing."""


def delay_s(attempt: int, random: float, retry_after_s: float | None = None) -> float:
    """Seconds to wait before try number `attempt` + 1.

    Full jitter spreads the phones of a province that all lost the same link: each waits anywhere between the shortest
    delay and a bound that doubles. What the server asked for (`Retry-After`) is honoured, never undercut and spread too.

    Args:
        attempt: failures in a row so far, from 1.
        random: in [0, 1).
        retry_after_s: what the server asked for, None if it did not.
    """
    bound = min(LONGEST_S, FIRST_S * 2.0 ** min(max(attempt, 1), _DOUBLINGS_MAX))
    jitter = FIRST_S + random * (bound - FIRST_S)
    if retry_after_s is None:
        return jitter
    return min(max(retry_after_s, 0.0), LONGEST_S) + random * FIRST_S if retry_after_s > 0 else jitter
