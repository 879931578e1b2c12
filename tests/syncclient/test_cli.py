"""The shell of the command: help, languages, usage, JSON, exit codes, faults, and how quickly it starts."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from haidang_syncclient.cli import build
from haidang_syncclient.commands.desk import Desk
from haidang_syncclient.settings import read_settings
from haidang_syncclient.words.helps import COMMANDS, OPTIONS
from tests.syncclient.cli_town import haidang

HEAVY = ("msgspec", "cryptography", "httpx2", "pysqlite3", "sqlite_utils", "segno", "keyring")


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HAIDANG_HOME", "HAIDANG_LANG", "HAIDANG_PASSPHRASE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))


def test_help_names_every_command_in_both_languages() -> None:
    for language, heading in (("vi", "Việc hằng ngày"), ("en", "Everyday work")):
        page = haidang("--help", "--lang", language, as_json=False)
        assert page.code == 0
        assert heading in page.out
        for name, (_, summary) in COMMANDS.items():
            if " " not in name:
                assert name in page.out
                assert summary.in_language(language).split()[0] in page.out


def test_every_option_of_every_command_is_explained_in_both_languages() -> None:
    app = build(read_settings({}), "vi")
    lacking = []
    for name in COMMANDS:
        command = app
        for part in name.split():
            command = command[part]
        for argument in command.assemble_argument_collection() if command.default_command else ():
            names = [*argument.names, argument.names[0].removeprefix("--").upper()]
            known = any(key in OPTIONS or f"{name} {key}" in OPTIONS for key in names)
            if argument.parameter.parse is not False and not known:
                lacking.append((name, names[0]))
    assert lacking == []


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_a_help_page(name: str) -> None:
    page = haidang(*name.split(), "--help", as_json=False)
    assert page.code == 0
    assert COMMANDS[name][1].vi.split(".")[0][:30] in page.out.replace("\n", " ")


def test_the_language_comes_from_the_line_or_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Chưa có gì" in haidang("show", as_json=False).err
    assert "Nothing was changed" in haidang("show", "--lang", "en", as_json=False).err
    assert "Nothing was changed" in haidang("show", "--lang=en", as_json=False).err
    monkeypatch.setenv("HAIDANG_LANG", "en")
    assert "Nothing was changed" in haidang("show", as_json=False).err
    monkeypatch.setenv("HAIDANG_LANG", "fr")
    assert "Chưa có gì" in haidang("show", as_json=False).err


def test_the_home_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HAIDANG_HOME", str(tmp_path / "elsewhere"))
    assert "elsewhere" in haidang("show", as_json=False).err


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (("nope",), "nope"),
        (("show", "--foo"), "--foo"),
        (("resolve", "x"), "FIELD"),
        (("sync", "--tries", "many"), "many"),
        (("review", "x", "--return"), "sau “--return” còn thiếu"),
        (("report", "F05M", "--void"), "với lý do"),
        (("bundle", "carry"), "carry"),
        (("status", "extra"), "extra"),
        (("sync", "--tries", "1", "--tries", "2"), "--tries"),
        (("export", "f", "--format", "pdf"), "pdf"),
        (("show", "--lang", "fr"), "fr"),
    ],
)
def test_a_line_that_cannot_be_read_is_a_usage_error(line: tuple[str, ...], told: str) -> None:
    outcome = haidang(*line)
    assert (outcome.code, outcome.error) == (2, "usage")
    assert told in outcome.data["error"]["what"]
    assert "--help" in outcome.data["error"]["todo"]


def test_json_is_one_object_and_messages_go_to_stderr() -> None:
    outcome = haidang("show")
    assert set(outcome.data["error"]) == {"code", "what", "safe", "todo"}
    assert outcome.data["error"]["what"] in outcome.err


def test_a_fault_of_the_program_is_kept_for_support(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("on purpose")

    monkeypatch.setattr(Desk, "replica", fail)
    outcome = haidang("status", home=tmp_path / "home")
    assert (outcome.code, outcome.error) == (70, "internal")
    kept = (tmp_path / "home" / "last-fault.txt").read_text(encoding="utf-8")
    assert "on purpose" in kept
    assert "last-fault.txt" in outcome.data["error"]["todo"]


def test_stopping_a_command_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Desk, "replica", stop)
    outcome = haidang("status")
    assert (outcome.code, outcome.error) == (130, "stopped")


def imported_by(line: str) -> set[str]:
    """The slow modules that a fresh process loads for a line."""
    program = (
        "import sys\nfrom haidang_syncclient.cli import main\n"
        f"main({line.split()!r})\nprint('LOADED', *[name for name in {HEAVY!r} if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(ran.stdout.rpartition("LOADED")[2].split())


def test_help_loads_nothing_slow() -> None:
    assert imported_by("--help") == set()


def test_a_local_command_loads_no_network_and_no_migrations(tmp_path: Path) -> None:
    (tmp_path / "haidang").mkdir()
    assert imported_by(f"show --home {tmp_path}").isdisjoint({"httpx2", "sqlite_utils", "segno", "keyring"})


@pytest.mark.parametrize(
    ("platform", "environment", "home"),
    [
        ("linux", {"XDG_DATA_HOME": "/data"}, Path("/data/haidang")),
        ("linux", {}, Path.home() / ".local" / "share" / "haidang"),
        ("darwin", {}, Path.home() / "Library" / "Application Support" / "haidang"),
        ("win32", {"LOCALAPPDATA": "/local"}, Path("/local/haidang")),
        ("linux", {"HAIDANG_HOME": "/mine"}, Path("/mine")),
    ],
)
def test_the_home_lies_where_the_platform_keeps_data(
    monkeypatch: pytest.MonkeyPatch, platform: str, environment: dict[str, str], home: Path
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert read_settings(environment).home == home


def test_the_settings_of_an_empty_environment_are_vietnamese_and_without_secrets() -> None:
    settings = read_settings({})
    assert (settings.language, settings.passphrase) == ("vi", None)
    assert settings.home.name == "haidang"
