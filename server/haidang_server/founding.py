"""A new hub in an empty folder: its key, its database, the genesis, and the sets that certify its key."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from haidang_protocol import canonical, merkle
from haidang_protocol.certificates import Genesis, genesis_from_value
from haidang_protocol.errors import ProtocolError
from haidang_server.database import DATABASE_NAME, open_for_writing
from haidang_server.errors import FileUnreadableError, FolderNotEmptyError, FolderReadOnlyError
from haidang_server.hub import GENESIS
from haidang_server.keys import KEY_NAME, write_key


def read_genesis_file(file: Path) -> Genesis:
    """Read a genesis as `haidang found` writes it.

    Raises:
        FileUnreadableError: it is none.
    """
    try:
        return genesis_from_value(canonical.decode(file.read_bytes()))
    except OSError as error:
        raise FileUnreadableError(f"{file}: {error.strerror}") from error
    except ProtocolError as error:
        raise FileUnreadableError(f"{file}: {error}") from error


def found_hub(folder: Path, genesis: Genesis, key: Ed25519PrivateKey, now: int) -> None:
    """Make a hub in an empty or absent folder.

    Raises:
        FolderNotEmptyError, FolderReadOnlyError: nothing was changed.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(folder.iterdir()):
            raise FolderNotEmptyError(folder)
        write_key(folder / KEY_NAME, key)
    except OSError as error:
        raise FolderReadOnlyError(folder) from error
    connection = open_for_writing(folder / DATABASE_NAME)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO meta VALUES (?, ?)", (GENESIS, canonical.encode(genesis.to_value())))
        connection.execute("INSERT INTO epochs VALUES (1, ?, 0, ?, 'founded')", (now, merkle.EMPTY_ROOT))
        connection.execute("COMMIT")
    finally:
        connection.close()
