"""Reading sessions: a caller proves its key once, then reads for a while with a short secret in a cookie or a header.

Sessions live in memory: after a restart everybody proves the key again, which an app does by itself. A challenge costs the
server nothing to give: it is its own proof of when it was made, and only those that opened a session are remembered, so
that none opens two.
"""

import base64
import hmac
from collections.abc import Callable
from hashlib import sha256
from typing import Final

import msgspec

from haidang_protocol.ids import ID16

CHALLENGE_SECONDS: Final = 120
SESSION_SECONDS: Final = 30 * 60
SESSION_PREFIX: Final = "hds_"
SESSIONS_MAX: Final = 50_000
_TIME_BYTES: Final = 8
_CHECK_BYTES: Final = 16
_SECRET_BYTES: Final = 24

Randomness = Callable[[int], bytes]
"""Gives that many random bytes."""


class Session(msgspec.Struct, frozen=True):
    """Whose session it is (key id), until when (seconds), and the hash of what a browser must repeat to change anything."""

    key: bytes
    expires: int
    csrf_hash: bytes

    def allows_change(self, csrf: str | None) -> bool:
        """Whether the caller repeated the secret that only a page of its own origin can know."""
        return csrf is not None and hmac.compare_digest(_hash(csrf), self.csrf_hash)


class OpenedSession(msgspec.Struct, frozen=True):
    """A new session: its secret, the secret against foreign pages, and when it ends. Neither secret is kept."""

    secret: str
    csrf: str
    expires: int


class Sessions:
    """The sessions of one server."""

    def __init__(self, randomness: Randomness) -> None:
        self._randomness = randomness
        self._challenge_key = randomness(32)
        self._used: dict[bytes, int] = {}
        self._sessions: dict[bytes, Session] = {}

    def challenge(self, now: int) -> bytes:
        """A nonce to sign: when it was made, random bytes, and a check that it was made here."""
        body = now.to_bytes(_TIME_BYTES) + self._randomness(ID16)
        return body + self._check(body)

    def spend(self, nonce: bytes, now: int) -> bool:
        """Whether a nonce was made here, a short while ago, and opened no session yet; it is spent by that."""
        body, check = nonce[:-_CHECK_BYTES], nonce[-_CHECK_BYTES:]
        made = int.from_bytes(body[:_TIME_BYTES])
        if not hmac.compare_digest(self._check(body), check) or not 0 <= now - made < CHALLENGE_SECONDS:
            return False
        self._used = {used: until for used, until in self._used.items() if until > now}
        if nonce in self._used:
            return False
        self._used[nonce] = made + CHALLENGE_SECONDS
        return True

    def open(self, key: bytes, now: int) -> OpenedSession:
        """Begin a session of a key that was proven."""
        if len(self._sessions) >= SESSIONS_MAX:
            self._sessions = {name: each for name, each in self._sessions.items() if each.expires > now}
        while len(self._sessions) >= SESSIONS_MAX:
            del self._sessions[next(iter(self._sessions))]
        opened = OpenedSession(
            SESSION_PREFIX + _text(self._randomness(_SECRET_BYTES)),
            _text(self._randomness(_SECRET_BYTES)),
            now + SESSION_SECONDS,
        )
        self._sessions[_hash(opened.secret)] = Session(key, opened.expires, _hash(opened.csrf))
        return opened

    def find(self, secret: str, now: int) -> Session | None:
        """The session of a secret, None if there is none or it ended."""
        found = self._sessions.get(_hash(secret))
        return found if found is not None and now < found.expires else None

    def close(self, secret: str) -> None:
        """End a session."""
        self._sessions.pop(_hash(secret), None)

    def _check(self, body: bytes) -> bytes:
        return hmac.digest(self._challenge_key, body, "sha256")[:_CHECK_BYTES]


def _hash(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
