"""X: the exchange, over a real socket."""

from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from haidang_protocol import statements
from haidang_protocol.body import Operation, Save
from haidang_protocol.envelope import OpenedSet, open_set
from haidang_protocol.messages import Nonce, Refusal, States
from haidang_protocol.operations import PUT
from haidang_protocol.verdicts import CODES
from tests.server.caller import Caller
from tests.server.running import Running
from tests.server.world import START, World, raw

PARKED = CODES["parked"]
QUARANTINED = CODES["quarantined"]


def level(hub: Running, caller: Caller) -> None:
    """Exchange until nothing is left: once for the nonce, then until there is no more."""
    hub.sync(caller)
    while (answer := hub.sync(caller)).cursor is not None and answer.cursor.more:
        pass


def test_what_is_pushed_is_receipted_and_delivered_to_whoever_may_read_it(hub: Running, world: World) -> None:
    phone, auditor = Caller(world, world.phone), Caller(world, world.auditor)
    reports = [world.phone.report(number) for number in range(8)]
    answer = hub.sync(phone, reports)
    assert answer.receipt is not None
    (entry,) = answer.receipt.entries
    assert (entry.tip, entry.sets, entry.first_sequence, entry.verdict) == (reports[-1].id, 8, 3, 0)
    assert not answer.outcomes
    assert not answer.refused
    level(hub, auditor)
    assert list(auditor.got) == [each.id for each in [*world.founding, *reports]]
    assert [each.parts for each in auditor.got.values()] == [
        each.parts for each in [*world.founding, *reports]
    ]


def test_a_stale_nonce_withholds_the_pull_only(hub: Running, world: World) -> None:
    phone = Caller(world, world.phone)
    for nonce in (None, bytes(16)):
        phone.nonce = nonce
        answer = hub.sync(phone, [world.phone.report(0 if nonce is None else 1)])
        assert answer.receipt is not None
        assert not answer.sets
        assert phone.nonce not in (None, nonce)
    assert len(hub.sync(phone).sets) == len(world.founding)


def test_a_nonce_serves_once(hub: Running, world: World) -> None:
    phone = Caller(world, world.phone)
    hub.sync(phone)
    captured = phone.request()
    assert phone.read(hub.post(captured).content).sets
    assert not phone.read(hub.post(captured).content).sets


def test_the_same_request_gets_its_first_receipt_again(hub: Running, world: World) -> None:
    phone, other = Caller(world, world.phone), Caller(world, world.other)
    request = phone.request([world.phone.report(number) for number in range(3)])
    first = phone.read(hub.post(request).content)
    hub.sync(other, [world.other.report(0)])
    second = phone.read(hub.post(request).content)
    assert first.receipt == second.receipt
    assert second.receipt is not None
    level(hub, other)
    assert len([each for each in other.got.values() if each.header.key == world.phone.id]) == 3


def test_a_receipt_names_sets_that_another_request_brought_before(hub: Running, world: World) -> None:
    phone = Caller(world, world.phone)
    reports = [world.phone.report(number) for number in range(4)]
    hub.sync(phone, reports[:3])
    answer = hub.sync(phone, reports[1:], tips=())
    assert answer.receipt is not None
    assert [(each.tip, each.sets, each.first_sequence) for each in answer.receipt.entries] == [
        (reports[3].id, 3, 4)
    ]


def test_a_no_op_is_small_and_moves_nothing(hub: Running, world: World) -> None:
    phone = Caller(world, world.phone)
    hub.sync(phone, [world.phone.report(number) for number in range(3)])
    level(hub, phone)
    request = phone.request()
    response = hub.post(request)
    answer = phone.read(response.content)
    assert len(request) <= 500
    assert len(response.content) <= 500
    assert answer.cursor is None
    assert [type(message) for message in answer.messages[:-1]] == [States, Nonce]
    assert [each.scope for each in answer.states] == [None]


def test_frames_of_an_unknown_key_are_not_taken(hub: Running, world: World) -> None:
    stranger = world.person("stranger", world.an)
    carried = stranger.report(0)
    mine = world.phone.report(0)
    answer = hub.sync(Caller(world, world.phone), [carried, mine])
    assert answer.refused == [Refusal(0, "unknown-key")]
    assert answer.received == {mine.id}


def test_a_certificate_in_the_request_makes_later_frames_known(hub: Running, world: World) -> None:
    newcomer = world.person("newcomer", world.an)
    certified = world.district.enter(world.certified(world.district, newcomer, world.reporter))
    report = newcomer.report(0)
    answer = hub.sync(Caller(world, newcomer), [report], chain=[certified])
    assert answer.received == {certified.id, report.id}
    assert not answer.outcomes


def test_an_unknown_caller_is_asked_for_its_certificates(hub: Running, world: World) -> None:
    stranger = Caller(world, world.person("stranger", world.an))
    response = hub.post(stranger.request([stranger.person.report(0)]))
    assert response.status_code == 403
    assert response.json()["code"] == "unknown-key"


