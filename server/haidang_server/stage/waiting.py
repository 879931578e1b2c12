"""Letting time pass: claimed times and receipts are whole seconds."""

import time

from haidang_server.system_clock import now


def next_second() -> None:
    """Wait until the clock shows another second than now."""
    before = now()
    while now() == before:
        time.sleep(0.02)
