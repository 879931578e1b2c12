"""Reading records: lists, one record with its provenance, its history, conflicts, sets that wait, coverage."""

from itertools import islice
from typing import Annotated

from litestar import get
from litestar.params import PathParameter, QueryParameter

from haidang_protocol.ids import ID16
from haidang_protocol.workflow import Stage
from haidang_server.errors import NotFoundError
from haidang_server.reading.coverage import coverage_of
from haidang_server.reading.cursors import read_cursor, write_cursor
from haidang_server.reading.present import Presenter
from haidang_server.reading.shapes import (
    ConflictPage,
    CoveragePage,
    CoverageShape,
    HistoryPage,
    QuarantinePage,
    RecordDetail,
    RecordPage,
)
from haidang_server.reading.snapshot import Filter, Position
from haidang_server.reading.statements_ever import Historian
from haidang_server.routes.asking import (
    EXAMPLE_ID,
    PAGE_DEFAULT,
    READING_REFUSALS,
    AnyRequest,
    Asked,
    CursorParameter,
    LimitParameter,
    UnitParameter,
    asked,
    example,
    hex_bytes,
    scope_bytes,
)
from haidang_server.routes.read_definitions import DirectiveParameter, FamilyParameter

PeriodParameter = Annotated[
    str | None, QueryParameter(description="Id of a period.", examples=example(EXAMPLE_ID))
]
ScopeParameter = Annotated[
    str | None,
    QueryParameter(
        name="scope",
        description="The scope in which the record is filed, if more than one holds its id.",
        examples=example("00" + EXAMPLE_ID),
    ),
]
StateParameter = Annotated[
    Stage | None,
    QueryParameter(name="state", description="Where the report stands.", examples=example("confirmed")),
]
SinceParameter = Annotated[
    int | None,
    QueryParameter(
        description="`as_of` of an earlier answer: what may have changed since. Asking twice for one change is"
        " possible, missing one is not.",
        ge=0,
        examples=example(1042),
    ),
]
HiddenParameter = Annotated[
    bool | None, QueryParameter(description="Only hidden records, or only others.", examples=example(False))
]
RecordParameter = Annotated[str, PathParameter(description="Id of a record.", examples=example(EXAMPLE_ID))]
RequiredFamily = Annotated[str, QueryParameter(description="Family of a form.", examples=example("F01M"))]


@get(
    "/v1/records", sync_to_thread=True, summary="Merged records", tags=["records"], responses=READING_REFUSALS
)
def list_records(  # noqa: PLR0913 - one parameter a filter
    request: AnyRequest,
    *,
    unit: UnitParameter = None,
    directive: DirectiveParameter = None,
    form: FamilyParameter = None,
    period: PeriodParameter = None,
    workflow: StateParameter = None,
    since: SinceParameter = None,
    hidden: HiddenParameter = None,
    cursor: CursorParameter = None,
    limit: LimitParameter = PAGE_DEFAULT,
) -> RecordPage:
    """Records as they are merged now, in the order of their last change; all filters that are given hold at once."""
    with asked(request, "records") as question:
        wanted = Filter(
            unit=question.unit(unit),
            directive=directive,
            family=form,
            period=None if period is None else hex_bytes(period, ID16),
            state=workflow,
            since=since,
            hidden=hidden,
        )
        presenter = Presenter(question.snapshot.authority, question.snapshot.labels)
        found = question.snapshot.records(question.reach, wanted, read_cursor(cursor, Position), limit + 1)
        following = None
        if len(found) > limit:
            read, listed = found[limit - 1]
            following = write_cursor(listed.changed, read.place.record, read.place.scope)
        items = [presenter.record(read, listed) for read, listed in found[:limit]]
        return RecordPage(items, following, question.snapshot.size)


@get(
    "/v1/records/{record:str}",
    sync_to_thread=True,
    summary="One record",
    tags=["records"],
    responses=READING_REFUSALS,
)
def show_record(request: AnyRequest, record: RecordParameter, filed: ScopeParameter = None) -> RecordDetail:
    """One record, and for each place every statement that is live there: who made it, when, in which change set."""
    with asked(request, "records") as question:
        snapshot = question.snapshot
        found = snapshot.record(question.reach, hex_bytes(record, ID16), scope_bytes(filed))
        if found is None:
            raise NotFoundError
        presenter = Presenter(snapshot.authority, snapshot.labels)
        return presenter.detail(*found, snapshot.twin(question.reach, found[0]))


