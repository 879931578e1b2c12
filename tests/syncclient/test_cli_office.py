"""An officer's commands that begin and define: found, publish, assign."""

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
        (("--hub", HUB.public_key.hex(), "--role", "mayor"), 1, "unknown-role"),
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
