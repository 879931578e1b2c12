"""Units of the administration: what they are called when, whose parts they are, and what became of them.

A unit is known by 16 bytes of our own, never by a code: codes are attributes that a scheme gives for a time, and have
been given again to other units. A unit that is renamed, retyped or put under another parent has a new version; what
is merged or split away goes on in other units by a succession. The number of levels is whatever the parents make it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from haidang_protocol.definitions.dates import day_number
from haidang_protocol.definitions.tables import TableError, read_id, read_table
from haidang_protocol.definitions.values import from_value, to_value
from haidang_protocol.definitions.words import Words

SuccessionKind = Literal["rename", "retype", "merge", "split", "transfer"]

UNIT_COLUMNS = (
    "unit", "level", "type", "name", "name_en", "parent", "scheme", "code", "valid_from", "valid_to", "legal_basis", "tags",
)  # fmt: skip
SUCCESSION_COLUMNS = ("from", "to", "kind", "share", "effective", "legal_basis", "note")


class UnitVersion(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, kw_only=True):
    """What a unit was from one date to another.

    Attributes:
        name, name_en: Official name with its type, as the catalogue writes it, and the English one.
        level, type: Place in the hierarchy (province, district, commune, …) and legal type (xã, phường, …).
        parent: Id of the unit that it was part of, or null at the top.
        scheme, code: Who gave the code, and the code, a text.
        valid_from, valid_to: First and last date, or null where the data do not say or it still holds.
        legal_basis: Paper that made it so, or "".
    """

    name: str
    name_en: str
    level: str
    type: str
    parent: bytes | None
    scheme: str
    code: str
    valid_from: str | None
    valid_to: str | None
    legal_basis: str

    def holds(self, date: str) -> bool:
        """Tell whether it was so on `date`."""
        return (self.valid_from or date) <= date <= (self.valid_to or date)

    @property
    def words(self) -> Words:
        """The name in both languages."""
        return Words(self.name, self.name_en)


class Unit(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, kw_only=True):
    """A unit through time.

    Attributes:
        id: 16 bytes.
        versions: Oldest first, without overlap.
        tags: Lasting properties, such as HD for an island unit.
    """

    id: bytes
    versions: tuple[UnitVersion, ...]
    tags: tuple[str, ...] = ()

    def at(self, date: str) -> UnitVersion | None:
        """Return what the unit was on `date`, or null if it was not."""
        return next((version for version in self.versions if version.holds(date)), None)

    def to_value(self, date: str) -> list[object]:
        """Return the array of its authority entry: the parent on `date` (null if none), then the unit (SPEC A3)."""
        version = self.at(date)
        return [version.parent if version else None, *to_value(self)]

    @classmethod
    def from_value(cls, value: object) -> "Unit":
        """Return the unit whose entry's array is `value`.

        Raises:
            ProtocolError: It is none.
        """
        return from_value(value[1:] if isinstance(value, list | tuple) else value, cls)


class Succession(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, kw_only=True):
    """One unit, or a part of it, going on in another.

    Attributes:
        origin, successor: Ids of the two units.
        kind: Why.
        share: Part of the origin, as numerator and denominator, or null for the whole of it.
        effective: First date on which it is so.
        legal_basis: Paper that made it so.
    """

    origin: bytes
    successor: bytes
    kind: SuccessionKind
    share: tuple[int, int] | None
    effective: str
    legal_basis: str

    def to_value(self) -> list[object]:
        """Return its array."""
        return to_value(self)

    @classmethod
    def from_value(cls, value: object) -> "Succession":
        """Return the succession whose array is `value`.

        Raises:
            ProtocolError: It is none.
        """
        return from_value(value, cls)


def read_units(text: str) -> tuple[Unit, ...]:
    """Return the units of a CSV table with one row a version, in the order of first mention.

    Raises:
        TableError: The table has other columns, an id is none, or rows contradict each other.
    """
    versions: dict[bytes, list[UnitVersion]] = {}
    tags: dict[bytes, tuple[str, ...]] = {}
    for row in read_table(text, UNIT_COLUMNS):
        unit = read_id(row["unit"])
        versions.setdefault(unit, []).append(_version(row))
        if tags.setdefault(unit, tuple(row["tags"].split())) != tuple(row["tags"].split()):
            raise TableError(f"{row['name']}: tags differ between versions")
    return tuple(
        Unit(
            id=unit,
            versions=tuple(sorted(found, key=lambda version: version.valid_from or "")),
            tags=tags[unit],
        )
        for unit, found in versions.items()
    )


def read_successions(text: str) -> tuple[Succession, ...]:
    """Return the successions of a CSV table.

    Raises:
        TableError: The table has other columns, or a row is none.
    """
    return tuple(_succession(row) for row in read_table(text, SUCCESSION_COLUMNS))


def units_at(units: Iterable[Unit], date: str) -> dict[bytes, UnitVersion]:
    """Return the units that were on `date`, as they were then."""
    found = ((unit.id, unit.at(date)) for unit in units)
    return {unit: version for unit, version in found if version is not None}


def path_at(units: Mapping[bytes, UnitVersion], unit: bytes) -> tuple[bytes, ...]:
    """Return the ids from `unit` up to the top, in what `units_at` returned; empty if the unit is not there."""
    path: list[bytes] = []
    here: bytes | None = unit
    while here is not None and here in units and here not in path:
        path.append(here)
        here = units[here].parent
    return tuple(path)


def children_at(units: Mapping[bytes, UnitVersion], parent: bytes | None) -> tuple[bytes, ...]:
    """Return the ids of the units right below `parent`, or of those at the top."""
    return tuple(unit for unit, version in units.items() if version.parent == parent)


def successors(
    successions: Sequence[Succession], unit: bytes, date: str
) -> dict[bytes, tuple[int, int] | None]:
    """Return where a unit's figures belong on `date`, with the share of each, null meaning all of it.

    A share is what the data say of one step; where several partial steps follow each other they are multiplied.
    """
    steps = [step for step in successions if step.origin == unit and step.effective <= date]
    if not steps:
        return {unit: None}
    found: dict[bytes, tuple[int, int] | None] = {}
    for step in steps:
        for later, share in successors(successions, step.successor, date).items():
            found[later] = _product(step.share, share)
    return found


def unit_problems(units: Sequence[Unit], successions: Sequence[Succession] = ()) -> list[str]:
    """Return what contradicts itself: overlapping versions, missing parents, cycles, codes given twice at a time."""
    known = {unit.id for unit in units}
    problems = [problem for unit in units for problem in _version_problems(unit, known)]
    ends = [end for step in successions for end in (step.origin, step.successor)]
    problems += [f"succession of unknown unit {end.hex()}" for end in ends if end not in known]
    dates = {version.valid_from for unit in units for version in unit.versions if version.valid_from}
    for date in sorted(dates or {"0001-01-01"}):
        problems += _tree_problems(units_at(units, date), date)
    return problems


def _version_problems(unit: Unit, known: set[bytes]) -> list[str]:
    pairs = zip(unit.versions, unit.versions[1:], strict=False)
    overlaps = [f"{later.name}: versions overlap" for earlier, later in pairs if not _follows(later, earlier)]
    parents = [(version.name, version.parent) for version in unit.versions if version.parent is not None]
    return overlaps + [f"{name}: unknown parent" for name, parent in parents if parent not in known]


def _follows(later: UnitVersion, earlier: UnitVersion) -> bool:
    dated = later.valid_from is not None and earlier.valid_to is not None
    return dated and str(earlier.valid_to) < str(later.valid_from)


def _tree_problems(tree: Mapping[bytes, UnitVersion], date: str) -> list[str]:
    loose = [
        version.name for unit, version in tree.items() if tree[path_at(tree, unit)[-1]].parent is not None
    ]
    names: dict[tuple[str, str, str], list[str]] = {}
    for version in tree.values():
        names.setdefault((version.scheme, version.level, version.code), []).append(version.name)
    shared = [" and ".join(found) for (_, _, code), found in names.items() if code and len(found) > 1]
    return [f"{date}: {name}: no way up to the top" for name in loose] + [
        f"{date}: {both} have one code" for both in shared
    ]


def _version(row: Mapping[str, str]) -> UnitVersion:
    return UnitVersion(
        name=row["name"],
        name_en=row["name_en"],
        level=row["level"],
        type=row["type"],
        parent=read_id(row["parent"]) if row["parent"] else None,
        scheme=row["scheme"],
        code=row["code"],
        valid_from=_date(row["valid_from"]),
        valid_to=_date(row["valid_to"]),
        legal_basis=row["legal_basis"],
    )


def _succession(row: Mapping[str, str]) -> Succession:
    try:
        numerator, _, denominator = row["share"].partition("/")
        return Succession(
            origin=read_id(row["from"]),
            successor=read_id(row["to"]),
            kind=msgspec.convert(row["kind"], SuccessionKind),
            share=(int(numerator), int(denominator)) if row["share"] else None,
            effective=_date(row["effective"]) or "",
            legal_basis=row["legal_basis"],
        )
    except (ValueError, msgspec.ValidationError) as error:
        raise TableError(f"succession {row['from']}: {error}") from error


def _date(text: str) -> str | None:
    if not text:
        return None
    try:
        day_number(text)
    except ValueError as error:
        raise TableError(str(error)) from error
    return text


def _product(one: tuple[int, int] | None, other: tuple[int, int] | None) -> tuple[int, int] | None:
    if one is None or other is None:
        return one or other
    return one[0] * other[0], one[1] * other[1]
