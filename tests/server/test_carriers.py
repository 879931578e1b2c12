"""Whose allowance is spent: a key that nobody vouches for has none of its own, however many of them there are."""

from itertools import pairwise

from haidang_protocol.body import Operation, Save
from haidang_protocol.envelope import OpenedSet
from haidang_protocol.operations import NOTE
from haidang_server.carriers import Carrier, carrier_of
from haidang_server.quota import ANYBODY
from tests.server.caller import Caller
from tests.server.running import Running
from tests.server.world import OFFER, REPORTER, START, Person, World, raw

SIZE = 240_000


def large_report(who: Person, number: int) -> OpenedSet:
    notes = (
        Operation(NOTE, raw("record", who.name, number, at), "", ["x" * 15_000, None]) for at in range(16)
    )
    return who.seal(who.scope, [Save(b"", START, tuple(notes))])


def taken(hub: Running, world: World, who: Person, count: int, *chain: OpenedSet) -> int:
    """How many of so many large reports the hub takes."""
    sets = [large_report(who, number) for number in range(count)]
    return count - len(hub.sync(Caller(world, who), sets, chain=chain, tips=()).refused)


def carrier(hub: Running, key: bytes) -> Carrier:
    service = hub.app.state.service
    return carrier_of(service.hub, key, {}, service.clock())


def test_a_key_in_good_standing_carries_for_itself(hub: Running, world: World) -> None:
    assert carrier(hub, world.phone.id) == Carrier(world.phone.id, good=True)


def test_a_revoked_key_and_all_that_it_certifies_share_one_allowance(hub: Running, world: World) -> None:
    hub.sync(Caller(world, world.district), [world.revoke(world.district, world.phone, {})])
    sybils = [world.person(f"sybil {number}", world.an) for number in range(3)]
    hub.sync(Caller(world, world.phone), [
        world.phone.enter(*(world.certified(world.phone, each, REPORTER) for each in sybils))
    ])  # fmt: skip
    below = world.person("below", world.an)
    hub.sync(Caller(world, sybils[0]), [sybils[0].enter(world.certified(sybils[0], below, REPORTER))])
    assert {carrier(hub, each.id) for each in [*sybils, below]} == {Carrier(world.phone.id, good=False)}
    total = sum(taken(hub, world, each, 5) for each in [*sybils, below])
    assert 1 <= total <= ANYBODY.burst // SIZE


def test_a_certificate_that_comes_with_the_request_gives_no_allowance_of_its_own(
    hub: Running, world: World
) -> None:
    hub.sync(Caller(world, world.district), [world.revoke(world.district, world.phone, {})])
    total = 0
    for number in range(3):
        sybil = world.person(f"sybil {number}", world.an)
        chain = world.phone.enter(world.certified(world.phone, sybil, REPORTER))
        total += taken(hub, world, sybil, 5, chain)
    assert 1 <= total <= ANYBODY.burst // SIZE


def test_phones_that_wait_for_confirmation_have_an_allowance_each(hub: Running, world: World) -> None:
    phones = []
    for number in range(2):
        offer = world.person(f"offer {number}", world.an)
        made = world.certified(world.district, offer, OFFER, REPORTER, offer=True)
        phone = world.person(f"new {number}", world.an)
        hub.sync(Caller(world, world.district), [world.district.enter(made, unit=world.an)])
        phones.append((phone, offer.enter(world.certified(offer, phone, REPORTER))))
    assert [taken(hub, world, phone, 5, chain) for phone, chain in phones] == [5, 5]


def test_a_long_line_of_keys_that_nobody_vouches_for_ends_in_one_account(hub: Running, world: World) -> None:
    hub.sync(Caller(world, world.district), [world.revoke(world.district, world.phone, {})])
    line = [world.phone, *(world.person(f"link {number}", world.an) for number in range(20))]
    sets = [above.enter(world.certified(above, below, REPORTER)) for above, below in pairwise(line)]
    hub.sync(Caller(world, world.phone), sets, tips=())
    assert carrier(hub, line[-1].id) == carrier(hub, line[-2].id)
