"""`POST /v1/enrol`: offers for typed codes, the ground for a new replica, new keys (SPEC E5)."""

from typing import TYPE_CHECKING, Any

from litestar import Request, Response, post

from haidang_protocol.limits import ENROLMENT_BYTES_MAX
from haidang_server.routes.bodies import answer, whole

if TYPE_CHECKING:
    from haidang_server.service import Service


@post("/v1/enrol", status_code=200, summary="Enrol a device", tags=["protocol"])
async def enrol(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Answer one question of enrolment."""
    service: Service = request.app.state.service
    address = request.client.host if request.client else ""
    return answer(await service.enrol_desk.answer(await whole(request, ENROLMENT_BYTES_MAX), address))
