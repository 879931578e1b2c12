"""SPEC L, A1–A5 and A12, rule by rule, asked of the model and of the product alike."""

import pytest

from haidang_protocol.operations import ATTEST, CERTIFY, DIRECTIVE, UNIT
from tests.protocol.actors import Draft
from tests.protocol.engines import Engine
from tests.protocol.offices import HEAD, OFFICE, REPORTER, Rights, certificate
from tests.protocol.village import RECORD, Village

# ------------------------------------------------------------------------------------------------ L: logs and chains


def test_reports_under_a_certificate_that_counts_are_accepted(engine: Engine, v: Village) -> None:
    v.put(v.a, 1)
    judged = v.ask(engine)
    assert judged.of(*v.sets) == ["accepted"] * len(v.sets)
    assert v.shown(judged) == [1]


def test_l1_a_set_at_a_wrong_position_is_quarantined_and_its_successor_is_not(
    engine: Engine, v: Village
) -> None:
    first = v.put(v.a, 1)
    wrong = v.put(v.a, 2, first, position=2)
    after = v.put(v.a, 3, first)
    judged = v.ask(engine)
    assert judged.of(first, wrong, after) == ["accepted", "chain", "accepted"]
    assert v.shown(judged) == [3]


def test_l1_a_set_that_follows_the_set_of_another_key_is_quarantined(engine: Engine, v: Village) -> None:
    foreign = v.put(v.b, 1)
    wrong = v.put(v.a, 2, previous=(foreign.id,), position=1)
    assert v.ask(engine).of(foreign, wrong) == ["accepted", "chain"]
    assert v.ask(engine, foreign).of(wrong) == ["predecessor"]


def test_l1_a_set_that_falls_back_in_incarnation_is_quarantined(engine: Engine, v: Village) -> None:
    ahead = v.put(v.a, 1, incarnation=1)
    back = v.put(v.a, 2, incarnation=0)
    assert v.ask(engine).of(ahead, back) == ["accepted", "chain"]


def test_l2_both_branches_of_a_fork_are_kept_as_concurrent(engine: Engine, v: Village) -> None:
    first = v.put(v.a, 0)
    restored = v.a.clone("restored")
    branches = [v.put(v.a, 1, first), v.put(restored, 2, first)]
    judged = v.ask(engine)
    assert judged.of(*branches) == ["accepted"] * 2
    assert v.shown(judged) == [1, 2]


def test_l3_the_next_incarnation_names_all_tips_and_goes_on(engine: Engine, v: Village) -> None:
    restored = v.a.clone("restored")
    branches = v.put(v.a, 1), v.put(restored, 2)
    v.a.logs[v.reports].tips = branches
    joined = v.put(v.a, 3, *branches, incarnation=1)
    after = v.put(v.a, 4, joined)
    judged = v.ask(engine)
    assert judged.of(joined, after) == ["accepted"] * 2
    assert v.shown(judged) == [4]


def test_l4_a_set_waits_until_its_whole_line_is_held(engine: Engine, v: Village) -> None:
    first, second, third = v.put(v.a, 1), v.put(v.a, 2), v.put(v.a, 3)
    judged = v.ask(engine, first)
    assert judged.of(second, third) == ["predecessor"] * 2
    assert v.shown(judged) == []
    assert v.ask(engine).of(first, second, third) == ["accepted"] * 3


# -------------------------------------------------------------------------------------------------- A2: certificates


def test_a2_rights_only_shrink_downwards(engine: Engine, v: Village) -> None:
    deputy = v.person("deputy", v.district, v.east, grants=REPORTER)
    more, less = v.person("more", deputy, v.an, HEAD), v.person("less", deputy, v.an, REPORTER)
    v.certify(v.district, [deputy])
    v.certify(deputy, [more, less])
    said = v.put(more, 1), v.put(less, 2)
    assert v.ask(engine).of(*said) == ["certificate", "accepted"]


def test_a2_who_may_not_certify_certifies_nobody(engine: Engine, v: Village) -> None:
    deputy = v.person("deputy", v.district, v.east, REPORTER, grants=OFFICE)
    v.certify(v.district, [deputy])
    child = v.person("child", deputy, v.an, REPORTER)
    made, said = v.certify(deputy, [child]), v.put(child, 1)
    assert v.ask(engine).of(made, said) == ["unauthorised", "certificate"]


