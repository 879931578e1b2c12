"""Reconciliation by tips (SPEC L4, X9, X12)."""

from hypothesis import given
from hypothesis import strategies as st

from haidang_protocol.logs import Facts, ancestors, facts_of, forks, tips
from haidang_protocol.reconcile import to_offer, unknown
from tests.protocol.histories import history
from tests.protocol.village import Village


def facts(v: Village) -> dict[bytes, Facts]:
    """Facts of the report sets of An."""
    return {s.id: facts_of(s) for s in v.sets if s.header.scope == v.reports}


def test_a_replica_that_has_nothing_is_offered_everything_predecessors_first(v: Village) -> None:
    sets = [v.put(v.a, at) for at in range(4)]
    assert [known.id for known in to_offer(facts(v).values(), [])] == [s.id for s in sets]


def test_a_replica_that_named_its_tips_is_offered_what_follows_them_only(v: Village) -> None:
    sets = [v.put(v.a, at) for at in range(4)]
    assert [known.id for known in to_offer(facts(v).values(), [sets[1].id])] == [sets[2].id, sets[3].id]


def test_parked_sets_that_the_other_side_has_are_not_offered(v: Village) -> None:
    sets = [v.put(v.a, at) for at in range(3)]
    assert [known.id for known in to_offer(facts(v).values(), [], [sets[2].id])] == [s.id for s in sets[:2]]


def test_a_tip_that_is_not_held_is_asked_for_and_hides_nothing(v: Village) -> None:
    only = v.put(v.a, 1)
    assert [known.id for known in to_offer(facts(v).values(), [bytes(32)])] == [only.id]
    assert unknown([bytes(32), only.id], facts(v)) == [bytes(32)]


def test_both_branches_of_a_fork_are_tips_and_their_join_ends_that(v: Village) -> None:
    v.put(v.a, 0)
    restored = v.a.clone("restored")
    branches = [v.put(v.a, 1), v.put(restored, 2)]
    held = facts(v)
    assert tips(held, lambda _: True) == sorted(s.id for s in branches)
    assert forks(held.values()) == [tuple(sorted(s.id for s in branches))]
    v.a.logs[v.reports].tips = tuple(branches)
    joined = v.put(v.a, 3, incarnation=1)
    assert tips(facts(v), lambda _: True) == [joined.id]


def test_two_first_sets_of_one_log_are_a_fork(v: Village) -> None:
    restored = v.a.clone("restored")
    branches = [v.put(v.a, 1), v.put(restored, 2)]
    assert forks(facts(v).values()) == [tuple(sorted(s.id for s in branches))]


def test_an_incomplete_set_is_never_a_tip(v: Village) -> None:
    sets = [v.put(v.a, at) for at in range(3)]
    held = facts(v)
    del held[sets[1].id]
    assert tips(held, lambda set_id: set_id != sets[2].id) == [sets[0].id]


@given(st.integers(0, 2**32), st.data())
def test_what_is_offered_and_what_was_there_are_everything(seed: int, data: st.DataObject) -> None:
    sets = [facts_of(s) for s in history(seed, 20).sets]
    for scope in {known.scope for known in sets}:
        mine = {known.id: known for known in sets if known.scope == scope}
        named = data.draw(st.lists(st.sampled_from(sorted(mine)), unique=True))
        theirs = ancestors(named, mine.get)
        offered = to_offer(mine.values(), named)
        assert {known.id for known in offered} | theirs == mine.keys()
        place = {known.id: at for at, known in enumerate(offered)}
        for known in offered:
            own = [mine[p] for p in known.previous if p in mine and mine[p].key == known.key]
            in_line = [before.id for before in own if before.position < known.position]
            assert all(place.get(before, -1) < place[known.id] for before in in_line)
