"""All routes of reading: sessions, definitions, records, exports. Nothing on the way may keep what they answer."""

from litestar import Router
from litestar.datastructures import ResponseHeader

from haidang_server.routes import exports, read_definitions, read_records, sessions

HANDLERS = [
    Router(
        "/",
        route_handlers=[
            *sessions.HANDLERS,
            *read_definitions.HANDLERS,
            *read_records.HANDLERS,
            *exports.HANDLERS,
        ],
        response_headers=[ResponseHeader(name="Cache-Control", value="no-store")],
    )
]
"""They ask `app.state.reading`, an `asking.ReadingService`."""
