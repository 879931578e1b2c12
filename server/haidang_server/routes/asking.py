"""What all reading routes share: who asks, in which state of the hub, with which words in the address."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

import msgspec
from litestar import Request
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import QueryParameter

from haidang_protocol.ids import ID16, SCOPE_BYTES
from haidang_server.access import Gate, credentials_of
from haidang_server.access_errors import DatasetNotAllowedError, NameUnknownError, SessionNeededError
from haidang_server.database import DATABASE_NAME
from haidang_server.errors import NotAllowedError, NotFoundError, RequestMalformedError, ServerError
from haidang_server.problems import PROBLEM, problem
from haidang_server.reading.labels import civil_date
from haidang_server.reading.room import ReadingRoom
from haidang_server.reading.snapshot import Snapshot
from haidang_server.sessions import Sessions
from haidang_server.spool import Spool
from haidang_server.system_clock import Clock
from haidang_server.tokens import TokenBook

AnyRequest = Request[Any, Any, Any]
PAGE_DEFAULT: Final = 100
PAGE_MAX: Final = 500
EXAMPLE_ID: Final = "9f86d081884c7d659a2feaa0c55ad015"


class ProblemShape(msgspec.Struct, frozen=True):
    """Why a request was refused (RFC 9457): a stable `code`, and a sentence in both languages that says what to do."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    detail_vi: str


def refusals(*errors: ServerError) -> dict[int, ResponseSpec]:
    """What a route may refuse with, for its description."""
    by_status: dict[int, list[ServerError]] = {}
    for error in errors:
        by_status.setdefault(error.status, []).append(error)
    return {
        status: ResponseSpec(
            ProblemShape,
            description="Refused, with code " + " or ".join(error.code for error in found) + ".",
            media_type=PROBLEM,
            generate_examples=False,
            examples=[Example(summary=error.code, value=problem(error).content) for error in found],
        )
        for status, found in by_status.items()
    }


READING_REFUSALS: Final = refusals(
    RequestMalformedError("cursor"),
    SessionNeededError(),
    NotAllowedError("read"),
    DatasetNotAllowedError("records"),
    NotFoundError(),
    NameUnknownError("unit"),
)


def example(value: object) -> list[Example]:
    """One example of a parameter."""
    return [Example(value=value)]


UnitParameter = Annotated[
    str | None,
    QueryParameter(
        description="A unit, by id or code: it and all units below it.", examples=example("30760")
    ),
]
CursorParameter = Annotated[
    str | None, QueryParameter(description="`next` of the page before.", examples=example("kwrEEA"))
]
LimitParameter = Annotated[
    int, QueryParameter(description="How many items at most.", ge=1, le=PAGE_MAX, examples=example(100))
]
DateParameter = Annotated[
    str | None,
    QueryParameter(
        description="A civil date: names and parents as they were then; today if it is left out.",
        pattern=r"^\d{4}-\d{2}-\d{2}$",
        examples=example("2019-02-18"),
    ),
]


class ReadingService:
    """Everything that reading routes need: the reading room and its gate."""

    def __init__(self, folder: Path, server: bytes, clock: Clock, randomness: Callable[[int], bytes]) -> None:
        """Prepare reading; nothing is opened before the first question.

        Args:
            folder: the data folder; the index and the tokens lie there.
            server: the hub's server id.
            clock: seconds.
            randomness: gives random bytes.
        """
        self.clock = clock
        self.spool = Spool(folder)
        self.room = ReadingRoom(folder, folder / DATABASE_NAME)
        self.gate = Gate(server, Sessions(randomness), TokenBook(folder), clock)

    def close(self) -> None:
        """End it."""
        self.room.close()


class Asked(NamedTuple):
    """One question: a state of the hub, and what of it the asker may read."""

    snapshot: Snapshot
    reach: frozenset[bytes]
    today: str

    def unit(self, text: str | None) -> bytes | None:
        """The unit that a parameter names.

        Raises:
            NameUnknownError: there is none.
        """
        if text is None:
            return None
        found = self.snapshot.authority.book.unit_named(text)
        if found is not None:
            return found
        raw = hex_bytes(text, ID16) if len(text) == 2 * ID16 else None
        if raw is None or raw not in self.snapshot.authority.closures:
            raise NameUnknownError("unit")
        return raw


@contextmanager
def asked(request: AnyRequest, dataset: str) -> Iterator[Asked]:
    """The question that a request puts to a dataset.

    Raises:
        ServerError: the asker may not read it.
    """
    service: ReadingService = request.app.state.reading
    with service.room.snapshot() as snapshot:
        credentials = credentials_of(request.headers, request.cookies)
        reach = service.gate.reach(snapshot.authority, credentials, dataset)
        yield Asked(snapshot, reach, civil_date(service.clock()))


def hex_bytes(text: str, size: int) -> bytes:
    """The bytes of a parameter in hexadecimal digits.

    Raises:
        RequestMalformedError: it is none of that size.
    """
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raw = b""
    if len(raw) != size:
        raise RequestMalformedError(f"{2 * size} hexadecimal digits")
    return raw


def scope_bytes(text: str | None) -> bytes | None:
    """The scope that a parameter names.

    Raises:
        RequestMalformedError: it is none.
    """
    return None if text is None else hex_bytes(text, SCOPE_BYTES)