def test_a2_a_certificate_grants_no_more_than_it_was_granted(engine: Engine, v: Village) -> None:
    deputy = v.person("deputy", v.district, v.east, grants=REPORTER)
    v.certify(v.district, [deputy])
    greedy = v.person("greedy", deputy, v.an, REPORTER, grants=HEAD)
    modest = v.person("modest", deputy, v.an, REPORTER, grants=REPORTER)
    v.certify(deputy, [greedy, modest])
    said = v.put(greedy, 1), v.put(modest, 2)
    assert v.ask(engine).of(*said) == ["certificate", "accepted"]


def test_a2_what_may_not_delegate_certifies_nobody(engine: Engine, v: Village) -> None:
    deputy = v.person("deputy", v.district, v.east, grants=None)
    child = v.person("child", deputy, v.an, REPORTER)
    v.certify(v.district, [deputy])
    made, said = v.certify(deputy, [child]), v.put(child, 1)
    assert v.ask(engine).of(made, said) == ["accepted", "certificate"]


def test_a2_a_certificate_for_a_unit_outside_the_place_of_its_entry_counts_for_nothing(
    engine: Engine, v: Village
) -> None:
    stranger = v.person("stranger", v.district, v.tan, HEAD)
    v.certify(v.district, [stranger])
    said = v.put(stranger, 1, scope=v.reports_tan)
    assert v.ask(engine).of(said) == ["certificate"]


def test_a2_a_certificate_reaches_down_its_subtree_only(engine: Engine, v: Village) -> None:
    below, beside = v.put(v.district, 1), v.put(v.district, 2, scope=v.reports_tan)
    assert v.ask(engine).of(below, beside) == ["accepted", "certificate"]


@pytest.mark.parametrize(
    ("limits", "counts"),
    [
        ({"forms": ["a"], "until": 10}, True),
        ({"forms": ["a", "c"], "until": 10}, False),
        ({"forms": [], "until": 10}, False),
        ({"forms": ["a"], "until": 11}, False),
        ({"forms": ["a"], "until": None}, False),
    ],
)
def test_a2_forms_and_reading_time_shrink_too(
    engine: Engine,
    v: Village,
    limits: dict[str, object],
    counts: bool,  # noqa: FBT001 - a case of the test
) -> None:
    deputy = v.person("deputy", v.district, v.east, forms=["a", "b"], until=10)
    child = v.person("child", deputy, v.an, HEAD, **limits)
    v.certify(v.district, [deputy])
    v.certify(deputy, [child])
    said = v.put(child, 1)
    assert v.ask(engine).of(said) == ["accepted" if counts else "certificate"]


def test_a2_a_certificate_counts_only_under_the_parent_that_it_names(engine: Engine, v: Village) -> None:
    child = v.person("child", v.other_district, v.an, HEAD)
    v.certify(v.district, [child])
    said = v.put(child, 1)
    assert v.ask(engine).of(said) == ["certificate"]


def test_a2_rights_of_two_certificates_do_not_combine(engine: Engine, v: Village) -> None:
    attester: Rights = [[ATTEST], ["confirm"], [0]]
    person = v.person("reporter", v.district, v.an, REPORTER)
    v.paper["attester"] = certificate(person.number, v.an, v.district.acting, attester, None)
    v.certify(v.district, [person])
    v.enter(v.district, v.east, [(CERTIFY, RECORD, v.paper["attester"])], "certify")
    put = Draft(1, RECORD, "so_ho", 1)
    attest = Draft(ATTEST, RECORD, "confirm", ["confirmed", ""])
    apart = v.state(person, [put]), v.state(person, [attest])
    both = v.state(person, [put, attest])
    assert v.ask(engine).of(*apart, both) == ["accepted", "accepted", "unauthorised"]


def test_a2_one_certificate_in_two_entries_is_one(engine: Engine, v: Village) -> None:
    twice = v.person("twice", v.district, v.an, HEAD)
    first, second = v.certify(v.district, [twice]), v.certify(v.district, [twice])
    said = v.put(twice, 1)
    for lost in ([], [second]):
        assert v.ask(engine, *lost).of(said) == ["accepted"]
    assert v.ask(engine, first, second).of(said) == ["certificate"]


