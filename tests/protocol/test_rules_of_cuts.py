"""SPEC A6–A11 and V, rule by rule: cuts, adoptions, offers, votes and the order of verdicts, asked of both engines."""

from collections.abc import Sequence

import pytest

from haidang_protocol.envelope import OpenedSet
from haidang_protocol.ids import RESTRICTED, scope_of
from haidang_protocol.operations import ATTEST, CERTIFY, DIRECTIVE, REDACT, REFUSE, RETIRE
from tests.protocol.actors import Device, Draft, certificate_id
from tests.protocol.engines import Engine
from tests.protocol.model import judge
from tests.protocol.offices import HEAD, OFFER, OFFICE, REPORTER, certificate
from tests.protocol.village import RECORD, Village


def line(v: Village, device: Device, length: int) -> list[OpenedSet]:
    """So many reports of a device, one after the other."""
    return [v.put(device, at) for at in range(length)]


# --------------------------------------------------------------------------------------------------------- A6: revoke


def test_a6_a_cut_keeps_the_named_tip_and_its_ancestors(engine: Engine, v: Village) -> None:
    sets = line(v, v.a, 3)
    v.cut(v.district, v.a, sets[1])
    judged = v.ask(engine)
    assert judged.of(*sets) == ["accepted", "accepted", "revoked"]
    assert v.shown(judged) == [0, 1]


def test_a6_a_thiefs_fork_below_the_cut_is_cut_because_a_cut_names_ids_never_positions(
    engine: Engine, v: Village
) -> None:
    first = v.put(v.a, 0)
    thief = v.a.clone("thief")
    mine = line(v, v.a, 3)
    theirs = v.put(thief, "forged")
    v.cut(v.district, v.a, mine[-1])
    assert v.ask(engine).of(first, *mine, theirs) == ["accepted"] * 4 + ["revoked"]


def test_a6_cuts_of_one_log_intersect(engine: Engine, v: Village) -> None:
    first = v.put(v.a, 0)
    restored = v.a.clone("restored")
    left, right = v.put(v.a, 1), v.put(restored, 2)
    v.cut(v.district, v.a, left)
    v.cut(v.province, v.a, right)
    assert v.ask(engine).of(first, left, right) == ["accepted", "revoked", "revoked"]


def test_a6_a_log_that_no_cut_lists_is_cut_at_its_start(engine: Engine, v: Village) -> None:
    listed = v.put(v.a, 1)
    unlisted = v.put(v.a, 2, scope=scope_of(RESTRICTED, v.an))
    v.cut(v.district, v.a, listed)
    assert v.ask(engine).of(listed, unlisted) == ["accepted", "revoked"]
    v.cut(v.province, v.a, unlisted)
    assert v.ask(engine).of(listed, unlisted) == ["accepted", "accepted"]


def test_a6_a_log_named_without_tips_is_cut_by_that_entry_whatever_others_keep(
    engine: Engine, v: Village
) -> None:
    sets = line(v, v.a, 2)
    v.cut(v.province, v.a, sets[-1])
    assert v.ask(engine).of(*sets) == ["accepted"] * 2
    v.cut(v.district, v.a, listed=[[0, v.reports, []]])
    assert v.ask(engine).of(*sets) == ["revoked"] * 2


def test_a6_a_tip_of_the_next_incarnation_lists_the_log_that_it_descends_from(
    engine: Engine, v: Village
) -> None:
    old, beyond = v.put(v.a, 1), v.a.clone("thief")
    new = v.put(v.a, 2, incarnation=1)
    theirs = v.put(beyond, 3)
    v.cut(v.district, v.a, listed=[[1, v.reports, [new.id]]])
    assert v.ask(engine).of(old, new, theirs) == ["accepted", "accepted", "revoked"]


def test_a6_a_named_tip_that_is_not_held_keeps_nothing_until_it_arrives(engine: Engine, v: Village) -> None:
    sets = line(v, v.a, 3)
    v.cut(v.district, v.a, sets[2])
    assert v.ask(engine, sets[2]).of(*sets[:2]) == ["revoked"] * 2
    assert v.ask(engine).of(*sets) == ["accepted"] * 3


def test_a6_a_cut_holds_for_certificates_of_the_key_that_come_later(engine: Engine, v: Village) -> None:
    v.cut(v.province, v.a)
    v.paper["again"] = certificate(v.a.number, v.an, v.district.acting, REPORTER, None)
    v.enter(v.district, v.east, [(CERTIFY, RECORD, v.paper["again"])], "again")
    said = v.put(v.a, 1)
    assert v.ask(engine).of(said) == ["revoked"]


