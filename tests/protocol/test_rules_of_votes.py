"""SPEC A10 and V, rule by rule: votes of the roots and the order of verdicts, asked of both engines."""

from collections.abc import Sequence

import pytest

from haidang_protocol.ids import RESTRICTED, scope_of
from haidang_protocol.operations import ATTEST, CERTIFY, DIRECTIVE
from tests.protocol.actors import Device, Draft, certificate_id
from tests.protocol.engines import Engine
from tests.protocol.offices import OFFICE, REPORTER, certificate
from tests.protocol.village import RECORD, Village

# ---------------------------------------------------------------------------------------------------------- A10: votes


def test_a10_one_root_alone_cuts_no_other(engine: Engine, v: Village) -> None:
    v.cut(v.roots[1], v.roots[0])
    v.cut(v.roots[1], v.roots[0])
    assert v.ask(engine).of(*v.sets) == ["accepted"] * len(v.sets)


def test_a10_two_roots_cut_the_third(engine: Engine, v: Village) -> None:
    setup = v.sets[0]
    said = v.put(v.a, 1)
    v.cut(v.roots[1], v.roots[0])
    v.cut(v.roots[2], v.roots[0])
    assert v.ask(engine).of(setup, said) == ["revoked", "certificate"]


def test_a10_a_cut_root_keeps_what_both_votes_keep(engine: Engine, v: Village) -> None:
    setup = v.sets[0]
    late = v.person("late", v.roots[0], v.top)
    later = v.certify(v.roots[0], [late])
    v.cut(v.roots[1], v.roots[0], setup)
    v.cut(v.roots[2], v.roots[0], later)
    assert v.ask(engine).of(setup, later) == ["accepted", "revoked"]


def test_a10_votes_are_never_cut_themselves(engine: Engine, v: Village) -> None:
    votes = [v.cut(v.roots[by], v.roots[about]) for by, about in ((0, 2), (1, 2), (2, 0), (1, 0))]
    assert v.ask(engine).of(*votes) == ["revoked", "accepted", "revoked", "accepted"]


def test_a10_what_cut_roots_say_of_others_than_roots_is_no_vote(engine: Engine, v: Village) -> None:
    setup, said = v.sets[0], v.put(v.province, 1)
    for by in (1, 2):
        v.cut(v.roots[by], v.roots[0], setup)
    for by in (0, 1):
        v.cut(v.roots[by], v.roots[2])
    late = [v.cut(v.roots[by], v.province) for by in (0, 2)]
    assert v.ask(engine).of(setup, said, *late) == ["accepted", "accepted", "revoked", "revoked"]


def test_a10_a_vote_counts_only_where_it_can_touch_a_root(engine: Engine, v: Village) -> None:
    v.cut(v.roots[1], v.roots[0])
    below = v.cut(v.roots[2], v.roots[0], at=v.east)
    said = v.put(v.a, 1)
    assert v.ask(engine).of(below, said, v.sets[0]) == ["unauthorised", "accepted", "accepted"]


def replace_root(v: Village, voters: Sequence[Device]) -> Device:
    """A new root in the slot of root 0, by these votes."""
    value = certificate(v.number(), v.top, None, OFFICE, OFFICE, person=v.roots[0].acting.hex())
    for voter in voters:
        v.enter(voter, v.top, [(CERTIFY, RECORD, value)], "vote")
    return Device("new root", v.next_number, v.top, certificate_id(value))


@pytest.mark.parametrize(
    ("voters", "word"), [((1, 2), "accepted"), ((1,), "certificate"), ((0, 1), "certificate")]
)
def test_a10_a_root_is_replaced_by_the_two_others(
    engine: Engine, v: Village, voters: tuple[int, ...], word: str
) -> None:
    new = replace_root(v, [v.roots[slot] for slot in voters])
    late = v.person("late", new, v.top)
    made, said = v.certify(new, [late]), v.put(late, 1)
    assert v.ask(engine).of(made, said) == [word, word]


