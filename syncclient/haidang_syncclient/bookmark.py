"""How far a server has been read, and what it last said of its log."""

from typing import Final

import msgspec

from haidang_protocol.statements import KnownRoot
from haidang_syncclient.errors import DamagedDatabaseError
from haidang_syncclient.replica import Replica
from haidang_syncclient.words import Both

_BOOKMARK: Final = "bookmark"


class Bookmark(msgspec.Struct, frozen=True, array_like=True):
    """The two cursors (sequences), the log (size, root) on which they stand, the newest that was seen, the next nonce.

    `root` is None at size 0; `newest` is None if it is (`size`, `root`).
    """

    epoch: int = 0
    authority_cursor: int = 0
    changes_cursor: int = 0
    size: int = 0
    root: bytes | None = None
    newest: KnownRoot | None = None
    nonce: bytes | None = None

    @property
    def newest_size(self) -> int:
        """The largest size that the server stated."""
        return self.size if self.newest is None else self.newest.size

    def moved_from(self, before: "Bookmark") -> bool:
        """Whether more was read, or seen, than before."""
        return msgspec.structs.replace(self, nonce=None) != msgspec.structs.replace(before, nonce=None)

    def seen(self, known: KnownRoot) -> "Bookmark":
        """After a statement about the log."""
        if known.size <= self.newest_size:
            return self
        return msgspec.structs.replace(self, newest=known)

    def back_to(self, sequence: int) -> "Bookmark":
        """Read again from a place on: what was there could not be read."""
        return msgspec.structs.replace(
            self,
            authority_cursor=min(self.authority_cursor, sequence),
            changes_cursor=min(self.changes_cursor, sequence),
        )

    def restarted(self, epoch: int, size: int, root: bytes | None) -> "Bookmark":
        """Back at a size that the server can reproduce."""
        restarted = msgspec.structs.replace(
            self,
            epoch=epoch,
            size=size,
            root=root,
            newest=None,
        )
        return restarted.back_to(size)


def load(replica: Replica) -> Bookmark:
    """The bookmark of the replica's hub; a new one if it was never read.

    Raises:
        DamagedDatabaseError: it is damaged.
    """
    data = replica.device.meta(_BOOKMARK)
    try:
        return Bookmark() if data is None else msgspec.msgpack.decode(data, type=Bookmark)
    except msgspec.DecodeError as error:
        raise DamagedDatabaseError(Both("chỗ đã đồng bộ tới", f"bookmark: {error}")) from error


def keep(replica: Replica, bookmark: Bookmark) -> None:
    """Keep a bookmark, inside `Replica.writing`."""
    replica.device.put_meta(_BOOKMARK, msgspec.msgpack.encode(bookmark))
