from hypothesis import given
from hypothesis import strategies as st

from haidang_syncclient.backoff import FIRST_S, LONGEST_S, delay_s

attempts = st.integers(-3, 10**6)
randoms = st.floats(0, 1, exclude_max=True)


@given(attempts, randoms)
def test_every_delay_lies_between_a_second_and_fifteen_minutes(attempt: int, random: float) -> None:
    assert FIRST_S <= delay_s(attempt, random) <= LONGEST_S


@given(st.integers(1, 100), randoms)
def test_delays_do_not_shrink_as_failures_add_up(attempt: int, random: float) -> None:
    assert delay_s(attempt, random) <= delay_s(attempt + 1, random)


@given(attempts, randoms, st.floats(0.001, LONGEST_S))
def test_what_the_server_asks_for_is_never_undercut(attempt: int, random: float, asked: float) -> None:
    assert asked <= delay_s(attempt, random, asked) <= asked + FIRST_S


@given(attempts, randoms, st.floats(LONGEST_S, 10**9))
def test_no_server_can_send_a_phone_away_for_longer_than_the_longest_delay(
    attempt: int, random: float, asked: float
) -> None:
    assert delay_s(attempt, random, asked) <= LONGEST_S + FIRST_S


@given(st.integers(5, 10))
def test_the_jitter_uses_the_whole_span(attempt: int) -> None:
    assert delay_s(attempt, 0.0) == FIRST_S
    assert delay_s(attempt, 0.999) > 30
