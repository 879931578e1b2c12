"""Reading definitions: units, directives, assignments, forms, periods, as far as the caller's authority scopes go."""

from collections.abc import Callable
from typing import Annotated, Any

from litestar import get
from litestar.params import QueryParameter

from haidang_protocol import operations as op
from haidang_protocol.definitions.assignments import Assignment
from haidang_protocol.definitions.book import order
from haidang_protocol.definitions.directives import Directive
from haidang_protocol.definitions.forms import Form
from haidang_protocol.definitions.periods import Period
from haidang_protocol.definitions.units import Unit
from haidang_server.reading.cursors import read_cursor, write_cursor
from haidang_server.reading.definition_shapes import (
    AssignmentPage,
    DirectivePage,
    FormPage,
    PeriodPage,
    UnitPage,
    defined,
)
from haidang_server.routes.asking import (
    PAGE_DEFAULT,
    READING_REFUSALS,
    AnyRequest,
    Asked,
    CursorParameter,
    DateParameter,
    LimitParameter,
    UnitParameter,
    asked,
    example,
)

DirectiveParameter = Annotated[
    str | None, QueryParameter(description="Code of a directive.", examples=example("TB171-2.1a"))
]
FamilyParameter = Annotated[
    str | None, QueryParameter(description="Family of a form.", examples=example("F01M"))
]
LevelParameter = Annotated[
    str | None, QueryParameter(description="Level in the hierarchy.", examples=example("commune"))
]
RegimeParameter = Annotated[
    str | None, QueryParameter(description="Calendar of the period.", examples=example("administrative"))
]
KindParameter = Annotated[
    str | None, QueryParameter(description="Length of the period.", examples=example("month"))
]


@get(
    "/v1/units",
    sync_to_thread=True,
    summary="Units of the administration",
    tags=["definitions"],
    responses=READING_REFUSALS,
)
def list_units(
    request: AnyRequest,
    unit: UnitParameter = None,
    level: LevelParameter = None,
    on: DateParameter = None,
    cursor: CursorParameter = None,
    limit: LimitParameter = PAGE_DEFAULT,
) -> UnitPage:
    """Units through time: names, types, parents, codes, each with the dates between which they held."""
    with asked(request, "units") as question:
        day = on or question.today
        below = _below(question, unit)

        def wanted(found: Unit) -> bool:
            version = found.at(day)
            if on is not None and version is None:
                return False
            return (below is None or found.id in below) and (
                level is None or (version is not None and version.level == level)
            )

        return UnitPage(*_page(question, op.UNIT, wanted, day, (cursor, limit)))


@get(
    "/v1/directives",
    sync_to_thread=True,
    summary="Directives",
    tags=["definitions"],
    responses=READING_REFUSALS,
)
def list_directives(
    request: AnyRequest,
    directive: DirectiveParameter = None,
    form: FamilyParameter = None,
    cursor: CursorParameter = None,
    limit: LimitParameter = PAGE_DEFAULT,
) -> DirectivePage:
    """The tasks that papers give, word for word, with what readers have remarked kept apart."""
    with asked(request, "directives") as question:

        def wanted(found: Directive) -> bool:
            return directive in (None, found.code) and (form is None or form in found.forms)

        return DirectivePage(*_page(question, op.DIRECTIVE, wanted, question.today, (cursor, limit)))


@get(
    "/v1/assignments",
    sync_to_thread=True,
    summary="Directives assigned to units",
    tags=["definitions"],
    responses=READING_REFUSALS,
)
def list_assignments(
    request: AnyRequest,
    unit: UnitParameter = None,
    directive: DirectiveParameter = None,
    cursor: CursorParameter = None,
    limit: LimitParameter = PAGE_DEFAULT,
) -> AssignmentPage:
    """Which unit is to carry out which directive, until when."""
    with asked(request, "assignments") as question:
        below = _below(question, unit)

        def wanted(found: Assignment) -> bool:
            return directive in (None, found.directive) and (below is None or found.unit in below)

        return AssignmentPage(*_page(question, op.ASSIGNMENT, wanted, question.today, (cursor, limit)))


@get("/v1/forms", sync_to_thread=True, summary="Forms", tags=["definitions"], responses=READING_REFUSALS)
def list_forms(
    request: AnyRequest,
    form: FamilyParameter = None,
    directive: DirectiveParameter = None,
    cursor: CursorParameter = None,
    limit: LimitParameter = PAGE_DEFAULT,
) -> FormPage:
    """The forms in force, each with its content as it was authored."""
    with asked(request, "forms") as question:

        def wanted(found: Form) -> bool:
            return form in (None, found.family) and (directive is None or directive in found.directives)

        return FormPage(*_page(question, op.FORM, wanted, question.today, (cursor, limit)))


@get(
    "/v1/periods",
    sync_to_thread=True,
    summary="Periods of reporting",
    tags=["definitions"],
    responses=READING_REFUSALS,
)
def list_periods(
    request: AnyRequest,
    regime: RegimeParameter = None,
    kind: KindParameter = None,
    on: DateParameter = None,
    cursor: CursorParameter = None,
    limit: LimitParameter = PAGE_DEFAULT,
) -> PeriodPage:
    """The spans of time that reports are about; with `on`, those that hold that date."""
    with asked(request, "periods") as question:

        def wanted(found: Period) -> bool:
            fits = regime in (None, found.regime) and kind in (None, found.kind)
            return fits and (on is None or found.start <= on <= found.end)

        return PeriodPage(*_page(question, op.PERIOD, wanted, question.today, (cursor, limit)))


def _below(question: Asked, unit: str | None) -> frozenset[bytes] | None:
    found = question.unit(unit)
    return None if found is None else question.snapshot.authority.below(found)


def _page(
    question: Asked,
    kind: int,
    wanted: Callable[[Any], bool],
    day: str,
    stretch: tuple[str | None, int],
) -> tuple[list[Any], str | None, int]:
    """A page of the definitions of a kind; they are few, and stand in the order of their names."""
    cursor, limit = stretch
    book = question.snapshot.authority.book
    (after,) = read_cursor(cursor, tuple[str]) or ("",)
    found = sorted(
        (order(key), versions)
        for key, versions in book.all(kind, question.reach)
        if order(key) > after and wanted(versions[0].definition)
    )
    items = [defined(versions, book, day) for _, versions in found[:limit]]
    following = write_cursor(found[limit - 1][0]) if len(found) > limit else None
    return items, following, question.snapshot.size


HANDLERS = [list_units, list_directives, list_assignments, list_forms, list_periods]
