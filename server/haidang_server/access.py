"""Who asks, and what they may read: a session of a proven key, or an API token (SPEC X10).

A reach is computed anew for each request: what ends a key's reading ends its sessions with the next request.
"""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from haidang_protocol.errors import SignatureError
from haidang_protocol.session_proof import check_session
from haidang_server.access_errors import (
    ChallengeSpentError,
    DatasetNotAllowedError,
    ForeignPageError,
    SessionNeededError,
)
from haidang_server.errors import KeyUnknownError, NotAllowedError, SignatureWrongError
from haidang_server.reading.authority import Authority
from haidang_server.sessions import OpenedSession, Session, Sessions
from haidang_server.tokens import Token, TokenBook

DATASETS: Final = (
    "units", "directives", "assignments", "forms", "periods", "records", "history", "conflicts", "quarantine",
    "coverage",
)  # fmt: skip
"""What a token can be made for."""
COOKIE: Final = "__Host-haidang"
CSRF_HEADER: Final = "x-csrf-token"


class Credentials(NamedTuple):
    """What a request carries: a secret, whether a cookie brought it, and what proves that our own page sent it."""

    secret: str
    cookie: bool
    csrf: str | None


class Gate:
    """Opens sessions, and says of each request what it may read."""

    def __init__(
        self, server: bytes, sessions: Sessions, tokens: TokenBook, clock: Callable[[], int]
    ) -> None:
        self.server = server
        self.sessions = sessions
        self._tokens = tokens
        self._clock = clock

    def challenge(self) -> bytes:
        """A nonce to sign."""
        return self.sessions.challenge(self._clock())

    def open_session(self, authority: Authority, key: bytes, nonce: bytes, proof: bytes) -> OpenedSession:
        """Begin a session of a key that its caller proves to hold.

        Raises:
            ChallengeSpentError, KeyUnknownError, SignatureWrongError, NotAllowedError: it does not begin.
        """
        now = self._clock()
        public = authority.public_key(key)
        if public is None:
            raise KeyUnknownError
        try:
            check_session(Ed25519PublicKey.from_public_bytes(public), self.server, key, nonce, proof)
        except SignatureError:
            raise SignatureWrongError from None
        if not self.sessions.spend(nonce, now):
            raise ChallengeSpentError
        if not authority.reach_of_key(key, now):
            raise NotAllowedError("read")
        return self.sessions.open(key, now)

    def reach(self, authority: Authority, credentials: Credentials | None, dataset: str) -> frozenset[bytes]:
        """The scopes that a request for a dataset may read.

        Raises:
            SessionNeededError, DatasetNotAllowedError, NotAllowedError: none.
        """
        holder = self._holder(credentials)
        if isinstance(holder, Token):
            if dataset not in holder.scope.datasets:
                raise DatasetNotAllowedError(dataset)
            return authority.reach_of_token(holder.scope)
        reach = authority.reach_of_key(holder.key, self._clock())
        if not reach:
            raise NotAllowedError("read")
        return reach

    def session(self, credentials: Credentials | None) -> Session:
        """The session of a request.

        Raises:
            SessionNeededError: it has none.
        """
        holder = self._holder(credentials)
        if isinstance(holder, Token):
            raise SessionNeededError
        return holder

    def caller(self, credentials: Credentials | None) -> str:
        """Who asks, for counting: all sessions of a key are one caller, and so is each token.

        Raises:
            SessionNeededError: nobody whom we know.
        """
        holder = self._holder(credentials)
        return f"token {holder.id}" if isinstance(holder, Token) else f"key {holder.key.hex()}"

    def close_session(self, credentials: Credentials | None) -> None:
        """End the session of a request.

        Raises:
            SessionNeededError: it has none.
            ForeignPageError: a browser sent it, and not our own page.
        """
        session = self.session(credentials)
        if credentials is None or (credentials.cookie and not session.allows_change(credentials.csrf)):
            raise ForeignPageError
        self.sessions.close(credentials.secret)

    def _holder(self, credentials: Credentials | None) -> Session | Token:
        if credentials is None:
            raise SessionNeededError
        now = self._clock()
        holder = self.sessions.find(credentials.secret, now)
        if holder is None and not credentials.cookie:
            token = self._tokens.find(credentials.secret, now)
            if token is not None:
                return token
        if holder is None:
            raise SessionNeededError
        return holder


def credentials_of(headers: Mapping[str, str], cookies: Mapping[str, str]) -> Credentials | None:
    """What a request carries: a bearer secret, else the cookie."""
    kind, _, secret = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and secret.strip():
        return Credentials(secret.strip(), cookie=False, csrf=None)
    found = cookies.get(COOKIE)
    return None if not found else Credentials(found, cookie=True, csrf=headers.get(CSRF_HEADER))
