"""One writer a replica: a lock that the operating system takes back when its holder dies."""

import os
from pathlib import Path
from typing import IO

from haidang_syncclient.errors import InUseError
from haidang_syncclient.files import disk_errors

if os.name == "nt":
    import msvcrt

    def _take(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]  # Windows only
else:
    import fcntl

    def _take(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


class WriterLock:
    """Held from construction until `release`."""

    def __init__(self, path: Path) -> None:
        """Take the lock of a file that lies beside the database.

        Raises:
            InUseError: another process, or another replica of this one, holds it.
            ReadOnlyError, DiskFullError, StorageError: the file cannot be made.
        """
        with disk_errors(path):
            self._file = path.open("ab")
        try:
            _take(self._file)
        except OSError:
            self._file.close()
            raise InUseError(str(path.with_suffix(""))) from None

    def release(self) -> None:
        """Give the lock back. The file stays: removing it would let two holders have one each."""
        self._file.close()
