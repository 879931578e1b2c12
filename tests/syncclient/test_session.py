import pytest
from hypothesis import given
from hypothesis import strategies as st

from haidang_syncclient import session
from haidang_syncclient.session import (
    EVENTS,
    REQUESTS_MAX,
    STRAY,
    TABLE,
    Action,
    AppliedAll,
    AppliedSome,
    Event,
    Finish,
    GiveUp,
    Greet,
    Greeted,
    Heal,
    Healed,
    Interrupted,
    Receive,
    Refused,
    ReplyBegan,
    Send,
    Session,
    StartKnown,
    StartNew,
    State,
    Stopped,
    Stranger,
    ToldToHeal,
    Wait,
    step,
)


def events_in(state: State) -> list[type[Event]]:
    return [kind for kind, row in TABLE[state].items() if row is not STRAY]


def played(*events: Event, failures_max: int = 3) -> tuple[Session, list[Action]]:
    now = Session(failures_max=failures_max)
    actions: list[Action] = []
    for event in events:
        now, action = step(now, event)
        actions.append(action)
    return now, actions


def test_the_table_has_a_cell_for_every_state_and_event() -> None:
    kinds = [kind for kind in vars(session).values() if isinstance(kind, type) and issubclass(kind, Event)]
    assert set(EVENTS) == set(kinds) - {Event}
    assert set(TABLE) == set(State)
    assert all(list(row) == list(EVENTS) for row in TABLE.values())


@pytest.mark.parametrize("state", State)
def test_what_cannot_happen_is_said_and_everything_else_is_done(state: State) -> None:
    for kind in EVENTS:
        if TABLE[state][kind] is STRAY:
            with pytest.raises(RuntimeError, match=kind.__name__):
                step(Session(state), kind())
        else:
            row = TABLE[state][kind]
            assert row is not None
            assert step(Session(state, failures_max=9), kind())[0].state == row.next


def test_every_state_can_be_reached_and_an_end_from_each() -> None:
    reached, todo = {State.IDLE}, [State.IDLE]
    while todo:
        for row in TABLE[todo.pop()].values():
            if row is not None and row.next not in reached:
                reached.add(row.next)
                todo.append(row.next)
    assert reached == set(State)
    assert all(Stopped in events_in(state) for state in set(State) - {State.DONE, State.FAILED})
    assert events_in(State.DONE) == events_in(State.FAILED) == []


def test_a_known_server_costs_one_request() -> None:
    after, actions = played(StartKnown(), ReplyBegan(), AppliedAll())
    assert actions == [Send(), Receive(), Finish()]
    assert after.over
    assert after.requests == 1


def test_a_new_server_proves_itself_before_anything_is_sent() -> None:
    assert played(StartNew(), Greeted())[1] == [Greet(), Send()]
    assert played(StartKnown(), Stranger(), Greeted())[1] == [Send(), Greet(), Send()]


def test_more_is_fetched_until_there_is_none() -> None:
    actions = played(StartKnown(), ReplyBegan(), AppliedSome(), ReplyBegan(), AppliedAll())[1]
    assert actions == [Send(), Receive(), Send(), Receive(), Finish()]


def test_a_server_that_lost_some_is_healed_and_asked_again() -> None:
    actions = played(StartKnown(), ReplyBegan(), ToldToHeal(), Healed())[1]
    assert actions == [Send(), Receive(), Heal(), Send()]


def test_failures_are_waited_out_and_forgotten_once_something_got_through() -> None:
    after, actions = played(StartKnown(), Interrupted(), StartKnown(), Interrupted(5.0), StartKnown())
    assert actions == [Send(), Wait(1, None), Send(), Wait(2, 5.0), Send()]
    after, action = step(after, ReplyBegan())
    after, action = step(after, AppliedSome())
    after, action = step(after, Interrupted())
    assert action == Wait(1, None)


def test_patience_ends() -> None:
    after, actions = played(StartKnown(), Interrupted(), failures_max=0)
    assert (after.state, actions[-1]) == (State.FAILED, GiveUp())
    assert played(StartKnown(), Refused())[1][-1] == GiveUp()


def test_a_server_that_always_has_more_cannot_hold_a_phone_for_ever() -> None:
    after = Session(State.RECEIVING, requests=REQUESTS_MAX)
    assert step(after, AppliedSome()) == (Session(State.FAILED, requests=REQUESTS_MAX), GiveUp())


@given(st.data(), st.integers(0, 4))
def test_any_course_of_events_sends_only_to_a_proven_server_and_comes_to_an_end(
    data: st.DataObject, failures_max: int
) -> None:
    now, proven = Session(failures_max=failures_max), False
    for _ in range(60):
        if now.over:
            break
        kind = data.draw(st.sampled_from(events_in(now.state)))
        event = kind()
        if isinstance(event, StartKnown | Greeted):
            proven = True
        elif isinstance(event, StartNew | Stranger):
            proven = False
        now, action = step(now, event)
        assert not isinstance(action, Send) or proven
        assert now.failures <= failures_max + 1
    assert now.over or step(now, Stopped())[0].over
