"""Commands about keys: invite, enrol, devices, retire, revoke, quarantine, adopt, refuse, redact."""

import json
import os
from pathlib import Path

import pytest

from haidang_protocol.enrolment import offer_from_text
from haidang_protocol.operations import CERTIFY
from haidang_syncclient.commands.desk import DATABASE
from haidang_syncclient.drafts import Draft
from haidang_syncclient.enrolling import certificate_by_id, device_certificate
from haidang_syncclient.keystore import DeviceKey
from haidang_syncclient.officer import Officer
from haidang_syncclient.replica import Replica
from tests.syncclient.cli_town import (
    COMMUNE,
    URL,
    Town,
    found_town,
    haidang,
    message_of,
    peopled_town,
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return peopled_town(tmp_path_factory.mktemp("town"))


MARCH = ("report", "F05M", "--period", "2019-03", "--set", "minutes_own=90")


def sets_of(town: Town, name: str) -> list[str]:
    return [each["set"] for each in town.done(name, "quarantine")["quarantine"]]


# -------------------------------------------------------------------------------------------------------------- invite


def test_an_invitation_shows_a_code_to_scan_and_the_text_behind_it(town: Town) -> None:
    told = town.say("tinh", "invite", COMMUNE, "--person", "Mai", "--offline")
    assert "HD1:" in told
    assert "█" in told


def test_an_unconfirmed_device_reports_and_waits(town: Town) -> None:
    town.invite("Mai", "reporter", COMMUNE, confirmed=False)
    assert not town.done("Mai", "status")["confirmed"]
    town.done("Mai", *MARCH)
    town.carry("Mai", "tinh")
    waiting = town.done("tinh", "quarantine")["quarantine"]
    assert {each["reason"] for each in waiting} == {"unconfirmed"}
    [pending] = town.done("tinh", "invite", "--pending")["pending"]
    assert (pending["person"], pending["uses"]) == ("Mai", 1)
    town.done("tinh", "invite", "--confirm", pending["fingerprint"].lower())
    assert town.done("tinh", "quarantine")["quarantine"] == []
    assert town.done("tinh", "show")["records"][0]["form"] == "F05M"


def test_a_second_use_of_an_invitation_is_pointed_out(town: Town) -> None:
    town.invite("Mai", "reporter", COMMUNE, confirmed=False)
    town.done("kẻ lạ", "enrol", "--offer-file", town.folder / "Mai.offer", "--no-passphrase")
    town.carry("kẻ lạ", "tinh")
    assert [each["uses"] for each in town.done("tinh", "invite", "--pending")["pending"]] == [2, 2]
    assert "nhiều lần" in town.say("tinh", "invite", "--pending")


def test_a_request_is_confirmed_by_its_fingerprint_and_not_adopted(town: Town) -> None:
    town.invite("Mai", "reporter", COMMUNE, confirmed=False)
    [pending] = town.done("tinh", "invite", "--pending")["pending"]
    refused = town.run("tinh", "adopt", pending["set"], "--reason", "đã gọi điện")
    assert (refused.code, refused.error) == (2, "adopts-request")
    assert len(town.done("tinh", "invite", "--pending")["pending"]) == 1


def ask_for_two(home: Path, text: str) -> None:
    """Let the key of an offer, which the device kept, ask for two more devices in one set."""
    offer = offer_from_text(text)
    with Replica.open(home / DATABASE, clock=lambda: offer.expiry - 1, randomness=os.urandom) as replica:
        offered = certificate_by_id(replica, offer.certificate)
        assert offered is not None
        asked = [device_certificate(offered, DeviceKey(bytes([at] * 32)).public_key) for at in (1, 2)]
        drafts = [Draft(CERTIFY, each.id, "", each.to_value()) for each in asked]
        Officer(replica, DeviceKey(offer.seed)).write(offer.unit, drafts, acting=offer.certificate)


def test_a_request_for_two_devices_at_once_is_told_and_not_confirmed(town: Town) -> None:
    offer = town.folder / "Mai.offer"
    text = town.done("tinh", "invite", COMMUNE, "--person", "Mai", "--out", offer, "--offline")["offer"]
    town.done("Mai", "enrol", "--offer-file", offer, "--no-passphrase")
    ask_for_two(town.home("Mai"), text)
    town.carry("Mai", "tinh")
    greedy = [each for each in town.done("tinh", "invite", "--pending")["pending"] if not each["confirmable"]]
    assert len(greedy) == 2
    assert "không chỉ xin cho một máy" in town.say("tinh", "invite", "--pending")
    refused = town.run("tinh", "invite", "--confirm", greedy[0]["fingerprint"])
    assert (refused.code, refused.error) == (1, "not-confirmable")
    assert len(town.done("tinh", "invite", "--pending")["pending"]) == 3


def test_a_closed_invitation_leads_nowhere(town: Town) -> None:
    offer = town.folder / "Mai.offer"
    town.done("tinh", "invite", COMMUNE, "--person", "Mai", "--out", offer, "--offline")
    [unused] = town.done("tinh", "invite", "--pending")["unused"]
    town.done("tinh", "invite", "--close", unused["offer"][:8])
    town.done("Mai", "enrol", "--offer-file", offer, "--no-passphrase")
    town.carry("Mai", "tinh")
    assert town.done("tinh", "invite", "--pending")["pending"] == []


@pytest.mark.parametrize(
    ("line", "code", "error"),
    [
        ((COMMUNE,), 2, "person-needed"),
        ((COMMUNE, "--person", "Mai", "--role", "mayor"), 1, "unknown-role"),
        ((COMMUNE, "--person", "Mai", "--role", "hub"), 2, "role-of-server"),
        ((COMMUNE, "--person", "Mai", "--role", "roles.json"), 1, "file-missing"),
        (("Xã Không Có", "--person", "Mai"), 1, "unknown-name"),
        (("--confirm", "AAAA-AAAA-AAAA-AAAA"), 1, "unknown-name"),
        (("--close", "abcd"), 1, "unknown-name"),
        (("Xã Hòn Tre", "--person", "Mai", "--offline"), 1, "not-allowed"),
        ((COMMUNE, "--person", "Mai", "--role", "province-officer", "--offline"), 1, "not-allowed"),
    ],
)
def test_an_invitation_that_cannot_be_is_told(
    town: Town, line: tuple[str, ...], code: int, error: str
) -> None:
    refused = town.run("Dũng", "invite", *line)
    assert (refused.code, refused.error) == (code, error)


def test_roles_are_data(town: Town) -> None:
    role = town.folder / "clerk.json"
    role.write_text(json.dumps({"title": ["Văn thư", "Clerk"], "says": ["note"], "scopes": ["reports"]}))
    offer = town.folder / "Mai.offer"
    town.done("tinh", "invite", COMMUNE, "--person", "Mai", "--role", role, "--out", offer, "--offline")
    town.done("Mai", "enrol", "--offer-file", offer, "--no-passphrase")
    town.carry("Mai", "tinh")
    town.done("tinh", "invite", "--confirm", town.done("Mai", "status")["fingerprint"])
    assert town.run("Mai", *MARCH).error == "not-allowed"
    assert town.run("Mai", "report", "F05M", "--period", "2019-03", "--note", "Đã nhận công văn").code == 0


@pytest.mark.parametrize(
    "text", ["{", '{"title": ["a", "b"], "says": ["sing"]}', '{"title": ["a", "b"], "may": []}']
)
def test_a_role_file_that_is_not_in_order_is_told(town: Town, text: str) -> None:
    role = town.folder / "clerk.json"
    role.write_text(text)
    refused = town.run("tinh", "invite", COMMUNE, "--person", "Mai", "--role", role)
    assert (refused.code, refused.error) == (1, "role-unreadable")


# --------------------------------------------------------------------------------------------------------------- enrol


def test_enrolling_needs_one_invitation(tmp_path: Path) -> None:
    for line in ((), ("HD1:x", "--code", "x", "--url", URL), ("--code", "AAAA-AAAA-AAAA-AAAA")):
        refused = haidang("enrol", *line, "--no-passphrase", home=tmp_path)
        assert (refused.code, refused.error) == (2, "one-offer")


@pytest.mark.parametrize("offer", ["HD1:abc", "hello", ""])
def test_an_offer_that_is_not_whole_is_told(tmp_path: Path, offer: str) -> None:
    refused = haidang("enrol", offer, "--no-passphrase", home=tmp_path)
    assert (refused.code, refused.error) == (2, "offer-unreadable")


def test_a_code_that_is_none_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    refused = haidang("enrol", "--code", "ABC", "--url", URL, "--no-passphrase", home=tmp_path)
    assert (refused.code, refused.error) == (2, "code-unreadable")


def test_an_expired_offer_is_told(town: Town) -> None:
    offer = town.folder / "Mai.offer"
    town.done("tinh", "invite", COMMUNE, "--person", "Mai", "--days", 0, "--out", offer, "--offline")
    refused = town.run("Mai", "enrol", "--offer-file", offer, "--no-passphrase")
    assert (refused.code, refused.error) == (1, "offer-expired")
    assert not town.home("Mai").exists()


def test_an_offer_of_another_deployment_is_refused(town: Town, tmp_path: Path) -> None:
    offer = town.folder / "Mai.offer"
    town.done("tinh", "invite", COMMUNE, "--person", "Mai", "--out", offer, "--offline")
    other = found_town(tmp_path / "other")
    foreign = other.folder / "Mai.offer"
    other.done("tinh", "invite", COMMUNE, "--person", "Mai", "--out", foreign, "--offline")
    mixed = offer.read_bytes().split(b"\n")[:1] + foreign.read_bytes().split(b"\n")[1:]
    offer.write_bytes(b"\n".join(mixed))
    refused = town.run("Mai", "enrol", "--offer-file", offer, "--no-passphrase")
    assert (refused.code, refused.error) == (1, "bad-offer")
    assert not (town.home("Mai") / "key").exists()


def test_a_home_is_enrolled_once(town: Town) -> None:
    offer = town.folder / "Lan.offer"
    refused = town.run("Lan", "enrol", "--offer-file", offer, "--no-passphrase")
    assert (refused.code, refused.error) == (1, "replica-exists")


def test_without_a_network_the_offer_text_alone_waits(town: Town) -> None:
    text = town.done("tinh", "invite", COMMUNE, "--person", "Mai", "--offline")["offer"]
    refused = town.run("Mai", "enrol", text, "--no-passphrase")
    assert (refused.code, refused.error) == (3, "offline")
    assert not (town.home("Mai") / "key").exists()


def test_a_new_key_needs_a_passphrase_worth_the_name(town: Town) -> None:
    offer = town.folder / "Mai.offer"
    town.done("tinh", "invite", COMMUNE, "--person", "Mai", "--out", offer, "--offline")
    assert town.run("Mai", "enrol", "--offer-file", offer).error == "passphrase-missing"
    short = town.folder / "short"
    short.write_text("1234")
    refused = town.run("Mai", "enrol", "--offer-file", offer, "--passphrase-file", short)
    assert (refused.code, refused.error) == (2, "passphrase-short")
    assert not town.home("Mai").exists()


# --------------------------------------------------------------------------------------- devices, revoke, adopt, refuse


def test_devices_are_listed_with_role_and_standing(town: Town) -> None:
    listed = {each["person"]: each for each in town.done("tinh", "devices")["devices"]}
    assert {name: listed[name]["role"] for name in ("Lan", "Hoa", "Dũng")} == {
        "Lan": "reporter", "Hoa": "commune-head", "Dũng": "district-officer"
    }  # fmt: skip
    assert {each["state"] for each in listed.values()} == {"counts"}
    town.done("tinh", "retire", "Hoa", "--reason", "chuyển công tác")
    town.done("tinh", "revoke", "Lan", "--reason", "mất máy")
    after = {each["person"]: each["state"] for each in town.done("tinh", "devices")["devices"]}
    assert (after["Hoa"], after["Lan"]) == ("retired", "revoked")
    assert [
        each["person"] for each in town.done("tinh", "devices", "--unit", "Huyện Kiên Lương")["devices"]
    ] == ["Dũng"]


def cut_with_unsent_work(town: Town, *options: object) -> list[str]:
    """Lan writes two reports after the officer has her first, loses the phone, and it comes back."""
    town.done("Lan", *MARCH)
    town.carry("Lan", "tinh")
    for month in ("2019-04", "2019-05"):
        town.done("Lan", "report", "F05M", "--period", month, "--set", "minutes_own=10")
        town.carry("Lan", "Lan")
    town.done("tinh", "revoke", town.done("Lan", "status")["fingerprint"], "--reason", "mất máy", *options)
    town.carry("Lan", "tinh")
    return sets_of(town, "tinh")


def test_what_came_after_the_kept_sets_waits_for_a_person(town: Town) -> None:
    town.done("Lan", *MARCH)
    town.carry("Lan", "tinh")
    first = town.done("tinh", "show", "F05M", "--history")["history"][0]["set"]
    town.done("Lan", "report", "F05M", "--period", "2019-04", "--set", "minutes_own=10")
    town.carry("Lan", "tinh")
    town.done("tinh", "revoke", "Lan", "--keep", first[:12], "--reason", "mất máy")
    assert len(sets_of(town, "tinh")) == 1
    assert len(town.done("tinh", "show")["records"]) == 1


def test_a_part_of_the_unsent_work_is_adopted_and_the_rest_refused(town: Town) -> None:
    waiting = cut_with_unsent_work(town)
    assert len(waiting) == 3
    town.done("tinh", "adopt", waiting[1][:16], "--reason", "đã hỏi lại")
    assert sets_of(town, "tinh") == waiting[2:]
    assert len(town.done("tinh", "show")["records"]) == 2
    town.done("tinh", "refuse", waiting[2], "--reason", "không xác minh được")
    assert sets_of(town, "tinh") == []
    assert len(town.done("tinh", "quarantine", "--all")["quarantine"]) == 1


def test_bases_are_left_out_of_what_is_adopted(town: Town) -> None:
    waiting = cut_with_unsent_work(town)
    town.done("tinh", "adopt", waiting[2], "--base", waiting[1], "--reason", "chỉ tháng 5")
    assert sets_of(town, "tinh") == waiting[:2]


@pytest.mark.parametrize("options", [("--keep-nothing",), ("--keep-received-before", "18/02/2019 14:30")])
def test_a_cut_can_keep_less(town: Town, options: tuple[str, ...]) -> None:
    assert len(cut_with_unsent_work(town, *options)) == 3


def test_redacting_takes_two_officers_one_of_them_near_the_root(town: Town) -> None:
    town.invite("Mai", "reporter", COMMUNE, officer="Dũng")
    town.done("Mai", *MARCH, "--note", "Ông A gọi điện")
    town.carry("Mai", "Dũng")
    set_id = town.done("Dũng", "show", "F05M", "--history")["history"][0]["set"]
    assert "thứ hai" in town.say("Dũng", "redact", set_id, "--reason", "tên người")
    town.carry("Dũng", "tinh")
    assert town.done("tinh", "redact", set_id, "--reason", "tên người")["dropped"] == [set_id]
    town.carry("tinh", "Mai")
    told = town.say("Mai", "show", "F05M", "--history")
    assert "Ông A" not in told
    assert "nội dung đã được xóa" in told


def test_a_district_reaches_only_those_whom_it_invited(town: Town) -> None:
    refused = town.run("Dũng", "revoke", "Lan", "--reason", "mất máy")
    assert (refused.code, refused.error) == (1, "out-of-reach")
    town.invite("Mai", "reporter", COMMUNE, officer="Dũng")
    town.done("Dũng", "revoke", "Mai", "--reason", "mất máy")
    assert "revoked" in [each["state"] for each in town.done("Dũng", "devices")["devices"]]


@pytest.mark.parametrize(
    ("line", "code", "error"),
    [
        (("revoke", "Lan"), 2, "reason-needed"),
        (("retire", "Lan", "--reason", " "), 2, "reason-needed"),
        (("retire", "Người lạ", "--reason", "x"), 1, "unknown-name"),
        (("revoke", "tinh", "--reason", "x"), 1, "unknown-name"),
        (("revoke", "Trần Thị Bình", "--reason", "x"), 1, "not-allowed"),
        (("retire", "Hoa", "--reason", "x"), 1, "out-of-reach"),
        (("adopt", "abcd"), 2, "reason-needed"),
        (("adopt", "abcd", "--reason", "x"), 1, "unknown-name"),
        (("refuse", "abcd", "--reason", "x"), 1, "unknown-name"),
        (("redact", "abcd"), 2, "reason-needed"),
        (("devices", "--unit", "Không Có"), 1, "unknown-name"),
    ],
)
def test_a_mistake_of_an_officer_is_told(town: Town, line: tuple[str, ...], code: int, error: str) -> None:
    refused = town.run("Dũng", *line)
    assert (refused.code, refused.error) == (code, error)
    assert len(message_of(refused)) > 40


@pytest.mark.parametrize(
    ("options", "code", "error"),
    [
        (("--keep", "abcd"), 1, "unknown-name"),
        (("--keep-received-before", "mai"), 2, "date-unreadable"),
        (("--keep-nothing", "--keep", "abcd"), 2, "one-keep"),
    ],
)
def test_what_a_cut_keeps_is_stated_once_and_readably(
    town: Town, options: tuple[str, ...], code: int, error: str
) -> None:
    refused = town.run("tinh", "revoke", "Lan", *options, "--reason", "mất máy")
    assert (refused.code, refused.error) == (code, error)
