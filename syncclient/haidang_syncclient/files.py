"""Files that are whole or not there: written under another name, flushed to the disk, then put in place."""

import errno
import os
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from haidang_syncclient.errors import DiskFullError, ReadOnlyError, StorageError
from haidang_syncclient.reasons import of_system, within

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_FORBIDDEN: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR})


def write_new(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write a file that must not exist yet.

    Raises:
        FileExistsError: it does.
        ReadOnlyError, DiskFullError, StorageError: it cannot be written; nothing is left behind.
    """
    _put(path, [data], mode, os.link)


def write_over(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write a file, in place of one that may exist; raises as `write_new`, never FileExistsError."""
    _put(path, [data], mode, os.replace)


def write_pieces_over(path: Path, pieces: Iterable[bytes], mode: int = 0o644) -> None:
    """`write_over` for what is too large to be held at once."""
    _put(path, pieces, mode, os.replace)


def _put(path: Path, pieces: Iterable[bytes], mode: int, settle: Callable[[Path, Path], None]) -> None:
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    with disk_errors(path):
        aside.unlink(missing_ok=True)
        try:
            descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with os.fdopen(descriptor, "wb") as file:
                file.writelines(pieces)
                file.flush()
                os.fsync(file.fileno())
            settle(aside, path)
        finally:
            aside.unlink(missing_ok=True)
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, where the system has that."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def disk_errors(path: Path) -> Generator[None]:
    """Turn the errors of the operating system about a file into ours; FileExistsError stays.

    Raises:
        ReadOnlyError, DiskFullError, StorageError: what the system's error means.
    """
    try:
        yield
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFullError(str(error)) from error
        if error.errno in _FORBIDDEN:
            raise ReadOnlyError(str(path)) from error
        raise StorageError(within(path, of_system(error))) from error
