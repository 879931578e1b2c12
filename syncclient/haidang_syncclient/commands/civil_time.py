"""Seconds since 1970 as people in Việt Nam read and write them: UTC+7, without daylight saving."""

from typing import Final

from haidang_protocol.definitions.dates import date_text, day_number, is_date, minute_number
from haidang_protocol.definitions.text import format_date, nfc, parse_date

OFFSET_S: Final = 7 * 3600
DAY_S: Final = 86_400


def date_of(seconds: int) -> str:
    """The civil date, as 2019-02-18."""
    return date_text((seconds + OFFSET_S) // DAY_S)


def show_time(seconds: int) -> str:
    """The civil time, as 18/02/2019 14:30."""
    minutes = (seconds + OFFSET_S) % DAY_S // 60
    return f"{format_date(date_of(seconds))} {minutes // 60:02d}:{minutes % 60:02d}"


def iso_time(seconds: int) -> str:
    """The civil time with its offset, as 2019-02-18T14:30:05+07:00, for data."""
    rest = (seconds + OFFSET_S) % DAY_S
    return f"{date_of(seconds)}T{rest // 3600:02d}:{rest % 3600 // 60:02d}:{rest % 60:02d}+07:00"


def read_date(text: str) -> str:
    """A date written as 18/02/2019 or 2019-02-18, as 2019-02-18.

    Raises:
        ValueError: it is none.
    """
    tidy = nfc(text).strip()
    return tidy if is_date(tidy) else parse_date(tidy)


def read_time(text: str) -> int:
    """A civil time written as 18/02/2019 14:30 or 2019-02-18T14:30, or a date for its first second, in seconds.

    Raises:
        ValueError: it is none.
    """
    day, _, clock = nfc(text).strip().replace("T", " ").partition(" ")
    date = read_date(day)
    if not clock:
        return day_number(date) * DAY_S - OFFSET_S
    return minute_number(f"{date}T{clock.strip():0>5}") * 60 - OFFSET_S
