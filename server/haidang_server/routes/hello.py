"""`POST /v1/hello`: the hub proves its key (SPEC X11)."""

import asyncio
from typing import TYPE_CHECKING, Any, Final

from litestar import Request, Response, post

from haidang_protocol.ids import ID16
from haidang_server.greeting import answer_hello
from haidang_server.routes.bodies import answer, whole

if TYPE_CHECKING:
    from haidang_server.service import Service

_BODY_MAX: Final = 1_024


@post("/v1/hello", status_code=200, summary="Prove the server's key", tags=["protocol"])
async def hello(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Answer a caller's nonce with the hub's certificates and a signature over the TLS certificate in use."""
    service: Service = request.app.state.service
    body = await whole(request, _BODY_MAX)
    certificate = await asyncio.to_thread(service.certificate.digest)
    nonce = service.randomness(ID16)
    return answer(await service.writer.ask(lambda hub: answer_hello(hub, body, certificate, nonce)))
