"""An officer's commands: found, publish, assign, invite, devices, retire, revoke, quarantine, adopt, refuse, redact."""

import json
from pathlib import Path

import pytest

from haidang_protocol import canonical
from haidang_protocol.certificates import genesis_from_value
from tests.syncclient.cli_town import (
    COMMUNE,
    DAY,
    HUB,
    HUB_ID,
    URL,
    Town,
    copied,
    found_town,
    haidang,
    message_of,
    peopled_town,
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return peopled_town(tmp_path_factory.mktemp("town"))


@pytest.fixture
def town(built: Town, tmp_path: Path) -> Town:
    return copied(built, tmp_path)


MARCH = ("report", "F05M", "--period", "2019-03", "--set", "minutes_own=90")


def sets_of(town: Town, name: str) -> list[str]:
    return [each["set"] for each in town.done(name, "quarantine")["quarantine"]]


# --------------------------------------------------------------------------------------------------------------- found


def test_a_founding_leaves_three_root_keys_that_only_their_owner_can_read(town: Town) -> None:
    founding = town.folder / "founding"
    keys = sorted(founding.glob("root-*.key"))
    assert len(keys) == 3
    assert {key.stat().st_mode & 0o777 for key in keys} == {0o600}
    assert founding.stat().st_mode & 0o777 == 0o700
    genesis = genesis_from_value(canonical.decode((founding / "genesis").read_bytes()))
    assert genesis.name == "Kiên Giang"
    assert len({key.read_bytes() for key in keys}) == 3


def test_root_keys_are_sealed_under_the_passphrase(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("bốn từ rời nhau\n", encoding="utf-8")
    line = [
        "found",
        "Thử",
        "--hub",
        HUB.public_key.hex(),
        "--url",
        URL,
        "--out",
        tmp_path / "f",
        "--person",
        "B",
    ]
    outcome = haidang(*line, "--passphrase-file", secret, home=tmp_path / "home")
    assert outcome.code == 0
    clear = tmp_path / "clear"
    clear.write_text("sai mật khẩu", encoding="utf-8")
    refused = haidang("publish", "--years", 2019, "--passphrase-file", clear, home=tmp_path / "home")
    assert (refused.code, refused.error) == (1, "wrong-passphrase")
    assert haidang("publish", "--years", 2019, home=tmp_path / "home").error == "passphrase-missing"
    assert haidang("publish", "--years", 2019, "--passphrase-file", secret, home=tmp_path / "home").code == 0
    assert b"scrypt" in (tmp_path / "f" / "root-1.key").read_bytes()


FOUNDING = ("found", "Thử", "--url", URL, "--person", "B", "--no-passphrase")


@pytest.mark.parametrize(
    ("options", "code", "error"),
    [
        (("--hub", "nowhere.json"), 1, "file-missing"),
        (("--hub", "00" * 32), 1, "hub-key-unreadable"),
        (("--hub", HUB.public_key.hex(), "--top", "xyz"), 1, "not-publishable"),
        (("--hub", HUB.public_key.hex(), "--role", "mayor"), 1, "unknown-name"),
        (("--hub", HUB.public_key.hex(), "--units", "units.csv"), 1, "file-missing"),
    ],
)
def test_a_founding_that_cannot_be_leaves_nothing(
    tmp_path: Path, options: tuple[str, ...], code: int, error: str
) -> None:
    refused = haidang(*FOUNDING, "--out", tmp_path / "out", *options, home=tmp_path / "home")
    assert (refused.code, refused.error) == (code, error)
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "home").exists()


def test_root_keys_are_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "root-1.key").write_text("old")
    refused = haidang(
        *FOUNDING, "--hub", HUB.public_key.hex(), "--out", tmp_path / "out", home=tmp_path / "home"
    )
    assert (refused.code, refused.error) == (1, "folder-not-empty")
    assert (tmp_path / "out" / "root-1.key").read_text() == "old"


def test_a_home_is_founded_once(town: Town) -> None:
    refused = town.run("tinh", *FOUNDING, "--hub", HUB.public_key.hex(), "--out", town.folder / "again")
    assert (refused.code, refused.error) == (1, "replica-exists")


def test_the_hub_is_named_by_what_its_key_command_printed(tmp_path: Path) -> None:
    printed = tmp_path / "hub.json"
    printed.write_text(json.dumps({"server": HUB_ID.hex(), "public_key": HUB.public_key.hex()}))
    outcome = haidang(*FOUNDING, "--hub", printed, "--out", tmp_path / "out", home=tmp_path / "home")
    assert outcome.data["hub"] == HUB_ID.hex()


