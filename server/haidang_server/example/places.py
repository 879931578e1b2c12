"""What the generator makes up about each commune, once for the whole year: size, remoteness, sites, people."""

from collections.abc import Mapping

import msgspec

from haidang_protocol.definitions.units import UnitVersion, path_at, units_at
from haidang_server.example.dataset import ISSUED_ON, District, Example
from haidang_server.example.draw import Draw
from haidang_server.example.synthetic_text import FAMILY_NAMES, GIVEN_NAMES, HAMLETS, MIDDLE_NAMES, SAMPLE

OPERATORS = ("VNPT", "VTL", "MBF")


class Author(msgspec.Struct, frozen=True):
    """Who files a report: a made-up person."""

    name: str
    role: str
    unit: bytes


class Site(msgspec.Struct, frozen=True):
    """Something that reports are about and that stands in a unit."""

    id: bytes
    kind: str
    code: str
    name: str


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A commune, a district or the province, as the generator sees it.

    Attributes:
        seed: Of the whole run.
        unit, version: The unit.
        offices: The units whose officers have a say here, by their role.
        district: Its district's tile; null for the province.
        size: Around 1; larger where more people live.
        remoteness: 0 in a town, 1 on an outer island: late, incomplete, short of staff.
        hamlets: Names.
        site: Post-culture point, or null.
        wifi: Public Wi-Fi site, or null.
        has_station: Whether the commune has a broadcasting station.
    """

    seed: int
    unit: bytes
    version: UnitVersion
    offices: dict[str, bytes]
    district: District | None
    size: float
    remoteness: float
    hamlets: tuple[str, ...]
    site: Site | None
    wifi: Site | None
    has_station: bool

    def draw(self, *purpose: object) -> Draw:
        """Return draws for a purpose in this place."""
        return Draw(self.seed, self.unit.hex(), *purpose)

    def author(self, role: str, post: str) -> Author:
        """Return the person who holds a post in this place, or in the office above it that the role belongs to."""
        unit = self.offices.get(role, self.unit)
        draw = Draw(self.seed, unit.hex(), "author", role, post)
        name = f"{draw.one(FAMILY_NAMES)} {draw.one(MIDDLE_NAMES)} {draw.one(GIVEN_NAMES)} {SAMPLE}"
        return Author(name, role, unit)

    def position(self, *purpose: object) -> list[int]:
        """Return a made-up position on the tile of the district, with its accuracy."""
        draw = self.draw("position", *purpose)
        column, row = (self.district.column, self.district.row) if self.district else (4, 2)
        latitude = 104_400_000 - row * 2_200_000 - draw.whole(0, 2_000_000)
        longitude = 1_038_500_000 + column * 2_500_000 + draw.whole(0, 2_300_000)
        return [latitude, longitude, draw.whole(4, 28)]


def places_of(example: Example, seed: int) -> tuple[Place, ...]:
    """Return the province, its districts and its communes of `ISSUED_ON`, in the order of the data."""
    tiles = {district.unit: district for district in example.districts}
    tags = {unit.id: unit.tags for unit in example.units}
    tree = units_at(example.units, ISSUED_ON)
    found = []
    for unit, version in tree.items():
        tile = tiles.get(unit) or tiles.get(version.parent or b"")
        found.append(_place(seed, unit, tree, tile, tags[unit]))
    return tuple(found)


def site_of(seed: int, unit: bytes, kind: str, code: str, name: str) -> Site:
    """Return a made-up site, whose id hangs on the seed alone."""
    number = Draw(seed, unit.hex(), "site", kind, code).whole(0, 2**128 - 1)
    return Site(number.to_bytes(16), kind, code, f"{name} {SAMPLE}")


def _place(
    seed: int, unit: bytes, tree: Mapping[bytes, UnitVersion], tile: District | None, tags: tuple[str, ...]
) -> Place:
    version = tree[unit]
    draw = Draw(seed, unit.hex(), "place")
    is_town = version.type in {"phuong", "thi_tran", "thanh_pho", "tinh"}
    bare = version.name.split(" ", 2 if version.type in {"thi_tran", "thanh_pho"} else 1)[-1]
    is_commune = version.level == "commune"
    has_point = is_commune and draw.chance(0.55 if is_town else 0.96)
    has_wifi = is_commune and draw.chance(0.35 if is_town else 0.1)
    remoteness = 0.9 if "HD" in tags else 0.6 if "BG-unverified" in tags else 0.1 if is_town else 0.3
    return Place(
        seed=seed,
        unit=unit,
        version=version,
        offices={f"{tree[office].level}_officer": office for office in path_at(tree, unit)},
        district=tile,
        size=draw.whole(60, 150) / 100 * (1.4 if is_town else 1.0) * (0.6 if "HD" in tags else 1.0),
        remoteness=remoteness,
        hamlets=tuple(f"{'Khu phố' if is_town else 'Ấp'} {name}" for name in draw.some(HAMLETS, 4, 9)),
        site=site_of(seed, unit, "post_point", f"KG-{version.code}-1", f"Điểm BĐ–VHX {bare}")
        if has_point
        else None,
        wifi=site_of(seed, unit, "wifi", f"WF-{version.code}-1", f"Wi-Fi công cộng {bare}")
        if has_wifi
        else None,
        has_station=is_commune and draw.chance(0.88 - 0.25 * remoteness),
    )
