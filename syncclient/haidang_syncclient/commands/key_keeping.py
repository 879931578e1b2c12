"""How a new key is kept: under a passphrase, in the keyring of the system, or without protection if a person says so."""

from pathlib import Path
from typing import NamedTuple

from haidang_syncclient import keystore
from haidang_syncclient.commands.desk import Desk
from haidang_syncclient.files import disk_errors
from haidang_syncclient.keystore import DeviceKey


class Keeping(NamedTuple):
    """A way to keep keys; without a passphrase and without the keyring they lie in the clear."""

    passphrase: str | None = None
    keyring: bool = False


def keep_key(desk: Desk, file: Path, seed: bytes, keeping: Keeping) -> DeviceKey:
    """Write a new key file.

    Raises:
        ReplicaExistsError: there is a file already.
        NoKeyringError, ReadOnlyError, DiskFullError: it cannot be kept.
    """
    with disk_errors(file):
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if keeping.keyring:
        return keystore.keep_in_keyring(file, seed)
    if keeping.passphrase is None:
        desk.tell(desk.say("key-in-the-clear", file=file))
        return keystore.keep_clear(file, seed)
    return keystore.keep_sealed(file, seed, keeping.passphrase, desk.random)
