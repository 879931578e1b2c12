"""Where a report stands, read from its live attests."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haidang_protocol.merge import Live
from haidang_protocol.operations import APPROVE, APPROVED, ATTEST, CONFIRM, CONFIRMED, RETURNED
from haidang_protocol.reading import Attest
from haidang_protocol.workflow import STAGES, Stage, stage


def attest(role: str, verdict: str, *, stale: bool = False) -> Attest:
    live = Live(ATTEST, bytes(16), bytes(16), 0, 0, [verdict, ""])
    return Attest(live, role, verdict, "", stale)


CONFIRMS = attest(CONFIRM, CONFIRMED)
APPROVES = attest(APPROVE, APPROVED)
RETURNS = attest(APPROVE, RETURNED)
WAS_CONFIRMED = attest(CONFIRM, CONFIRMED, stale=True)
WAS_APPROVED = attest(APPROVE, APPROVED, stale=True)
WAS_RETURNED = attest(APPROVE, RETURNED, stale=True)


@pytest.mark.parametrize(
    ("attests", "expected"),
    [
        ([], "sent"),
        ([CONFIRMS], "confirmed"),
        ([CONFIRMS, APPROVES], "approved"),
        ([CONFIRMS, RETURNS], "returned"),
        ([WAS_CONFIRMED], "stale"),
        ([WAS_CONFIRMED, WAS_APPROVED], "stale"),
        ([WAS_CONFIRMED, WAS_RETURNED], "corrected"),
        ([CONFIRMS, WAS_RETURNED], "confirmed"),
        ([CONFIRMS, WAS_APPROVED], "confirmed"),
        ([APPROVES, RETURNS], "contested"),
        ([WAS_APPROVED, WAS_RETURNED], "stale"),
        ([WAS_APPROVED, RETURNS], "returned"),
        ([attest("mayor", CONFIRMED)], "sent"),
        ([attest(CONFIRM, "")], "sent"),
    ],
)
def test_the_nearest_to_the_end_that_speaks_of_the_record_as_it_is_decides(
    attests: list[Attest], expected: Stage
) -> None:
    assert {stage(order) for order in permutations(attests)} == {expected}


@given(
    st.lists(
        st.builds(
            attest,
            st.sampled_from([CONFIRM, APPROVE, "other"]),
            st.sampled_from([CONFIRMED, APPROVED, RETURNED, ""]),
            stale=st.booleans(),
        )
    )
)
def test_every_collection_of_attests_has_a_stage_that_is_known(attests: list[Attest]) -> None:
    assert stage(attests) in STAGES
