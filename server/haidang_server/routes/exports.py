"""Exports over HTTP: datasets as files, streamed as they are read."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Annotated

import msgspec
from litestar import get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import PathParameter
from litestar.response import Stream

from haidang_protocol.ids import ID16
from haidang_server.access_errors import NameUnknownError
from haidang_server.export_tables import Table, Wish
from haidang_server.exports import MEDIA_TYPES, dataset_names, permit_of, table_of, written
from haidang_server.reading.snapshot import Filter
from haidang_server.routes.asking import (
    READING_REFUSALS,
    AnyRequest,
    UnitParameter,
    asked,
    example,
    hex_bytes,
)
from haidang_server.routes.read_definitions import DirectiveParameter, FamilyParameter
from haidang_server.routes.read_records import PeriodParameter, SinceParameter

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
    sync_to_thread=True,
    summary="Export a dataset",
    tags=["exports"],
    responses={
        **READING_REFUSALS,
        200: ResponseSpec(str, description="The file.", media_type="text/csv", generate_examples=False),
    },
)
def export(  # noqa: PLR0913 - one parameter a filter
    request: AnyRequest,
    *,
    file: FileParameter,
    unit: UnitParameter = None,
    directive: DirectiveParameter = None,
    form: FamilyParameter = None,
    period: PeriodParameter = None,
    since: SinceParameter = None,
) -> Stream:
    """A dataset as CSV (UTF-8 with byte order mark, CRLF, texts in quotes, no text that a spreadsheet takes for a formula) or NDJSON."""
    dataset, _, kind = file.rpartition(".")
    if kind not in MEDIA_TYPES:
        raise NameUnknownError("kind of file; csv, ndjson")
    with ExitStack() as stack:
        question = stack.enter_context(asked(request, permit_of(dataset)))
        wanted = Filter(
            unit=question.unit(unit),
            directive=directive,
            family=form,
            period=None if period is None else hex_bytes(period, ID16),
            since=since,
        )
        table = table_of(dataset, Wish(question.snapshot, question.reach, wanted, question.today))
        if table is None:
            raise NameUnknownError("dataset")
        pieces = _pieces(table, kind, stack.pop_all())
        next(pieces)
        return Stream(
            pieces,
            media_type=MEDIA_TYPES[kind],
            headers={"Content-Disposition": f'attachment; filename="{_UNSAFE.sub("_", dataset)}.{kind}"'},
        )


def _pieces(table: Table, kind: str, stack: ExitStack) -> Iterator[bytes]:
    """Nothing at first, then the file, piece by piece.

    Once it was begun, the state that it is read from is given back at its end, and also when the caller goes away.
    """
    with stack:
        yield b""
        yield from written(table, kind)


HANDLERS = [list_datasets, export]
