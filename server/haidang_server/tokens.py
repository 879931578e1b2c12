"""API tokens: how machines read. Each is scoped to a part of the units and to datasets, reads only, and may expire.

They live in a small database of their own, so that the operator can make and revoke them while the server runs; a
revocation counts at once. What is stored is the hash of the secret: nobody can read a token out of it.
"""

import base64
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
from pysqlite3 import dbapi2 as sqlite

from haidang_server.errors import FolderReadOnlyError

TOKENS_NAME: Final = "tokens.db"
TOKEN_PREFIX: Final = "hdt_"  # noqa: S105 - what a token begins with, so that one is known when it is found somewhere
_SECRET_BYTES: Final = 32
_ID_BYTES: Final = 6
_BUSY_S: Final = 10.0

Randomness = Callable[[int], bytes]
"""Gives that many random bytes."""


class TokenScope(msgspec.Struct, frozen=True):
    """What a token reads: `datasets` of a unit (16 bytes) and all below it, restricted reports only if it says so."""

    unit: bytes
    datasets: tuple[str, ...]
    restricted: bool = False


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token, without its secret.

    Attributes:
        id: Short name, for listing and revoking.
        label: What it is for, in the operator's words.
        created, expires: Seconds; `expires` None means until revoked.
    """

    id: str
    label: str
    scope: TokenScope
    created: int
    expires: int | None

    def active(self, now: int) -> bool:
        """Whether it has not expired."""
        return self.expires is None or now < self.expires


class TokenBook:
    """The tokens of one hub. Opens its file for each question: they are few, and another process may change it."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / TOKENS_NAME

    def create(
        self, label: str, scope: TokenScope, created: int, expires: int | None, randomness: Randomness
    ) -> tuple[Token, str]:
        """Make a token; returns it with its secret, which is shown once and kept nowhere.

        Raises:
            FolderReadOnlyError: it cannot be kept.
        """
        token_id = randomness(_ID_BYTES).hex()
        token = Token(id=token_id, label=label, scope=scope, created=created, expires=expires)
        secret = TOKEN_PREFIX + base64.urlsafe_b64encode(randomness(_SECRET_BYTES)).decode().rstrip("=")
        with closing(self._open()) as connection, connection:
            connection.execute(
                "INSERT INTO tokens VALUES (?, ?, ?)",
                (token.id, _hash(secret), msgspec.msgpack.encode(token)),
            )
        return token, secret

    def list(self) -> list[Token]:
        """All tokens, oldest first; expired ones too."""
        if not self._file.exists():
            return []
        with closing(self._open()) as connection:
            rows = connection.execute("SELECT token FROM tokens ORDER BY rowid").fetchall()
        return [_decode(data) for (data,) in rows]

    def revoke(self, token_id: str) -> bool:
        """Forget a token; tells whether there was one."""
        if not self._file.exists():
            return False
        with closing(self._open()) as connection, connection:
            return bool(connection.execute("DELETE FROM tokens WHERE id = ?", (token_id,)).rowcount)

    def find(self, secret: str, now: int) -> Token | None:
        """The token of a secret, None if it is unknown, revoked or expired."""
        if not secret.startswith(TOKEN_PREFIX) or not self._file.exists():
            return None
        with closing(self._open()) as connection:
            row = connection.execute("SELECT token FROM tokens WHERE hash = ?", (_hash(secret),)).fetchone()
        token = None if row is None else _decode(row[0])
        return token if token is not None and token.active(now) else None

    def _open(self) -> sqlite.Connection:
        try:
            connection = sqlite.connect(self._file, timeout=_BUSY_S)
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS tokens"
                " (id TEXT PRIMARY KEY, hash BLOB NOT NULL UNIQUE, token BLOB NOT NULL) STRICT"
            )
            self._file.chmod(0o600)
        except (sqlite.OperationalError, OSError) as error:
            raise FolderReadOnlyError(self._file.parent) from error
        return connection


def can_be_read(folder: Path) -> bool:
    """Whether a folder holds tokens that are not damaged."""
    try:
        return (folder / TOKENS_NAME).exists() and TokenBook(folder).list() is not None
    except (sqlite.DatabaseError, msgspec.DecodeError, FolderReadOnlyError):
        return False


def _hash(secret: str) -> bytes:
    """A secret of 32 random bytes needs no slow hash: it cannot be guessed."""
    return sha256(secret.encode()).digest()


_decode: Final = msgspec.msgpack.Decoder(Token).decode
