"""People with devices who write, seal, lose, copy and restore: the stage on which histories are played.

A `Draft` is an operation before it is sealed; it knows the drafts that it supersedes and covers, so that the same
operation can be sealed again in another grouping, with references that fit its new place.
"""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256
from random import Random
from typing import Any, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import structs

from haidang_protocol.body import (
    SAME_SET,
    Address,
    Operation,
    Preimage,
    Reference,
    Save,
    record_id,
    slot_key,
)
from haidang_protocol.canonical import encode
from haidang_protocol.envelope import Header, OpenedSet, seal
from haidang_protocol.ids import AUTHORITY, digest, key_id, next_tag, scope_of

T = TypeVar("T")
YEARS_50_S = 50 * 365 * 24 * 3600
UNHELD = bytes(32)
"""A set id that no history holds."""


@cache
def private_key(number: int) -> Ed25519PrivateKey:
    """The same key for the same number, always."""
    return Ed25519PrivateKey.from_private_bytes(sha256(b"haidang tests %d" % number).digest())


@cache
def public_key(number: int) -> bytes:
    """Its 32 public bytes."""
    return private_key(number).public_key().public_bytes_raw()


@dataclass(eq=False)
class Draft:
    """An operation on its way; `supersedes` and `covers` name other drafts, or are references as they stand."""

    kind: int
    record: bytes | Preimage
    address: Address = ""
    value: Any = None
    supersedes: list["Draft | Reference"] = field(default_factory=list)
    covers: list["Draft | Reference"] = field(default_factory=list)

    def slot(self, scope: bytes) -> tuple[bytes, str]:
        return record_id(self.record, scope), slot_key(self.kind, self.address)


@dataclass(eq=False)
class DraftSave:
    """What one press of "save" will state."""

    drafts: list[Draft]
    time: int = 0
    form: bytes = b""
    salt: bytes | None = None


@dataclass
class Log:
    """What a device knows of its own log in one scope."""

    incarnation: int = 0
    tips: tuple[OpenedSet, ...] = ()
    sealed: tuple[tuple[OpenedSet, list[DraftSave]], ...] = ()
    """Oldest first."""


@dataclass
class Device:
    """One key on one install, its certificates and what it has seen."""

    name: str
    number: int
    unit: bytes
    acting: bytes = b""
    """The certificate under which it writes authority sets."""
    tag: int = 0
    logs: dict[bytes, Log] = field(default_factory=lambda: defaultdict(Log))
    seen: dict[bytes, list[Draft]] = field(default_factory=lambda: defaultdict(list))

    @property
    def key(self) -> bytes:
        """The key id."""
        return key_id(public_key(self.number))

    def clone(self, name: str) -> "Device":
        """The same key and memory in other hands."""
        logs, seen = defaultdict[bytes, Log](Log), defaultdict[bytes, list[Draft]](list)
        logs.update({scope: replace(log) for scope, log in self.logs.items()})
        seen.update({scope: list(drafts) for scope, drafts in self.seen.items()})
        return replace(self, name=name, logs=logs, seen=seen)


