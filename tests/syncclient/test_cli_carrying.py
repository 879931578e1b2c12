"""Bundles, verification, exports, status, and syncing where there is no network."""

import csv
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haidang_syncclient.commands.export import csv_text
from haidang_syncclient.replica import Replica
from tests.syncclient.cli_town import Town, found_town, message_of, peopled_town


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Town:
    town = peopled_town(tmp_path_factory.mktemp("town"))
    town.done("Lan", *MARCH, "--set", "minutes_own=90")
    for month in ("2019-04", "2019-05"):
        town.done("Lan", "report", "F05M", "--period", month, "--set", "minutes_own=10")
        town.carry("Lan", "tinh")
    return town


MARCH = ("report", "F05M", "--period", "2019-03")


# -------------------------------------------------------------------------------------------------------------- bundle


def test_a_bundle_for_whoever_showed_what_they_hold_is_small(town: Town) -> None:
    town.carry("tinh", "Lan")
    theirs, ours = town.folder / "theirs.bundle", town.folder / "ours.bundle"
    town.done("tinh", "bundle", "export", theirs)
    town.done("Lan", "report", "F05M", "--period", "2019-06", "--set", "minutes_own=5")
    found = town.done("Lan", "bundle", "export", ours, "--known", theirs)
    assert found["sets"] == 1
    assert found["bytes"] < 2_000
    assert town.done("tinh", "bundle", "import", ours)["fresh"] == 1


def test_a_bundle_for_a_unit_holds_its_reports_and_all_authority(town: Town) -> None:
    near, far = town.folder / "near.bundle", town.folder / "far.bundle"
    town.done("tinh", "bundle", "export", near, "--to-unit", "Huyện Kiên Lương")
    town.done("tinh", "bundle", "export", far, "--to-unit", "Huyện Kiên Hải")
    fresh = [town.done("Dũng", "bundle", "import", file)["fresh"] for file in (far, near)]
    assert fresh == [0, 3]


def test_what_was_handed_over_shows_as_carried(town: Town) -> None:
    counts = town.done("Lan", "status")["counts"]
    assert (counts["carried"], counts["saved"]) == (3, 0)
    assert "Đang được chuyển hộ: 3" in town.say("Lan", "status")


def test_a_bundle_is_not_written_over_an_old_file_unless_asked(town: Town) -> None:
    file = town.folder / "x.bundle"
    file.write_text("old")
    refused = town.run("Lan", "bundle", "export", file)
    assert (refused.code, refused.error) == (1, "file-exists")
    assert file.read_text() == "old"
    town.done("Lan", "bundle", "export", file, "--force")


@pytest.mark.parametrize(
    ("text", "error"), [(None, "file-missing"), ("hello", "bad-bundle"), ("", "bad-bundle")]
)
def test_a_file_that_is_no_bundle_is_told(town: Town, text: str | None, error: str) -> None:
    file = town.folder / "x.bundle"
    if text is not None:
        file.write_text(text)
    refused = town.run("Lan", "bundle", "import", file)
    assert (refused.code, refused.error) == (1, error)


def test_a_damaged_bundle_names_the_set_and_gives_the_rest(town: Town) -> None:
    file = town.folder / "x.bundle"
    town.done("Lan", "bundle", "export", file)
    data = bytearray(file.read_bytes())
    data[-400] ^= 1
    file.write_bytes(bytes(data))
    outcome = town.run("Dũng", "bundle", "import", file)
    assert outcome.code == 4
    assert [len(each["set"]) for each in outcome.data["damage"] if each["set"]] == [64]
    assert outcome.data["fresh"] >= 1
    checked = town.run("Dũng", "verify", file)
    assert checked.code == 4
    assert not checked.data["sound"]
    assert outcome.data["damage"][0]["set"] in {each["set"] for each in checked.data["problems"]}


def test_a_set_taken_out_of_a_bundle_is_named(town: Town) -> None:
    file = town.folder / "x.bundle"
    town.done("Lan", "bundle", "export", file)
    history = town.done("Lan", "show", "F05M/2019-04", "--history")["history"]
    gone = bytes.fromhex(history[0]["set"])
    data = file.read_bytes()
    start = data.index(gone) - 13
    end = data.index(b"\xabHD\xba", start + 1)
    file.write_bytes(data[:start] + data[end:])
    outcome = town.run("Dũng", "verify", file)
    assert outcome.code == 4
    assert gone.hex() in {each["set"] for each in outcome.data["problems"]}


def test_a_sound_bundle_is_verified_without_any_data_of_ones_own(town: Town) -> None:
    file = town.folder / "x.bundle"
    town.done("Lan", "bundle", "export", file)
    found = town.done("nobody", "verify", file)
    assert found["sound"]
    assert found["unknown_authors"] == 1


# -------------------------------------------------------------------------------------------------------------- verify


def test_a_replica_is_verified(town: Town) -> None:
    found = town.done("tinh", "verify")
    assert found["sound"]
    assert "nguyên vẹn" in town.say("tinh", "verify")


def test_a_bit_flipped_in_a_set_names_the_set(town: Town) -> None:
    set_id = town.done("Lan", "show", "F05M/2019-04", "--history")["history"][0]["set"]
    with opened(town, "Lan") as replica:
        [(place, values)] = replica.database.rows(
            "SELECT place, leaf_values FROM sets JOIN parts USING (place) WHERE id = ?",
            (bytes.fromhex(set_id),),
        )
        flipped = bytes([*values[:-1], values[-1] ^ 1])
        replica.database.execute("UPDATE parts SET leaf_values = ? WHERE place = ?", (flipped, place))
    outcome = town.run("Lan", "verify")
    assert outcome.code == 4
    assert set_id in {each["set"] for each in outcome.data["problems"]}