def forged(opened: OpenedSet) -> OpenedSet:
    """The same set under a signature that does not fit."""
    signature = bytes([opened.parts.signature[0] ^ 1]) + opened.parts.signature[1:]
    return open_set(msgspec.structs.replace(opened.parts, signature=signature))


def test_a_bad_signature_is_refused_and_nothing_else_with_it(hub: Running, world: World) -> None:
    first, second = world.phone.report(0), world.other.report(0)
    answer = hub.sync(Caller(world, world.phone), [forged(first), second])
    assert answer.refused == [Refusal(0, "bad-signature")]
    assert answer.received == {second.id}


def test_a_restored_header_with_a_bad_signature_is_asked_for_in_full(hub: Running, world: World) -> None:
    reports = [world.phone.report(number) for number in range(3)]
    answer = hub.sync(Caller(world, world.phone), [reports[0], forged(reports[1]), reports[2]])
    assert answer.refused == [Refusal(1, "resend")]
    assert answer.received == {reports[0].id, reports[2].id}
    assert answer.outcomes == {reports[2].id: (PARKED, "predecessor")}


def test_a_set_without_its_predecessor_is_parked_and_accepted_when_it_comes(
    hub: Running, world: World
) -> None:
    phone = Caller(world, world.phone)
    reports = [world.phone.report(number) for number in range(3)]
    assert hub.sync(phone, [reports[2]], tips=()).outcomes == {reports[2].id: (PARKED, "predecessor")}
    answer = hub.sync(phone, reports, tips=())
    assert not answer.outcomes
    assert answer.received == {reports[1].id, reports[2].id}


def test_a_set_in_a_scope_of_others_waits_for_a_certificate_and_is_delivered(
    hub: Running, world: World
) -> None:
    phone, auditor = Caller(world, world.phone), Caller(world, world.auditor)
    stray = world.phone.report(0, scope=world.far.scope)
    answer = hub.sync(phone, [stray])
    assert answer.outcomes == {stray.id: (PARKED, "certificate")}
    level(hub, auditor)
    assert stray.id in auditor.got


def test_quarantined_and_parked_sets_take_their_places_and_are_delivered_like_others(
    hub: Running, world: World
) -> None:
    phone, other, auditor = (Caller(world, each) for each in (world.phone, world.other, world.auditor))
    before = world.phone.report(0)
    unknown = Operation(20, raw("record"), "field", b"?")
    over = world.phone.seal(world.phone.scope, [Save(b"", START, (unknown,))])
    after = world.phone.report(2)
    _, waiting = world.other.report(0), world.other.report(1)
    answer = hub.sync(phone, [before, over, after])
    assert answer.outcomes == {over.id: (QUARANTINED, "unauthorised")}
    assert answer.receipt is not None
    first = len(world.founding)
    sequences = [entry.first_sequence for entry in answer.receipt.entries]
    assert (min(sequences), sum(entry.sets for entry in answer.receipt.entries)) == (first, 3)
    assert hub.sync(other, [waiting], tips=()).outcomes == {waiting.id: (PARKED, "predecessor")}
    level(hub, auditor)
    assert list(auditor.got) == [each.id for each in [*world.founding, before, over, after, waiting]]


def test_a_forged_prelude_stores_nothing(hub: Running, world: World) -> None:
    phone = Caller(world, world.phone)
    thief = Caller(world, world.person("thief", world.an))
    body = thief.request([world.phone.report(0)], key=world.phone.id)
    response = hub.post(body)
    assert (response.status_code, response.json()["code"]) == (403, "bad-signature")
    level(hub, phone)
    assert world.phone.sets[0].id not in phone.got


def test_a_request_for_another_server_is_refused(hub: Running, world: World) -> None:
    response = hub.post(Caller(world, world.phone).request([world.phone.report(0)], server=bytes(16)))
    assert (response.status_code, response.json()["code"]) == (421, "wrong-server")


def test_what_was_not_announced_is_not_acknowledged(hub: Running, world: World) -> None:
    response = hub.post(Caller(world, world.phone).request([world.phone.report(0)], digest=bytes(32)))
    assert (response.status_code, response.json()["code"]) == (400, "digest-mismatch")


def test_own_echoes_stop_at_the_tips_that_the_caller_named(hub: Running, world: World) -> None:
    phone = Caller(world, world.phone)
    reports = [world.phone.report(number) for number in range(6)]
    hub.sync(phone, reports)
    restored = Caller(world, world.phone, nonce=phone.nonce)
    tips = (statements.OwnTip(world.phone.scope, 0, 2, reports[2].id),)
    answer = hub.sync(restored, tips=tips)
    assert [each.id for each in reports[3:]] == [i for i in answer.ids if i in {r.id for r in reports}]
    assert answer.tips[world.phone.scope] == [reports[5].id]


