"""Who has reported by a form, against those of whom the form expects it."""

from collections.abc import Collection

from haidang_protocol.ids import REPORTS, RESTRICTED, scope_of
from haidang_server.reading.definition_shapes import unit_shape
from haidang_server.reading.shapes import CoverageShape
from haidang_server.reading.snapshot import Filter, Snapshot


def coverage_of(
    snapshot: Snapshot, reach: Collection[bytes], wanted: Filter, today: str
) -> list[CoverageShape]:
    """Units with the number of their records by state, in the order of their ids.

    Expected are the units in reach of the levels that the newest version of the form names, as they are at the end of the
    period, or today.
    """
    book = snapshot.authority.book
    counts = snapshot.counts(reach, wanted)
    form = None if wanted.family is None else book.newest_forms().get(wanted.family)
    period = None if wanted.period is None else book.periods.get(wanted.period)
    day = today if period is None else period.end
    below = None if wanted.unit is None else snapshot.authority.below(wanted.unit)
    kind = RESTRICTED if form is not None and form.restricted else REPORTS
    expected = {
        unit.id
        for unit in book.units.values()
        if form is not None
        and (version := unit.at(day)) is not None
        and version.level in form.subject.levels
        and scope_of(kind, unit.id) in reach
        and (below is None or unit.id in below)
    }
    return [
        CoverageShape(
            unit_shape(unit, book, day),
            unit in expected,
            sum(counts.get(unit, {}).values()),
            counts.get(unit, {}),
        )
        for unit in sorted(expected | counts.keys())
    ]
