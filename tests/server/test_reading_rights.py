"""X10: who receives what; scopes that are gained later come from their start."""

from itertools import permutations
from pathlib import Path

import pytest

from haidang_protocol.certificates import Certificate, Rights
from haidang_protocol.entries import revoke_value
from haidang_protocol.ids import AUTHORITY, REPORTS, RESTRICTED, scope_of
from haidang_protocol.ledger import Ledger
from haidang_protocol.memory_store import MemoryStore
from haidang_protocol.operations import CERTIFY, REVOKE, UNIT
from haidang_server.loading import open_hub
from haidang_server.standing import Standings
from tests.server.caller import Caller
from tests.server.running import Running
from tests.server.world import OFFER, OFFICE, READER, REPORTER, START, Person, World, raw


def readable(folder: Path, person: Person, now: int = START) -> frozenset[bytes]:
    """What the hub of a folder lets a person read."""
    hub = open_hub(folder)
    try:
        return hub.standings().of(person.id).scopes(now)
    finally:
        hub.connection.close()


def pull(hub: Running, caller: Caller) -> list[bytes]:
    """Everything that comes down until nothing is left, in the order of arrival."""
    ids = []
    if caller.nonce is None:
        hub.sync(caller)
    while True:
        answer = hub.sync(caller)
        ids += answer.ids
        if answer.cursor is None or not answer.cursor.more:
            return ids


def test_a_reporter_reads_its_unit_and_the_authority_above_it(folder: Path, world: World) -> None:
    above = {scope_of(AUTHORITY, unit) for unit in (world.an, world.east, world.top)}
    assert readable(folder, world.phone) == {scope_of(REPORTS, world.an)} | above


def test_an_officer_reads_the_subtree(folder: Path, world: World) -> None:
    units = (world.east, world.an)
    reports = {scope_of(kind, unit) for kind in (REPORTS, RESTRICTED) for unit in units}
    above = {scope_of(AUTHORITY, unit) for unit in (*units, world.top)}
    assert readable(folder, world.district) == reports | above


def test_a_reader_reads_what_it_may_not_write(folder: Path, world: World) -> None:
    scopes = readable(folder, world.auditor)
    assert {scope_of(REPORTS, unit) for unit in (world.an, world.tan, world.top)} <= scopes
    assert not any(scope[0] == RESTRICTED for scope in scopes)


def test_a_root_reads_everything(folder: Path, world: World) -> None:
    assert readable(folder, world.roots[1]) >= readable(folder, world.province)


def test_who_is_not_certified_reads_nothing(folder: Path, world: World) -> None:
    assert readable(folder, world.person("stranger", world.an)) == frozenset()


@pytest.mark.parametrize("ending", ["retire", "revoke"])
def test_retired_and_revoked_read_nothing_but_their_chain(hub: Running, world: World, ending: str) -> None:
    phone, officer = Caller(world, world.phone), Caller(world, world.district)
    pull(hub, phone)
    end = world.retire if ending == "retire" else lambda by, whom: world.revoke(by, whom, {})
    ended = end(world.district, world.phone)
    hub.sync(officer, [ended])
    report = world.other.report(0)
    hub.sync(Caller(world, world.other), [report])
    ids = pull(hub, phone)
    assert ended.id in ids
    assert report.id not in ids
    assert hub.sync(phone).ids == []
    mine = world.phone.report(0)
    outcome = hub.sync(phone, [mine]).outcomes
    assert outcome == ({} if ending == "retire" else {mine.id: (1, "revoked")})


def test_a_retirement_by_who_cannot_touch_ends_nothing(folder: Path, world: World) -> None:
    hub = open_hub(folder)
    with hub.transaction(START):
        hub.take([world.retire(world.district, world.far)])
    assert hub.standings().of(world.far.id).scopes(START)
    hub.connection.close()


def test_reading_ends_with_the_date_on_the_certificate_by_the_hubs_clock(folder: Path, world: World) -> None:
    guest = world.person("guest", world.an)
    hub = open_hub(folder)
    with hub.transaction(START):
        hub.take(
            [world.district.enter(world.certified(world.district, guest, READER, read_until=START + 10))]
        )
    assert hub.standings().of(guest.id).scopes(START + 10)
    assert not hub.standings().of(guest.id).scopes(START + 11)
    hub.connection.close()


def test_an_unconfirmed_device_gets_its_chain_and_its_verdicts_until_it_is_adopted(
    hub: Running, world: World
) -> None:
    offer = world.person("offer", world.an)
    entry = world.certified(world.district, offer, OFFER, REPORTER, offer=True)
    officer = Caller(world, world.district)
    hub.sync(officer, [world.district.enter(entry, unit=world.an)])
    device = world.person("device", world.an)
    enrolment = offer.enter(world.certified(offer, device, REPORTER))
    caller = Caller(world, device)
    report = device.report(0)
    assert hub.sync(caller, [report], chain=[enrolment]).outcomes == {
        enrolment.id: (1, "unconfirmed"),
        report.id: (1, "unconfirmed"),
    }
    other = world.other.report(0)
    hub.sync(Caller(world, world.other), [other])
    first = pull(hub, caller)
    assert {enrolment.id, world.founding[2].id} <= set(first)
    assert other.id not in first
    assert hub.sync(caller).ids == []
    adopted = world.adopt(world.district, enrolment)
    assert not hub.sync(officer, [adopted], tips=()).outcomes
    ids = pull(hub, caller)
    assert {adopted.id, other.id} <= set(ids)
    assert report.id not in ids


