"""E4, E5: typed codes, the ground for a new replica, possession of a new key; the hub cannot read what it keeps."""

import msgspec
import pytest

from haidang_protocol import canonical, keys
from haidang_protocol.certificates import genesis_from_value
from haidang_protocol.enrolment import Offer, code_id, open_offer, seal_offer
from haidang_protocol.envelope import OpenedSet
from haidang_protocol.frames import FrameReader, Outgoing, write_groups
from haidang_protocol.ledger import Ledger
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
from haidang_server.enrolment import GRACE_S
from tests.server.caller import Caller
from tests.server.running import MEDIA_TYPE, Running
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
    assert refused(hub, OfferQuestion(code_id(CODE))) == "too-many-tries"


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


def test_possession_is_proven_for_this_hub_this_challenge_and_this_key(hub: Running, world: World) -> None:
    possession, chain, _, device = enrol(hub, world)
    other = keys.prove_possession(device.key, bytes(16) + possession.challenge)
    assert refused(hub, Possession(device.public, possession.challenge, other), chain) == "bad-signature"
    possession, chain, _, _ = enrol(hub, world)
    stranger = world.person("stranger", world.an)
    proof = keys.prove_possession(stranger.key, world.hub + possession.challenge)
    assert refused(hub, Possession(stranger.public, possession.challenge, proof), chain) == "malformed"


@pytest.mark.parametrize("body", [b"", b"nonsense", write_body([])])
def test_what_is_no_question_of_enrolment_is_malformed(hub: Running, body: bytes) -> None:
    response = hub.http.post("/v1/enrol", content=body, headers={"content-type": MEDIA_TYPE})
    assert (response.status_code, response.json()["code"]) == (400, "malformed")
