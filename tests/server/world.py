"""A small deployment with real keys: roots, province, district, communes, phones, a hub. Everything is deterministic."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from haidang_protocol.body import Operation, Preimage, Reference, Save
from haidang_protocol.certificates import HUB, Certificate, Genesis, Rights
from haidang_protocol.entries import adopt_value, revoke_value
from haidang_protocol.envelope import Header, OpenedSet, seal
from haidang_protocol.ids import AUTHORITY, REPORTS, RESTRICTED, key_id, scope_of
from haidang_protocol.operations import (
    ADOPT,
    CERTIFY,
    COUNT,
    KINDS,
    NOTE,
    PUT,
    RETIRE,
    REVOKE,
    UNIT,
)
from haidang_protocol.statements import OwnTip

START = 1_800_000_000
OFFICE = Rights(
    frozenset(KINDS), frozenset({"approve", "confirm"}), frozenset({REPORTS, RESTRICTED, AUTHORITY})
)
REPORTER = Rights(frozenset({PUT, COUNT, NOTE}), frozenset(), frozenset({REPORTS}))
READER = Rights(frozenset(), frozenset(), frozenset({REPORTS}))
OFFER = Rights(frozenset({CERTIFY}), frozenset(), frozenset({AUTHORITY}))
SERVER = Rights(frozenset(), frozenset(), frozenset())


def raw(*words: object, size: int = 16) -> bytes:
    """Bytes that look random and are always the same for the same words."""
    return sha256("|".join(map(str, words)).encode()).digest()[:size]


@dataclass
class Log:
    """A log as its author knows it: `tips` are what the next set follows."""

    incarnation: int = 0
    position: int = -1
    tips: tuple[bytes, ...] = ()
    saves: int = 0


@dataclass
class Person:
    """A key on one device, with the certificate under which it acts."""

    name: str
    unit: bytes
    key: Ed25519PrivateKey
    acting: bytes = b""
    logs: dict[bytes, Log] = field(default_factory=dict)
    sets: list[OpenedSet] = field(default_factory=list)
    tag: int = 0

    @property
    def public(self) -> bytes:
        return self.key.public_key().public_bytes_raw()

    @property
    def id(self) -> bytes:
        return key_id(self.public)

    @property
    def scope(self) -> bytes:
        return scope_of(REPORTS, self.unit)

    def tips_without(self, sets: Sequence[OpenedSet]) -> tuple[OwnTip, ...]:
        """The tips that the logs had before these sets."""
        ids = {opened.id for opened in sets}
        rest = [opened for opened in self.sets if opened.id not in ids]
        followed = {previous for opened in rest for previous in opened.header.previous}
        return tuple(
            OwnTip(opened.header.scope, opened.header.incarnation, opened.header.position, opened.id)
            for opened in sorted(rest, key=lambda each: (each.header.scope, each.id))
            if opened.id not in followed
        )

    def seal(self, scope: bytes, saves: Sequence[Save]) -> OpenedSet:
        """The next set of the log in a scope."""
        log = self.logs.setdefault(scope, Log())
        self.tag = self.tag or int.from_bytes(raw("tag", self.name, size=7)) << 8
        header = Header(
            self.id,
            scope,
            log.incarnation,
            log.position + 1,
            log.tips,
            saves[-1].time,
            self.tag.to_bytes(8),
            self.acting if scope[0] == AUTHORITY else None,
        )
        opened = seal(header, saves, self.key)
        self.tag += len(saves)
        log.position += 1
        log.tips = (opened.id,)
        self.sets.append(opened)
        return opened

    def enter(self, *entries: tuple[int, bytes, Any], unit: bytes | None = None) -> OpenedSet:
        """An authority set at a unit, by default the person's own."""
        operations = tuple(Operation(kind, record, "", value) for kind, record, value in entries)
        return self.seal(scope_of(AUTHORITY, unit or self.unit), [Save(b"", START, operations)])

    def report(self, number: int, values: int = 3, scope: bytes | None = None) -> OpenedSet:
        """A report of a few fields; from the second on it supersedes the one before, in the same fields."""
        scope = scope or self.scope
        log = self.logs.setdefault(scope, Log())
        operations = tuple(
            Operation(
                PUT,
                Preimage("progress", None, f"171/{number % 5}"),
                f"field{at}",
                f"{self.name} {number} {at}" if at % 2 else number * 10 + at,
                (Reference(5, 0),) if log.position >= 4 else (),
            )
            for at in range(values)
        )
        return self.seal(scope, [Save(b"", START + 60 * number, operations)])


