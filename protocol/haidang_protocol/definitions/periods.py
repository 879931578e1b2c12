"""Periods of reporting, as data: a report cites the id of a period, never the number of a month.

Two regimes exist side by side and give different figures for "March". The *administrative* one (Nghị định
09/2019/NĐ-CP) closes on the 14th: a month runs from the 15th of the month before, a quarter, half and year
likewise. The *calendar* one is that of statistics (Thông tư 04/2022/TT-BTTTT). Both ends of a period belong to it.
"""

import msgspec

from haidang_protocol import canonical, ids
from haidang_protocol.definitions.dates import add_months, date_text, day_number, days_in_month
from haidang_protocol.definitions.values import from_value, to_value
from haidang_protocol.definitions.words import Words

ADMINISTRATIVE = "administrative"
CALENDAR = "calendar"

MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
"""Kinds of period, by length in months."""

ADMINISTRATIVE_FIRST_DAY = 15
ADMINISTRATIVE_DUE_DAYS = 6
"""Days after the end of an administrative period at which it is due: the 20th. The decree leaves it to each body."""
CALENDAR_DUE_DAY = 10
"""Day of the month after a calendar quarter at which its report is due."""
CALENDAR_YEAR_DUE = "03-15"
"""Month and day of the next year at which the report on a calendar year is due."""


class Period(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One span of time that reports are about.

    Attributes:
        id: 16 bytes, derived by `period_id`.
        regime, kind: Which calendar, and which length.
        start, end: First and last date, both included.
        due: Last date for a report, or null.
    """

    id: bytes
    regime: str
    kind: str
    start: str
    end: str
    due: str | None

    def to_value(self) -> list[object]:
        """Return the array that travels in the authority entry."""
        return to_value(self)

    @classmethod
    def from_value(cls, value: object) -> "Period":
        """Return the period whose array is `value`.

        Raises:
            ProtocolError: It is none.
        """
        return from_value(value, cls)

    @property
    def days(self) -> int:
        """Its length."""
        return day_number(self.end) - day_number(self.start) + 1


def period_id(regime: str, kind: str, start: str) -> bytes:
    """Return the 16 bytes under which everyone knows a period."""
    return ids.digest("haidang/period/1", canonical.encode([regime, kind, start]))[: ids.ID16]


def administrative_periods(year: int, kinds: tuple[str, ...] = tuple(MONTHS)) -> tuple[Period, ...]:
    """Return the months, quarters, halves and the year that end in `year`, from 15 December of the year before."""
    return tuple(_administrative(year, kind, last) for kind in kinds for last in _last_months(kind))


def calendar_periods(year: int, kinds: tuple[str, ...] = ("quarter", "year")) -> tuple[Period, ...]:
    """Return the quarters and the year of `year`."""
    return tuple(_calendar(year, kind, last) for kind in kinds for last in _last_months(kind))


def period_label(period: Period) -> Words:
    """Return its name for people, with the dates of an administrative one: Tháng 3/2019 (15/02–14/03)."""
    name = _NAMES[period.kind]
    year, month = period.end[:4], int(period.end[5:7])
    words = name[(month - 1) // MONTHS[period.kind]]
    if period.regime == CALENDAR:
        return Words(f"{words.vi}{year}", f"{words.en} {year}")
    first, last = (day.split("-")[1:] for day in (period.start, period.end))
    vi = f"({first[1]}/{first[0]}–{last[1]}/{last[0]})"
    en = f"({first[1]} {_short_month(first[0])} – {last[1]} {_short_month(last[0])})"
    return Words(f"{words.vi}{year} {vi}", f"{words.en} {year} {en}")


def _short_month(number: str) -> str:
    return _ENGLISH_MONTHS.split()[int(number) - 1][:3]


def _last_months(kind: str) -> range:
    return range(MONTHS[kind], 13, MONTHS[kind])


def _administrative(year: int, kind: str, last_month: int) -> Period:
    from_year, from_month = add_months(year, last_month, -MONTHS[kind])
    start = f"{from_year:04d}-{from_month:02d}-{ADMINISTRATIVE_FIRST_DAY:02d}"
    end = f"{year:04d}-{last_month:02d}-{ADMINISTRATIVE_FIRST_DAY - 1:02d}"
    due = date_text(day_number(end) + ADMINISTRATIVE_DUE_DAYS)
    return Period(period_id(ADMINISTRATIVE, kind, start), ADMINISTRATIVE, kind, start, end, due)


def _calendar(year: int, kind: str, last_month: int) -> Period:
    start = f"{year:04d}-{last_month - MONTHS[kind] + 1:02d}-01"
    end = f"{year:04d}-{last_month:02d}-{days_in_month(year, last_month):02d}"
    next_year, next_month = add_months(year, last_month, 1)
    due = (
        f"{next_year:04d}-{CALENDAR_YEAR_DUE}"
        if kind == "year"
        else f"{next_year:04d}-{next_month:02d}-{CALENDAR_DUE_DAY:02d}"
    )
    return Period(period_id(CALENDAR, kind, start), CALENDAR, kind, start, end, due)


_ENGLISH_MONTHS = "January February March April May June July August September October November December"
_NAMES = {
    "month": [
        Words(f"Tháng {number}/", name) for number, name in enumerate(_ENGLISH_MONTHS.split(), start=1)
    ],
    "quarter": [
        Words(f"Quý {roman}/", f"Quarter {place}")
        for place, roman in enumerate(["I", "II", "III", "IV"], start=1)
    ],
    "half": [Words("6 tháng đầu năm ", "First half of"), Words("6 tháng cuối năm ", "Second half of")],
    "year": [Words("Năm ", "Year")],
}
