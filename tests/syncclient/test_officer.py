from pathlib import Path

import pytest

from haidang_protocol import operations as op
from haidang_protocol import reading
from haidang_protocol.certificates import HUB, Certificate, Rights
from haidang_protocol.enrolment import offer_from_text
from haidang_protocol.envelope import OpenedSet, open_set
from haidang_protocol.ids import AUTHORITY, fingerprint, scope_of
from haidang_protocol.verdicts import ACCEPTED, REVOKED, UNCONFIRMED
from haidang_syncclient.drafts import Draft
from haidang_syncclient.editing import FormSession
from haidang_syncclient.enrolling import (
    Ground,
    Invitation,
    certificate_by_id,
    device_certificate,
    enrol,
    invite,
)
from haidang_syncclient.errors import BadOfferError, NotAllowedError, NotConfirmableError, UnknownError
from haidang_syncclient.hub_tables import Placed
from haidang_syncclient.intake import Arrival, take
from haidang_syncclient.keystore import DeviceKey
from haidang_syncclient.officer import Definition, Grant, Officer
from haidang_syncclient.replica import Replica
from haidang_syncclient.views import history, waiting
from tests.syncclient.village import (
    COMMUNE,
    DEPLOYMENT,
    EVERYTHING,
    GENESIS,
    HEAD,
    HUB_KEY,
    OFFICER,
    OTHER,
    REPORTER,
    REPORTS_HERE,
    ROOTS,
    START,
    TOP,
    Clock,
    Village,
    key,
    randomness,
)

RECORD = b"\x07" * 16
REPORTING = Grant(COMMUNE, REPORTER, "Nguyễn Thị Lan", "reporter")
DAY_S = 24 * 3600


def founded(village: Village) -> Replica:
    """The officer's replica, with everything that a root and the officer have to say first."""
    office = Replica.create(
        village.folder / "office.db", DEPLOYMENT, OFFICER, clock=Clock(), randomness=randomness("office")
    )
    village.keep(office)
    root = Officer(office, ROOTS[0])
    certificate = Certificate(
        public_key=OFFICER.public_key, person="Trần Văn Minh", label="province-officer", rights=EVERYTHING,
        grants=EVERYTHING, unit=TOP, parent=GENESIS.root_certificate_id(0),
    )  # fmt: skip
    server = Certificate(
        public_key=HUB_KEY.public_key, person="", label="hub", rights=Rights(), grants=None, unit=TOP,
        parent=GENESIS.root_certificate_id(0), server=HUB,
    )  # fmt: skip
    root.certify(certificate)
    root.certify(server)
    Officer(office).publish(
        TOP, [Definition(op.UNIT, COMMUNE, [TOP, "Xã Đảo"]), Definition(op.UNIT, OTHER, [TOP, "Xã Bờ"])]
    )
    return office


@pytest.fixture
def office(village: Village) -> Replica:
    return founded(village)


def everything(replica: Replica) -> list[OpenedSet]:
    ids = [
        held.facts.id
        for scope in sorted(replica.store.scopes(), reverse=True)
        for held in replica.store.in_scope(scope)
    ]
    return [open_set(parts) for parts in replica.store.parts(ids).values()]


def carry(source: Replica, target: Replica) -> None:
    source.seal()
    with target.writing():
        take(target, map(Arrival, everything(source)))


def enrolled(village: Village, office: Replica, invitation: Invitation, name: str) -> Replica:
    offer = offer_from_text(invitation.text)
    made = enrol(
        village.folder / f"{name}.db",
        offer,
        Ground(GENESIS, everything(office)),
        key(name),
        clock=Clock(),
        randomness=randomness(name),
    )
    village.keep(made)
    return made


def write(replica: Replica, value: object) -> None:
    FormSession(replica, REPORTS_HERE, RECORD).put("so_ho", value).save()


