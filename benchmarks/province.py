"""The province week in Hải Đăng's own terms: who reports, what the phones filed before, what the week adds.

A district is the scope; a commune is the subject of its records. Before the week each commune's phone has sealed its
first report as one set; the week's edits supersede what their device saw: its own sets by distance, others' by id.
"""

from collections import defaultdict
from hashlib import sha256
from typing import Any, NamedTuple

import workload
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from haidang_protocol.body import Operation, Preimage, Reference, Save
from haidang_protocol.canonical import encode
from haidang_protocol.envelope import Header, OpenedSet, seal
from haidang_protocol.ids import REPORTS, key_id, next_tag, scope_of
from haidang_protocol.messages import Group, Message, Opening
from haidang_protocol.operations import PUT
from haidang_protocol.statements import OwnTip, Prelude, sign
from haidang_protocol.stream import request_digest, write_body

Edit = dict[str, Any]


def named(*words: object) -> bytes:
    """32 bytes that look random and are always the same for the same words."""
    return sha256("|".join(map(str, words)).encode()).digest()


FORM = named("form")[:16]
PERIOD = named("period")[:16]


class Device:
    """One key, its log and what it last saw in each field."""

    def __init__(self, name: str, district: str) -> None:
        self.key = Ed25519PrivateKey.from_private_bytes(named("key", name))
        self.id = key_id(self.key.public_key().public_bytes_raw())
        self.unit = named("unit", district)[:16]
        self.scope = scope_of(REPORTS, self.unit)
        self.tag = bytes([0, *named("opening", name)[:7]])
        self.name = name
        self.tip: OpenedSet | None = None
        self.seen: dict[tuple[str, str], int] = {}

    def position(self) -> int:
        """Where the next set goes."""
        return 0 if self.tip is None else self.tip.header.position + 1

    def tips(self) -> list[OwnTip]:
        """What a prelude says of the log."""
        if self.tip is None:
            return []
        return [OwnTip(self.scope, 0, self.tip.header.position, self.tip.id)]

    def seal(self, saves: list[Save]) -> OpenedSet:
        """The next set of the log."""
        header = Header(
            self.id,
            self.scope,
            0,
            self.position(),
            (self.tip.id,) if self.tip else (),
            saves[-1].time,
            self.tag,
        )
        self.tag = next_tag(self.tag, len(saves))
        self.tip = seal(header, saves, self.key)
        return self.tip

    def edits(self, edits: list[Edit], filled: dict[str, OpenedSet]) -> OpenedSet:
        """One set of edits, each of them a save."""
        saves, position = [], self.position()
        for edit in edits:
            commune, cell = edit["rec"][:5], (edit["rec"], edit["field"])
            if cell in self.seen:
                source: int | bytes = position - self.seen[cell]
            else:
                source = position if commune == self.name else filled[commune].id16
            self.seen[cell] = position
            value = plain(edit["field"], edit["value"])
            operation = Operation(PUT, record(edit["rec"]), edit["field"], value, (Reference(source, 0),))
            saves.append(Save(FORM, edit["t"] // 1000, (operation,)))
        return self.seal(saves)

    def week(self, edits: list[Edit], edits_in_set: int, filled: dict[str, OpenedSet]) -> list[OpenedSet]:
        """All edits of the week, sealed in sets of equal size."""
        return [
            self.edits(edits[at : at + edits_in_set], filled) for at in range(0, len(edits), edits_in_set)
        ]


class Province(NamedTuple):
    """The devices, the first set of each commune's phone, the values in it, and the edits of the week by device."""

    devices: dict[str, Device]
    filled: dict[str, OpenedSet]
    values: dict[str, dict[str, Any]]
    edits: dict[str, list[Edit]]


def record(name: str) -> Preimage:
    """The report of a commune on a directive."""
    commune, directive = name.split("-")
    return Preimage("progress", named("unit", commune)[:16], f"d{directive}", PERIOD)


def plain(field: str, value: Any) -> Any:
    """Coordinates as integers of 1e-7 degrees: the format has no floats."""
    return round(value * 10_000_000) if field in ("lat", "lon") else value


def province(scale: int = 1) -> Province:
    """The province at a scale, as it stands before the week's edits are sealed."""
    meta, fill, week, _ = workload.generate(scale)
    district = {c: name for name, held in meta["devices"].items() if name[0] == "d" for c in held}
    start = week[0]["t"] - 86_400_000
    devices = {name: Device(name, district.get(name, name)) for name in meta["devices"]}
    operations: dict[str, list[Operation]] = defaultdict(list)
    for row in fill:
        operations[row["dev"]] += [
            Operation(PUT, record(row["rec"]), f, plain(f, v)) for f, v in row["f"].items()
        ]
    filled = {
        name: devices[name].seal([Save(FORM, start // 1000, tuple(ops))]) for name, ops in operations.items()
    }
    edits: dict[str, list[Edit]] = defaultdict(list)
    for edit in week:
        edits[edit["dev"]].append(edit)
    values = {row["rec"]: {f: plain(f, v) for f, v in row["f"].items()} for row in fill}
    return Province(devices, filled, values, edits)


def last_values(province: Province) -> dict[tuple[str, str], set[Any]]:
    """What stands in each cell after the week: every device's last value if any edited it, else the first report's."""
    by_cell: dict[tuple[str, str], dict[str, Any]] = defaultdict(dict)
    for name, edits in province.edits.items():
        for edit in edits:
            by_cell[edit["rec"], edit["field"]][name] = plain(edit["field"], edit["value"])
    return {
        (name, field): set(by_cell[name, field].values()) if (name, field) in by_cell else {value}
        for name, fields in province.values.items()
        for field, value in fields.items()
    }


def request(device: Device, tips: list[OwnTip], groups: list[Group], **other: Any) -> bytes:
    """The body of one request of a device; `other` are fields of its prelude."""
    said: dict[str, Any] = {
        "server": named("hub")[:16],
        "nonce": named("nonce", device.name)[:16],
        "epoch": 1,
        "authority_cursor": 301,
        "changes_cursor": 50_000,
        "size": 50_000,
        "root": named("root"),
        "newest": None,
        "exceptions": (),
        "budget": 4_000_000,
        "checkpoints": (),
    }
    prelude = Prelude(
        key=device.id, tips=tuple(tips), digest=request_digest(map(encode, groups)), **(said | other)
    )
    messages: list[Message] = [Opening(*sign(prelude, device.key)), *groups]
    return write_body(messages)