def test_a10_a_new_root_votes_in_the_slot_that_it_took(engine: Engine, v: Village) -> None:
    new = replace_root(v, v.roots[1:])
    v.cut(new, v.roots[1])
    v.cut(v.roots[0], v.roots[1])
    assert v.ask(engine).of(v.sets[0], v.sealed_by[v.roots[1].key][0]) == ["accepted"] * 2
    v.cut(v.roots[2], v.roots[1])
    assert v.ask(engine).of(v.sealed_by[v.roots[1].key][0]) == ["revoked"]


# --------------------------------------------------------------------------------------------- V: verdicts in order


def test_v2_a_cut_is_judged_before_a_missing_predecessor(engine: Engine, v: Village) -> None:
    first, second = v.puts(v.a, 2)
    v.cut(v.district, v.a)
    assert v.ask(engine, first).of(second) == ["revoked"]


def test_v2_rights_are_judged_before_a_cut_and_a_cut_before_the_chain(engine: Engine, v: Village) -> None:
    reporter = v.person("reporter", v.district, v.an, REPORTER)
    v.certify(v.district, [reporter])
    over = v.state(reporter, [Draft(ATTEST, RECORD, "confirm", ["confirmed", ""])])
    wrong = v.put(reporter, 1, position=5)
    assert v.ask(engine).of(over, wrong) == ["unauthorised", "chain"]
    v.cut(v.district, reporter)
    assert v.ask(engine).of(over, wrong) == ["unauthorised", "revoked"]


def test_v2_one_certificate_allows_all_kinds_roles_and_the_scope_kind(engine: Engine, v: Village) -> None:
    reporter = v.person("reporter", v.district, v.an, REPORTER)
    v.certify(v.district, [reporter])
    wrong = [
        v.state(v.a, [Draft(20, RECORD, "so_ho", b"?")]),
        v.state(v.a, [Draft(ATTEST, RECORD, "approve", ["approved", ""])]),
        v.put(reporter, 1, scope=scope_of(RESTRICTED, v.an)),
    ]
    right = v.state(v.a, [Draft(ATTEST, RECORD, "confirm", ["confirmed", ""])]), v.put(reporter, 2)
    judged = v.ask(engine)
    assert judged.of(*wrong) == ["unauthorised"] * 3
    assert judged.of(*right) == ["accepted"] * 2


def test_v3_the_fault_of_a_set_does_not_reach_its_successors(engine: Engine, v: Village) -> None:
    first = v.put(v.a, 1)
    over = v.state(v.a, [Draft(20, RECORD, "so_ho", b"?")])
    after = v.put(v.a, 2, first)
    judged = v.ask(engine)
    assert judged.of(first, over, after) == ["accepted", "unauthorised", "accepted"]
    assert v.shown(judged) == [2]


def test_v4_verdicts_follow_authority_whenever_it_arrives(engine: Engine, v: Village) -> None:
    said = v.put(v.a, 1)
    cut = v.cut(v.district, v.a)
    back = v.take(v.province, said)
    assert [v.ask(engine, *lost).of(said) for lost in ([cut, back], [back], [])] == [
        ["accepted"],
        ["revoked"],
        ["accepted"],
    ]


@pytest.mark.parametrize("years", [-50, 50])
def test_a11_a_set_of_any_claimed_time_counts(engine: Engine, v: Village, years: int) -> None:
    first = v.put(v.a, 1)
    v.enter(v.province, v.top, [(DIRECTIVE, RECORD, ["?"])], "directive", time=-years * 365 * 24 * 3600)
    said = v.put(v.a, 2, first, time=years * 365 * 24 * 3600)
    judged = v.ask(engine)
    assert judged.of(*v.sets) == ["accepted"] * len(v.sets)
    assert v.shown(judged) == [2]
    assert v.ask(engine, said).of(first) == ["accepted"]


@pytest.mark.parametrize("years", [-50, 50])
def test_a11_a_claimed_time_decides_nothing(engine: Engine, v: Village, years: int) -> None:
    first = v.put(v.a, 1)
    cut = v.cut(v.district, v.a, first, time=0)
    late = v.put(v.a, 2, first, time=years * 365 * 24 * 3600)
    judged = v.ask(engine)
    assert judged.of(first, cut, late) == ["accepted", "accepted", "revoked"]
    assert v.shown(judged) == [1]
