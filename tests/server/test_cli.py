"""`haidang-server`: what an operator does with it, from the key to a restored backup."""

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from haidang_protocol import canonical
from haidang_protocol.bundle import Manifest, write_bundle
from haidang_protocol.envelope import OpenedSet
from haidang_protocol.export_package import CHANGES_FILE
from haidang_protocol.ids import key_id
from haidang_protocol.messages import ScopeTips
from haidang_server import cli
from haidang_server.database import DATABASE_NAME, open_for_writing
from haidang_server.keys import write_key
from tests.server.caller import Caller
from tests.server.running import running
from tests.server.world import World


class Operator:
    """Runs commands in this process; files lie in one folder."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capture = capture

    def run(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        """The object that a command prints, which ends with that exit code."""
        assert cli.main([*arguments, "--json"]) == code
        said = self._capture.readouterr()
        self.told = said.err
        (line,) = said.out.strip().splitlines()
        found = json.loads(line)
        assert isinstance(found, dict)
        return found

    def say(self, *arguments: str, code: int = 0) -> str:
        """What a command says to a person."""
        assert cli.main(list(arguments)) == code
        said = self._capture.readouterr()
        return said.out + said.err

    def file(self, name: str) -> str:
        return str(self.folder / name)


@pytest.fixture
def operator(tmp_path: Path, capsys: pytest.CaptureFixture[str], world: World) -> Operator:
    (tmp_path / "genesis").write_bytes(canonical.encode(world.genesis.to_value()))
    write_key(tmp_path / "key", world.hub_key)
    (tmp_path / "chain").write_bytes(bundle(world, world.founding))
    return Operator(tmp_path, capsys)


def bundle(world: World, sets: list[OpenedSet]) -> bytes:
    return b"".join(
        write_bundle(Manifest(world.hub, (), len(sets)), [(each.id, each.parts) for each in sets])
    )


def init(operator: Operator, **options: Any) -> dict[str, Any]:
    return operator.run(
        "init", operator.file("hub"), "--genesis", operator.file("genesis"), "--key", operator.file("key"),
        "--chain", operator.file("chain"), **options,
    )  # fmt: skip


def test_a_hub_is_made_in_an_empty_folder_and_nowhere_else(operator: Operator, world: World) -> None:
    made = init(operator)
    assert (made["server"], made["change_sets"]) == (world.hub.hex(), 3)
    assert made["root_set_hash"] == world.genesis.root_set_hash.hex()
    assert init(operator, code=1)["error"] == "not-empty"


def test_a_port_that_is_in_use_is_told_with_what_to_do(operator: Operator) -> None:
    init(operator)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        told = operator.say("serve", "--data", operator.file("hub"), "--port", port, code=1)
    assert port in told
    assert "--port" in told


def test_a_key_is_made_first_and_certified_later(operator: Operator) -> None:
    key = operator.run("key", operator.file("new"))
    assert key_id(bytes.fromhex(key["public_key"])).hex() == key["server"]
    assert Path(operator.file("new")).stat().st_mode & 0o077 == 0
    made = operator.run(
        "init", operator.file("bare"), "--genesis", operator.file("genesis"), "--key", operator.file("new")
    )
    assert made["server"] == key["server"]
    refused = operator.run("load", operator.file("chain"), "--data", operator.file("bare"), code=1)
    assert refused["error"] == "bad-chain"


def test_a_chain_for_another_key_leaves_no_folder_behind(operator: Operator) -> None:
    refused = operator.run(
        "init",
        operator.file("hub"),
        "--genesis",
        operator.file("genesis"),
        "--chain",
        operator.file("chain"),
        code=1,
    )
    assert refused["error"] == "bad-chain"
    assert not Path(operator.file("hub")).exists()


def test_change_sets_that_come_by_hand_are_loaded(operator: Operator, world: World) -> None:
    init(operator)
    reports = [world.phone.report(number) for number in range(5)]
    stranger = world.person("stranger", world.an).report(0)
    data = bytearray(bundle(world, [*world.founding, *reports, stranger]))
    at = (
        data.index(reports[1].parts.header[-20:]) if reports[1].parts.header[-20:] in data else len(data) // 2
    )
    data[at] ^= 1
    Path(operator.file("stick")).write_bytes(data)
    loaded = operator.run("load", operator.file("stick"), "--data", operator.file("hub"), code=4)
    assert loaded["fresh"] == 4
    assert loaded["held"] == 3
    assert loaded["refused"] == [{"id": stranger.id.hex(), "code": "unknown-key"}]
    assert len(loaded["damage"]) == 1


def test_from_a_backup_to_a_new_epoch(operator: Operator, world: World) -> None:
    init(operator)
    data = ("--data", operator.file("hub"))
    backup = operator.run("backup", "--to", operator.file("backups"), *data)
    assert (backup["size"], backup["epoch"]) == (3, 1)
    with running(Path(operator.file("hub"))) as hub:
        hub.sync(Caller(world, world.phone), [world.phone.report(0)])
        assert operator.run("rebuild", *data, code=3)["error"] == "in-use"
        assert operator.run("verify", operator.file("hub"))["change_sets"] == 4
    assert operator.run("restore", backup["backup"], *data, code=1)["error"] == "not-empty"
    assert operator.run("restore", backup["backup"], *data, "--replace")["epoch"] == 2
    found = operator.run("scrub", *data)
    assert (found["ok"], found["change_sets"], found["findings"]) == (True, 3, [])
    rebuilt = operator.run("rebuild", "--check", *data)
    assert (rebuilt["wrong_scopes"], rebuilt["wrong_verdicts"], rebuilt["written"]) == ([], [], False)


def test_damage_is_told_with_its_own_exit_code(operator: Operator, world: World) -> None:
    init(operator)

    connection = open_for_writing(Path(operator.file("hub")) / DATABASE_NAME)
    connection.execute("UPDATE parts SET signature = zeroblob(64) WHERE sequence = 2")
    connection.close()
    found = operator.run("verify", operator.file("hub"), code=4)
    assert [(each["code"], each["change_set"]) for each in found["findings"]] == [
        ("signature", world.founding[2].id.hex())
    ]
    assert world.founding[2].id.hex() in operator.say("verify", operator.file("hub"), code=4)


@pytest.mark.parametrize("command", ["verify", "scrub", "rebuild", "backup"])
def test_where_no_hub_is_every_command_says_so(operator: Operator, command: str) -> None:
    options = [operator.file("nowhere")] if command == "verify" else ["--data", operator.file("nowhere")]
    options += ["--to", operator.file("backups")] if command == "backup" else []
    assert operator.run(command, *options, code=1)["error"] == "no-hub"
    assert "haidang-server init" in operator.told


def test_what_a_person_is_told_is_vietnamese_unless_they_ask(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ("verify", operator.file("nowhere"))
    assert "Không có dữ liệu máy chủ" in operator.say(*arguments, code=1)
    monkeypatch.setenv("HAIDANG_LANG", "en")
    assert "There is no hub" in operator.say(*arguments, code=1)


def test_a_wrong_line_or_wrong_settings_are_refused(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli.main(["no-such-command"]) == 2
    assert cli.main(["verify", "--no-such-option"]) == 2
    monkeypatch.setenv("HAIDANG_PORT", "many")
    assert cli.main(["verify"]) == 1


def test_the_program_shows_its_commands() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "haidang_server", "--help"], capture_output=True, text=True, check=True
    )
    for command in ("serve", "init", "backup", "restore", "verify", "scrub", "rebuild", "load", "key"):
        assert command in done.stdout


def test_a_bundle_is_verified_against_the_hub_or_a_genesis(
    operator: Operator, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    init(operator)
    monkeypatch.setenv("HAIDANG_DATA", operator.file("hub"))
    reports = [world.phone.report(number) for number in range(6)]
    file = Path(operator.file("stick"))
    file.write_bytes(bundle(world, reports))
    found = operator.run("verify", str(file))
    assert (found["ok"], found["change_sets"]) == (True, 6)
    file.write_bytes(bundle(world, [*world.founding, *reports]))
    assert operator.run("verify", str(file), "--genesis", operator.file("genesis"))["change_sets"] == 9
    file.write_bytes(bundle(world, [*reports[:2], *reports[3:]]))
    (missing,) = operator.run("verify", str(file), code=4)["findings"]
    assert (missing["code"], missing["change_set"]) == ("missing", reports[2].id.hex())
    tips = (ScopeTips(world.phone.scope, [reports[5].id]),)
    cut = Manifest(world.hub, tips, 5)
    file.write_bytes(b"".join(write_bundle(cut, [(each.id, each.parts) for each in reports[:5]])))
    (tail,) = operator.run("verify", str(file), code=4)["findings"]
    assert (tail["code"], tail["change_set"]) == ("tail", reports[5].id.hex())


def test_a_flipped_bit_in_a_bundle_names_its_change_set(
    operator: Operator, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    init(operator)
    monkeypatch.setenv("HAIDANG_DATA", operator.file("hub"))
    reports = [world.phone.report(number) for number in range(4)]
    data = bundle(world, reports)
    at = data.index(reports[2].id) + 60
    file = Path(operator.file("stick"))
    file.write_bytes(data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :])
    found = operator.run("verify", str(file), code=4)["findings"]
    assert reports[2].id.hex() in {each["change_set"] for each in found}
    forged = structs.replace(reports[1].parts, signature=bytes(64))
    sets = [(each.id, forged if each is reports[1] else each.parts) for each in reports]
    file.write_bytes(b"".join(write_bundle(Manifest(world.hub, (), 4), sets)))
    (finding,) = operator.run("verify", str(file), code=4)["findings"]
    assert (finding["code"], finding["change_set"]) == ("signature", reports[1].id.hex())


def test_an_export_is_verified_too(operator: Operator, world: World) -> None:
    init(operator)
    operator.run("export", operator.file("export"), "--data", operator.file("hub"))
    assert (
        operator.run("verify", operator.file("export"))["root_set_hash"] == world.genesis.root_set_hash.hex()
    )
    changes = Path(operator.file("export")) / CHANGES_FILE
    changes.write_bytes(changes.read_bytes()[:-30])
    assert operator.run("verify", operator.file("export"), code=4)["findings"]
