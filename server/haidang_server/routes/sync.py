"""`POST /v1/sync`: one exchange (SPEC X)."""

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from litestar import Request, Response, post
from litestar.exceptions import ClientException

from haidang_server.errors import ServerError, TooSlowError
from haidang_server.exchange import Exchange
from haidang_server.routes.bodies import UNPROVEN_S, CallerGoneError, answer, chunks

if TYPE_CHECKING:
    from haidang_server.service import Service


@post("/v1/sync", status_code=200, summary="Exchange change sets", tags=["protocol"])
async def exchange(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Take what the caller brings as it arrives, answer with a receipt and with what the caller lacks.

    Body and reply are the protocol's own stream of messages (`application/vnd.haidang.sync`).
    """
    service: Service = request.app.state.service
    current = Exchange(service.hall)
    try:
        await _read(request, current)
        return answer(await current.finish())
    except CallerGoneError:
        await current.abandon()
        raise ClientException("the connection ended before the request did") from None
    except ServerError:
        await current.abandon()
        raise


async def _read(request: Request[Any, Any, Any], current: Exchange) -> None:
    """Read a request to its end; a caller that does not prove itself soon is not waited for."""
    try:
        async with asyncio.timeout(UNPROVEN_S) as patience:
            current.when_proven = partial(patience.reschedule, None)
            async for chunk in chunks(request):
                await current.feed(chunk)
    except TimeoutError:
        raise TooSlowError from None
