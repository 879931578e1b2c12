"""Civil dates as text, and as numbers to reckon with. No clock and no time zone.

A date is `YYYY-MM-DD`, a moment `YYYY-MM-DDTHH:MM`, both of the proleptic Gregorian calendar, years 0001 to
9999, in the civil time of the unit that reports (all of Việt Nam keeps UTC+7, without daylight saving).
Every range of dates in a definition includes both its ends.
"""

import re

_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_MOMENT = re.compile(r"([0-9-]{10})T([0-9]{2}):([0-9]{2})")
_DAYS_TO_1970 = 719_468
_DAYS_IN_ERA = 146_097  # 400 years


def day_number(date: str) -> int:
    """Return the days from 1970-01-01 to `date`.

    Raises:
        ValueError: `date` is no date of the calendar.
    """
    match = _DATE.fullmatch(date)
    if match is None:
        raise ValueError(f"not a date: {date!r}")
    year, month, day = (int(group) for group in match.groups())
    if year < 1 or not 1 <= month <= 12 or not 1 <= day <= days_in_month(year, month):
        raise ValueError(f"not a date: {date!r}")
    shifted = year if month > 2 else year - 1  # years that begin in March put the leap day last
    era, year_of_era = divmod(shifted, 400)
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return (
        era * _DAYS_IN_ERA
        + year_of_era * 365
        + year_of_era // 4
        - year_of_era // 100
        + day_of_year
        - _DAYS_TO_1970
    )


def date_text(day: int) -> str:
    """Return the date that lies `day` days after 1970-01-01: the inverse of `day_number`."""
    era, day_of_era = divmod(day + _DAYS_TO_1970, _DAYS_IN_ERA)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    march_month = (5 * day_of_year + 2) // 153
    month = (march_month + 2) % 12 + 1
    year = era * 400 + year_of_era + (month <= 2)
    return f"{year:04d}-{month:02d}-{day_of_year - (153 * march_month + 2) // 5 + 1:02d}"


def days_in_month(year: int, month: int) -> int:
    """Return 28 to 31."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in {4, 6, 9, 11} else 31


def is_date(text: str) -> bool:
    """Tell whether `text` is a date of the calendar."""
    try:
        day_number(text)
    except ValueError:
        return False
    return True


def minute_number(moment: str) -> int:
    """Return the minutes from 1970-01-01T00:00 to `moment`, both in the same civil time.

    Raises:
        ValueError: `moment` is none.
    """
    match = _MOMENT.fullmatch(moment)
    if match is None or int(match[2]) > 23 or int(match[3]) > 59:
        raise ValueError(f"not a moment: {moment!r}")
    return (day_number(match[1]) * 24 + int(match[2])) * 60 + int(match[3])


def is_moment(text: str) -> bool:
    """Tell whether `text` is a moment of the calendar."""
    try:
        minute_number(text)
    except ValueError:
        return False
    return True


def add_months(year: int, month: int, months: int) -> tuple[int, int]:
    """Return the year and month that lie `months` months later (or earlier)."""
    total = year * 12 + month - 1 + months
    return total // 12, total % 12 + 1
