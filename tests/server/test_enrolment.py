"""E4, E5: typed codes, the ground for a new replica, possession of a new key; the hub cannot read what it keeps."""

import http.client
import zlib
from pathlib import Path

import msgspec
import pytest

from haidang_protocol import canonical, keys
from haidang_protocol.certificates import genesis_from_value
from haidang_protocol.enrolment import Offer, code_id, open_offer, seal_offer
from haidang_protocol.envelope import OpenedSet
from haidang_protocol.frames import FrameReader, FrameWriter, Outgoing, write_groups
from haidang_protocol.ledger import Ledger
from haidang_protocol.limits import ENROLMENT_BYTES_MAX
from haidang_protocol.memory_store import MemoryStore
from haidang_protocol.messages import (
    Acknowledgement,
    Chain,
    Ground,
    GroundQuestion,
    Message,
    OfferDeposit,
    OfferKept,
    OfferQuestion,
    Possession,
    SealedOffer,
    read_enrol_message,
)
from haidang_protocol.statements import Deposit, Receipt, Signed, sign, verify
from haidang_protocol.stream import StreamReader, write_body
from haidang_server.database import DATABASE_NAME
from haidang_server.enrolment import GRACE_S, KEPT_MAX_S
from haidang_server.quota import MIB
from tests.server.caller import Caller
from tests.server.running import MEDIA_TYPE, Running, running
from tests.server.world import OFFER, REPORTER, Person, World, raw

CODE = b"0123456789"


def ask(hub: Running, *messages: Message) -> list[Message]:
    """What the hub answers to a question of enrolment."""
    response = hub.http.post("/v1/enrol", content=write_body(messages), headers={"content-type": MEDIA_TYPE})
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == MEDIA_TYPE
    return list(map(read_enrol_message, StreamReader().feed(response.content)))


def refused(hub: Running, *messages: Message) -> str:
    response = hub.http.post("/v1/enrol", content=write_body(messages), headers={"content-type": MEDIA_TYPE})
    assert response.status_code >= 400
    return str(response.json()["code"])


def now(hub: Running) -> int:
    return int(hub.app.state.service.clock())


def offer_of(world: World, hub: Running) -> tuple[Offer, Person]:
    """An offer that the district certified, and the key that it holds."""
    holder = world.person("offer", world.an)
    made = world.district.enter(
        world.certified(world.district, holder, OFFER, REPORTER, offer=True), unit=world.an
    )
    hub.sync(Caller(world, world.district), [made])
    offer = Offer(
        root_set_hash=world.genesis.root_set_hash, hub=world.hub, url="https://hub.example", seed=bytes(32),
        certificate=holder.acting, unit=world.an, expiry=now(hub) + 86_400,
    )  # fmt: skip
    return offer, holder


def deposit(world: World, hub: Running, by: Person, **other: object) -> OfferDeposit:
    sealed = seal_offer(CODE, offer_of(world, hub)[0], bytes(12))
    fields = {
        "server": world.hub,
        "key": by.id,
        "code_id": code_id(CODE),
        "sealed": sealed,
        "expiry": now(hub) + 100,
    }
    return OfferDeposit(*sign(Deposit(**fields | other), by.key))  # type: ignore[arg-type]


def test_a_typed_code_opens_what_an_officer_sealed_and_the_hub_never_sees_it(
    hub: Running, world: World
) -> None:
    (kept,) = ask(hub, deposit(world, hub, world.district))
    assert isinstance(kept, OfferKept)
    (sealed,) = ask(hub, OfferQuestion(code_id(CODE)))
    assert isinstance(sealed, SealedOffer)
    assert open_offer(CODE, sealed.sealed).certificate
    stored = (hub.app.state.service.settings.data / DATABASE_NAME).read_bytes()
    assert CODE not in stored
    assert b"https://hub.example" not in stored