def test_a6_what_a_cut_office_certified_counts_no_more(engine: Engine, v: Village) -> None:
    said = v.put(v.a, 1)
    v.cut(v.province, v.district)
    assert v.ask(engine).of(said) == ["certificate"]
    kept = v.sealed_by[v.district.key][0]
    v.cut(v.province, v.district, kept)
    assert v.ask(engine).of(said) == ["accepted"]


# ---------------------------------------------------------------------------------------------------------- A7: adopt


@pytest.mark.parametrize(
    ("adopter", "revoker", "word"),
    [
        ("district", "district", "accepted"),
        ("district", "province", "revoked"),
        ("province", "district", "accepted"),
    ],
)
def test_a7_an_adopt_beats_cuts_of_its_own_depth_and_farther_never_nearer_ones(
    engine: Engine, v: Village, adopter: str, revoker: str, word: str
) -> None:
    said = v.put(v.a, 1)
    v.cut(getattr(v, revoker), v.a)
    assert v.ask(engine).of(said) == ["revoked"]
    v.take(getattr(v, adopter), said)
    assert v.ask(engine).of(said) == [word]


def test_a7_after_a_cut_at_the_fork_the_owners_run_is_adopted_without_the_thiefs(
    engine: Engine, v: Village
) -> None:
    first = v.put(v.a, 0)
    thief = v.a.clone("thief")
    theirs = v.put(thief, "forged")
    v.cut(v.district, v.a, first)
    v.a.logs[v.reports].tips = (v.put(v.a, 1), theirs)
    joined = v.put(v.a, 2, incarnation=1)
    mine = v.sealed_by[v.a.key][2]
    v.take(v.district, joined, after=[theirs])
    assert v.ask(engine).of(first, theirs, mine, joined) == ["accepted", "revoked", "accepted", "accepted"]


def test_a7_an_adopt_accepts_past_a_gap_and_its_run_counts_as_known(engine: Engine, v: Village) -> None:
    first, lost, second, third, fourth = line(v, v.a, 5)
    assert v.ask(engine, lost).of(first, second, third) == ["accepted", "predecessor", "predecessor"]
    v.take(v.district, third)
    assert v.ask(engine, lost).of(first, second, third, fourth) == ["accepted"] * 4


def test_a7_what_follows_an_adopted_set_of_another_key_is_known_in_any_order(
    engine: Engine, v: Village
) -> None:
    lost, second, tip = line(v, v.b, 3)
    wrong = v.put(v.a, 1, previous=(second.id,), position=5)
    after = v.put(v.a, 2)
    v.take(v.district, tip)
    held = [s for s in v.sets if s not in (lost, tip)]
    assert engine(v.genesis, held).of(wrong, after) == ["chain", "predecessor"]
    for sets in ([*held, tip], [tip, *held]):
        assert engine(v.genesis, sets).of(wrong, after) == ["chain", "accepted"]


def test_a7_an_adopt_names_a_run_and_its_bases_and_theirs_are_left_out(engine: Engine, v: Village) -> None:
    sets = line(v, v.a, 4)
    v.cut(v.district, v.a)
    v.take(v.district, sets[2], after=[sets[0]])
    assert v.ask(engine).of(*sets) == ["revoked", "accepted", "accepted", "revoked"]


def test_a7_an_adopt_lends_no_right(engine: Engine, v: Village) -> None:
    reporter = v.person("reporter", v.district, v.an, REPORTER)
    v.certify(v.district, [reporter])
    said = v.state(reporter, [Draft(ATTEST, RECORD, "confirm", ["confirmed", ""])])
    v.take(v.province, said)
    assert v.ask(engine).of(said) == ["unauthorised"]


def test_a7_an_adopt_that_does_not_touch_the_certificate_adopts_nothing(engine: Engine, v: Village) -> None:
    said = v.put(v.a, 1)
    v.cut(v.district, v.a)
    v.take(v.other_district, said)
    v.take(v.b, said, at=v.an)
    v.take(v.province, said, at=v.west)
    assert v.ask(engine).of(said) == ["revoked"]


# --------------------------------------------------------------------------------------------------------- A8: offers


def enrol(v: Village, offer: Device, name: str) -> tuple[Device, OpenedSet]:
    """A new device that the offer key certifies."""
    device = v.person(name, offer, v.an, HEAD)
    return device, v.certify(offer, [device])