@pytest.mark.parametrize("value", [[], [1], ["paper"], [[b"", b""]], [b"", [], "", None]])
def test_a2_an_entry_of_another_form_is_inert_and_harms_no_other(
    engine: Engine, v: Village, value: object
) -> None:
    late = v.person("late", v.district, v.an, HEAD)
    strange = v.certify(v.district, [late], *((kind, RECORD, value) for kind in (CERTIFY, 50, 51, 53, UNIT)))
    said = v.put(late, 1)
    assert v.ask(engine).of(strange, said) == ["accepted"] * 2


# --------------------------------------------------------------------------------------------------------- A3: units


def test_a3_a_unit_comes_under_another_only_by_an_entry_at_or_above_it(engine: Engine, v: Village) -> None:
    v.enter(v.district, v.east, [(UNIT, v.tan, [v.east])], "grab")
    by_grabber, by_owner = v.put(v.district, 1, scope=v.reports_tan), v.put(v.c, 2, scope=v.reports_tan)
    assert v.ask(engine).of(by_grabber, by_owner) == ["certificate", "accepted"]


def test_a3_moving_a_unit_is_signed_above_both_parents_and_keeps_both(engine: Engine, v: Village) -> None:
    v.enter(v.province, v.top, [(UNIT, v.an, [v.west])], "move")
    grab = v.enter(v.other_district, v.west, [(UNIT, v.east, [v.west])], "grab")
    said = v.put(v.district, 1), v.put(v.other_district, 2)
    beyond = v.put(v.other_district, 3, scope=bytes(1) + v.east)
    assert v.ask(engine).of(grab, *said, beyond) == ["accepted"] * 3 + ["certificate"]


def test_a3_a_unit_given_from_above_both_parents_is_below_both(engine: Engine, v: Village) -> None:
    hamlet, late = v.unit(9), v.person("late", v.province, v.top)
    v.certify(v.province, [late], (UNIT, hamlet, [v.east]), (UNIT, hamlet, [v.west]))
    scope = bytes(1) + hamlet
    said = [v.put(office, 1, scope=scope) for office in (v.district, v.other_district, late)]
    assert v.ask(engine).of(*said) == ["accepted"] * 3


def test_a3_an_edge_that_closes_a_cycle_counts_for_nothing(engine: Engine, v: Village) -> None:
    before = v.put(v.district, 1)
    v.enter(v.province, v.top, [(UNIT, v.top, [v.an]), (UNIT, v.east, [v.an])], "cycle")
    after = v.put(v.b, 2)
    assert v.ask(engine).of(before, after) == ["accepted"] * 2


def test_a3_of_two_edges_that_exclude_each_other_the_lesser_identity_counts(
    engine: Engine, v: Village
) -> None:
    one, other = v.unit(8), v.unit(9)
    edges = [(UNIT, one, [v.top]), (UNIT, other, [v.top]), (UNIT, one, [other]), (UNIT, other, [one])]
    made = v.enter(v.province, v.top, edges, "edges")
    people = [v.person(f"of {name}", v.province, unit) for name, unit in (("one", one), ("other", other))]
    v.certify(v.province, people)
    below = [v.put(people[0], 1, scope=bytes(1) + other), v.put(people[1], 1, scope=bytes(1) + one)]
    one_below_other = made.identity(2) < made.identity(3)
    expected = ["certificate", "accepted"] if one_below_other else ["accepted", "certificate"]
    assert v.ask(engine).of(*below) == expected


# ------------------------------------------------------------------------------------------ A4, A5: depth and place


def test_a4_offices_of_one_depth_that_revoke_each_other_at_once_are_both_untouched(
    engine: Engine, v: Village
) -> None:
    deputy = v.person("deputy", v.province, v.east)
    v.certify(v.province, [deputy])
    cuts = v.cut(v.district, deputy), v.cut(deputy, v.district)
    late = v.person("late", v.district, v.an, HEAD)
    v.certify(v.district, [late])
    said = v.put(late, 1), v.put(deputy, 2)
    assert v.ask(engine).of(*cuts, *said) == ["accepted"] * 4


def test_a4_of_two_that_revoke_each_other_the_nearer_to_the_root_prevails(engine: Engine, v: Village) -> None:
    down, up = v.cut(v.province, v.district), v.cut(v.district, v.province)
    judged = v.ask(engine)
    assert judged.of(down, up) == ["accepted", "revoked"]
    said = v.put(v.a, 1), v.put(v.c, 2, scope=v.reports_tan)
    assert v.ask(engine).of(*said) == ["certificate", "accepted"]