def test_a_code_can_be_used_again_only_for_a_little_while(hub: Running, world: World) -> None:
    ask(hub, deposit(world, hub, world.district, expiry=now(hub) + 10 * GRACE_S))
    assert ask(hub, OfferQuestion(code_id(CODE))) == ask(hub, OfferQuestion(code_id(CODE)))
    connection = hub.app.state.service.hub.connection
    (expiry,) = connection.execute("SELECT expiry FROM offers").fetchone()
    assert expiry <= now(hub) + GRACE_S
    connection.execute("UPDATE offers SET expiry = ?", (now(hub),))
    assert refused(hub, OfferQuestion(code_id(CODE))) == "not-found"


def test_a_code_that_nobody_made_finds_nothing(hub: Running) -> None:
    assert refused(hub, OfferQuestion(bytes(16))) == "not-found"


def test_who_guesses_is_slowed_down(hub: Running, world: World) -> None:
    ask(hub, deposit(world, hub, world.district))
    answers = [refused(hub, OfferQuestion(raw("guess", number))) for number in range(25)]
    assert answers[:20] == ["not-found"] * 20
    assert answers[20:] == ["too-many-tries"] * 5


def test_what_is_right_is_found_however_many_ask_in_vain_from_the_same_place(
    hub: Running, world: World
) -> None:
    offer, _ = offer_of(world, hub)
    for number in range(25):
        refused(hub, GroundQuestion(raw("guess", number)))
    assert isinstance(ask(hub, GroundQuestion(offer.certificate))[0], Ground)
    ask(hub, deposit(world, hub, world.district))
    assert isinstance(ask(hub, OfferQuestion(code_id(CODE)))[0], SealedOffer)


def asked_from(hub: Running, source: str, forwarded: str, number: int) -> int:
    """The status of a question in vain that comes from one address and says that it was made at another."""
    line = http.client.HTTPConnection("127.0.0.1", hub.port, source_address=(source, 0))
    headers = {"content-type": MEDIA_TYPE, "x-forwarded-for": forwarded}
    line.request("POST", "/v1/enrol", write_body([OfferQuestion(raw("guess", number))]), headers)
    status = line.getresponse().status
    line.close()
    return status


def test_behind_the_proxy_that_is_trusted_each_place_is_counted_for_itself(folder: Path) -> None:
    with running(folder, trusted_proxy="127.0.0.2") as hub:
        guesser = [asked_from(hub, "127.0.0.2", "203.0.113.9", number) for number in range(21)]
        assert guesser[-2:] == [404, 429]
        assert asked_from(hub, "127.0.0.2", "198.51.100.1", 30) == 404
        same_home = [asked_from(hub, "127.0.0.2", f"2001:db8::{number:x}", number) for number in range(1, 22)]
        assert same_home[-2:] == [404, 429]
        assert asked_from(hub, "127.0.0.2", "2001:db8:0:1::1", 30) == 404


def test_who_is_not_the_proxy_is_not_believed_where_it_comes_from(folder: Path) -> None:
    with running(folder, trusted_proxy="127.0.0.2") as hub:
        codes = [asked_from(hub, "127.0.0.3", f"198.51.100.{number}", number) for number in range(21)]
        assert codes[-2:] == [404, 429]


def test_the_same_deposit_does_not_open_a_used_code_again(hub: Running, world: World) -> None:
    expiry = now(hub) + 2 * KEPT_MAX_S
    made = deposit(world, hub, world.district, expiry=expiry)
    ask(hub, made)
    ask(hub, OfferQuestion(code_id(CODE)))
    (kept,) = ask(hub, made)
    assert isinstance(kept, OfferKept)
    assert kept.expiry <= now(hub) + GRACE_S
    hub.app.state.service.hub.connection.execute("UPDATE offers SET expiry = ?", (now(hub),))
    ask(hub, made)
    assert hub.app.state.service.hub.connection.execute("SELECT forgotten FROM offers").fetchone() == (
        expiry,
    )
    assert refused(hub, OfferQuestion(code_id(CODE))) == "not-found"


