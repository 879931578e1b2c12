from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haidang_protocol.definitions.dates import (
    add_months,
    date_text,
    day_number,
    days_in_month,
    is_date,
    is_moment,
    minute_number,
)

EPOCH = date(1970, 1, 1)


@given(st.dates())
def test_days_are_counted_as_the_standard_library_counts_them(day: date) -> None:
    assert day_number(day.isoformat()) == (day - EPOCH).days
    assert date_text((day - EPOCH).days) == day.isoformat()


@given(st.datetimes())
def test_minutes_are_counted_as_the_standard_library_counts_them(moment: datetime) -> None:
    text = moment.strftime("%Y-%m-%dT%H:%M").rjust(16, "0")
    whole = moment.replace(second=0, microsecond=0)
    assert minute_number(text) == (whole - datetime(1970, 1, 1)) // timedelta(minutes=1)  # noqa: DTZ001  civil time


@given(st.integers(1, 9999), st.integers(1, 12))
def test_a_month_ends_the_day_before_the_next_begins(year: int, month: int) -> None:
    later_year, later_month = add_months(year, month, 1)
    if later_year <= 9999:
        span = date(later_year, later_month, 1) - date(year, month, 1)
        assert span.days == days_in_month(year, month)


@pytest.mark.parametrize(
    "text", ["", "2019-02-29", "2019-13-01", "0000-01-01", "18/02/2019", "2019-2-18", "٢٠١٩-٠٢-١٨"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    assert not is_date(text)


@pytest.mark.parametrize(
    "text", ["2019-02-18", "2019-02-18T24:00", "2019-02-18T10:60", "2019-02-30T10:00", "2019-02-18T10:00Z"]
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    assert not is_moment(text)