def values(replica: Replica) -> list[object]:
    return sorted(reading.register(replica.state(REPORTS_HERE, RECORD), "so_ho").values, key=str)


def test_what_an_officer_says_counts_at_once(office: Replica) -> None:
    assert not waiting(office)
    person = office.people.person(OFFICER.key, TOP)
    assert (person.name, person.confirmed) == ("Trần Văn Minh", True)


def test_definitions_that_did_not_change_are_not_said_again(office: Replica) -> None:
    officer, form = Officer(office), Definition(op.FORM, b"\x01" * 16, ["F01M", 1])
    assert len(officer.publish(TOP, [form])) == 1
    assert officer.publish(TOP, [form]) == []
    assert len(officer.publish(TOP, [form._replace(value=["F01M", 2])])) == 1
    live = office.state(scope_of(AUTHORITY, TOP), b"\x01" * 16).slots["v"]
    assert [each.value for each in live] == [["F01M", 2]]


def test_six_hundred_definitions_are_cut_into_sets_that_fit(office: Replica) -> None:
    listed = [
        Definition(op.DIRECTIVE, bytes([9, *divmod(at, 256)]) + bytes(13), [f"2.{at}"]) for at in range(600)
    ]
    sets = Officer(office).publish(TOP, listed)
    assert len(sets) == 2
    assert not waiting(office)


def test_a_device_is_invited_enrolled_and_confirmed(village: Village, office: Replica) -> None:
    phone = enrolled(village, office, invite(office, REPORTING, START + DAY_S), "phone")
    write(phone, 120)
    assert values(phone) == [120]
    carry(phone, office)
    assert values(office) == []
    assert {found.verdict.reason for found in waiting(office)} == {UNCONFIRMED}
    (request,) = Officer(office).requests()
    assert request.fingerprint == fingerprint(phone.key)
    assert request.certificate.person == "Nguyễn Thị Lan"
    Officer(office).confirm(request.set_id)
    assert values(office) == [120]
    assert Officer(office).requests() == []
    carry(office, phone)
    assert values(phone) == [120]
    assert phone.people.person(phone.key, COMMUNE).confirmed
    (offer,) = Officer(office).offers()
    assert offer.used == (request.set_id,)


def test_the_seed_of_a_used_offer_is_nowhere_on_the_device(village: Village, office: Replica) -> None:
    invitation = invite(office, REPORTING, START + DAY_S)
    phone = enrolled(village, office, invitation, "phone")
    phone.close()
    for file in village.folder.glob("phone.db*"):
        assert invitation.offer.seed not in file.read_bytes()


def test_a_second_use_of_an_offer_counts_only_if_it_is_confirmed_too(
    village: Village, office: Replica
) -> None:
    invitation = invite(office, REPORTING, START + DAY_S)
    first = enrolled(village, office, invitation, "first")
    second = enrolled(village, office, invitation, "second")
    for number, phone in enumerate((first, second)):
        write(phone, number)
        carry(phone, office)
    wanted = {request.certificate.key: request.set_id for request in Officer(office).requests()}
    assert set(wanted) == {first.key, second.key}
    Officer(office).confirm(wanted[first.key])
    assert values(office) == [0]
    Officer(office).confirm(wanted[second.key])
    assert values(office) == [0, 1]


def requested(office: Replica, invitation: Invitation, *devices: DeviceKey, apart: bool) -> None:
    """The offer's key asks for these devices: in sets one after the other, or in one set."""
    offered = certificate_by_id(office, invitation.offer.certificate)
    assert offered is not None
    asked = [device_certificate(offered, device.public_key) for device in devices]
    drafts = [Draft(op.CERTIFY, each.id, "", each.to_value()) for each in asked]
    holder = Officer(office, DeviceKey(invitation.offer.seed))
    for part in [[draft] for draft in drafts] if apart else [drafts]:
        holder.write(COMMUNE, part, acting=invitation.offer.certificate)


