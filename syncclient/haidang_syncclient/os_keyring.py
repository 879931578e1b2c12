"""The keyring of the operating system, where there is a real one. `keyring` is loaded only when asked for: it is slow."""

from typing import TYPE_CHECKING, Final

from haidang_syncclient.errors import NoKeyringError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE: Final = "hai-dang"
_REAL_PRIORITY: Final = 1
"""Backends below it are placeholders, or files that protect nothing."""


def available() -> bool:
    """Whether there is a keyring that deserves the name."""
    return _backend() is not None


def store(account: str, secret: str) -> None:
    """Keep a secret.

    Raises:
        NoKeyringError: there is no real keyring, or it refuses.
    """
    backend = _backend()
    if backend is None:
        raise NoKeyringError
    try:
        backend.set_password(SERVICE, account, secret)
    except Exception as error:  # a backend may raise anything: every refusal means the same
        raise NoKeyringError(str(error)) from error


def fetch(account: str) -> str | None:
    """A kept secret, None if it is not there."""
    backend = _backend()
    try:
        return None if backend is None else backend.get_password(SERVICE, account)
    except Exception as error:  # as above
        raise NoKeyringError(str(error)) from error


def delete(account: str) -> None:
    """Forget a secret, if it is there."""
    backend = _backend()
    if backend is not None and fetch(account) is not None:
        backend.delete_password(SERVICE, account)


def _backend() -> "KeyringBackend | None":
    import keyring  # noqa: PLC0415 - loading it takes longer than most commands

    backend = keyring.get_keyring()
    return backend if backend.priority >= _REAL_PRIORITY else None
