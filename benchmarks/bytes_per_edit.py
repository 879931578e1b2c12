"""What one field edit costs on the wire: `python benchmarks/bytes_per_edit.py [--json]`.

An offline week of a province (`workload.py`): 160 devices with 250 edits each, every edit kept, with its time, what it
supersedes, signatures and chains. Each device sends its week in one request, once sealed as one change set, once as fifty
sets of five edits. Counted are the compressed bytes of the groups: what the request grows by, compared with an empty one
of the same caller. The time of the writer is measured too.

A district is the scope; a commune is the subject of its records. Before the week each commune's phone has sealed its
first report as one set; the week's edits supersede what their device saw: its own sets by distance, others' by id.
"""

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import workload
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from haidang_protocol.body import Operation, Preimage, Reference, Save
from haidang_protocol.canonical import encode
from haidang_protocol.envelope import Header, OpenedSet, seal, verify
from haidang_protocol.frames import FrameReader, Outgoing, write_groups
from haidang_protocol.ids import REPORTS, key_id, next_tag, scope_of
from haidang_protocol.messages import Group, Message, Opening, read_request_message
from haidang_protocol.operations import PUT
from haidang_protocol.statements import OwnTip, Prelude, sign
from haidang_protocol.stream import StreamReader, request_digest, write_body

BUDGETS = {"bytes_per_edit_one_set": 11.0, "bytes_per_edit_fifty_sets": 28.0}

Edit = dict[str, Any]


def named(*words: object) -> bytes:
    """32 bytes that look random and are always the same for the same words."""
    return sha256("|".join(map(str, words)).encode()).digest()


FORM = named("form")[:16]
PERIOD = named("period")[:16]
HUB = named("hub")[:16]


class Device:
    """One key, its log and what it last saw in each field."""

    def __init__(self, name: str, district: str, start_ms: int) -> None:
        self.key = Ed25519PrivateKey.from_private_bytes(named("key", name))
        self.id = key_id(self.key.public_key().public_bytes_raw())
        self.scope = scope_of(REPORTS, named("unit", district)[:16])
        self.tag = bytes([0, *named("opening", name)[:7]])
        self.name = name
        self.start_ms = start_ms
        self.tip: OpenedSet | None = None
        self.seen: dict[tuple[str, str], int] = {}

    def position(self) -> int:
        """Where the next set goes."""
        return 0 if self.tip is None else self.tip.header.position + 1

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


def record(name: str) -> Preimage:
    """The report of a commune on a directive."""
    commune, directive = name.split("-")
    return Preimage("progress", named("unit", commune)[:16], f"d{directive}", PERIOD)


def plain(field: str, value: Any) -> Any:
    """Coordinates as integers of 1e-7 degrees: the format has no floats."""
    return round(value * 10_000_000) if field in ("lat", "lon") else value


def province() -> tuple[dict[str, Device], dict[str, OpenedSet], dict[str, list[Edit]]]:
    """The devices, the first set of each commune's phone, and the edits of the week by device."""
    meta, fill, week, _ = workload.generate()
    district = {c: name for name, held in meta["devices"].items() if name[0] == "d" for c in held}
    start = week[0]["t"] - 86_400_000
    devices = {name: Device(name, district.get(name, name), start) for name in meta["devices"]}
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
    return devices, filled, edits


def request(device: Device, tips: list[OwnTip], groups: list[Group]) -> bytes:
    """The body of one request of a device."""
    prelude = Prelude(
        server=HUB,
        key=device.id,
        nonce=named("nonce", device.name)[:16],
        epoch=1,
        authority_cursor=301,
        changes_cursor=50_000,
        size=50_000,
        root=named("root"),
        newest=None,
        tips=tuple(tips),
        exceptions=(),
        budget=4_000_000,
        digest=request_digest(map(encode, groups)),
        checkpoints=(),
    )
    opening = Opening(*sign(prelude, device.key))
    messages: list[Message] = [opening, *groups]
    return write_body(messages)


def restored(body: bytes, device: Device, tips: list[OwnTip]) -> Iterator[bytes]:
    """The ids that a server reads out of a request, every signature verified."""
    reader = FrameReader(device.id, tips)
    for data in StreamReader().feed(body):
        message = read_request_message(data)
        if isinstance(message, Group):
            for frame in reader.read(message):
                assert isinstance(frame.result, OpenedSet), frame.result
                verify(frame.result, device.key.public_key())
                yield frame.result.id


def measure(edits_in_set: int) -> dict[str, float]:
    """Bytes of an edit, of a request and of an empty one, and the seconds it took to write them."""
    devices, filled, edits = province()
    count = total = empty = 0
    seconds = 0.0
    for name, own in edits.items():
        device = devices[name]
        tips = [OwnTip(device.scope, 0, device.tip.header.position, device.tip.id)] if device.tip else []
        sets = [device.edits(own[at : at + edits_in_set], filled) for at in range(0, len(own), edits_in_set)]
        began = time.process_time()
        groups = list(write_groups([Outgoing(each.id, each.parts) for each in sets], device.id, tips))
        body = request(device, tips, groups)
        seconds += time.process_time() - began
        assert list(restored(body, device, tips)) == [each.id for each in sets]
        count += len(own)
        total += len(body)
        empty += len(request(device, tips, []))
    return {
        "bytes_per_edit": round((total - empty) / count, 3),
        "bytes_empty_request": round(empty / len(edits), 1),
        "edits": count,
        "seconds_to_write": round(seconds, 2),
    }


def main() -> None:
    """Measure both, compare with the budgets, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    arguments = parser.parse_args()
    one, fifty = measure(250), measure(5)
    result = {
        "bytes_per_edit_one_set": one["bytes_per_edit"],
        "bytes_per_edit_fifty_sets": fifty["bytes_per_edit"],
        "bytes_empty_request": one["bytes_empty_request"],
        "edits": one["edits"],
    }
    for name, budget in BUDGETS.items():
        print(
            f"{name:28} {result[name]:7.3f}  budget {budget:g}  {'held' if result[name] <= budget else 'PASSED OVER'}"
        )
    print(f"{'bytes of an empty request':28} {result['bytes_empty_request']:7.1f}")
    print(f"written in {one['seconds_to_write']} s and {fifty['seconds_to_write']} s of processor time")
    if arguments.json:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
