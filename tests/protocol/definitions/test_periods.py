from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haidang_protocol.definitions.dates import day_number
from haidang_protocol.definitions.periods import (
    ADMINISTRATIVE,
    CALENDAR,
    MONTHS,
    Period,
    administrative_periods,
    calendar_periods,
    period_id,
    period_label,
)

years = st.integers(1900, 2200)
kinds = st.sampled_from(sorted(MONTHS))


def periods_of(regime: str, year: int, kind: str) -> tuple[Period, ...]:
    return (administrative_periods if regime == ADMINISTRATIVE else calendar_periods)(year, (kind,))


@given(years, kinds, st.sampled_from([ADMINISTRATIVE, CALENDAR]))
def test_the_periods_of_a_kind_tile_two_years_without_gap_or_overlap(
    year: int, kind: str, regime: str
) -> None:
    periods = [*periods_of(regime, year, kind), *periods_of(regime, year + 1, kind)]
    for earlier, later in pairwise(periods):
        assert day_number(later.start) == day_number(earlier.end) + 1
    assert (
        sum(period.days for period in periods)
        == day_number(periods[-1].end) - day_number(periods[0].start) + 1
    )
    assert len(periods) == 24 // MONTHS[kind]


@given(years, st.sampled_from([ADMINISTRATIVE, CALENDAR]))
def test_longer_periods_are_made_of_whole_shorter_ones(year: int, regime: str) -> None:
    starts = {period.start for period in periods_of(regime, year, "quarter")}
    ends = {period.end for period in periods_of(regime, year, "quarter")}
    whole = periods_of(regime, year, "year")[0]
    assert whole.start in starts
    assert whole.end in ends


@given(years)
def test_no_two_periods_share_an_id(year: int) -> None:
    periods = [*administrative_periods(year), *administrative_periods(year + 1), *calendar_periods(year)]
    assert len({period.id for period in periods}) == len(periods)
    assert all(period.id == period_id(period.regime, period.kind, period.start) for period in periods)
    assert all(period.due is not None and period.due > period.end for period in periods)


@given(years)
def test_a_period_survives_its_array(year: int) -> None:
    for period in (*administrative_periods(year), *calendar_periods(year)):
        assert Period.from_value(period.to_value()) == period


@pytest.mark.parametrize(
    ("regime", "kind", "place", "expected"),
    [
        (ADMINISTRATIVE, "month", 0, ("2018-12-15", "2019-01-14", "2019-01-20", "Tháng 1/2019 (15/12–14/01)", "January 2019 (15 Dec – 14 Jan)")),
        (ADMINISTRATIVE, "quarter", 3, ("2019-09-15", "2019-12-14", "2019-12-20", "Quý IV/2019 (15/09–14/12)", "Quarter 4 2019 (15 Sep – 14 Dec)")),
        (ADMINISTRATIVE, "half", 1, ("2019-06-15", "2019-12-14", "2019-12-20", "6 tháng cuối năm 2019 (15/06–14/12)", "Second half of 2019 (15 Jun – 14 Dec)")),
        (CALENDAR, "quarter", 3, ("2019-10-01", "2019-12-31", "2020-01-10", "Quý IV/2019", "Quarter 4 2019")),
        (CALENDAR, "year", 0, ("2019-01-01", "2019-12-31", "2020-03-15", "Năm 2019", "Year 2019")),
    ],
)  # fmt: skip
def test_periods_of_2019_are_those_of_the_papers(
    regime: str, kind: str, place: int, expected: tuple[str, ...]
) -> None:
    period = periods_of(regime, 2019, kind)[place]
    label = period_label(period)
    assert (period.start, period.end, period.due, label.vi, label.en) == expected
