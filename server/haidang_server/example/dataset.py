"""The example's definitions, read from the files beside this module."""

from importlib.resources import files
from importlib.resources.abc import Traversable

import msgspec

from haidang_protocol.definitions.directives import Annotation, Directive, read_annotations, read_directives
from haidang_protocol.definitions.form_json import read_form
from haidang_protocol.definitions.forms import Form
from haidang_protocol.definitions.periods import Period, administrative_periods, calendar_periods
from haidang_protocol.definitions.tables import read_id, read_table
from haidang_protocol.definitions.units import Succession, Unit, read_successions, read_units

PAPER = "TB171"
"""Code of the notice; its directives are TB171-2.1a and so on."""
ISSUED_ON = "2019-02-18"
"""Date of the notice, and that of the units in the worked example."""
YEARS = (2019, 2020)
DISTRICT_COLUMNS = ("unit", "name", "column", "row", "masts")


class District(msgspec.Struct, frozen=True, kw_only=True):
    """What the example adds to a district.

    Attributes:
        unit: Its id.
        column, row: Its tile on a map made of squares, column 0 in the west and row 0 in the north.
        masts: Antenna masts of 2018, from the province's own plan.
    """

    unit: bytes
    column: int
    row: int
    masts: int


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """All definitions of the example.

    Attributes:
        notice: The text of the paper.
        units, successions: The province from 2009 to after 1 July 2025.
        districts: The fifteen of 2019.
        directives: The 39 tasks; `remarks` are annotations on the paper as a whole.
        forms: By family, in the order of their names.
        periods: Of `YEARS`, both regimes.
    """

    notice: str
    units: tuple[Unit, ...]
    successions: tuple[Succession, ...]
    districts: tuple[District, ...]
    directives: tuple[Directive, ...]
    remarks: tuple[Annotation, ...]
    forms: dict[str, Form]
    periods: tuple[Period, ...]


def load_example() -> Example:
    """Read the example from the package."""
    folder = files("haidang_server.example") / "kien_giang"
    annotations = read_annotations(_text(folder / "annotations.csv"))
    forms = [read_form(_text(path)) for path in (folder / "forms").iterdir() if path.name.endswith(".json")]
    return Example(
        notice=_text(folder / "notice-171-TB-VP.txt"),
        units=read_units(_text(folder / "units.csv")),
        successions=read_successions(_text(folder / "successions.csv")),
        districts=_districts(_text(folder / "districts.csv")),
        directives=read_directives(_text(folder / "directives.csv"), annotations),
        remarks=tuple(annotation for annotation in annotations if annotation.directive == PAPER),
        forms={form.family: form for form in sorted(forms, key=lambda form: form.family)},
        periods=tuple(
            period for year in YEARS for period in (*administrative_periods(year), *calendar_periods(year))
        ),
    )


def _districts(text: str) -> tuple[District, ...]:
    return tuple(
        District(
            unit=read_id(row["unit"]), column=int(row["column"]), row=int(row["row"]), masts=int(row["masts"])
        )
        for row in read_table(text, DISTRICT_COLUMNS)
    )


def _text(path: Traversable) -> str:
    return path.read_text(encoding="utf-8")