class Stage:
    """All that was sealed, in order of creation, and the sources of randomness: claimed times have their own."""

    def __init__(self, random: Random, clock: Random) -> None:
        self.random, self.clock = random, clock
        self.sets: list[OpenedSet] = []
        self.by_id: dict[bytes, OpenedSet] = {}
        self.told: list[str] = []
        self.places: dict[Draft, list[tuple[OpenedSet, int]]] = defaultdict(list)
        self.sealed_by: dict[bytes, list[OpenedSet]] = defaultdict(list)
        """Sets by key id."""

    def raw(self, size: int) -> bytes:
        return self.random.getrandbits(8 * size).to_bytes(size)

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def pick(self, *weighted: tuple[float, T]) -> T:
        """One of the things, by weight."""
        possible = [(weight, thing) for weight, thing in weighted if weight]
        return self.random.choices([thing for _, thing in possible], [weight for weight, _ in possible])[0]

    def time(self) -> int:
        return self.clock.randint(-YEARS_50_S, YEARS_50_S)

    def seal(self, device: Device, scope: bytes, saves: list[DraftSave], why: str, **other: Any) -> OpenedSet:
        """Seal saves as the next set of the device's log, or as `other` header fields have it, and remember it.

        `tag` among `other` seals saves again: the device's own count of saves stands still.
        """
        log = device.logs[scope]
        header = Header(
            key=device.key,
            scope=scope,
            incarnation=log.incarnation,
            position=max((tip.header.position + 1 for tip in log.tips), default=0),
            previous=tuple(sorted({tip.id for tip in log.tips})),
            time=saves[-1].time,
            tag=device.tag.to_bytes(8),
            acting=device.acting if scope[0] == AUTHORITY else None,
        )
        header = structs.replace(header, **other)
        opened = seal(header, self.saves(header, saves), private_key(device.number))
        if "tag" not in other:
            device.tag = int.from_bytes(next_tag(header.tag, len(saves)))
        log.sealed += ((opened, saves),)
        log.tips, log.incarnation = (opened,), opened.header.incarnation
        self.remember(opened, saves)
        device.seen[scope] += [d for save in saves for d in save.drafts if d not in device.seen[scope]]
        self.told.append(f"{why}: {device.name} {opened.id.hex()[:8]}")
        return opened

    def remember(self, opened: OpenedSet, saves: list[DraftSave]) -> None:
        if opened.id in self.by_id:
            return
        self.sets.append(opened)
        self.by_id[opened.id] = opened
        self.sealed_by[opened.header.key].append(opened)
        for at, draft in enumerate(d for save in saves for d in save.drafts):
            self.places[draft].append((opened, at))

    def saves(self, header: Header, saves: list[DraftSave]) -> list[Save]:
        """The saves with references that fit a set with this header."""
        flat = [d for save in saves for d in save.drafts]
        line = self.line(header)
        made = iter(
            Operation(
                d.kind,
                d.record,
                d.address,
                d.value,
                tuple(r for t in d.supersedes if (r := self.supersede(t, flat, at, header.scope, line))),
                tuple(r for t in d.covers if (r := self.cover(t, flat, line))),
            )
            for at, d in enumerate(flat)
        )
        return [Save(s.form, s.time, tuple(next(made) for _ in s.drafts), s.salt) for s in saves]

    def line(self, header: Header) -> dict[bytes, int]:
        """Distance of each ancestor that can be named by distance."""
        at: dict[int, bytes] = {}
        previous = header.previous
        while len(previous) == 1 and (s := self.by_id.get(previous[0])) and s.header.log == header.log:
            at.setdefault(header.position - s.header.position, s.id)
            previous = s.header.previous
        return {set_id: distance for distance, set_id in at.items() if distance > 0}

    def source(self, target: Draft, line: dict[bytes, int]) -> tuple[OpenedSet, int, int | bytes] | None:
        if target not in self.places:
            return None
        opened, at = self.random.choice(self.places[target])
        near = line.get(opened.id)
        return opened, at, near if near is not None and self.chance(0.7) else opened.id16

    def supersede(
        self, target: Draft | Reference, flat: list[Draft], at: int, scope: bytes, line: dict[bytes, int]
    ) -> Reference | None:
        if isinstance(target, Reference):
            return target
        slot = target.slot(scope)
        if target in flat[:at]:
            between = flat[flat.index(target) + 1 : at]
            return Reference(SAME_SET, sum(d.slot(scope) == slot for d in between))
        found = self.source(target, line)
        if found is None:
            return None
        opened, place, source = found
        after = zip(opened.body.operations[place + 1 :], opened.body.record_ids[place + 1 :], strict=True)
        return Reference(source, sum((r, slot_key(o.kind, o.address)) == slot for o, r in after))

    def cover(self, target: Draft | Reference, flat: list[Draft], line: dict[bytes, int]) -> Reference | None:
        if isinstance(target, Reference):
            return target
        if target in flat:
            return Reference(SAME_SET, flat.index(target))
        found = self.source(target, line)
        return None if found is None else Reference(found[2], found[1])


def genesis_of(top: bytes, roots: list[int]) -> bytes:
    """The genesis of three root keys (A1)."""
    return encode([1, "Hải Đăng", top, [public_key(number) for number in roots]])


def root_certificate_id(genesis: bytes, slot: int) -> bytes:
    """The id of a root certificate (A1)."""
    return digest("haidang/root/1", digest("haidang/genesis/1", genesis) + bytes([slot]))[:16]


def certificate_id(certificate: list[Any]) -> bytes:
    """The id of a certificate (A2)."""
    return digest("haidang/certificate/1", encode(certificate))[:16]


def authority(unit: bytes) -> bytes:
    """The authority scope of a unit."""
    return scope_of(AUTHORITY, unit)
