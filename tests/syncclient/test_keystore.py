from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import keyring
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from keyring.backend import KeyringBackend
from keyring.backends import fail

from haidang_syncclient import keystore, os_keyring
from haidang_syncclient.errors import (
    DamagedKeyError,
    NoKeyringError,
    ReadOnlyError,
    ReplicaExistsError,
    WrongPassphraseError,
)
from haidang_syncclient.keystore import DeviceKey

SEED = bytes(range(32))
QUICK = 10


def randomness(size: int) -> bytes:
    return bytes(range(size))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "key"


def signs(device: DeviceKey) -> bool:
    public = Ed25519PublicKey.from_public_bytes(device.public_key)
    public.verify(device.sign(b"what"), b"what")
    return True


def test_a_sealed_key_opens_with_its_passphrase_only(path: Path) -> None:
    kept = keystore.keep_sealed(path, SEED, "hải đăng", randomness, QUICK)
    assert keystore.needs_passphrase(path)
    assert keystore.public_key_of(path) == kept.public_key
    assert keystore.load(path, "hải đăng").key == kept.key
    assert signs(keystore.load(path, "hải đăng"))
    for wrong in ("hai dang", "", None):
        with pytest.raises(WrongPassphraseError):
            keystore.load(path, wrong)


def test_the_seed_does_not_stand_in_a_sealed_file_and_only_the_owner_reads_it(path: Path) -> None:
    keystore.keep_sealed(path, SEED, "mật khẩu", randomness, QUICK)
    assert SEED not in path.read_bytes()
    assert keystore.owner_only(path)


def test_a_key_is_never_overwritten(path: Path) -> None:
    keystore.keep_clear(path, SEED)
    with pytest.raises(ReplicaExistsError):
        keystore.keep_clear(path, bytes(32))
    assert signs(keystore.load(path))
    assert not keystore.needs_passphrase(path)
    assert [found.name for found in path.parent.iterdir()] == ["key"]


def test_every_flipped_bit_of_a_key_file_is_noticed(path: Path) -> None:
    keystore.keep_sealed(path, SEED, "p", randomness, QUICK)
    whole = path.read_bytes()
    for bit in range(0, len(whole) * 8, 5):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        with pytest.raises((DamagedKeyError, WrongPassphraseError)):
            keystore.load(path, "p")


def test_a_missing_file_is_no_key(path: Path) -> None:
    with pytest.raises(DamagedKeyError):
        keystore.load(path)


def test_a_key_needs_a_folder_that_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(ReadOnlyError):
        keystore.keep_clear(tmp_path / "absent" / "key", SEED)


def test_a_forgotten_key_is_gone(path: Path) -> None:
    keystore.keep_clear(path, SEED)
    keystore.forget(path)
    assert not path.exists()
    keystore.forget(path)


class Chest(KeyringBackend):
    """A keyring that works, as a desktop has one."""

    priority = 5
    secrets: ClassVar[dict[tuple[str, str], str]] = {}

    def set_password(self, service: str, username: str, password: str) -> None:
        self.secrets[service, username] = password

    def get_password(self, service: str, username: str) -> str | None:
        return self.secrets.get((service, username))

    def delete_password(self, service: str, username: str) -> None:
        del self.secrets[service, username]


@pytest.fixture
def chest() -> Iterator[None]:
    keyring.set_keyring(Chest())  # type: ignore[no-untyped-call]  # the base class is untyped
    yield
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]  # the same
    Chest.secrets.clear()


def test_a_real_keyring_keeps_the_key_and_the_file_only_points_to_it(path: Path, chest: None) -> None:
    assert os_keyring.available()
    kept = keystore.keep_in_keyring(path, SEED)
    assert SEED not in path.read_bytes()
    assert keystore.load(path).key == kept.key
    keystore.forget(path)
    assert Chest.secrets == {}


def test_a_keyring_that_lost_the_key_is_said(path: Path, chest: None) -> None:
    keystore.keep_in_keyring(path, SEED)
    Chest.secrets.clear()
    with pytest.raises(DamagedKeyError):
        keystore.load(path)


def test_without_a_real_keyring_the_key_is_not_pretended_to_be_kept(path: Path) -> None:
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]  # the base class is untyped
    assert not os_keyring.available()
    with pytest.raises(NoKeyringError):
        keystore.keep_in_keyring(path, SEED)
    assert not path.exists()
