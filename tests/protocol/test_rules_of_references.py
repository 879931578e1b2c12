"""SPEC O3, O6, O8, rule by rule: operations sealed again, and what references name, asked of the model and the product."""

from itertools import permutations

import pytest

from haidang_protocol.body import Reference
from haidang_protocol.operations import ADD, COUNT, LINK, NOTE, PUT
from tests.protocol.actors import Draft, DraftSave
from tests.protocol.engines import Engine, Said
from tests.protocol.village import FIELD, RECORD, Village


def said(engine: Engine, v: Village) -> Said:
    """What An's reports say."""
    return v.ask(engine).said[v.reports]


# ------------------------------------------------------------------------------------- O3: one operation, sealed again


def test_o3_an_operation_sealed_again_is_one_and_its_supersedes_unite(engine: Engine, v: Village) -> None:
    one, two = v.put(v.b, "một"), v.put(v.b, "hai")
    v.a.tag = 7
    restored = v.a.clone("restored")
    v.put(v.a, "mới", one)
    v.put(restored, "mới", two)
    judged = v.ask(engine)
    assert len({s.identity(0) for s in v.sets[-2:]}) == 1
    assert v.shown(judged) == ["mới"]


def test_o3_a_count_sealed_again_counts_once(engine: Engine, v: Village) -> None:
    step = Draft(COUNT, RECORD, FIELD, 5)
    other = Draft(COUNT, RECORD, FIELD, 2)
    v.a.tag = 7
    restored = v.a.clone("restored")
    v.seal(v.a, v.reports, [DraftSave([step]), DraftSave([other])], "together")
    v.state(restored, [step])
    v.state(restored, [other])
    assert v.ask(engine).of(*v.sets[-3:]) == ["accepted"] * 3
    assert said(engine, v).tallies == {(RECORD, "c" + FIELD): 7}


def test_o3_a_reference_to_any_sealing_names_the_operation(engine: Engine, v: Village) -> None:
    v.a.tag = 7
    restored = v.a.clone("restored")
    first, again = v.put(v.a, 1), v.put(restored, 1, time=60)
    assert first.id != again.id
    v.state(v.b, [Draft(PUT, RECORD, FIELD, 2, [Reference(again.id16, 0)])])
    judged = v.ask(engine)
    assert v.shown(judged) == [2]
    assert v.shown(v.ask(engine, first)) == [2]


def test_o3_a_reference_that_comes_before_the_sealing_that_it_names_takes_effect_with_it(
    engine: Engine, v: Village
) -> None:
    v.a.tag = 7
    restored = v.a.clone("restored")
    first, again = v.put(v.a, 1), v.put(restored, 1, time=60)
    after = v.state(v.b, [Draft(PUT, RECORD, FIELD, 2, [Reference(again.id16, 0)])])
    founding = v.sets[:-3]
    for order in permutations((first, again, after)):
        assert v.shown(engine(v.genesis, [*founding, *order])) == [2]


def test_o3_an_operation_is_accepted_if_any_of_its_sealings_is(engine: Engine, v: Village) -> None:
    v.a.tag = 7
    restored = v.a.clone("restored")
    said = DraftSave([Draft(PUT, RECORD, FIELD, 1)])
    unknown = DraftSave([Draft(20, RECORD, FIELD, b"?")])
    over = v.seal(restored, v.reports, [said, unknown], "overstepped")
    assert v.shown(v.ask(engine)) == []
    again = v.seal(v.a, v.reports, [said], "alone")
    judged = v.ask(engine)
    assert judged.of(over, again) == ["unauthorised", "accepted"]
    assert over.identity(0) == again.identity(0)
    assert v.shown(judged) == [1]


# ----------------------------------------------------------------------------------------------- O6, O8: references


def test_o6_a_supersede_counts_the_operations_of_its_slot_from_the_last(engine: Engine, v: Village) -> None:
    three = v.state(v.a, [Draft(PUT, RECORD, FIELD, value) for value in (1, 2, 3)])
    v.state(v.b, [Draft(PUT, RECORD, FIELD, 4, [Reference(three.id16, 1), Reference(three.id16, 3)])])
    assert v.shown(v.ask(engine)) == [1, 3, 4]


def test_o6_in_its_own_set_a_supersede_names_earlier_operations_only(engine: Engine, v: Village) -> None:
    v.state(v.a, [Draft(PUT, RECORD, FIELD, value, [Reference(0, 0)]) for value in (1, 2, 3)])
    assert v.shown(v.ask(engine)) == [3]


