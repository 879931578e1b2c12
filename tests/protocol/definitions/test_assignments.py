import pytest
from hypothesis import given
from hypothesis import strategies as st

from haidang_protocol.definitions.assignments import Assignment, assignment_id
from haidang_protocol.errors import MalformedError

UNITS = st.binary(min_size=16, max_size=16)


@given(UNITS, st.none() | st.just("2019-06-30"), st.sampled_from(["", "Báo cáo trước"]))
def test_an_assignment_comes_back_from_its_array(unit: bytes, due: str | None, note: str) -> None:
    assignment = Assignment("TB171-2.1a", unit, due, note)
    assert Assignment.from_value(assignment.to_value()) == assignment


def test_what_is_no_assignment_is_refused() -> None:
    with pytest.raises(MalformedError):
        Assignment.from_value(["TB171-2.1a", "Kiên Hải"])


@given(UNITS, UNITS)
def test_one_directive_in_two_units_has_two_records(one: bytes, other: bytes) -> None:
    assert (assignment_id("TB171-2.1a", one) == assignment_id("TB171-2.1a", other)) == (one == other)
