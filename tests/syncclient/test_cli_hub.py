"""The whole job with the real hub: enrol by text and by code, confirm, report, sync, conflict, resolve, review, carry, revoke."""

import json
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.syncclient.cli_town import COMMUNE, DAY, DISTRICTS, Town, message_of, some_definitions

MONTH = ("report", "F05M", "--period", "2019-03")


class Hub:
    """A hub in a process of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.folder = folder
        self.url = f"http://127.0.0.1:{self.port}"

    def run(self, *line: object) -> str:
        command = [sys.executable, "-m", "haidang_server", *map(str, line)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    @contextmanager
    def serving(self) -> Iterator[None]:
        command = [
            sys.executable,
            "-m",
            "haidang_server",
            "serve",
            "--data",
            str(self.folder),
            "--port",
            str(self.port),
        ]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process:
            try:
                assert process.stdout is not None
                assert process.stdout.readline().strip() == self.url
                yield
            finally:
                process.terminate()
                process.wait(30)


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A deployment that was founded, started and published as the guide says."""
    folder = tmp_path_factory.mktemp("province")
    town, hub, founding = Town(folder), Hub(folder / "hub"), folder / "founding"
    (folder / "hub.json").write_text(hub.run("key", folder / "hub.key", "--json"))
    definitions = some_definitions(folder / "definitions")
    town.done(
        "tinh", "found", "Kiên Giang", "--hub", folder / "hub.json", "--url", hub.url, "--units", definitions / "units.csv",
        "--date", DAY, "--out", founding, "--person", "Trần Thị Bình", "--no-passphrase",
    )  # fmt: skip
    hub.run(
        "init", folder / "hub", "--key", folder / "hub.key", "--genesis", founding / "genesis", "--chain",
        founding / "founding.bundle",
    )  # fmt: skip
    with hub.serving():
        town.done("tinh", "publish", definitions, "--date", DAY, "--years", 2019)
        town.done("tinh", "sync")
        for name, role in (("Lan", "reporter"), ("Hoa", "commune-head")):
            offer = town.done("tinh", "invite", COMMUNE, "--role", role, "--person", name)
            how = ("--code", offer["code"], "--url", hub.url) if name == "Hoa" else (offer["offer"],)
            found = town.done(name, "enrol", *how, "--no-passphrase")
            assert found["sent"]
            town.done("tinh", "sync")
            town.done("tinh", "invite", "--confirm", found["fingerprint"])
            town.done("tinh", "sync")
            town.done(name, "sync")
        yield town


def everybody_syncs(town: Town) -> None:
    for name in ("Lan", "Hoa", "tinh", "Lan", "Hoa"):
        town.done(name, "sync")


def values(town: Town, name: str, field: str) -> set[Any]:
    record = town.done(name, "show", "F05M/2019-03")
    return {each["value"] for each in record["fields"][field]["values"]}


def test_a_report_goes_from_two_phones_to_an_approval(province: Town) -> None:
    province.done("Lan", *MONTH, "--set", "minutes_own=120")
    province.done("Hoa", *MONTH, "--set", "minutes_own=130")
    assert province.done("Lan", "status")["counts"]["saved"] == 1
    everybody_syncs(province)
    assert province.done("Lan", "status")["counts"]["received"] == 1
    assert values(province, "Lan", "minutes_own") == {120, 130}
    assert province.run("Hoa", "conflicts").code == 5
    province.done("Hoa", "resolve", "F05M/2019-03", "minutes_own", "--value", "125")
    province.done("Hoa", "review", "F05M/2019-03", "--confirm")
    everybody_syncs(province)
    province.done("tinh", "review", "F05M/2019-03", "--approve")
    everybody_syncs(province)
    for name in ("Lan", "Hoa", "tinh"):
        assert province.done(name, "show", "F05M/2019-03")["stage"] == "approved"
        assert values(province, name, "minutes_own") == {125}
        assert province.done(name, "verify")["sound"]


