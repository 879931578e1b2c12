"""Reading sessions: a challenge, a session opened by signing it, and its end.

The handlers of one path go to a thread by themselves: Litestar's `sync_to_thread` fails where a path has several.
"""

import asyncio
from typing import Literal

import msgspec
from litestar import Response, delete, get, post
from litestar.datastructures import Cookie
from litestar.params import JSONBody

from haidang_protocol.ids import ID16
from haidang_server.access import COOKIE, credentials_of
from haidang_server.access_errors import ChallengeSpentError, ForeignPageError, SessionNeededError
from haidang_server.errors import KeyUnknownError, NotAllowedError, RequestMalformedError, SignatureWrongError
from haidang_server.reading.shapes import Hex, Seconds
from haidang_server.routes.asking import AnyRequest, ReadingService, hex_bytes, refusals
from haidang_server.sessions import CHALLENGE_SECONDS, SESSION_SECONDS

_SIGNATURE_BYTES = 64


class ChallengeShape(msgspec.Struct, frozen=True):
    """What to sign: `haidang/session/1`, a zero byte, then the canonical MessagePack array of server, key id and nonce."""

    server: Hex
    nonce: Hex
    seconds: int


class ProofShape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who asks for a session, and the proof.

    Attributes:
        key: Key id.
        nonce: Of the challenge.
        signature: 64 bytes.
        carrier: `cookie` for browsers (the secret then is no script's to read), `bearer` for programs.
    """

    key: Hex
    nonce: Hex
    signature: Hex
    carrier: Literal["cookie", "bearer"] = "bearer"


class SessionShape(msgspec.Struct, frozen=True):
    """An open session.

    Attributes:
        token: To be sent as `Authorization: Bearer …`; null if a cookie carries it.
        csrf: To be sent as `X-CSRF-Token` with all that changes something; null for programs.
        expires: When it ends; then a new challenge is due.
    """

    key: Hex
    token: str | None
    csrf: str | None
    expires: Seconds


@post(
    "/v1/session/challenge",
    status_code=200,
    sync_to_thread=False,
    summary="A nonce to sign",
    tags=["session"],
)
def challenge(request: AnyRequest) -> ChallengeShape:
    """The first step to a session. A nonce holds for two minutes and opens one session."""
    gate = _service(request).gate
    return ChallengeShape(gate.server.hex(), gate.challenge().hex(), CHALLENGE_SECONDS)


@post(
    "/v1/session",
    summary="Open a session",
    tags=["session"],
    responses=refusals(
        RequestMalformedError("nonce"),
        SignatureWrongError(),
        KeyUnknownError(),
        ChallengeSpentError(),
        NotAllowedError("read"),
    ),
)
async def open_session(request: AnyRequest, data: JSONBody[ProofShape]) -> Response[SessionShape]:
    """Open a session of a key that may read, for half an hour; it reads what an exchange would bring to that key."""
    service = _service(request)
    key = hex_bytes(data.key, ID16)
    try:
        nonce = bytes.fromhex(data.nonce)
    except ValueError:
        raise RequestMalformedError("nonce") from None
    proof = hex_bytes(data.signature, _SIGNATURE_BYTES)
    authority = await asyncio.to_thread(service.room.authority)
    opened = service.gate.open_session(authority, key, nonce, proof)
    if data.carrier == "bearer":
        return Response(SessionShape(key.hex(), opened.secret, None, opened.expires))
    return Response(
        SessionShape(key.hex(), None, opened.csrf, opened.expires),
        cookies=[_cookie(opened.secret, SESSION_SECONDS)],
    )


@get("/v1/session", summary="The session in use", tags=["session"], responses=refusals(SessionNeededError()))
async def show_session(request: AnyRequest) -> SessionShape:
    """Whose session a request carries, and when it ends."""
    session = _service(request).gate.session(credentials_of(request.headers, request.cookies))
    return SessionShape(session.key.hex(), None, None, session.expires)


@delete(
    "/v1/session",
    status_code=204,
    summary="End the session",
    tags=["session"],
    responses=refusals(SessionNeededError(), ForeignPageError()),
)
async def close_session(request: AnyRequest) -> Response[None]:
    """End the session that the request carries; a browser has to send its `X-CSRF-Token`."""
    _service(request).gate.close_session(credentials_of(request.headers, request.cookies))
    return Response(None, status_code=204, cookies=[_cookie("", 0)])


def _service(request: AnyRequest) -> ReadingService:
    service: ReadingService = request.app.state.reading
    return service


def _cookie(secret: str, seconds: int) -> Cookie:
    """A cookie that only this host gets, only over TLS, only from its own pages, and that no script can read."""
    return Cookie(
        key=COOKIE, value=secret, max_age=seconds, path="/", secure=True, httponly=True, samesite="strict"
    )


HANDLERS = [challenge, open_session, show_session, close_session]
