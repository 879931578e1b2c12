"""`haidang-server export`, and `verify` of what it wrote."""

import json
from pathlib import Path

import pytest

from haidang_protocol.export_package import MANIFEST_FILE, SIGNATURE_FILE
from haidang_server.cli import main
from haidang_server.errors import FileUnreadableError
from haidang_server.proof import check_folder
from tests.server.packages import filled, package


def test_the_operator_exports_with_one_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    filled(tmp_path / "hub").close()
    out = tmp_path / "out"
    data = ["--data", str(tmp_path / "hub"), "--json"]
    assert main(["export", str(out), *data]) == 0
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert said["complete"]
    assert set(said["files"]) | {MANIFEST_FILE, SIGNATURE_FILE} == {path.name for path in out.iterdir()}
    assert check_folder(out).sound
    assert main(["export", str(out), *data]) == 1
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["error"] == "not-empty"
    assert main(["export", str(tmp_path / "x"), "--unit", "nowhere", *data]) == 1
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["error"] == "unknown-name"
    assert not (tmp_path / "x" / MANIFEST_FILE).exists()


def test_the_operator_checks_a_package_with_one_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files, shelf = package()
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    assert main(["verify", str(tmp_path), "--json"]) == 0
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (said["ok"], said["findings"]) == (True, [])
    assert said["root_set_hash"] == shelf.genesis.root_set_hash.hex()
    (tmp_path / "T1.csv").write_bytes(b"x")
    assert main(["verify", str(tmp_path), "--json"]) == 4
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [(each["file"], each["code"]) for each in said["findings"]] == [("T1.csv", "file")]


def test_a_folder_that_is_none_cannot_be_checked(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadableError):
        check_folder(tmp_path / "nothing")
