from collections.abc import Iterator
from pathlib import Path

import pytest

from haidang_protocol.enrolment import Offer, code_to_text
from haidang_protocol.verdicts import ACCEPTED
from haidang_syncclient.enrol_exchange import ask_ground, ask_offer, leave_offer, present_key
from haidang_syncclient.enrolling import enrol, invite
from haidang_syncclient.errors import BadOfferError, OfflineError, RefusedError
from haidang_syncclient.http_transport import HttpTransport
from haidang_syncclient.officer import Officer
from haidang_syncclient.replica import Replica
from tests.syncclient.hub import Hub, sync
from tests.syncclient.test_officer import DAY_S, REPORTING, values, write
from tests.syncclient.village import DEPLOYMENT, OFFICER, START, Clock, Village, give, key, randomness


@pytest.fixture
def hub(tmp_path: Path, village: Village) -> Iterator[Hub]:
    with Hub(tmp_path, village) as running:
        yield running


@pytest.fixture
def office(village: Village, hub: Hub) -> Replica:
    """The officer's laptop, which has met the hub."""
    made = Replica.create(
        village.folder / "office.db", DEPLOYMENT, OFFICER, clock=Clock(), randomness=randomness("office")
    )
    village.keep(made)
    give(made, village.sets)
    assert sync(made, hub.url).error is None
    return made


def joined(village: Village, hub: Hub, offer: Offer, name: str) -> Replica:
    """A new device at the hub, from an offer to its first sync."""
    with HttpTransport(hub.url) as transport:
        ground = ask_ground(transport, offer)
        path = village.folder / f"{name}.db"
        phone = enrol(path, offer, ground, key(name), clock=Clock(), randomness=randomness(name))
        village.keep(phone)
        assert ground.challenge is not None
        present_key(phone, transport, ground.challenge)
    assert sync(phone, hub.url).error is None
    return phone


def test_a_phone_is_enrolled_by_a_typed_code_and_its_officers_word(
    village: Village, hub: Hub, office: Replica
) -> None:
    offer = invite(office, REPORTING, START + DAY_S).offer
    assert sync(office, hub.url).error is None
    with HttpTransport(hub.url) as transport:
        code = leave_offer(office, transport, offer)
        assert code.expiry <= START + DAY_S
        found = ask_offer(transport, code.text.lower().replace("-", " "))
    assert found == offer
    phone = joined(village, hub, found, "phone")
    write(phone, 120)
    assert sync(phone, hub.url).error is None
    sync(office, hub.url)
    (request,) = Officer(office).requests()
    assert request.certificate.key == phone.key
    Officer(office).confirm(request.set_id)
    for replica in (office, phone, office):
        assert sync(replica, hub.url).error is None
    assert values(office) == values(phone) == [120]
    assert phone.ledger.verdict(request.set_id) == ACCEPTED


def test_what_no_code_opens_is_refused_and_nothing_is_made(
    village: Village, hub: Hub, office: Replica
) -> None:
    with HttpTransport(hub.url) as transport:
        for wrong in (code_to_text(bytes(10)), "not a code", ""):
            with pytest.raises(BadOfferError):
                ask_offer(transport, wrong)


def test_an_offer_that_its_officer_has_not_sent_yet_is_said(
    village: Village, hub: Hub, office: Replica
) -> None:
    offer = invite(office, REPORTING, START + DAY_S).offer
    with HttpTransport(hub.url) as transport, pytest.raises(BadOfferError):
        ask_ground(transport, offer)


def test_who_may_not_certify_leaves_no_offers(village: Village, hub: Hub, office: Replica) -> None:
    phone = village.replica("phone")
    assert sync(phone, hub.url).error is None
    offer = invite(office, REPORTING, START + DAY_S).offer
    with HttpTransport(hub.url) as transport, pytest.raises(RefusedError) as refused:
        leave_offer(phone, transport, offer)
    assert refused.value.problem == "not-allowed"


def test_without_a_hub_nothing_is_asked(village: Village, hub: Hub, office: Replica) -> None:
    offer = invite(office, REPORTING, START + DAY_S).offer
    hub.stop()
    try:
        with HttpTransport(hub.url) as transport, pytest.raises(OfflineError):
            ask_ground(transport, offer)
    finally:
        hub.start()
