"""What goes wrong around the command: disks, folders, databases, servers. Each is told in words, with a code, and nothing is lost."""

import os
from pathlib import Path

import pytest
from pysqlite3 import dbapi2 as sqlite

from haidang_syncclient import database
from haidang_syncclient.database import SCHEMA_VERSION
from haidang_syncclient.deployment import Deployment
from haidang_syncclient.replica import Replica
from tests.rootless import as_nobody
from tests.syncclient.cli_town import Outcome, Town, haidang, message_of, peopled_town
from tests.syncclient.hub import Hub
from tests.syncclient.test_http_transport import answer
from tests.syncclient.village import Village
from tests.syncclient.weak_link import Portal

MONTH = ("report", "F05M", "--period")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Town:
    town = peopled_town(tmp_path_factory.mktemp("town"))
    town.done("Lan", *MONTH, "2019-03", "--set", "minutes_own=90")
    return town


def told(town: Town, error: str, code: int, *line: object) -> Outcome:
    """A refusal, told in both languages with what is safe and what to do."""
    refused = town.run("Lan", *line)
    assert (refused.code, refused.error) == (code, error), refused
    for language in ("vi", "en"):
        said = haidang(*line, "--lang", language, home=town.home("Lan"), as_json=False)
        assert said.code == code
        assert "Traceback" not in said.err
        happened, todo = said.err.strip().split("\n→ ")
        assert happened.count(".") >= 2
        assert todo
    assert message_of(refused)
    return refused


def reports(town: Town) -> int:
    return len(town.done("Lan", "show")["records"])