def test_a_scope_that_is_gained_comes_from_its_start(hub: Running, world: World) -> None:
    far, phone, officer = (Caller(world, who) for who in (world.far, world.phone, world.district))
    old = [world.phone.report(number) for number in range(3)]
    hub.sync(phone, old)
    pull(hub, far)
    again = world.person("far", world.an)
    granted = world.district.enter(world.certified(world.district, again, REPORTER), unit=world.an)
    hub.sync(officer, [granted])
    new = world.phone.report(3)
    hub.sync(phone, [new])
    ids = pull(hub, far)
    assert [each.id for each in [*old, new]] == [
        each for each in ids if far.got[each].header.key == world.phone.id
    ]
    assert granted.id in ids
    assert hub.sync(far).ids == []


def test_a_gained_scope_arrives_within_any_budget(hub: Running, world: World) -> None:
    far, phone, officer = (Caller(world, who) for who in (world.far, world.phone, world.district))
    old = [world.phone.report(number) for number in range(6)]
    hub.sync(phone, old)
    pull(hub, far)
    mine = [world.far.report(number) for number in range(3)]
    hub.sync(far, mine)
    again = world.person("far", world.an)
    hub.sync(officer, [world.district.enter(world.certified(world.district, again, REPORTER), unit=world.an)])
    ids: list[bytes] = []
    exceptions = []
    while (answer := hub.sync(far, budget=1)).cursor is not None:
        ids += answer.ids
        exceptions.append(answer.cursor.exceptions)
    assert [each.id for each in old] == [each for each in ids if far.got[each].header.key == world.phone.id]
    assert len(ids) == len(set(ids))
    assert any(each.scope == world.phone.scope for step in exceptions for each in step)
    assert exceptions[-1] == []


def test_who_reads_again_after_a_thiefs_cut_is_cut_gets_what_came_meanwhile(
    hub: Running, world: World
) -> None:
    officer, thief = world.person("officer", world.west), world.person("thief", world.west)
    west = [world.certified(world.province, each, OFFICE, OFFICE) for each in (officer, thief)]
    hub.sync(Caller(world, world.province), [world.province.enter(*west, unit=world.west)])
    second = Certificate(
        public_key=world.phone.public,
        person="phone",
        label="Tân",
        rights=REPORTER,
        grants=None,
        unit=world.tan,
        parent=officer.acting,
    )
    entry = (CERTIFY, raw("second"), second.to_value())
    hub.sync(Caller(world, officer), [officer.enter(entry, unit=world.tan)])
    phone, far = Caller(world, world.phone), Caller(world, world.far)
    pull(hub, phone)
    cut = (REVOKE, raw("cut"), revoke_value(world.phone.id, {}, "thief"))
    hub.sync(Caller(world, thief), [thief.enter(cut, unit=world.tan)])
    missed = world.far.report(1)
    hub.sync(far, [missed])
    hub.sync(Caller(world, world.other), [world.other.report(0)])
    assert missed.id not in pull(hub, phone)
    cut = (REVOKE, raw("cut the thief"), revoke_value(thief.id, {}, "stolen"))
    hub.sync(Caller(world, world.province), [world.province.enter(cut, unit=world.west)])
    assert missed.id in pull(hub, phone)


def test_a_unit_that_joins_the_subtree_brings_its_past(hub: Running, world: World) -> None:
    officer, province, far = (Caller(world, who) for who in (world.district, world.province, world.far))
    reports = [world.far.report(number) for number in range(2)]
    hub.sync(far, reports)
    pull(hub, officer)
    moved = world.province.enter((UNIT, world.tan, [world.east, "Xã Tân"]))
    hub.sync(province, [moved])
    ids = pull(hub, officer)
    assert [each.id for each in reports] == [each for each in ids if each in {r.id for r in reports}]
    assert moved.id in ids


def test_standing_is_the_same_whatever_the_order_of_arrival(world: World) -> None:
    standings = []
    for order in permutations(world.founding):
        ledger = Ledger(world.genesis, MemoryStore())
        for each in order:
            ledger.commit([each])
        standings.append(Standings(ledger).of(world.phone.id))
    assert len(set(standings)) == 1
    assert standings[0].scopes(START)


def test_rights_are_those_of_one_certificate_each(folder: Path, world: World) -> None:
    hub = open_hub(folder)
    nothing = Rights(frozenset({CERTIFY}), frozenset(), frozenset())
    clerk = world.person("clerk", world.an)
    with hub.transaction(START):
        hub.take([world.district.enter(world.certified(world.district, clerk, nothing))])
    assert {scope[0] for scope in hub.standings().of(clerk.id).scopes(START)} == {AUTHORITY}
    hub.connection.close()
