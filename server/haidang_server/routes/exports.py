"""Exports over HTTP: datasets as files, each written whole before it is sent."""

import re
from collections.abc import Callable
from contextlib import ExitStack
from typing import Annotated

import msgspec
from anyio.to_thread import run_sync
from litestar import get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import PathParameter

from haidang_protocol.ids import ID16
from haidang_server.access import credentials_of
from haidang_server.access_errors import ExportsOpenError, NameUnknownError
from haidang_server.errors import StorageFullError
from haidang_server.export_tables import Wish
from haidang_server.exports import MEDIA_TYPES, dataset_names, permit_of, table_of, written
from haidang_server.reading.snapshot import Filter
from haidang_server.routes.asking import (
    READING_REFUSALS,
    AnyRequest,
    Asked,
    UnitParameter,
    asked,
    example,
    hex_bytes,
    refusals,
)
from haidang_server.routes.read_definitions import DirectiveParameter, FamilyParameter
from haidang_server.routes.read_records import PeriodParameter, SinceParameter
from haidang_server.spool import OPEN_MAX, Spooled, SpooledStream

FileParameter = Annotated[
    str,
    PathParameter(description="A dataset and `.csv` or `.ndjson`.", examples=example("records.csv")),
]
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


class Datasets(msgspec.Struct, frozen=True):
    """The names of the datasets that there are, and the kinds of files that each comes as."""

    datasets: list[str]
    kinds: list[str]


@get("/v1/exports", sync_to_thread=True, summary="Datasets", tags=["exports"], responses=READING_REFUSALS)
def list_datasets(request: AnyRequest) -> Datasets:
    """Which datasets can be exported: those of every hub, a table for each form, and one for each of its repeats."""
    with asked(request, "records") as question:
        wish = Wish(question.snapshot, question.reach, Filter(), question.today)
        return Datasets(dataset_names(wish), list(MEDIA_TYPES))


@get(
    "/v1/exports/{file:str}",
    summary="Export a dataset",
    tags=["exports"],
    responses={
        **READING_REFUSALS,
        **refusals(ExportsOpenError(str(OPEN_MAX)), StorageFullError()),
        200: ResponseSpec(str, description="The file.", media_type="text/csv", generate_examples=False),
    },
)
async def export(  # noqa: PLR0913 - one parameter a filter
    request: AnyRequest,
    *,
    file: FileParameter,
    unit: UnitParameter = None,
    directive: DirectiveParameter = None,
    form: FamilyParameter = None,
    period: PeriodParameter = None,
    since: SinceParameter = None,
) -> SpooledStream:
    """A dataset as CSV (UTF-8 with byte order mark, CRLF, texts in quotes, no text that a spreadsheet takes for a formula) or NDJSON."""
    dataset, _, kind = file.rpartition(".")
    if kind not in MEDIA_TYPES:
        raise NameUnknownError("kind of file; csv, ndjson")

    def wish(question: Asked) -> Wish:
        wanted = Filter(
            unit=question.unit(unit),
            directive=directive,
            family=form,
            period=None if period is None else hex_bytes(period, ID16),
            since=since,
        )
        return Wish(question.snapshot, question.reach, wanted, question.today)

    answer, stack = await run_sync(_written, request, dataset, kind, wish)
    return SpooledStream(
        answer,
        stack,
        media_type=MEDIA_TYPES[kind],
        headers={"Content-Disposition": f'attachment; filename="{_UNSAFE.sub("_", dataset)}.{kind}"'},
    )


def _written(
    request: AnyRequest, dataset: str, kind: str, wish: Callable[[Asked], Wish]
) -> tuple[Spooled, ExitStack]:
    """A dataset as a file, and what is to be closed behind it; the state that it was read from is given back already."""
    state = request.app.state
    caller = state.reading.gate.caller(credentials_of(request.headers, request.cookies))
    with ExitStack() as stack:
        stack.enter_context(state.reading.spool.place(caller))
        with asked(request, permit_of(dataset)) as question:
            table = table_of(dataset, wish(question))
            if table is None:
                raise NameUnknownError("dataset")
            pieces = written(table, kind)
            answer = stack.enter_context(state.reading.spool.written(pieces, state.service.writer.has_room))
        return answer, stack.pop_all()


HANDLERS = [list_datasets, export]