# ------------------------------------------------------------------------------------------------------------- publish


def test_what_was_published_is_not_published_again(town: Town) -> None:
    again = town.done("tinh", "publish", town.folder / "definitions", "--date", DAY, "--years", 2019)
    assert (again["changed"], again["sets"]) == ({}, [])


def test_only_what_changed_is_published(town: Town) -> None:
    form = town.folder / "definitions" / "forms" / "F01M.json"
    changed = json.loads(form.read_text(encoding="utf-8"))
    changed["version"] = 2
    form.write_text(json.dumps(changed), encoding="utf-8")
    found = town.done("tinh", "publish", town.folder / "definitions", "--date", DAY)
    assert found["changed"] == {"form": 1}
    assert town.done("tinh", "directives", "--form", "F01M")["version"] == 2


def test_one_file_can_be_published(town: Town) -> None:
    found = town.done("tinh", "publish", town.folder / "definitions" / "directives.csv")
    assert found["read"] == 39


def spoiled(town: Town, name: str, old: str, new: str) -> Path:
    file = town.folder / "definitions" / name
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("forms/F01M.json", '"type": "money"', '"type": "wealth"'),
        ("forms/F01M.json", '"name": "days_open"', '"name": "Days Open"'),
        ("directives.csv", "id,parent_id", "code,parent_id"),
        ("units.csv", "unit,level", "unit,rank"),
    ],
)
def test_what_is_not_in_order_is_not_published(town: Town, name: str, old: str, new: str) -> None:
    refused = town.run("tinh", "publish", spoiled(town, name, old, new), "--date", DAY)
    assert (refused.code, refused.error) == (1, "not-publishable")
    assert Path(name).name in message_of(refused)


@pytest.mark.parametrize(
    ("line", "code", "error"),
    [
        ((), 1, "nothing-to-publish"),
        (("nowhere.csv",), 1, "file-missing"),
        (("--years", 2019, "--date", "31/02/2019"), 2, "date-unreadable"),
    ],
)
def test_publishing_nothing_is_told(town: Town, line: tuple[object, ...], code: int, error: str) -> None:
    refused = town.run("tinh", "publish", *line)
    assert (refused.code, refused.error) == (code, error)


def test_a_folder_without_definitions_is_told(town: Town) -> None:
    (town.folder / "empty").mkdir()
    assert town.run("tinh", "publish", town.folder / "empty").error == "nothing-to-publish"
    (town.folder / "empty" / "notes.txt").write_text("x")
    assert town.run("tinh", "publish", town.folder / "empty" / "notes.txt").error == "nothing-to-publish"


def test_a_reporter_may_not_publish(town: Town) -> None:
    refused = town.run("Lan", "publish", "--years", 2020)
    assert (refused.code, refused.error) == (1, "not-allowed")


def test_an_assignment_reaches_its_unit_with_its_date(town: Town) -> None:
    town.done("Dũng", "assign", "3.6", COMMUNE, "--due", "30/06/2019")
    town.carry("Dũng", "Lan")
    listed = {each["code"]: each for each in town.done("Lan", "directives")["directives"]}
    assert (listed["TB171-3.6"]["assigned"], listed["TB171-3.6"]["due"]) == (True, "2019-06-30")
    assert not listed["TB171-2.1a"]["assigned"]


def test_a_new_date_replaces_the_old_one(town: Town) -> None:
    for due in ("30/06/2019", "31/07/2019"):
        town.done("Dũng", "assign", "3.6", COMMUNE, "--due", due)
    assert [each["due"] for each in town.done("Dũng", "directives", "3.6")["assignments"]] == ["2019-07-31"]


@pytest.mark.parametrize(
    ("line", "code", "error"),
    [
        (("9.9", COMMUNE), 1, "unknown-name"),
        (("3.6", "Xã Không Có"), 1, "unknown-name"),
        (("3.6", COMMUNE, "--due", "mai"), 2, "date-unreadable"),
        (("3.6", "Xã Hòn Tre"), 1, "not-allowed"),
    ],
)
def test_an_assignment_that_cannot_be_is_told(
    town: Town, line: tuple[str, ...], code: int, error: str
) -> None:
    refused = town.run("Dũng", "assign", *line)
    assert (refused.code, refused.error) == (code, error)


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
        ((COMMUNE, "--person", "Mai", "--role", "mayor"), 1, "unknown-name"),
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
