"""The hub's receipt key: a file of its own, readable by its owner alone. Root and province keys never lie on a hub."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from haidang_server.errors import FileUnreadableError

KEY_NAME: Final = "hub.key"
_SEED_BYTES: Final = 32


def new_key(randomness: Callable[[int], bytes]) -> Ed25519PrivateKey:
    """A key that was never before."""
    return Ed25519PrivateKey.from_private_bytes(randomness(_SEED_BYTES))


def write_key(file: Path, key: Ed25519PrivateKey) -> None:
    """Write a key, durably, to a file that does not exist yet, readable by its owner alone.

    Raises:
        FileUnreadableError: the file exists, or cannot be written.
    """
    data = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise FileUnreadableError(f"{file}: {error.strerror}") from error
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def read_key(file: Path) -> Ed25519PrivateKey:
    """Read a key file.

    Raises:
        FileUnreadableError: it is not there, holds no Ed25519 key, or others may read it.
    """
    try:
        if file.stat().st_mode & 0o077:
            raise FileUnreadableError(f"{file}: others may read it (chmod 600)")
        key = load_pem_private_key(file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise FileUnreadableError(f"{file}: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise FileUnreadableError(f"{file}: no Ed25519 key")
    return key
