"""The clock adapter: the only module of the server that asks the system for the time."""

import time
from collections.abc import Callable

Clock = Callable[[], int]
"""Gives seconds since 1970-01-01 UTC."""


def now() -> int:
    """Seconds since 1970-01-01 UTC."""
    return int(time.time())