def counts(office: Replica, *devices: DeviceKey) -> list[bool]:
    view = office.ledger.view(COMMUNE)
    return [bool(view.counted.get(device.key)) for device in devices]


def test_confirming_one_fingerprint_confirms_no_other_key_behind_it(office: Replica) -> None:
    before, compared, after = key("before"), key("compared"), key("after")
    requested(office, invite(office, REPORTING, START + DAY_S), before, compared, after, apart=True)
    requests = {each.certificate.key: each for each in Officer(office).requests()}
    assert all(each.confirmable for each in requests.values())
    Officer(office).confirm(requests[compared.key].set_id)
    assert counts(office, before, compared, after) == [False, True, False]
    assert {each.certificate.key for each in Officer(office).requests()} == {before.key, after.key}


def test_a_request_for_two_devices_at_once_is_flagged_and_refused(office: Replica) -> None:
    compared, hidden = key("compared"), key("hidden")
    requested(office, invite(office, REPORTING, START + DAY_S), compared, hidden, apart=False)
    requests = Officer(office).requests()
    assert [each.confirmable for each in requests] == [False, False]
    held = len(everything(office))
    with pytest.raises(NotConfirmableError):
        Officer(office).confirm(requests[0].set_id)
    assert len(everything(office)) == held
    assert counts(office, compared, hidden) == [False, False]


def test_only_a_request_under_an_offer_can_be_confirmed(office: Replica) -> None:
    (said,) = Officer(office).publish(TOP, [Definition(op.FORM, b"\x01" * 16, ["F01M", 1])])
    for other in (said, everything(office)[0]):
        with pytest.raises(NotConfirmableError):
            Officer(office).confirm(other.id)


def test_a_closed_offer_gives_nothing_any_more(village: Village, office: Replica) -> None:
    invitation = invite(office, REPORTING, START + DAY_S)
    (offer,) = Officer(office).offers()
    Officer(office).close(offer, "nhầm người")
    phone = enrolled(village, office, invitation, "late")
    write(phone, 1)
    carry(phone, office)
    assert values(office) == []
    assert Officer(office).requests() == []


def test_an_expired_or_foreign_offer_is_refused_and_leaves_nothing(village: Village, office: Replica) -> None:
    expired = invite(office, REPORTING, START - 1)
    with pytest.raises(BadOfferError):
        enrolled(village, office, expired, "phone")
    fresh = invite(office, REPORTING, START + DAY_S)
    foreign = Invitation(fresh.offer, fresh.certificate)
    ground = Ground(GENESIS, [])
    with pytest.raises(BadOfferError):
        enrol(
            village.folder / "phone.db",
            foreign.offer,
            ground,
            key("phone"),
            clock=Clock(),
            randomness=randomness(1),
        )
    assert not Path(village.folder / "phone.db").exists()


def test_an_invited_officer_may_certify_what_the_offer_granted_and_no_more(
    village: Village, office: Replica
) -> None:
    rights = Rights(
        REPORTER.kinds | {op.CERTIFY, op.ADOPT, op.REVOKE}, frozenset(), REPORTER.scopes | {AUTHORITY}
    )
    deputy = enrolled(
        village, office, invite(office, Grant(COMMUNE, rights, "Phó", "deputy"), START + DAY_S), "deputy"
    )
    carry(deputy, office)
    Officer(office).confirm(Officer(office).requests()[0].set_id)
    carry(office, deputy)
    phone = enrolled(village, deputy, invite(deputy, REPORTING, START + DAY_S), "phone")
    write(phone, 5)
    carry(phone, deputy)
    Officer(deputy).confirm(Officer(deputy).requests()[0].set_id)
    assert values(deputy) == [5]
    carry(deputy, office)
    assert values(office) == [5]
    with pytest.raises(NotAllowedError):
        invite(deputy, Grant(OTHER, REPORTER, "", ""), START + DAY_S)
    with pytest.raises(NotAllowedError):
        invite(deputy, Grant(COMMUNE, HEAD, "", ""), START + DAY_S)


