"""SPEC L1, L3: where the next set of a log stands, with and without a fork."""

from haidang_protocol.logs import Facts, facts_of, tips
from haidang_syncclient.own_logs import next_place
from tests.protocol.actors import Device
from tests.protocol.village import Village


def sets_of(v: Village, device: Device) -> dict[bytes, Facts]:
    """What the device wrote in An's reports."""
    return {s.id: facts_of(s) for s in v.sealed_by[device.key] if s.header.scope == v.reports}


def test_a_log_without_a_fork_goes_on_behind_its_tip() -> None:
    v = Village()
    assert next_place({}, []) == (0, 0, ())
    for at in range(3):
        last = v.put(v.a, at)
        assert next_place(sets_of(v, v.a), [last.id]) == (0, at + 1, (last.id,))


def test_l3_after_a_fork_the_next_set_names_all_tips_in_the_next_incarnation() -> None:
    v = Village()
    v.put(v.a, 0)
    copies = [v.a, v.a.clone("restored"), v.a.clone("copy")]
    branches = [v.put(copy, at) for at, copy in enumerate(copies)]
    longer = v.put(copies[1], 7)
    named = tuple(sorted((branches[0].id, longer.id, branches[2].id)))
    sets = sets_of(v, v.a)
    place = next_place(sets, tips(sets, lambda _: True))
    assert place == (1, longer.header.position + 1, named)
    v.a.logs[v.reports].tips = (branches[0], longer, branches[2])
    joined = v.put(v.a, 8, incarnation=1)
    assert (joined.header.position, joined.header.previous) == (place.position, named)
    sets = sets_of(v, v.a)
    assert next_place(sets, tips(sets, lambda _: True)) == (1, place.position + 1, (joined.id,))


def test_l3_the_next_incarnation_is_above_every_one_that_was_seen() -> None:
    v = Village()
    v.put(v.a, 0, incarnation=4)
    branches = [v.put(each, at) for at, each in enumerate((v.a, v.a.clone("restored")))]
    sets = sets_of(v, v.a)
    assert next_place(sets, sorted(s.id for s in branches))[0] == 5


def test_l3_the_fork_of_somebody_else_leaves_the_own_log_as_it_is() -> None:
    v = Village()
    mine = v.put(v.a, 0)
    for at, each in enumerate((v.b, v.b.clone("thief"))):
        v.put(each, at)
    assert next_place(sets_of(v, v.a), [mine.id]) == (0, 1, (mine.id,))


def test_l3_a_log_does_not_go_on_beside_a_parked_set_of_its_own() -> None:
    v = Village()
    first, lost, parked = (v.put(v.a, at) for at in range(3))
    sets = {set_id: facts for set_id, facts in sets_of(v, v.a).items() if set_id != lost.id}
    assert next_place(sets, [first.id]) == (1, 1, (first.id,))
    assert parked.id in sets