def test_a4_an_authority_set_stands_under_the_one_certificate_that_it_names(
    engine: Engine, v: Village
) -> None:
    mine = v.cut(v.district, v.a)
    borrowed = v.enter(v.district, v.east, [(DIRECTIVE, RECORD, ["?"])], "borrowed", acting=v.province.acting)
    unheard = v.enter(v.district, v.east, [(DIRECTIVE, RECORD, ["?"])], "unheard", acting=RECORD)
    outside = v.enter(v.district, v.west, [(DIRECTIVE, RECORD, ["?"])], "outside")
    assert v.ask(engine).of(mine, borrowed, unheard, outside) == [
        "accepted",
        "unauthorised",
        "unauthorised",
        "certificate",
    ]


def test_a4_an_entry_touches_only_what_lies_below_the_unit_where_it_is_written(
    engine: Engine, v: Village
) -> None:
    said = v.put(v.c, 1, scope=v.reports_tan)
    v.cut(v.province, v.c, at=v.east)
    assert v.ask(engine).of(said) == ["accepted"]
    v.cut(v.province, v.c, at=v.west)
    assert v.ask(engine).of(said) == ["revoked"]


def test_a4_an_office_cuts_nobody_nearer_to_the_root(engine: Engine, v: Village) -> None:
    deputy = v.person("deputy", v.province, v.top)
    v.certify(v.province, [deputy])
    said = v.put(v.province, 1)
    up = v.cut(deputy, v.province, at=v.top)
    later = v.enter(v.province, v.top, [(DIRECTIVE, RECORD, ["?"])], "directive")
    assert v.ask(engine).of(up, said, later) == ["accepted"] * 3


def test_a4_an_entry_below_the_unit_of_a_certificate_does_not_touch_it(engine: Engine, v: Village) -> None:
    deputy = v.person("deputy", v.province, v.top)
    v.certify(v.province, [deputy])
    said = v.put(deputy, 1)
    v.cut(v.province, deputy, at=v.east)
    v.cut(v.province, deputy, at=v.an)
    assert v.ask(engine).of(said) == ["accepted"]
    v.cut(v.province, deputy, at=v.top)
    assert v.ask(engine).of(said) == ["revoked"]


def test_a4_touching_authority_sets_uses_the_edges_of_nearer_depths_touching_reports_all(
    engine: Engine, v: Village
) -> None:
    deputy = v.person("deputy", v.province, v.top)
    v.certify(v.province, [deputy])
    said, first = v.put(v.district, 1), v.enter(v.district, v.east, [(DIRECTIVE, RECORD, ["một"])], "first")
    second = v.enter(v.district, v.east, [(DIRECTIVE, RECORD, ["hai"])], "second")
    v.cut(v.province, v.district, at=v.west)
    assert v.ask(engine).of(said, first, second) == ["accepted"] * 3
    v.enter(deputy, v.top, [(UNIT, v.east, [v.west])], "under")
    assert v.ask(engine).of(said, first, second) == ["revoked", "accepted", "accepted"]
    assert v.ask(engine, first).of(second) == ["predecessor"]


def test_a5_what_is_written_elsewhere_changes_no_verdict_whatever_else_is_held(
    engine: Engine, v: Village
) -> None:
    said, mine = v.put(v.a, 1), v.put(v.district, 2)
    v.cut(v.province, v.a, at=v.tan)
    v.cut(v.province, v.district, at=v.an)
    v.take(v.province, said, at=v.tan)
    assert v.ask(engine).of(said, mine) == ["accepted"] * 2


def test_a12_concurrent_definitions_are_both_live_and_effective_ones_alone(
    engine: Engine, v: Village
) -> None:
    deputy = v.person("deputy", v.province, v.east)
    v.certify(v.province, [deputy])
    made = [
        v.enter(by, v.east, [(DIRECTIVE, RECORD, [value])], "directive")
        for by, value in ((v.district, "một"), (deputy, "hai"), (v.a, "ba"))
    ]
    judged = v.ask(engine)
    assert judged.of(*made) == ["accepted", "accepted", "certificate"]
    live = judged.live[made[0].header.scope][RECORD, "v"]
    assert live == {made[0].identity(0), made[1].identity(0)}