def test_a_lost_phone_is_cut_where_the_hubs_receipts_say(village: Village, office: Replica) -> None:
    phone = enrolled(village, office, invite(office, REPORTING, START + DAY_S), "phone")
    for number in range(4):
        write(phone, number)
        phone.seal()
    carry(phone, office)
    Officer(office).confirm(Officer(office).requests()[0].set_id)
    ids = [held.facts.id for held in office.store.in_scope(REPORTS_HERE)]
    with office.writing():
        office.hub.place({set_id: Placed(1, at, START + at * 100) for at, set_id in enumerate(ids[:3])})
    officer = Officer(office)
    assert officer.kept_if_received(phone.key) == {(0, REPORTS_HERE): [ids[2]]}
    officer.revoke(phone.key, officer.kept_if_received(phone.key, before=START + 150), "mất máy")
    verdicts = [office.ledger.verdict(set_id) for set_id in ids]
    assert verdicts[:2] == [ACCEPTED, ACCEPTED]
    assert [verdict and verdict.reason for verdict in verdicts[2:]] == [REVOKED, REVOKED]
    assert values(office) == [1]
    officer.adopt([ids[2]], [ids[1]], "đúng của chị Lan")
    assert values(office) == [2]
    assert {entry.value for entry in history(office, REPORTS_HERE, RECORD)} == {0, 1, 2, 3}
    officer.refuse([ids[3]], "của kẻ trộm")
    assert [found.refused for found in waiting(office)] == [True]


def test_what_is_said_of_nobody_is_refused(office: Replica) -> None:
    officer = Officer(office)
    for wrong in (
        lambda: officer.retire(b"\x00" * 16, "?"),
        lambda: officer.revoke(b"\x00" * 16, {}, "?"),
        lambda: officer.adopt([bytes(32)]),
        lambda: officer.kept_up_to([bytes(32)]),
    ):
        with pytest.raises(UnknownError):
            wrong()


def test_a_retired_key_still_counts(village: Village, office: Replica) -> None:
    phone = enrolled(village, office, invite(office, REPORTING, START + DAY_S), "phone")
    carry(phone, office)
    Officer(office).confirm(Officer(office).requests()[0].set_id)
    Officer(office).retire(phone.key, "nghỉ hưu")
    write(phone, 1)
    carry(phone, office)
    assert values(office) == [1]
    assert [each.key for each in office.ledger.view(COMMUNE).retirements] == [phone.key]


def test_a_reporter_is_no_officer(village: Village) -> None:
    phone = village.replica("phone")
    with pytest.raises(NotAllowedError):
        Officer(phone).publish(COMMUNE, [Definition(op.UNIT, OTHER, [COMMUNE, "?"])])


def test_values_are_redacted_when_two_officers_ask(village: Village, office: Replica) -> None:
    phone = enrolled(village, office, invite(office, REPORTING, START + DAY_S), "phone")
    write(phone, "0912345678")
    carry(phone, office)
    Officer(office).confirm(Officer(office).requests()[0].set_id)
    second = DeviceKey(key("second officer").public_key)
    Officer(office, ROOTS[1]).certify(
        Certificate(
            public_key=second.public_key,
            person="Hai",
            label="officer",
            rights=EVERYTHING,
            grants=None,
            unit=TOP,
            parent=GENESIS.root_certificate_id(1),
        )
    )
    target = [held.facts.id for held in office.store.in_scope(REPORTS_HERE)]
    Officer(office).redact(target, "số điện thoại riêng")
    assert {entry.value for entry in history(office, REPORTS_HERE, RECORD)} == {"0912345678"}
    Officer(office, second).redact(target, "đồng ý")
    assert {entry.value for entry in history(office, REPORTS_HERE, RECORD)} == {None}
