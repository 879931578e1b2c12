"""All routes of reading: sessions, definitions, records, exports."""

from haidang_server.routes import exports, read_definitions, read_records, sessions

HANDLERS = [*sessions.HANDLERS, *read_definitions.HANDLERS, *read_records.HANDLERS, *exports.HANDLERS]
"""They ask `app.state.reading`, an `asking.ReadingService`."""