def test_a_returned_report_is_told_at_the_end_of_a_sync(province: Town) -> None:
    may = ("report", "F05M", "--period", "2019-05")
    province.done("Lan", *may, "--set", "minutes_own=60")
    assert province.done("Lan", "sync")["returned"] == []
    province.done("tinh", "sync")
    province.done("tinh", "review", "F05M/2019-05", "--return", "Thiếu số buổi")
    province.done("tinh", "sync")
    told = province.say("Lan", "sync").splitlines()
    assert told[0].startswith("Đã đồng bộ")
    assert re.search("  ! Trả lại: F05M .* – Trần Thị Bình, .*: “Thiếu số buổi”", told[-2])
    assert "report F05M --record" in told[-1]
    province.done("Lan", *may, "--set", "sessions=12")
    assert province.done("Lan", "sync")["returned"] == []


def test_every_value_is_proven_by_signature_chain_and_receipt(province: Town) -> None:
    province.done("Lan", "report", "F05M", "--period", "2019-06", "--set", "minutes_own=60")
    everybody_syncs(province)
    found = province.done("tinh", "show", "F05M/2019-06", "--proof")
    assert [(each["signature"], each["verdict"]) for each in found["proof"]] == [(True, "accepted")]
    assert all(each["sequence"] is not None for each in found["proof"])
    assert province.done("Lan", "show", "F05M/2019-06", "--proof")["proof"][0]["receipts"]