@get(
    "/v1/records/{record:str}/history",
    sync_to_thread=True,
    summary="All that was ever saved",
    tags=["records"],
    responses=READING_REFUSALS,
)
def show_history(
    request: AnyRequest,
    record: RecordParameter,
    filed: ScopeParameter = None,
    cursor: CursorParameter = None,
    limit: LimitParameter = PAGE_DEFAULT,
) -> HistoryPage:
    """Every operation about a record, in the order in which the hub received them.

    Replaced, quarantined and parked ones too: no value that was ever saved is left out.
    """
    with asked(request, "history") as question:
        start = read_cursor(cursor, tuple[int, int]) or (0, 0)
        told = Historian(question.snapshot, question.reach).history(
            hex_bytes(record, ID16), scope_bytes(filed), start
        )
        found = list(islice(told, limit + 1))
        if not found and cursor is None:
            raise NotFoundError
        following = write_cursor(*found[limit - 1][0]) if len(found) > limit else None
        return HistoryPage([item for _, item in found[:limit]], following, question.snapshot.size)


@get(
    "/v1/conflicts",
    sync_to_thread=True,
    summary="Different values of one field",
    tags=["records"],
    responses=READING_REFUSALS,
)
def list_conflicts(
    request: AnyRequest,
    unit: UnitParameter = None,
    directive: DirectiveParameter = None,
    form: FamilyParameter = None,
    cursor: CursorParameter = None,
    limit: LimitParameter = PAGE_DEFAULT,
) -> ConflictPage:
    """Records with fields of which different values stand, or with approvals that contradict each other."""
    with asked(request, "conflicts") as question:
        wanted = Filter(unit=question.unit(unit), directive=directive, family=form, conflicts=True)
        presenter = Presenter(question.snapshot.authority, question.snapshot.labels)
        found = question.snapshot.records(question.reach, wanted, read_cursor(cursor, Position), limit + 1)
        following = None
        if len(found) > limit:
            read, listed = found[limit - 1]
            following = write_cursor(listed.changed, read.place.record, read.place.scope)
        items = [presenter.conflicted(read) for read, _ in found[:limit]]
        return ConflictPage(items, following, question.snapshot.size)


@get(
    "/v1/quarantine",
    sync_to_thread=True,
    summary="Change sets that are not merged",
    tags=["records"],
    responses=READING_REFUSALS,
)
def list_quarantine(
    request: AnyRequest,
    unit: UnitParameter = None,
    cursor: CursorParameter = None,
    limit: LimitParameter = PAGE_DEFAULT,
) -> QuarantinePage:
    """Change sets that wait for a person (quarantined) or for something that has not arrived (parked), with their contents."""
    with asked(request, "quarantine") as question:
        (start,) = read_cursor(cursor, tuple[int]) or (0,)
        found = question.snapshot.sets_waiting(question.reach, question.unit(unit), start, limit + 1)
        historian = Historian(question.snapshot, question.reach)
        following = write_cursor(found[limit].sequence) if len(found) > limit else None
        return QuarantinePage(
            [historian.waiting(placed) for placed in found[:limit]], following, question.snapshot.size
        )


@get(
    "/v1/coverage",
    sync_to_thread=True,
    summary="Who has reported",
    tags=["records"],
    responses=READING_REFUSALS,
)
def show_coverage(
    request: AnyRequest, form: RequiredFamily, period: PeriodParameter = None, unit: UnitParameter = None
) -> CoveragePage:
    """For each unit that the form expects, or that has reported by it: how many records, in which states."""
    with asked(request, "coverage") as question:
        return CoveragePage(_coverage(question, form, period, unit), None, question.snapshot.size)


def _coverage(question: Asked, form: str, period: str | None, unit: str | None) -> list[CoverageShape]:
    wanted = Filter(
        unit=question.unit(unit),
        family=form,
        period=None if period is None else hex_bytes(period, ID16),
        hidden=False,
    )
    return coverage_of(question.snapshot, question.reach, wanted, question.today)


HANDLERS = [list_records, show_record, show_history, list_conflicts, list_quarantine, show_coverage]