def test_own_tips_are_told_only_where_they_differ(hub: Running, world: World) -> None:
    phone = Caller(world, world.phone)
    assert not hub.sync(phone, [world.phone.report(0)]).tips
    assert not hub.sync(phone).tips
    assert hub.sync(phone, tips=()).tips == {world.phone.scope: [world.phone.sets[-1].id]}


def test_changes_come_in_hub_order_within_any_budget(hub: Running, world: World) -> None:
    phone, other, auditor = (Caller(world, who) for who in (world.phone, world.other, world.auditor))
    for number in range(12):
        hub.sync(phone, [world.phone.report(2 * number), world.phone.report(2 * number + 1)])
        hub.sync(other, [world.other.report(number)])
    hub.sync(auditor)
    replies, places = 0, list[int]()
    while (answer := hub.sync(auditor, budget=3_000)).cursor is not None:
        replies += 1
        places += [place.sequence for _, place in answer.sets]
    assert replies > 3
    assert places == list(range(3 + 36))


def test_the_smallest_budget_still_gets_on(hub: Running, world: World) -> None:
    phone = Caller(world, world.phone)
    hub.sync(phone)
    for _ in world.founding:
        assert len(hub.sync(phone, budget=1).sets) == 1
    assert hub.sync(phone, budget=1).cursor is None


def test_a_budget_of_nothing_brings_nothing_down(hub: Running, world: World) -> None:
    phone = Caller(world, world.phone)
    hub.sync(phone)
    answer = hub.sync(phone, budget=0)
    assert not answer.sets
    assert not answer.states


def long_report(world: World, number: int) -> OpenedSet:
    """A report of 40 texts that do not pack well."""
    texts = [raw("text", number, at, size=32).hex() for at in range(40)]
    operations = tuple(Operation(PUT, raw("record", at), "note", text) for at, text in enumerate(texts))
    return world.phone.seal(world.phone.scope, [Save(b"", START, operations)])


@pytest.mark.parametrize("kilobytes", [16, 64])
def test_a_reply_keeps_to_its_budget(hub: Running, world: World, kilobytes: int) -> None:
    phone, auditor = Caller(world, world.phone), Caller(world, world.auditor)
    for number in range(3):
        hub.sync(phone, [long_report(world, 50 * number + at) for at in range(50)])
    hub.sync(auditor)
    response = hub.post(auditor.request(budget=kilobytes * 1024))
    assert kilobytes * 512 <= len(response.content) <= kilobytes * 1024
    assert auditor.read(response.content).cursor is not None


def test_states_tell_of_every_scope_that_changed(hub: Running, world: World) -> None:
    phone, auditor = Caller(world, world.phone), Caller(world, world.auditor)
    hub.sync(phone, [world.phone.report(0)])
    hub.sync(phone)
    hub.sync(auditor)
    states = {each.scope: each for each in hub.sync(auditor).states}
    assert world.phone.scope in states
    (told,) = hub.sync(phone, [world.phone.report(1)]).states
    (after,) = hub.sync(auditor).states
    assert after.scope == world.phone.scope
    assert after.accepted != states[world.phone.scope].accepted
    assert after.authority == states[world.phone.scope].authority
    assert told == after


def test_many_requests_at_once_are_all_receipted_once(hub: Running, world: World) -> None:
    people = [world.phone, world.other, world.far]
    reports = {person.name: [person.report(number) for number in range(30)] for person in people}

    def push(person_at: int) -> set[int]:
        person = people[person_at]
        places = set[int]()
        for start in range(0, 30, 5):
            caller = Caller(world, person)
            receipt = hub.sync(caller, reports[person.name][start : start + 5], tips=()).receipt
            assert receipt is not None
            for entry in receipt.entries:
                places.update(range(entry.first_sequence, entry.first_sequence + entry.sets))
        return places

    with ThreadPoolExecutor(3) as pool:
        places = list(pool.map(push, range(3)))
    assert sorted(place for each in places for place in each) == list(range(3, 93))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(data=st.data())
def test_any_grouping_of_a_push_ends_the_same(hub: Running, world: World, data: st.DataObject) -> None:
    person = world.person(f"p{data.draw(st.integers(0, 10**9))}", world.an)
    hub.sync(
        Caller(world, world.district),
        [world.district.enter(world.certified(world.district, person, world.reporter))],
        tips=(),
    )
    reports = [person.report(number) for number in range(7)]
    order = data.draw(st.permutations(reports))
    caller = Caller(world, person)
    while order:
        count = data.draw(st.integers(1, len(order)))
        hub.sync(caller, order[:count], tips=())
        order = order[count:]
    assert hub.sync(caller, tips=()).tips == {person.scope: [reports[-1].id]}