def test_a8_an_enrolment_waits_for_the_officers_adopt(engine: Engine, v: Village) -> None:
    offer = v.person("offer", v.district, v.an, OFFER, grants=HEAD, offer=True)
    v.certify(v.district, [offer])
    device, taken = enrol(v, offer, "device")
    said = v.put(device, 1)
    judged = v.ask(engine)
    assert judged.of(taken, said) == ["unconfirmed"] * 2
    assert v.shown(judged) == []
    v.take(v.district, taken)
    assert v.ask(engine).of(taken, said) == ["accepted"] * 2


def test_a8_a_second_use_of_an_offer_counts_only_if_it_too_is_adopted(engine: Engine, v: Village) -> None:
    offer = v.person("offer", v.district, v.an, OFFER, grants=HEAD, offer=True)
    v.certify(v.district, [offer])
    thief = offer.clone("thief")
    device, taken = enrol(v, offer, "device")
    other, stolen = enrol(v, thief, "other")
    said = v.put(device, 1), v.put(other, 2)
    v.take(v.district, taken)
    assert v.ask(engine).of(taken, stolen, *said) == ["accepted", "unconfirmed", "accepted", "unconfirmed"]
    v.take(v.district, stolen)
    assert v.ask(engine).of(taken, stolen, *said) == ["accepted"] * 4


def test_a8_a_revoked_offer_cannot_be_used(engine: Engine, v: Village) -> None:
    offer = v.person("offer", v.district, v.an, OFFER, grants=HEAD, offer=True)
    v.certify(v.district, [offer])
    v.cut(v.district, offer)
    device, taken = enrol(v, offer, "device")
    said = v.put(device, 1)
    assert v.ask(engine).of(taken, said) == ["revoked", "certificate"]


def test_a8_a_key_with_one_confirmed_certificate_is_judged_by_that(engine: Engine, v: Village) -> None:
    offer = v.person("offer", v.district, v.an, OFFER, grants=HEAD, offer=True)
    v.certify(v.district, [offer])
    v.paper["a again"] = certificate(v.a.number, v.an, offer.acting, HEAD, None)
    v.enter(offer, v.an, [(CERTIFY, RECORD, v.paper["a again"])], "again")
    said = v.put(v.a, 1)
    assert v.ask(engine).of(said) == ["accepted"]


# ------------------------------------------------------------------------------------ A9: what changes no verdict


@pytest.mark.parametrize("kind", [REFUSE, RETIRE])
def test_a9_refuse_and_retire_change_no_verdict(engine: Engine, v: Village, kind: int) -> None:
    said = v.put(v.a, 1)
    about = v.a.key if kind == RETIRE else [said.id]
    v.enter(v.district, v.east, [(kind, RECORD, [about, "chuyển công tác"])], "close")
    later = v.put(v.a, 2)
    assert v.ask(engine).of(said, later) == ["accepted"] * 2


def test_a9_a_redaction_counts_with_two_entries_one_of_them_near_the_root(v: Village) -> None:
    said = v.put(v.a, 1)
    deputy = v.person("deputy", v.province, v.east)
    v.certify(v.province, [deputy])
    entry = (REDACT, RECORD, [[said.id], "thông tin cá nhân"])
    for by, counts in ((v.district, False), (v.district, False), (deputy, False), (v.province, True)):
        v.enter(by, by.unit, [entry], "redact")
        assert (said.id in judge(v.genesis, v.sets).redacted) == counts


def test_a9_a_redaction_counts_once_the_chain_of_its_entry_is_held(engine: Engine, v: Village) -> None:
    said = v.put(v.a, 1)
    entry = (REDACT, RECORD, [[said.id], "thông tin cá nhân"])
    v.enter(v.district, v.east, [entry], "redact")
    gap = v.enter(v.province, v.east, [(DIRECTIVE, RECORD, [1])], "directive")
    v.enter(v.province, v.east, [entry], "redact")
    assert not v.ask(engine, gap).dropped
    v.sets.append(v.sets.pop(v.sets.index(gap)))
    assert v.ask(engine).dropped == {said.id}


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
    first, second = line(v, v.a, 2)
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
def test_a11_a_claimed_time_decides_nothing(engine: Engine, v: Village, years: int) -> None:
    first = v.put(v.a, 1)
    cut = v.cut(v.district, v.a, first, time=0)
    late = v.put(v.a, 2, first, time=years * 365 * 24 * 3600)
    judged = v.ask(engine)
    assert judged.of(first, cut, late) == ["accepted", "accepted", "revoked"]
    assert v.shown(judged) == [1]