@contextmanager
def opened(town: Town, name: str) -> Iterator[Replica]:
    with Replica.open(town.home(name) / "replica.db", clock=lambda: 0, randomness=os.urandom) as replica:
        yield replica


def test_a_file_to_verify_must_be_there(town: Town) -> None:
    assert town.run("Lan", "verify", town.folder / "none.bundle").error == "file-missing"


# -------------------------------------------------------------------------------------------------------------- export


def test_figures_are_exported_one_line_a_value(town: Town) -> None:
    file = town.folder / "out.csv"
    town.done("tinh", "export", file)
    rows = list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))
    assert sorted(row["value"] for row in rows if row["field"] == "minutes_own") == ["10", "10", "90"]
    assert {row["person"] for row in rows} == {"Lan"}
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")


def test_figures_are_exported_one_line_a_report(town: Town) -> None:
    file = town.folder / "out.ndjson"
    town.done("tinh", "export", file, "--form", "F05M")
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert sorted(row["minutes_own"] for row in rows) == [10, 10, 90]
    assert {row["stage"] for row in rows} == {"sent"}


def test_a_conflict_is_exported_as_such_and_not_chosen(town: Town) -> None:
    town.carry("tinh", "Hoa")
    town.done("Lan", *MARCH, "--set", "minutes_own=91")
    town.done("Hoa", *MARCH, "--set", "minutes_own=92")
    town.carry("Lan", "Hoa")
    file = town.folder / "out.ndjson"
    town.done("Hoa", "export", file, "--form", "F05M")
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert [row["minutes_own"] for row in rows if row["conflicts"] == "minutes_own"] == [None]


def test_an_export_is_not_written_over_an_old_file_unless_asked(town: Town) -> None:
    file = town.folder / "out.csv"
    file.write_text("old")
    assert town.run("tinh", "export", file).error == "file-exists"
    town.done("tinh", "export", file, "--force")


@given(
    st.lists(
        st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r\n\x00"), max_size=8), min_size=1
    )
)
def test_no_cell_of_an_export_is_taken_for_a_formula(texts: list[str]) -> None:
    rows = [{"value": text} for text in texts]
    read = list(csv.DictReader(StringIO(csv_text(rows).removeprefix("\ufeff"), newline="")))
    for row, text in zip(read, texts, strict=False):
        cell = row["value"]
        assert not cell.lstrip().startswith(("=", "+", "-", "@"))
        assert cell in (text, f"'{text}")


# ---------------------------------------------------------------------------------------------------------------- sync


def test_without_a_network_everything_stays_and_the_exit_code_says_later(town: Town) -> None:
    town.done("Lan", "report", "F05M", "--period", "2019-06", "--set", "minutes_own=5")
    refused = town.run("Lan", "sync", "--tries", 1)
    assert (refused.code, refused.error) == (3, "offline")
    assert "bundle export" in message_of(refused)
    assert town.done("Lan", "verify")["sound"]
    assert len(town.done("Lan", "show")["records"]) == 4


class Portal(BaseHTTPRequestHandler):
    """Answers everything with a page to sign in."""

    def do_POST(self) -> None:
        body = b"<html>Xin moi dang nhap</html>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Be silent."""


@contextmanager
def portal() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Portal)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_captive_portal_is_recognised(tmp_path: Path) -> None:
    with portal() as url:
        town = found_town(tmp_path, url)
        refused = town.run("tinh", "sync", "--tries", 1)
        assert (refused.code, refused.error) == (3, "captive-portal")
        outcome = town.done("tinh", "invite", "Xã Hòn Nghệ", "--person", "Mai")
        assert outcome["code"] is None


# ------------------------------------------------------------------------------------------------------------ the home


def test_a_folder_without_data_is_told(tmp_path: Path) -> None:
    town = Town(tmp_path)
    for line in (
        ("show",),
        ("status",),
        ("sync",),
        ("conflicts",),
        ("verify",),
        ("devices",),
        ("directives",),
    ):
        refused = town.run("nobody", *line)
        assert (refused.code, refused.error) == (1, "no-replica")
        assert "enrol" in message_of(refused)


def test_two_commands_do_not_write_at_once(town: Town) -> None:
    with opened(town, "Lan"):
        refused = town.run("Lan", "show")
    assert (refused.code, refused.error) == (3, "in-use")


def test_a_damaged_database_is_told(town: Town) -> None:
    (town.home("Lan") / "replica.db").write_bytes(b"not a database at all" * 400)
    refused = town.run("Lan", "show")
    assert (refused.code, refused.error) == (4, "damaged-database")


def test_a_database_of_a_newer_version_is_left_alone(town: Town) -> None:
    with opened(town, "Lan") as replica:
        replica.database.execute("PRAGMA user_version=99")
    refused = town.run("Lan", "show")
    assert (refused.code, refused.error) == (1, "newer-database")


def test_a_key_file_that_was_damaged_is_told(town: Town) -> None:
    (town.home("tinh") / "key").write_bytes(b"\x93")
    refused = town.run("tinh", "publish", "--years", 2020)
    assert (refused.code, refused.error) == (4, "damaged-key")


def test_a_folder_is_never_written_over(town: Town) -> None:
    folder = town.folder / "usb"
    folder.mkdir()
    for options in ((), ("--force",)):
        refused = town.run("tinh", "bundle", "export", folder, *options)
        assert (refused.code, refused.error) == (1, "file-exists")