@pytest.mark.parametrize(
    ("who", "code"), [("phone", "not-allowed"), ("auditor", "not-allowed"), ("stranger", "unknown-key")]
)
def test_only_who_may_certify_deposits_offers(hub: Running, world: World, who: str, code: str) -> None:
    person = getattr(world, who, None) or world.person(who, world.an)
    assert refused(hub, deposit(world, hub, person)) == code


def test_a_deposit_is_signed_for_this_hub(hub: Running, world: World) -> None:
    good = deposit(world, hub, world.district)
    assert refused(hub, OfferDeposit(good.deposit, bytes(64))) == "bad-signature"
    assert refused(hub, deposit(world, hub, world.district, server=bytes(16))) == "wrong-server"


def test_a_code_that_is_taken_is_not_overwritten(hub: Running, world: World) -> None:
    ask(hub, first := deposit(world, hub, world.district))
    assert refused(hub, deposit(world, hub, world.province, sealed=b"another")) == "not-allowed"
    assert isinstance(ask(hub, first)[0], OfferKept)


def ground(hub: Running, world: World, offer: Offer) -> tuple[Ground, list[OpenedSet]]:
    first, *chains = ask(hub, GroundQuestion(offer.certificate))
    assert isinstance(first, Ground)
    frames, sets = FrameReader(), []
    for chain in chains:
        assert isinstance(chain, Chain)
        for frame in frames.read(chain):
            assert isinstance(frame.result, OpenedSet)
            sets.append(frame.result)
    return first, sets


def test_the_ground_leads_from_the_genesis_to_the_offer(hub: Running, world: World) -> None:
    offer, holder = offer_of(world, hub)
    hub.sync(Caller(world, world.phone), [world.phone.report(0)])
    first, sets = ground(hub, world, offer)
    genesis = genesis_from_value(canonical.decode(first.genesis))
    assert genesis.root_set_hash == offer.root_set_hash
    ledger = Ledger(genesis, MemoryStore())
    ledger.commit(sets)
    assert [known.id for known in ledger.view(world.an).counted[holder.id]] == [offer.certificate]
    assert all(each.header.acting is not None for each in sets)


def test_the_ground_of_a_certificate_that_is_no_offer_is_not_told(hub: Running, world: World) -> None:
    assert refused(hub, GroundQuestion(world.phone.acting)) == "not-found"


def test_the_ground_of_an_offer_that_was_closed_is_not_told(hub: Running, world: World) -> None:
    offer, holder = offer_of(world, hub)
    assert ask(hub, GroundQuestion(offer.certificate))
    hub.sync(Caller(world, world.district), [world.revoke(world.district, holder, {})])
    assert refused(hub, GroundQuestion(offer.certificate)) == "not-found"


def enrol(hub: Running, world: World) -> tuple[Possession, Chain, OpenedSet, Person]:
    """All that a new device sends."""
    offer, holder = offer_of(world, hub)
    first, _ = ground(hub, world, offer)
    device = world.person("device", world.an)
    entered = holder.enter(world.certified(holder, device, REPORTER))
    proof = keys.prove_possession(device.key, world.hub + first.challenge)
    (group,) = write_groups([Outgoing(entered.id, entered.parts)])
    chain = Chain(*msgspec.structs.astuple(group))
    return Possession(device.public, first.challenge, proof), chain, entered, device


def test_a_new_key_that_is_proven_is_known_from_then_on(hub: Running, world: World) -> None:
    possession, chain, entered, device = enrol(hub, world)
    (receipt,) = ask(hub, possession, chain)
    assert isinstance(receipt, Acknowledgement)
    said = verify(Receipt, Signed(receipt.receipt, receipt.signature), world.hub_key.public_key())
    assert [entry.tip for entry in said.entries] == [entered.id]
    report = device.report(0)
    assert hub.sync(Caller(world, device), [report]).outcomes == {report.id: (1, "unconfirmed")}


def test_a_challenge_serves_once(hub: Running, world: World) -> None:
    possession, chain, _, _ = enrol(hub, world)
    ask(hub, possession, chain)
    assert refused(hub, possession, chain) == "bad-signature"


