"""SPEC A6–A9, rule by rule: cuts, adoptions, offers and redactions, asked of both engines."""

import pytest

from haidang_protocol.envelope import OpenedSet
from haidang_protocol.ids import RESTRICTED, scope_of
from haidang_protocol.operations import ATTEST, CERTIFY, DIRECTIVE, REDACT, REFUSE, RETIRE
from tests.protocol.actors import Device, Draft
from tests.protocol.engines import Engine
from tests.protocol.model import judge
from tests.protocol.offices import HEAD, OFFER, REPORTER, certificate
from tests.protocol.village import RECORD, Village

# --------------------------------------------------------------------------------------------------------- A6: revoke


def test_a6_a_cut_keeps_the_named_tip_and_its_ancestors(engine: Engine, v: Village) -> None:
    sets = v.puts(v.a, 3)
    v.cut(v.district, v.a, sets[1])
    judged = v.ask(engine)
    assert judged.of(*sets) == ["accepted", "accepted", "revoked"]
    assert v.shown(judged) == [0, 1]


def test_a6_a_thiefs_fork_below_the_cut_is_cut_because_a_cut_names_ids_never_positions(
    engine: Engine, v: Village
) -> None:
    first = v.put(v.a, 0)
    thief = v.a.clone("thief")
    mine = v.puts(v.a, 3)
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
    sets = v.puts(v.a, 2)
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
    sets = v.puts(v.a, 3)
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
    first, lost, second, third, fourth = v.puts(v.a, 5)
    assert v.ask(engine, lost).of(first, second, third) == ["accepted", "predecessor", "predecessor"]
    v.take(v.district, third)
    assert v.ask(engine, lost).of(first, second, third, fourth) == ["accepted"] * 4


def test_a7_what_follows_an_adopted_set_of_another_key_is_known_in_any_order(
    engine: Engine, v: Village
) -> None:
    lost, second, tip = v.puts(v.b, 3)
    wrong = v.put(v.a, 1, previous=(second.id,), position=5)
    after = v.put(v.a, 2)
    v.take(v.district, tip)
    held = [s for s in v.sets if s not in (lost, tip)]
    assert engine(v.genesis, held).of(wrong, after) == ["chain", "predecessor"]
    for sets in ([*held, tip], [tip, *held]):
        assert engine(v.genesis, sets).of(wrong, after) == ["chain", "accepted"]


def test_a7_an_adopt_names_a_run_and_its_bases_and_theirs_are_left_out(engine: Engine, v: Village) -> None:
    sets = v.puts(v.a, 4)
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


def test_a8_an_adopt_of_exactly_one_use_lets_nothing_before_or_behind_it_count(
    engine: Engine, v: Village
) -> None:
    offer = v.person("offer", v.district, v.an, OFFER, grants=HEAD, offer=True)
    v.certify(v.district, [offer])
    uses = [enrol(v, offer, name) for name in ("hidden", "compared", "late")]
    sets = [taken for _, taken in uses]
    assert sets[1].header.previous == (sets[0].id,)
    assert sets[2].header.previous == (sets[1].id,)
    said = [v.put(device, at) for at, (device, _) in enumerate(uses)]
    v.take(v.district, sets[1], after=[sets[0]])
    judged = v.ask(engine)
    assert judged.of(*sets) == ["unconfirmed", "accepted", "unconfirmed"]
    assert judged.of(*said) == ["unconfirmed", "accepted", "unconfirmed"]
    v.take(v.district, sets[2])
    assert v.ask(engine).of(*sets, *said) == ["accepted"] * 6


def test_a8_only_a_certificate_that_would_count_waits_for_confirmation(engine: Engine, v: Village) -> None:
    offer = v.person("offer", v.district, v.an, OFFER, grants=REPORTER, offer=True)
    v.certify(v.district, [offer])
    modest, greedy = v.person("modest", offer, v.an, REPORTER), v.person("greedy", offer, v.an, HEAD)
    taken = v.certify(offer, [modest, greedy], (DIRECTIVE, RECORD, ["?"]))
    plain = v.certify(offer, [modest, greedy])
    said = v.put(modest, 1), v.put(greedy, 2)
    assert v.ask(engine).of(taken, plain, *said) == [
        "unauthorised",
        "unconfirmed",
        "unconfirmed",
        "certificate",
    ]
    v.take(v.district, plain)
    assert v.ask(engine).of(plain, *said) == ["accepted", "accepted", "certificate"]


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
