"""`/healthz`: the process answers; `/readyz`: it can store; `/metrics`: what Prometheus collects."""

import asyncio
from typing import TYPE_CHECKING, Any, Final

from litestar import Request, Response, get
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from haidang_server.loading import is_certified

if TYPE_CHECKING:
    from haidang_server.hub import Hub
    from haidang_server.service import Service

_PATIENCE_S: Final = 5.0


@get("/healthz", summary="Is the process alive", tags=["operation"])
async def healthz(request: Request[Any, Any, Any]) -> Response[dict[str, str]]:
    """Say that the process answers and its writer runs."""
    service: Service = request.app.state.service
    if not service.writer.alive:
        return Response({"status": "no writer"}, status_code=503)
    return Response({"status": "ok"})


@get("/readyz", summary="Can the hub take change sets", tags=["operation"])
async def readyz(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
    """Say whether the writer answers, there is room, and the hub's key is certified; where the log stands."""
    service: Service = request.app.state.service
    state: dict[str, Any]
    try:
        if not service.writer.alive:
            raise TimeoutError  # noqa: TRY301 - nobody would answer
        state = await asyncio.wait_for(service.writer.ask(_state), _PATIENCE_S)
    except TimeoutError:
        state = {"writer": False}
    state |= {"room": service.writer.has_room()}
    ready = all(state.get(name, False) for name in ("writer", "room", "certified"))
    return Response({"ready": ready, **state}, status_code=200 if ready else 503)


@get("/metrics", summary="Counts for Prometheus", tags=["operation"], media_type=CONTENT_TYPE_LATEST)
async def metrics(request: Request[Any, Any, Any]) -> bytes:
    """Give all counts."""
    service: Service = request.app.state.service
    service.metrics.size.set(service.hub.log.size)
    service.metrics.epoch.set(service.hub.epoch)
    return generate_latest(service.metrics.registry)


def _state(hub: "Hub") -> dict[str, Any]:
    return {
        "writer": True,
        "certified": is_certified(hub),
        "epoch": hub.epoch,
        "size": hub.log.size,
        "root": hub.log.root.hex(),
    }