def test_o6_a_distance_counts_back_in_the_own_log(engine: Engine, v: Village) -> None:
    for value in (1, 2):
        v.put(v.a, value)
    v.state(v.a, [Draft(PUT, RECORD, FIELD, 3, [Reference(2, 0)])])
    assert v.shown(v.ask(engine)) == [2, 3]


def test_o6_a_distance_names_nothing_across_a_join_or_an_incarnation(engine: Engine, v: Village) -> None:
    restored = v.a.clone("restored")
    v.a.logs[v.reports].tips = v.put(v.a, 1), v.put(restored, 2)
    v.state(v.a, [Draft(PUT, RECORD, FIELD, 3, [Reference(1, 0)])])
    v.state(v.a, [Draft(PUT, RECORD, FIELD, 4, [Reference(1, 0), Reference(2, 0)])], incarnation=1)
    assert v.shown(v.ask(engine)) == [1, 2, 3, 4]


def test_o6_a_reference_to_what_is_not_held_takes_effect_when_it_arrives(engine: Engine, v: Village) -> None:
    old = v.put(v.b, 1)
    v.put(v.a, 2, old)
    assert v.shown(v.ask(engine, old)) == [2]
    assert v.shown(v.ask(engine)) == [2]


def test_o6_two_references_to_one_operation_that_is_not_held_take_effect_as_one(
    engine: Engine, v: Village
) -> None:
    old = v.put(v.b, 1)
    v.put(v.a, 2, old)
    v.put(v.district, 3, old)
    assert v.shown(v.ask(engine, old)) == [2, 3]
    assert v.shown(v.ask(engine)) == [2, 3]
    assert v.shown(engine(v.genesis, [*v.sets[-2:], *v.sets[:-2]])) == [2, 3]


def test_o6_a_distance_over_a_gap_takes_effect_when_the_gap_is_filled(engine: Engine, v: Village) -> None:
    first, lost = v.put(v.a, 1), v.put(v.a, 2, address="khac")
    last = v.state(v.a, [Draft(PUT, RECORD, FIELD, 3, [Reference(2, 0)])])
    v.take(v.district, last)
    gap = v.ask(engine, lost)
    assert gap.of(first, last) == ["accepted"] * 2
    assert v.shown(gap) == [1, 3]
    v.sets.append(v.sets.pop(v.sets.index(lost)))
    assert v.shown(v.ask(engine)) == [3]


def test_o6_references_resolve_among_accepted_sets_only(engine: Engine, v: Village) -> None:
    v.a.tag = 7
    restored = v.a.clone("restored")
    said = DraftSave([Draft(PUT, RECORD, FIELD, 1)])
    over = v.seal(restored, v.reports, [said, DraftSave([Draft(20, RECORD, FIELD, b"?")])], "overstepped")
    v.seal(v.a, v.reports, [said], "alone")
    v.state(v.b, [Draft(PUT, RECORD, FIELD, 2, [Reference(over.id16, 0)])])
    assert v.shown(v.ask(engine)) == [1, 2]
    assert v.shown(v.ask(engine, over)) == [1, 2]


def test_o6_a_reference_names_only_operations_of_the_same_slot(engine: Engine, v: Village) -> None:
    other = v.put(v.a, 1, address="khac")
    v.state(v.b, [Draft(PUT, RECORD, FIELD, 2, [Reference(other.id16, 0)])])
    assert v.shown(v.ask(engine), "vkhac") == [1]


@pytest.mark.parametrize(
    ("kind", "value"), [(COUNT, 1), (NOTE, ["Đã gọi", None]), (ADD, "loa"), (LINK, [RECORD, bytes(17)])]
)
def test_o8_an_operation_supersedes_only_kinds_that_it_can(
    engine: Engine, v: Village, kind: int, value: object
) -> None:
    address = "" if kind == NOTE else FIELD
    first = v.state(v.a, [Draft(kind, RECORD, address, value)])
    v.state(v.b, [Draft(kind, RECORD, address, value, [Reference(first.id16, 0)])])
    slot = {COUNT: "c", NOTE: "n", ADD: "s", LINK: "l"}[kind] + address
    alive = {COUNT: [1, 1], LINK: [value]}.get(kind, [value] * 2)
    shown = said(engine, v).tallies[RECORD, slot] if kind == COUNT else v.shown(v.ask(engine), slot)
    assert shown == (2 if kind == COUNT else alive)
