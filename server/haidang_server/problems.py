"""Errors over HTTP: one shape, RFC 9457 problem details, with a stable `code` and sentences in both languages."""

from typing import Any, Final

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from haidang_server.database import tells_of_damage
from haidang_server.errors import (
    InternalError,
    MediaTypeWrongError,
    MethodNotAllowedError,
    NotAllowedError,
    NotFoundError,
    RequestMalformedError,
    ServerError,
    StoreDamagedError,
    TooLargeError,
    TooManyTriesError,
)

PROBLEM: Final = "application/problem+json"
_BY_STATUS: Final[dict[int, type[ServerError]]] = {
    error.status: error
    for error in (
        RequestMalformedError, NotAllowedError, NotFoundError, MethodNotAllowedError, TooLargeError,
        MediaTypeWrongError, TooManyTriesError,
    )
}  # fmt: skip

_AGAIN: Final = {"Retry-After": "5"}
_HEADERS: Final = {408: {"Connection": "close"}, 429: _AGAIN, 503: _AGAIN, 507: _AGAIN}

log = structlog.get_logger()


def problem(error: ServerError) -> Response[dict[str, Any]]:
    """The response for an error; it never repeats what the request said."""
    return Response(
        {
            "type": f"urn:haidang:problem:{error.code}",
            "title": error.code,
            "status": error.status,
            "code": error.code,
            "detail": error.sentence("en"),
            "detail_vi": error.sentence("vi"),
        },
        status_code=error.status,
        media_type=PROBLEM,
        headers=_HEADERS.get(error.status, {}),
    )


def handle_refusal(request: Request[Any, Any, Any], error: ServerError) -> Response[dict[str, Any]]:
    """A refusal of ours."""
    service = request.app.state.service
    service.metrics.problems.labels(error.code).inc()
    log.info("refused", code=error.code, path=request.url.path)
    return problem(error)


def handle_framework(request: Request[Any, Any, Any], error: HTTPException) -> Response[dict[str, Any]]:
    """An error of the framework, in our shape."""
    kind = _BY_STATUS.get(error.status_code)
    if kind is None and error.status_code < 500:
        kind = RequestMalformedError
    if kind is None:
        return handle_fault(request, error)
    return handle_refusal(request, kind(error.detail if kind is RequestMalformedError else ""))


def handle_fault(request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, Any]]:
    """Damage in the database, or a fault of the program: the log has it, the caller is told no more than that."""
    if tells_of_damage(error):
        # Not its words: they may repeat what is stored.
        name = getattr(error, "sqlite_errorname", None) or type(error).__name__
        log.error(StoreDamagedError.code, path=request.url.path, error=name)
        request.app.state.service.metrics.problems.labels(StoreDamagedError.code).inc()
        return problem(StoreDamagedError())
    log.error("fault", path=request.url.path, exc_info=error)
    request.app.state.service.metrics.problems.labels(InternalError.code).inc()
    return problem(InternalError())


HANDLERS: Final[ExceptionHandlersMap] = {
    ServerError: handle_refusal,
    HTTPException: handle_framework,
    Exception: handle_fault,
}
