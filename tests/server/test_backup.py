"""Backups are taken while the hub runs and are looked at; a restored hub says that it was rolled back (H4)."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from haidang_server.backup import Backup, back_up, restore
from haidang_server.database import DATABASE_NAME, locked
from haidang_server.errors import BackupUnfitError, DataInUseError, FolderNotEmptyError, NoHubError
from haidang_server.inspection import inspect
from haidang_server.keys import KEY_NAME
from haidang_server.tokens import TOKENS_NAME, Token, TokenBook, TokenScope
from tests.server.caller import Caller
from tests.server.running import running
from tests.server.world import START, World


def silent(_done: int, _all: int) -> None:
    """Nobody looks."""


def copy_of(folder: Path, number: int = 0, keep: int = 0) -> tuple[Path, Backup]:
    return back_up(folder, folder.with_name("backups"), START + number, silent, keep)


def test_a_backup_of_a_running_hub_holds_what_was_acknowledged(folder: Path, world: World) -> None:
    with running(folder) as hub:
        hub.sync(Caller(world, world.phone), [world.phone.report(number) for number in range(5)])
        made, backup = copy_of(folder)
        hub.sync(Caller(world, world.other), [world.other.report(0)])
    assert (backup.size, backup.epoch) == (8, 1)
    assert inspect(made, silent, pages=True, processes=0).findings == []
    assert (made / KEY_NAME).stat().st_mode & 0o077 == 0


def test_a_restored_hub_begins_a_new_epoch_and_its_rollback_is_on_record(folder: Path, world: World) -> None:
    phone = Caller(world, world.phone)
    with running(folder) as hub:
        made, backup = copy_of(folder)
        hub.sync(phone, [world.phone.report(0)])
        hub.sync(phone)
    restored = folder.with_name("restored")
    assert restore(made, restored, START).epoch == 2
    with running(restored) as hub:
        answer = hub.sync(phone)
        heal = hub.sync(phone).heal
        assert heal is not None
        assert heal.epoch == 2
        assert answer.heal is None
        receipt = hub.sync(phone, world.phone.sets).receipt
        assert receipt is not None
        assert receipt.epoch == 2
        assert hub.http.get("/readyz").json()["epoch"] == 2
    assert inspect(restored, silent, processes=0).findings == []
    assert backup.epoch == 1


def test_a_backup_does_not_go_over_data_that_is_there(folder: Path) -> None:
    made, _ = copy_of(folder)
    with pytest.raises(FolderNotEmptyError):
        restore(made, folder, START)
    with locked(folder), pytest.raises(DataInUseError):
        restore(made, folder, START, replace=True)


def test_a_hub_that_is_replaced_is_moved_aside_and_its_epoch_is_passed(folder: Path) -> None:
    made, _ = copy_of(folder)
    assert restore(made, folder, START + 1, replace=True).epoch == 2
    assert restore(made, folder, START + 2, replace=True).epoch == 3
    assert (folder.with_name(f"{folder.name}.before-{START + 2}") / DATABASE_NAME).exists()
    assert inspect(folder, silent, processes=0).findings == []


def test_a_hub_whose_folder_cannot_be_moved_as_a_volume_is_moved_aside_inside_it(folder: Path) -> None:
    made, _ = copy_of(folder)
    stands_in_the_way = folder.with_name(f"{folder.name}.before-{START + 1}") / "of another"
    stands_in_the_way.mkdir(parents=True)
    assert restore(made, folder, START + 1, replace=True).epoch == 2
    assert (folder / f"before-{START + 1}" / DATABASE_NAME).exists()
    assert restore(made, folder, START + 2, replace=True).epoch == 3


def test_a_damaged_hub_gives_no_backup(folder: Path, world: World) -> None:
    _, _ = copy_of(folder)
    with running(folder) as hub:
        hub.sync(Caller(world, world.phone), [world.phone.report(0)])
        hub.app.state.service.hub.connection.execute("UPDATE parts SET content = x'00' WHERE sequence = 3")
    with pytest.raises(BackupUnfitError, match="set"):
        copy_of(folder, 1)
    assert len(list(folder.with_name("backups").iterdir())) == 1


def flip(data: bytes) -> bytes:
    return data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1 :]


@pytest.mark.parametrize(
    ("name", "alter"),
    [
        (DATABASE_NAME, flip),
        ("backup.json", lambda data: data.replace(b'"size": 3', b'"size": 4')),
        ("backup.json", lambda _data: b"{}"),
    ],
    ids=["database", "manifest", "no manifest"],
)
def test_a_backup_that_was_altered_is_not_restored(
    folder: Path, name: str, alter: Callable[[bytes], bytes]
) -> None:
    made, _ = copy_of(folder)
    data = (made / name).read_bytes()
    assert alter(data) != data
    (made / name).write_bytes(alter(data))
    target = folder.with_name("restored")
    with pytest.raises(BackupUnfitError):
        restore(made, target, START)
    assert not target.exists()


def test_only_the_newest_backups_are_kept(folder: Path) -> None:
    made = [copy_of(folder, number, keep=2)[0] for number in range(4)]
    assert sorted(folder.with_name("backups").iterdir()) == made[2:]


def test_there_is_nothing_to_back_up_where_no_hub_is(tmp_path: Path) -> None:
    with pytest.raises(NoHubError):
        back_up(tmp_path, tmp_path / "backups", START, silent)
    assert not (tmp_path / "backups").exists()


def test_a_backup_that_finds_no_room_leaves_nothing_behind(folder: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(BackupUnfitError):
        back_up(folder, blocked, START, silent)
    assert blocked.read_text() == ""


def token(folder: Path, label: str) -> tuple[Token, str]:
    return TokenBook(folder).create(label, TokenScope(bytes(16), ("records",)), START, None, os.urandom)


def test_a_restored_hub_still_knows_the_tokens_of_machines(folder: Path) -> None:
    made, secret = token(folder, "BI")
    backup, described = copy_of(folder)
    assert described.tokens is not None
    assert (backup / TOKENS_NAME).stat().st_mode & 0o077 == 0
    restored = folder.with_name("restored")
    restore(backup, restored, START)
    assert TokenBook(restored).find(secret, START) == made
    assert (restored / TOKENS_NAME).stat().st_mode & 0o077 == 0


def test_a_token_that_was_revoked_after_the_backup_does_not_come_back_where_the_hub_is_still_there(
    folder: Path,
) -> None:
    revoked, revoked_secret = token(folder, "cũ")
    backup, _ = copy_of(folder)
    newer, newer_secret = token(folder, "mới")
    TokenBook(folder).revoke(revoked.id)
    restore(backup, folder, START + 1, replace=True)
    assert TokenBook(folder).list() == [newer]
    assert TokenBook(folder).find(newer_secret, START) == newer
    assert TokenBook(folder).find(revoked_secret, START) is None


def test_tokens_that_cannot_be_read_any_more_come_out_of_the_backup(folder: Path) -> None:
    made, secret = token(folder, "BI")
    backup, _ = copy_of(folder)
    (folder / TOKENS_NAME).write_bytes(b"hello" * 1_000)
    restore(backup, folder, START + 1, replace=True)
    assert TokenBook(folder).find(secret, START) == made


def test_a_backup_whose_tokens_were_altered_is_not_restored(folder: Path) -> None:
    token(folder, "BI")
    backup, _ = copy_of(folder)
    data = (backup / TOKENS_NAME).read_bytes()
    for spoilt in (flip(data), None):
        (backup / TOKENS_NAME).unlink()
        if spoilt is not None:
            (backup / TOKENS_NAME).write_bytes(spoilt)
        with pytest.raises(BackupUnfitError):
            restore(backup, folder.with_name("restored"), START)