class World:
    """Roots, a province, two districts, a commune in each, and the key that the hub will have."""

    office, reporter, reader = OFFICE, REPORTER, READER

    def __init__(self) -> None:
        self.roots = [self.person(f"root {slot}", raw("top")) for slot in range(3)]
        self.top, self.east, self.west = raw("top"), raw("east"), raw("west")
        self.an, self.tan = raw("an"), raw("tan")
        self.genesis = Genesis("Tỉnh Đông", self.top, tuple(root.public for root in self.roots))  # type: ignore[arg-type]
        for slot, root in enumerate(self.roots):
            root.acting = self.genesis.root_certificate_id(slot)
        self.hub_key = Ed25519PrivateKey.from_private_bytes(raw("hub", size=32))
        self.hub = key_id(self.hub_key.public_key().public_bytes_raw())
        self.province = self.person("province", self.top)
        self.district = self.person("district east", self.east)
        self.auditor = self.person("auditor", self.top)
        self.phone = self.person("phone", self.an)
        self.other = self.person("other", self.an)
        self.far = self.person("far", self.tan)
        self.founding = [
            self.roots[0].enter(
                (UNIT, self.top, [None, "Tỉnh"]),
                self.certified(self.roots[0], self.province, OFFICE, OFFICE),
                self.certified(self.roots[0], self.auditor, READER),
                self.server_entry(),
            ),
            self.province.enter(
                (UNIT, self.east, [self.top, "Huyện Đông"]),
                (UNIT, self.west, [self.top, "Huyện Tây"]),
                (UNIT, self.tan, [self.west, "Xã Tân"]),
                self.certified(self.province, self.district, OFFICE, OFFICE),
                self.certified(self.province, self.far, REPORTER),
            ),
            self.district.enter(
                (UNIT, self.an, [self.east, "Xã An"]),
                self.certified(self.district, self.phone, REPORTER),
                self.certified(self.district, self.other, REPORTER),
            ),
        ]

    def person(self, name: str, unit: bytes) -> Person:
        return Person(name, unit, Ed25519PrivateKey.from_private_bytes(raw("key", name, size=32)))

    def certificate(
        self, by: Person, whom: Person, rights: Rights, grants: Rights | None = None, **other: Any
    ) -> Certificate:
        return Certificate(
            public_key=whom.public, person=whom.name, label=whom.name, rights=rights, grants=grants,
            unit=whom.unit, parent=by.acting, **other,
        )  # fmt: skip

    def certified(
        self, by: Person, whom: Person, rights: Rights, grants: Rights | None = None, **other: Any
    ) -> tuple[int, bytes, Any]:
        """An entry that certifies somebody, who acts under it from now on."""
        certificate = self.certificate(by, whom, rights, grants, **other)
        whom.acting = certificate.id
        return (CERTIFY, raw("entry", whom.name, certificate.id), certificate.to_value())

    def server_entry(self) -> tuple[int, bytes, Any]:
        hub = Person("hub", self.top, self.hub_key)
        return self.certified(self.roots[0], hub, SERVER, server=HUB)

    def revoke(self, by: Person, whom: Person, keep: dict[tuple[int, bytes], list[bytes]]) -> OpenedSet:
        return by.enter((REVOKE, raw("revoke", whom.name), revoke_value(whom.id, keep, "mất máy")))

    def retire(self, by: Person, whom: Person) -> OpenedSet:
        return by.enter((RETIRE, raw("retire", whom.name), [whom.id, "chuyển công tác"]))

    def adopt(self, by: Person, *sets: OpenedSet) -> OpenedSet:
        ids = [opened.id for opened in sets]
        return by.enter((ADOPT, raw("adopt", *ids), adopt_value(ids, [], "đã hỏi")))