def meddled(town: Town, *statements: str) -> None:
    connection = sqlite.connect(town.home("Lan") / "replica.db")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def test_a_full_disk_is_told_and_what_was_saved_before_is_there(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite's own limit of pages stands for the disk: it is met at the same place, with the same code."""
    prepare = database.Database._prepare

    def full(self: database.Database) -> None:
        prepare(self)
        pages = self._pragma("page_count")
        self.connection.execute(f"PRAGMA max_page_count={pages}")

    long = "x" * 8_000
    with monkeypatch.context() as patched:
        patched.setattr(database.Database, "_prepare", full)
        told(town, "disk-full", 1, *MONTH, "2019-04", "--set", "minutes_own=1", "--note", long)
        assert reports(town) == 1
    town.done("Lan", *MONTH, "2019-04", "--set", "minutes_own=1", "--note", long)
    assert reports(town) == 2
    assert town.done("Lan", "verify")["sound"]


def test_a_folder_that_can_only_be_read_is_told_and_nothing_is_lost(town: Town) -> None:
    home = town.home("Lan")
    for file in home.iterdir():
        file.chmod(0o444)
    home.chmod(0o555)
    opened = [folder for folder in (home, *home.parents) if "pytest-" in str(folder)]
    for folder in opened[1:]:
        folder.chmod(0o755)
    try:
        assert (
            as_nobody(lambda: told(town, "read-only", 1, *MONTH, "2019-04", "--set", "minutes_own=1")) == ""
        )
    finally:
        home.chmod(0o755)
        for file in home.iterdir():
            file.chmod(0o644)
    assert reports(town) == 1


def test_a_database_of_a_newer_version_is_told_and_left_alone(town: Town) -> None:
    meddled(town, f"PRAGMA user_version={SCHEMA_VERSION + 1}")
    before = (town.home("Lan") / "replica.db").read_bytes()
    told(town, "newer-database", 1, "show")
    assert (town.home("Lan") / "replica.db").read_bytes() == before
    meddled(town, f"PRAGMA user_version={SCHEMA_VERSION}")
    assert reports(town) == 1


def test_a_corrupted_page_is_told_and_the_file_is_left_as_it_is(town: Town) -> None:
    meddled(town)
    file = town.home("Lan") / "replica.db"
    sound = file.read_bytes()
    pages = len(sound) // 4096
    spoilt = bytearray(sound)
    for page in range(2, pages):
        spoilt[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    file.write_bytes(spoilt)
    told(town, "damaged-database", 4, "show")
    assert file.read_bytes() == bytes(spoilt)
    outcome = town.run("Lan", "verify")
    assert outcome.code == 4
    file.write_bytes(sound)
    assert reports(town) == 1


PORTALS = {
    "a page": answer("200 OK", body=b"<html>Xin moi dang nhap</html>"),
    "a redirect": answer("302 Found", "text/html", b"", "Location: http://portal.example/"),
    "a captive network says so": answer("511 Network Authentication Required"),
}


def led_to(town: Town, url: str) -> None:
    """Let Lan's replica believe that its hub is there."""
    with Replica.open(town.home("Lan") / "replica.db", clock=lambda: 0, randomness=os.urandom) as replica:
        known = replica.deployment
        moved = Deployment(known.genesis, known.hub, url, known.unit)
        with replica.writing():
            replica.device.put_meta("deployment", moved.to_bytes())


@pytest.mark.parametrize("kind", list(PORTALS))
def test_a_captive_portal_is_told_and_nothing_is_given_to_it(town: Town, kind: str) -> None:
    with Portal(PORTALS[kind]) as portal:
        led_to(town, portal.url)
        told(town, "captive-portal", 3, "sync", "--tries", 1)
    assert town.done("Lan", "status")["counts"]["received"] == 0
    assert reports(town) == 1


def test_a_wrong_server_is_told_and_nothing_is_sent_to_it(
    town: Town, village: Village, tmp_path: Path
) -> None:
    with Hub(tmp_path / "other", village) as hub:
        size = hub_size(hub)
        led_to(town, hub.url)
        told(town, "wrong-server", 1, "sync", "--tries", 1)
        assert hub_size(hub) == size
    assert reports(town) == 1


def hub_size(hub: Hub) -> int:
    connection = sqlite.connect(hub.folder / "hub.db")
    try:
        return int(connection.execute("SELECT count(*) FROM sets").fetchone()[0])
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("403 Forbidden", "bad-signature"),
        ("421 Misdirected Request", "wrong-server"),
        ("413 Too Large", "over-limit"),
    ],
)
def test_a_servers_refusal_is_told_with_its_code_and_in_the_persons_language(
    town: Town, status: str, code: str
) -> None:
    said = f'{{"code": "{code}", "detail": "It is so.", "detail_vi": "Là như vậy."}}'.encode()
    with Portal(answer(status, "application/problem+json", said)) as portal:
        led_to(town, portal.url)
        assert code in message_of(told(town, "refused", 1, "sync", "--tries", 1))
        line = ("sync", "--tries", 1, "--lang", "vi")
        assert "Là như vậy" in haidang(*line, home=town.home("Lan"), as_json=False).err


def test_a_server_without_room_is_told_and_everything_stays_to_be_sent(town: Town) -> None:
    said = '{"code": "disk-full", "detail": "No room.", "detail_vi": "Hết chỗ lưu."}'.encode()
    with Portal(answer("507 Insufficient Storage", "application/problem+json", said)) as portal:
        led_to(town, portal.url)
        assert "disk-full" in message_of(told(town, "busy", 3, "sync", "--tries", 1))
    counts = town.done("Lan", "status")["counts"]
    assert counts["received"] == 0
    assert counts["saved"] + counts["sending"] == 1


def test_an_invitation_that_has_expired_is_told_and_leaves_nothing_behind(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer = town.folder / "Mai.offer"
    town.done("tinh", "invite", "Xã Hòn Nghệ", "--person", "Mai", "--out", offer, "--offline")
    monkeypatch.setattr("haidang_syncclient.system_clock.now", lambda: 4_000_000_000)
    refused = town.run("Mai", "enrol", "--offer-file", offer, "--no-passphrase")
    assert refused.error == "offer-expired"
    assert len(message_of(refused)) > 40
    assert not (town.home("Mai") / "replica.db").exists()
