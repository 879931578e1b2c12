"""The year of the example as the generator sees it: which periods are reported, and what the seasons do."""

from haidang_protocol.definitions.periods import ADMINISTRATIVE, CALENDAR, Period
from haidang_server.example.dataset import Example

STARTED = "2019-03-01"
"""When communes began to report on the notice of 18 February 2019."""
LAST_DAY = "2019-12-31"

READING = {2: 0.6, 6: 1.3, 7: 1.4, 8: 1.2}
"""Visits by month, against the mean: few at Tết, many in the school holidays."""
STORMY = frozenset({7, 8, 9, 10, 11})


def months(example: Example) -> tuple[Period, ...]:
    """Return the administrative months of 2019 that end after communes began to report."""
    return _between(example, ADMINISTRATIVE, "month")


def quarters(example: Example) -> tuple[Period, ...]:
    """Return the calendar quarters of 2019."""
    return _between(example, CALENDAR, "quarter")


def month_of(period: Period) -> int:
    """Return the number of the month in which a period ends."""
    return int(period.end[5:7])


def _between(example: Example, regime: str, kind: str) -> tuple[Period, ...]:
    return tuple(
        period
        for period in example.periods
        if (period.regime, period.kind) == (regime, kind) and STARTED <= period.end <= LAST_DAY
    )
