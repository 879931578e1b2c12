"""Copies of a hub: taken while it runs, looked at before they count, put back as a new epoch (SPEC H4)."""

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path
from typing import Final

import msgspec
from pysqlite3 import dbapi2 as sqlite

from haidang_server.database import DATABASE_NAME, locked, open_for_reading, open_for_writing
from haidang_server.errors import BackupUnfitError, FolderNotEmptyError, FolderReadOnlyError, NoHubError
from haidang_server.hub_log import HubLog
from haidang_server.inspection import inspect
from haidang_server.keys import KEY_NAME
from haidang_server.tokens import TOKENS_NAME, can_be_read

MANIFEST_NAME: Final = "backup.json"
_PAGES: Final = 1_000
"""Pages copied at a time; the hub writes in between."""
_PART: Final = ".part"


class Backup(msgspec.Struct, frozen=True):
    """What a backup holds: the log that it ends with, and the digests of its database and of its API tokens, if any."""

    made: int
    epoch: int
    size: int
    root: str
    sha256: str
    tokens: str | None = None


def back_up(
    folder: Path, to: Path, now: int, progress: Callable[[int, int], None], keep: int = 0
) -> tuple[Path, Backup]:
    """Copy a hub, running or not, into a new folder in `to`, and look at every set of the copy.

    Args:
        folder: of the hub.
        to: where backups are kept.
        now: in seconds.
        progress: told (done, all): pages, then sets.
        keep: how many backups are kept in `to`, the newest; 0 keeps all.

    Raises:
        NoHubError, BackupUnfitError: there is no new backup; older ones are untouched.
    """
    if not (folder / DATABASE_NAME).exists():
        raise NoHubError(folder)
    name = f"hub-{datetime.fromtimestamp(now, UTC):%Y%m%dT%H%M%SZ}"
    part = to / f"{name}{_PART}"
    try:
        part.mkdir(parents=True, mode=0o700)
        _copy(folder / DATABASE_NAME, part / DATABASE_NAME, progress)
        shutil.copyfile(folder / KEY_NAME, part / KEY_NAME)
        (part / KEY_NAME).chmod(0o600)
        if (folder / TOKENS_NAME).exists():
            _copy(folder / TOKENS_NAME, part / TOKENS_NAME, lambda _done, _all: None)
            (part / TOKENS_NAME).chmod(0o600)
        _check(part, progress)
        backup = _describe(part, now)
        (part / MANIFEST_NAME).write_bytes(msgspec.json.format(msgspec.json.encode(backup)))
        _sync(part)
        part.rename(to / name)
        _sync_folder(to)
    except (OSError, sqlite.Error) as error:
        shutil.rmtree(part, ignore_errors=True)
        raise BackupUnfitError(f"{to}: {error}") from error
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    _prune(to, keep)
    return to / name, backup


def restore(backup: Path, folder: Path, now: int, *, replace: bool = False) -> Backup:
    """Put a backup into an empty folder, or in the place of a hub that does not run; it begins a new epoch.

    The hub that was there is moved aside, never deleted. Its API tokens stay those that count, as far as they can be read:
    one that was revoked after the backup must not come back.

    Raises:
        BackupUnfitError: it is none, or not what it was; nothing was changed.
        FolderNotEmptyError: something is there and `replace` was not said.
        DataInUseError: a hub runs there.
        FolderReadOnlyError: the folder cannot be written.
    """
    described = _read(backup)
    epoch = described.epoch
    tokens = backup / TOKENS_NAME if described.tokens else None
    if folder.exists() and any(folder.iterdir()):
        if not replace or not (folder / DATABASE_NAME).exists():
            raise FolderNotEmptyError(folder)
        with locked(folder):
            epoch = max(epoch, _epoch(folder / DATABASE_NAME))
            aside = _move_aside(folder, f"before-{now}")
        if can_be_read(aside):
            tokens = aside / TOKENS_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        files = [backup / DATABASE_NAME, backup / KEY_NAME, *([tokens] if tokens else [])]
        for file in files:
            shutil.copyfile(file, folder / file.name)
            (folder / file.name).chmod(0o600)
    except OSError as error:
        raise FolderReadOnlyError(folder) from error
    connection = open_for_writing(folder / DATABASE_NAME)
    log = HubLog(connection)
    connection.execute("BEGIN IMMEDIATE")
    reason = f"restored {backup.name}"
    connection.execute(
        "INSERT INTO epochs VALUES (?, ?, ?, ?, ?)", (epoch + 1, now, log.size, log.root, reason)
    )
    connection.execute("COMMIT")
    connection.close()
    return msgspec.structs.replace(described, epoch=epoch + 1)


def _move_aside(folder: Path, name: str) -> Path:
    """Move a hub that does not run beside its folder; inside it where the folder is a mounted volume.

    Raises:
        FolderReadOnlyError: nothing can be moved there.
    """
    beside, inside = folder.with_name(f"{folder.name}.{name}"), folder / name
    try:
        folder.rename(beside)
    except OSError:
        held = list(folder.iterdir())
        try:
            inside.mkdir(mode=0o700)
            for file in held:
                file.rename(inside / file.name)
        except OSError as error:
            raise FolderReadOnlyError(folder) from error
        return inside
    return beside


def _copy(source: Path, target: Path, progress: Callable[[int, int], None]) -> None:
    reading = open_for_reading(source)
    writing = sqlite.connect(target)
    try:
        reading.backup(
            writing, pages=_PAGES, progress=lambda _status, left, pages: progress(pages - left, pages)
        )
        writing.execute("PRAGMA journal_mode = DELETE")
    finally:
        writing.close()
        reading.close()


def _check(folder: Path, progress: Callable[[int, int], None]) -> None:
    found = inspect(folder, progress, pages=True).findings
    if found:
        raise BackupUnfitError(f"{found[0].code}: {found[0].sentence}")


def _describe(folder: Path, now: int) -> Backup:
    file, tokens = folder / DATABASE_NAME, folder / TOKENS_NAME
    connection = open_for_reading(file)
    try:
        log = HubLog(connection)
        (epoch,) = connection.execute("SELECT max(epoch) FROM epochs").fetchone()
    finally:
        connection.close()
    return Backup(
        now, epoch, log.size, log.root.hex(), _digest(file), _digest(tokens) if tokens.exists() else None
    )


def _read(backup: Path) -> Backup:
    try:
        described = msgspec.json.decode((backup / MANIFEST_NAME).read_bytes(), type=Backup)
        digests = _digest(backup / DATABASE_NAME), _digest(backup / TOKENS_NAME) if described.tokens else None
    except (OSError, msgspec.DecodeError) as error:
        raise BackupUnfitError(f"{backup}: {error}") from error
    known = (described.sha256, described.tokens)
    if digests != known or _describe(backup, described.made) != described:
        raise BackupUnfitError(f"{backup}: {MANIFEST_NAME}")
    return described


def _epoch(file: Path) -> int:
    """The epoch of a hub that is to be replaced, 0 if it cannot be told any more."""
    try:
        connection = open_for_reading(file)
        (epoch,) = connection.execute("SELECT max(epoch) FROM epochs").fetchone()
        connection.close()
    except (sqlite.DatabaseError, BackupUnfitError):
        return 0
    return int(epoch)


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()


def _sync(folder: Path) -> None:
    for file in folder.iterdir():
        with file.open("rb") as stream:
            os.fsync(stream.fileno())
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _prune(to: Path, keep: int) -> None:
    kept = sorted(each for each in to.glob("hub-*") if (each / MANIFEST_NAME).exists())
    for old in kept[:-keep] if keep else []:
        shutil.rmtree(old)
