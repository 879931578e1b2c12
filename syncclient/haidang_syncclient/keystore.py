"""Where a person's key lies: in an encrypted file, or in the keyring of the operating system where there is a real one.

The file is one canonical value, `[1, public key, protection]`, readable by its owner alone. Protection is
`["scrypt", log2 of n, r, p, salt, nonce, sealed seed]` (AES-256-GCM under a key that scrypt makes of the passphrase),
`["keyring", account]`, or `["clear", seed]`, which a person has to ask for by name.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from haidang_protocol import canonical
from haidang_protocol.errors import ProtocolError
from haidang_protocol.ids import key_id
from haidang_syncclient import os_keyring
from haidang_syncclient.errors import DamagedKeyError, ReplicaExistsError, WrongPassphraseError
from haidang_syncclient.files import write_new
from haidang_syncclient.reasons import of_protocol, of_system, within
from haidang_syncclient.words import Both

Randomness = Callable[[int], bytes]
"""Gives so many random bytes."""

SEED_BYTES: Final = 32
SCRYPT_LOG2_N: Final = 17
"""128 MiB and a third of a second for each guess."""
_LOG2_N_BOUNDS: Final = range(10, 21)
_SCRYPT_R: Final = 8
_SCRYPT_P: Final = 1
_SALT_BYTES: Final = 16
_NONCE_BYTES: Final = 12
_VERSION: Final = 1


class Signer(Protocol):
    """Who signs: a key whose secret part may lie elsewhere."""

    @property
    def public_key(self) -> bytes:
        """The 32 public bytes."""

    @property
    def key(self) -> bytes:
        """The 16-byte key id."""

    def sign(self, data: bytes, /) -> bytes:
        """The 64-byte Ed25519 signature over data."""


class DeviceKey:
    """An Ed25519 key in memory."""

    def __init__(self, seed: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self._public = self._private.public_key().public_bytes_raw()
        self._key = key_id(self._public)

    @property
    def public_key(self) -> bytes:
        """The 32 public bytes."""
        return self._public

    @property
    def key(self) -> bytes:
        """The 16-byte key id."""
        return self._key

    def sign(self, data: bytes, /) -> bytes:
        """The 64-byte signature over data."""
        return self._private.sign(data)


def keep_sealed(
    path: Path, seed: bytes, passphrase: str, randomness: Randomness, log2_n: int = SCRYPT_LOG2_N
) -> DeviceKey:
    """Write a new key file, encrypted under a passphrase.

    Raises:
        ReplicaExistsError: there is a file already; a key is never overwritten.
        ReadOnlyError, DiskFullError: it cannot be written.
    """
    device = DeviceKey(seed)
    salt, nonce = randomness(_SALT_BYTES), randomness(_NONCE_BYTES)
    sealed = AESGCM(_stretch(passphrase, salt, log2_n)).encrypt(nonce, seed, device.public_key)
    _write(path, device, ["scrypt", log2_n, _SCRYPT_R, _SCRYPT_P, salt, nonce, sealed])
    return device


def keep_in_keyring(path: Path, seed: bytes) -> DeviceKey:
    """Put a key into the keyring of the operating system; the file only says so.

    Raises:
        ReplicaExistsError, ReadOnlyError, DiskFullError: as `keep_sealed`.
        NoKeyringError: there is no real keyring here.
    """
    device = DeviceKey(seed)
    account = device.key.hex()
    os_keyring.store(account, seed.hex())
    _write(path, device, ["keyring", account])
    return device


def keep_clear(path: Path, seed: bytes) -> DeviceKey:
    """Write a new key file without any protection but the owner's permissions.

    Raises:
        ReplicaExistsError, ReadOnlyError, DiskFullError: as `keep_sealed`.
    """
    device = DeviceKey(seed)
    _write(path, device, ["clear", seed])
    return device


def load(path: Path, passphrase: str | None = None) -> DeviceKey:
    """Read a key.

    Raises:
        DamagedKeyError: there is no such file, it is no key file, or the keyring has lost the key.
        WrongPassphraseError: it needs another passphrase, or one at all.
    """
    public_key, protection = _read(path)
    seed = _unprotect(public_key, protection, passphrase)
    device = DeviceKey(seed)
    if device.public_key != public_key:
        raise DamagedKeyError(
            within(path, Both("hai nửa của khóa không khớp", "secret and public key do not fit"))
        )
    return device


def public_key_of(path: Path) -> bytes:
    """The 32 public bytes, without unlocking.

    Raises:
        DamagedKeyError: as `load`.
    """
    return _read(path)[0]


def needs_passphrase(path: Path) -> bool:
    """Whether `load` needs a passphrase.

    Raises:
        DamagedKeyError: as `load`.
    """
    return bool(_read(path)[1][0] == "scrypt")


def forget(path: Path) -> None:
    """Delete a key file, and what the keyring holds for it: for a used offer, or a replica that is given up."""
    try:
        _, protection = _read(path)
    except DamagedKeyError:
        protection = [""]
    if protection[0] == "keyring":
        os_keyring.delete(protection[1])
    path.unlink(missing_ok=True)


def _write(path: Path, device: DeviceKey, protection: list[Any]) -> None:
    try:
        write_new(path, canonical.encode([_VERSION, device.public_key, protection]), mode=0o600)
    except FileExistsError:
        raise ReplicaExistsError(str(path)) from None


def _read(path: Path) -> tuple[bytes, list[Any]]:
    try:
        value = canonical.decode(path.read_bytes())
    except OSError as error:
        raise DamagedKeyError(within(path, of_system(error))) from None
    except ProtocolError as error:
        raise DamagedKeyError(within(path, of_protocol(error))) from None
    match value:
        case [1, bytes(public_key), [str(), *_] as protection] if len(public_key) == SEED_BYTES:
            return public_key, protection
    raise DamagedKeyError(within(path, Both("không phải tệp khóa", f"no key file of version {_VERSION}")))


def _unprotect(public_key: bytes, protection: list[Any], passphrase: str | None) -> bytes:
    match protection:
        case ["clear", bytes(seed)] if len(seed) == SEED_BYTES:
            return seed
        case ["keyring", str(account)]:
            secret = os_keyring.fetch(account)
            if secret is None or len(secret) != 2 * SEED_BYTES:
                raise DamagedKeyError(
                    Both("kho khóa không còn khóa này", "the keyring does not hold the key any more")
                )
            return bytes.fromhex(secret)
        case ["scrypt", int(log2_n), 8, 1, bytes(salt), bytes(nonce), bytes(sealed)] if (
            log2_n in _LOG2_N_BOUNDS
        ):
            if passphrase is None:
                raise WrongPassphraseError(Both("chưa nhập", "none was given"))
            try:
                return AESGCM(_stretch(passphrase, salt, log2_n)).decrypt(nonce, sealed, public_key)
            except (InvalidTag, ValueError):
                raise WrongPassphraseError from None
    raise DamagedKeyError(Both("cách cất khóa không rõ", "an unknown kind of protection"))


def _stretch(passphrase: str, salt: bytes, log2_n: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=2**log2_n, r=_SCRYPT_R, p=_SCRYPT_P).derive(passphrase.encode())


def owner_only(path: Path) -> bool:
    """Whether nobody but its owner can read the file (always true where the system has no such permissions)."""
    return os.name == "nt" or not path.stat().st_mode & 0o077