def test_questions_in_vain_leave_the_challenges_of_others_alone(
    hub: Running, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("haidang_server.enrol_desk._CHALLENGES_MAX", 2)
    possession, chain, _, _ = enrol(hub, world)
    for number in range(4):
        assert refused(hub, GroundQuestion(raw("guess", number))) == "not-found"
    assert ask(hub, possession, chain)


def test_possession_is_proven_for_this_hub_this_challenge_and_this_key(hub: Running, world: World) -> None:
    possession, chain, _, device = enrol(hub, world)
    other = keys.prove_possession(device.key, bytes(16) + possession.challenge)
    assert refused(hub, Possession(device.public, possession.challenge, other), chain) == "bad-signature"
    possession, chain, _, _ = enrol(hub, world)
    stranger = world.person("stranger", world.an)
    proof = keys.prove_possession(stranger.key, world.hub + possession.challenge)
    assert refused(hub, Possession(stranger.public, possession.challenge, proof), chain) == "malformed"


def chain_with(*sets: OpenedSet) -> Chain:
    return Chain(
        *msgspec.structs.astuple(FrameWriter().group([Outgoing(each.id, each.parts) for each in sets]))
    )


def presented(hub: Running, world: World, person: Person, offer: Offer) -> Possession:
    first, _ = ground(hub, world, offer)
    proof = keys.prove_possession(person.key, world.hub + first.challenge)
    return Possession(person.public, first.challenge, proof)


def test_with_a_new_key_come_the_one_set_that_certifies_it_and_what_is_held(
    hub: Running, world: World
) -> None:
    possession, _, entered, _ = enrol(hub, world)
    (receipt,) = ask(hub, possession, chain_with(*world.founding, entered))
    assert isinstance(receipt, Acknowledgement)
    assert hub.app.state.service.hub.ledger.facts(entered.id)


def test_a_revoked_phone_brings_nothing_else_by_enrolling(hub: Running, world: World) -> None:
    offer, holder = offer_of(world, hub)
    hub.sync(Caller(world, world.district), [world.revoke(world.district, world.phone, {})])
    size = hub.http.get("/readyz").json()["size"]
    report = world.phone.report(0)
    device, more = world.person("device", world.an), world.person("more", world.an)
    two = holder.enter(world.certified(holder, device, REPORTER), world.certified(holder, more, REPORTER))
    for whom, sets in ((world.phone, [world.founding[2], report]), (device, [two])):
        assert refused(hub, presented(hub, world, whom, offer), chain_with(*sets)) == "malformed"
    assert hub.http.get("/readyz").json()["size"] == size


def test_what_an_offer_certifies_is_charged_to_it(hub: Running, world: World) -> None:
    possession, chain, entered, _ = enrol(hub, world)
    assert hub.app.state.service.hall.quota.within(entered.header.key, 2 * MIB)
    assert refused(hub, possession, chain) == "quota"


def test_a_question_of_enrolment_has_two_messages_and_no_third_is_read(hub: Running) -> None:
    question = OfferQuestion(bytes(16))
    response = hub.http.post(
        "/v1/enrol", content=write_body([question] * 20_000), headers={"content-type": MEDIA_TYPE}
    )
    assert (response.status_code, response.json()["code"]) == (400, "malformed")
    assert "more messages" in response.json()["detail"]


def test_a_question_of_enrolment_inflates_to_little(hub: Running) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = packer.compress(b"\xff\xff\xff\x01" + bytes(ENROLMENT_BYTES_MAX)) + packer.flush()
    response = hub.http.post("/v1/enrol", content=bomb, headers={"content-type": MEDIA_TYPE})
    assert (response.status_code, response.json()["code"]) == (413, "over-limit")


@pytest.mark.parametrize("body", [b"", b"nonsense", write_body([])])
def test_what_is_no_question_of_enrolment_is_malformed(hub: Running, body: bytes) -> None:
    response = hub.http.post("/v1/enrol", content=body, headers={"content-type": MEDIA_TYPE})
    assert (response.status_code, response.json()["code"]) == (400, "malformed")