def test_an_export_of_the_hub_is_verified_by_whoever_belongs_to_its_deployment(province: Town) -> None:
    out = province.folder / "export"
    Hub(province.folder / "hub").run("export", out, "--data", province.folder / "hub")
    found = province.done("Lan", "verify", out)
    assert found["sound"]
    assert found["sets"] > 5
    changes = bytearray((out / "changes.hdb").read_bytes())
    changes[len(changes) // 2] ^= 1
    (out / "changes.hdb").write_bytes(changes)
    outcome = province.run("Lan", "verify", out)
    assert (outcome.code, outcome.data["sound"]) == (4, False)


def test_a_second_sync_says_that_nothing_is_left(province: Town) -> None:
    everybody_syncs(province)
    again = province.done("Lan", "sync")
    assert (again["fresh"], again["receipts"], again["requests"]) == (0, 0, 1)
    assert again["bytes_up"] <= 500
    assert again["bytes_down"] <= 500


def test_a_code_is_told_wrong_without_more(province: Town) -> None:
    url = province.done("Lan", "status")["url"]
    refused = province.run("kẻ lạ", "enrol", "--code", "AAAA-AAAA-AAAA-AAAA", "--url", url, "--no-passphrase")
    assert (refused.code, refused.error) == (1, "code-refused")
    assert not province.home("kẻ lạ").exists()


def test_who_is_invited_by_a_code_knows_at_once_who_it_is_however_its_officer_was_enrolled(
    province: Town,
) -> None:
    offer = province.done("tinh", "invite", DISTRICTS[0], "--role", "district-officer", "--person", "Phúc")
    made = province.done("huyện", "enrol", offer["offer"], "--no-passphrase")
    province.done("tinh", "sync")
    province.done("tinh", "invite", "--confirm", made["fingerprint"])
    province.done("tinh", "sync")
    province.done("huyện", "sync")
    invited = province.done("huyện", "invite", COMMUNE, "--role", "reporter", "--person", "Năm")
    code = ("--code", invited["code"], "--url", province.done("huyện", "status")["url"])
    assert "Năm" in province.say("Năm", "enrol", *code, "--no-passphrase")


def test_an_offer_that_the_hub_has_not_seen_is_told(province: Town) -> None:
    offer = province.done("tinh", "invite", COMMUNE, "--person", "Mai", "--offline")["offer"]
    refused = province.run("Mai", "enrol", offer, "--no-passphrase")
    assert (refused.code, refused.error) == (1, "offer-not-known")
    assert "sync" in message_of(refused)
    province.done("tinh", "sync")
    assert province.run("Mai", "enrol", offer, "--no-passphrase").code == 0


def test_a_lost_phone_is_cut_and_its_honest_work_adopted(province: Town) -> None:
    offer = province.done("tinh", "invite", COMMUNE, "--person", "Tư")
    fingerprint = province.done("Tư", "enrol", offer["offer"], "--no-passphrase")["fingerprint"]
    province.done("tinh", "sync")
    province.done("tinh", "invite", "--confirm", fingerprint)
    province.done("tinh", "sync")
    province.done("Tư", "sync")
    for month in ("2019-07", "2019-08"):
        province.done("Tư", "report", "F05M", "--period", month, "--set", "minutes_own=1")
        if month == "2019-07":
            province.done("Tư", "sync")
            province.done("tinh", "sync")
    province.done("tinh", "revoke", fingerprint, "--reason", "mất máy")
    province.done("tinh", "sync")
    province.run("Tư", "sync")
    province.done("tinh", "sync")
    waiting = [each for each in province.done("tinh", "quarantine")["quarantine"] if each["person"] == "Tư"]
    assert [each["reason"] for each in waiting] == ["revoked"]
    assert len(province.done("tinh", "show", "--form", "F05M")["records"]) >= 1
    province.done("tinh", "adopt", waiting[0]["set"][:16], "--reason", "đã hỏi lại")
    province.done("tinh", "sync")
    province.done("Lan", "sync")
    assert province.done("Lan", "show", "F05M/2019-08")["fields"]["minutes_own"]


def test_a_phone_without_network_travels_by_file_both_ways(province: Town) -> None:
    everybody_syncs(province)
    there, back = province.folder / "there.bundle", province.folder / "back.bundle"
    province.done("Lan", "report", "F05M", "--period", "2019-09", "--set", "minutes_own=9")
    province.done("Lan", "bundle", "export", there)
    assert province.done("Lan", "status")["counts"]["carried"] == 1
    province.done("Hoa", "bundle", "import", there)
    province.done("Hoa", "sync")
    province.done("Hoa", "bundle", "export", back)
    province.done("Lan", "bundle", "import", back)
    counts = province.done("Lan", "status")["counts"]
    assert (counts["carried"], counts["saved"]) == (0, 0)


def test_a_hub_that_was_put_back_to_an_old_backup_gets_everything_again(tmp_path: Path) -> None:
    town, hub, founding = Town(tmp_path), Hub(tmp_path / "hub"), tmp_path / "founding"
    public = json.loads(hub.run("key", tmp_path / "hub.key", "--json"))["public_key"]
    town.done(
        "tinh",
        "found",
        "Thử",
        "--hub",
        public,
        "--url",
        hub.url,
        "--out",
        founding,
        "--person",
        "B",
        "--no-passphrase",
    )
    hub.run(
        "init", hub.folder, "--key", tmp_path / "hub.key", "--genesis", founding / "genesis", "--chain",
        founding / "founding.bundle",
    )  # fmt: skip
    with hub.serving():
        town.done("tinh", "sync")
    shutil.copytree(hub.folder, tmp_path / "backup")
    with hub.serving():
        town.done("tinh", "publish", "--years", 2019)
        town.done("tinh", "sync")
    shutil.rmtree(hub.folder)
    shutil.copytree(tmp_path / "backup", hub.folder)
    with hub.serving():
        found = town.done("tinh", "sync")
        assert found["healed"] == 1
        assert found["receipts"] >= 1
        assert town.done("tinh", "sync")["healed"] == 0
    assert town.done("tinh", "verify")["sound"]


def test_a_bundle_with_receipts_is_verified_by_who_knows_the_hub(province: Town) -> None:
    everybody_syncs(province)
    file = province.folder / "receipts.bundle"
    province.done("Lan", "bundle", "export", file)
    found = province.done("Hoa", "verify", file)
    assert found["sound"]
    assert found["receipts"] >= 1
