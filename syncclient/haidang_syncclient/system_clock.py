"""The wall clock: the only module of the client that reads it. Whoever needs a time is given a `Clock`."""

import time
from collections.abc import Callable

Clock = Callable[[], int]
"""Whole seconds since 1970-01-01 UTC, as this device believes."""


def now() -> int:
    """The device's clock."""
    return int(time.time())
