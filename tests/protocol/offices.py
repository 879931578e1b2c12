"""Roots, provinces, districts and what they sign: certificates, units, cuts, adoptions, votes, offers."""

from random import Random
from typing import Any

from haidang_protocol.envelope import OpenedSet
from haidang_protocol.operations import (
    ADOPT,
    ATTEST,
    CERTIFY,
    COUNT,
    DIRECTIVE,
    FORM,
    KINDS,
    PUT,
    REDACT,
    REFUSE,
    RETIRE,
    REVOKE,
    SUPERSEDES,
    UNIT,
)
from tests.protocol.actors import (
    UNHELD,
    Device,
    Draft,
    DraftSave,
    Stage,
    authority,
    certificate_id,
    genesis_of,
    public_key,
    root_certificate_id,
)
from tests.protocol.reporters import HEAD_KINDS, REPORTER_KINDS, UNKNOWN_KIND, live

Rights = list[list[Any]]
OFFICE: Rights = [sorted({*KINDS, UNKNOWN_KIND}), ["approve", "confirm"], [0, 1, 2]]
REPORTER: Rights = [sorted(REPORTER_KINDS), [], [0]]
HEAD: Rights = [sorted(HEAD_KINDS), ["confirm"], [0, 1]]
ATTESTER: Rights = [[ATTEST], ["confirm"], [0]]
COUNTER: Rights = [[PUT, COUNT], [], [0, 1]]
HEAD_OFFICE: Rights = [sorted({*HEAD_KINDS, CERTIFY, REVOKE, ADOPT}), ["confirm"], [0, 2]]
OFFER: Rights = [[CERTIFY], [], [2]]


def certificate(
    number: int, unit: bytes, parent: bytes | None, rights: Rights, grants: Rights | None, **other: Any
) -> list[Any]:
    """A certificate's value (A2); `other` names person, forms, until, offer."""
    return [
        1,
        public_key(number),
        other.get("person", "an.nguyen"),
        "Nguyễn Văn A",
        rights,
        grants,
        unit,
        other.get("forms", []),
        other.get("until"),
        parent,
        other.get("offer", False),
        None,
        0,
    ]


class Deployment(Stage):
    """A province at work: one to two districts, two to three communes, one of them perhaps without a district."""

    def __init__(self, random: Random, clock: Random) -> None:
        super().__init__(random, clock)
        self.top = self.unit(0)
        self.genesis = genesis_of(self.top, [0, 1, 2])
        self.roots = [
            Device(f"root {slot}", slot, self.top, root_certificate_id(self.genesis, slot))
            for slot in range(3)
        ]
        self.offices: list[Device] = []
        self.devices: list[Device] = []
        self.offers: list[tuple[Device, Device]] = []
        """Unused or used offer keys, each with the office that made it."""
        self.enrolments: list[tuple[OpenedSet, Device]] = []
        self.replacements: list[list[Any]] = []
        self.lost: set[bytes] = set()
        """Sets that nobody will ever hold."""
        self.next_number = 3
        self.units = [self.top]
        self.raise_offices()

    def unit(self, number: int) -> bytes:
        return bytes([0xD0 + number]) * 16

    def number(self) -> int:
        self.next_number += 1
        return self.next_number

    # ---- the usual way up

    def raise_offices(self) -> None:
        """Root, province, districts, communes and their devices, in four to six sets."""
        entries = [(UNIT, self.top, [None, "Tỉnh"])]
        province, entry = self.office("province", self.roots[0], self.top)
        self.enter(self.roots[0], self.top, [*entries, entry], "setup")
        founds_communes = self.chance(0.3)
        entries, below = [], []
        for at in range(self.random.choice((1, 2))):
            unit = self.found(entries, self.top)
            district, entry = self.office(f"district {at}", province, unit)
            entries.append(entry)
            theirs: list[tuple[int, bytes, Any]] = []
            for _ in range(self.random.choice((1, 2))):
                commune = self.found(theirs if founds_communes else entries, unit)
                theirs += self.people(district, commune)
            below.append((district, theirs))
        if self.chance(0.4):
            entries += self.people(province, self.found(entries, self.top))
        self.enter(province, self.top, entries, "setup")
        for district, theirs in below:
            self.enter(district, district.unit, theirs, "setup")

    def found(self, entries: list[tuple[int, bytes, Any]], parent: bytes) -> bytes:
        """A new unit; its entry goes to `entries`."""
        self.units.append(self.unit(len(self.units)))
        entries.append((UNIT, self.units[-1], [parent, "Xã"]))
        return self.units[-1]

    def office(self, name: str, by: Device, unit: bytes) -> tuple[Device, tuple[int, bytes, Any]]:
        value = certificate(number := self.number(), unit, by.acting, OFFICE, OFFICE)
        self.offices.append(Device(name, number, unit, certificate_id(value)))
        return self.offices[-1], (CERTIFY, self.raw(16), value)

    def people(self, by: Device, unit: bytes) -> list[tuple[int, bytes, Any]]:
        """One or two devices in a commune: entries that certify them."""
        entries = []
        for _ in range(self.random.choice((1, 2))):
            value = certificate(self.number(), unit, by.acting, self.random.choice((REPORTER, HEAD)), None)
            self.devices.append(
                Device(f"device {self.next_number}", self.next_number, unit, certificate_id(value))
            )
            entries.append((CERTIFY, self.raw(16), value))
        return entries

    def enter(
        self, by: Device, unit: bytes, entries: list[tuple[int, bytes, Any]], why: str, **other: Any
    ) -> OpenedSet:
        """An authority set of the device, written at the unit."""
        drafts = [Draft(kind, record, "", value) for kind, record, value in entries]
        scope = authority(unit)
        for draft in drafts:
            slot, replaced = draft.slot(scope), SUPERSEDES.get(draft.kind, frozenset())
            draft.supersedes += [
                d for d in live(by.seen[scope]) if d.kind in replaced and d.slot(scope) == slot
            ]
        return self.seal(by, scope, [DraftSave(drafts, self.time())], why, **other)

    def say(self, by: Device, kind: int, value: Any, why: str, unit: bytes | None = None) -> OpenedSet:
        """One entry, usually at the office's own unit."""
        where = unit or (by.unit if self.chance(0.75) else self.random.choice(self.units))
        return self.enter(by, where, [(kind, self.raw(16), value)], why)

    # ---- whom and what

    def any_office(self) -> Device:
        return self.random.choice([*self.offices, *self.offices, self.random.choice(self.roots)])

    def anyone(self) -> Device:
        return self.random.choice(self.pick((6, self.devices), (3, self.offices), (0.5, self.roots)))

    def above(self, device: Device) -> Device:
        """An office that may touch the device, most of the time."""
        near = [o for o in self.offices if o.unit in (device.unit, self.top) and o is not device]
        return self.random.choice(near) if near and self.chance(0.6) else self.any_office()

    def some_tips(self, sets: list[OpenedSet]) -> list[bytes]:
        """Tips for a cut or a run, with all that people and thieves may name."""
        if not sets:
            return [UNHELD] if self.chance(0.3) else []
        return self.pick(
            (5, [sets[-1].id]),
            (5, [self.random.choice(sets).id]),
            (2, [self.random.choice(sets).id for _ in range(2)]),
            (1, []),
            (1, [UNHELD]),
            (1, [self.random.choice(sets).id, UNHELD]),
            (1, [self.random.choice(self.sets).id]),
        )

    # ---- entries

    def revoke(self, by: Device | None = None, whom: Device | None = None, why: str = "revoke") -> None:
        """A cut: each log of the key listed or forgotten, by name or by tip."""
        whom = whom or self.anyone()
        by = by or self.above(whom)
        logs: dict[tuple[int, bytes], list[OpenedSet]] = {}
        for s in self.sealed_by[whom.key]:
            logs.setdefault((s.header.incarnation, s.header.scope), []).append(s)
        listed = [[*log, self.some_tips(sets)] for log, sets in logs.items() if self.chance(0.75)]
        self.say(by, REVOKE, [whom.key, listed, "mất máy"], why)

    def adopt(self, whom: Device | None = None) -> None:
        """A run of somebody's sets, past whatever gap."""
        whom = whom or self.anyone()
        sets = self.sealed_by[whom.key]
        bases = self.pick((3, []), (2, self.some_tips(sets)))
        self.say(self.above(whom), ADOPT, [self.some_tips(sets), bases, "đã gọi điện hỏi"], "adopt")

    def mend(self) -> None:
        """A lost phone: cut by one office, its sets adopted in part by the same or another."""
        whom = self.random.choice([d for d in self.devices if self.sealed_by[d.key]] or self.devices)
        self.revoke(whom=whom)
        self.adopt(whom)
        if self.chance(0.3):
            self.adopt(whom)

    def lose(self) -> None:
        """A set in the middle of a log never arrives; what follows is adopted, or waits."""
        whom = self.random.choice(self.devices)
        sets = [s for s in self.sealed_by[whom.key] if s.id not in self.lost]
        if len(sets) > 2:
            self.lost.add(self.random.choice(sets[:-1]).id)
            self.told.append(f"lost: {whom.name}")
            if self.chance(0.7):
                self.adopt(whom)

    def close(self) -> None:
        """Refuse, retire or redact, the last often by two."""
        whom = self.anyone()
        ids = [s.id for s in self.sealed_by[whom.key][-3:]]
        entries: list[tuple[int, Any, str]] = [
            (REFUSE, [ids, "không rõ"], "refuse"),
            (RETIRE, [whom.key, "chuyển công tác"], "retire"),
            (REDACT, [ids, "thông tin cá nhân"], "redact"),
        ]
        kind, value, why = self.random.choice(entries)
        self.say(self.above(whom), kind, value, why)
        if kind == REDACT:
            self.say(self.offices[0], kind, value, why, self.top)

    def at_once(self) -> None:
        """Two offices revoke each other, neither knowing of the other's entry."""
        first, second = self.random.choice(self.offices), self.any_office()
        self.revoke(first, second, "mutual revoke")
        self.revoke(second, first, "mutual revoke")

    def certify_again(self) -> None:
        """A further certificate of a known key: the same, of another depth, of another unit."""
        whom = self.anyone()
        by = self.above(whom)
        unit = self.pick((3, whom.unit), (1, self.random.choice(self.units)))
        rights = self.random.choice((REPORTER, HEAD, ATTESTER, COUNTER))
        self.say(by, CERTIFY, certificate(whom.number, unit, by.acting, rights, None), "certified again")

    def certify_badly(self) -> None:
        """A certificate that must not count, and a device that writes under it all the same."""
        by = self.random.choice([*self.offices, *self.devices])
        unit, number = self.random.choice(self.units), self.number()
        good = certificate(number, unit, by.acting, HEAD, None)
        bad: Any = self.pick(
            (2, certificate(number, unit, by.acting, [[*HEAD[0], 30], *HEAD[1:]], None)),
            (1, certificate(number, unit, by.acting, [HEAD[0], ["mayor"], [0]], None)),
            (1, certificate(number, unit, self.raw(16), HEAD, None)),
            (1, certificate(number, unit, None, HEAD, None)),
            (1, certificate(number, self.top, by.acting, HEAD, HEAD)),
            (1, [*good[:4], [HEAD[0][::-1], [], [0]], *good[5:]]),
            (1, [*good, None]),
            (1, "certificate"),
            (2, good),
        )
        self.say(by, CERTIFY, bad, "doubtful certificate")
        self.devices.append(Device(f"device {number}", number, unit, b"\x06" * 16))

    def deputise(self) -> None:
        """An office raises a further one, perhaps outside its reach."""
        by = self.pick((1, self.any_office()), (1, self.offices[-1]))
        self.deputy(by, self.pick((2, by.unit), (1, self.random.choice(self.units))))

    def deputy(self, by: Device, unit: bytes) -> Device:
        """A further office, perhaps with less than the one that raises it; and it acts."""
        forms: list[list[str]] = [[], [], ["thiên tai"], ["thiên tai", "y tế"]]
        limits = {"forms": self.random.choice(forms), "until": self.random.choice((None, None, 5, 9))}
        rights, grants = (
            self.random.choice((OFFICE, OFFICE, HEAD_OFFICE)),
            self.random.choice((OFFICE, OFFICE, None)),
        )
        value = certificate(number := self.number(), unit, by.acting, rights, grants, **limits)
        self.say(by, CERTIFY, value, "deputy")
        self.offices.append(Device(f"deputy {number}", number, unit, certificate_id(value)))
        self.define(self.offices[-1])
        return self.offices[-1]

    def move_unit(self) -> None:
        """A unit gets a further parent: rightly, from below, or into a cycle."""
        by = self.any_office()
        entries: list[tuple[int, bytes, Any]] = [
            (UNIT, self.random.choice(self.units), [self.random.choice((*self.units, None)), "Sáp nhập"])
            for _ in range(self.random.choice((1, 2, 4, 6)))
        ]
        self.enter(by, by.unit, entries, "unit moved")

    def define(self, by: Device | None = None) -> None:
        """A directive or form, as a register of the authority scope."""
        by = by or self.any_office()
        kind = self.random.choice((DIRECTIVE, DIRECTIVE, FORM))
        record = bytes([kind]) * 16
        self.enter(by, by.unit, [(kind, record, [self.random.randrange(3)])], "definition")

    # ---- roots and offers

    def vote(self) -> None:
        """Roots vote on others: a cut, perhaps mutual, or a new key in a slot."""
        if self.chance(0.4):
            self.replace()
        for _ in range(self.random.choice((1, 1, 2))):
            about = self.random.choice(self.roots)
            for voter in self.random.sample(self.roots, self.random.choice((1, 2, 2, 3))):
                self.revoke(voter, about, "root vote")

    def replace(self) -> None:
        """One to three roots certify a new key in the slot of another, and the new one acts."""
        about = self.random.choice(self.roots)
        if self.chance(0.6) or not self.replacements:
            new = certificate(self.number(), self.top, None, OFFICE, OFFICE, person=about.acting.hex())
            self.replacements.append(new)
            self.roots.append(
                Device(f"root {self.next_number}", self.next_number, self.top, certificate_id(new))
            )
        new = self.random.choice(self.replacements)
        for voter in self.random.sample(self.roots, self.random.choice((1, 2, 2, 3))):
            self.say(voter, CERTIFY, new, "root vote", self.top)
        self.define(self.roots[-1])

    def offer(self) -> None:
        """An office makes a one-use offer key with a certificate of its own."""
        by = self.random.choice(self.offices)
        unit = self.pick((2, by.unit), (3, self.random.choice(self.units)))
        value = certificate(number := self.number(), unit, by.acting, OFFER, HEAD, offer=True)
        self.say(by, CERTIFY, value, "offer")
        self.offers.append((Device(f"offer {number}", number, unit, certificate_id(value)), by))

    def enrol(self) -> None:
        """A device takes an offer, used before or not, and perhaps the officer confirms."""
        if not self.offers or self.chance(0.3):
            self.offer()
        key, by = self.random.choice(self.offers)
        value = certificate(number := self.number(), key.unit, key.acting, HEAD, None)
        taken = self.enter(key, key.unit, [(CERTIFY, self.raw(16), value)], "enrolment")
        self.devices.append(Device(f"device {number}", number, key.unit, certificate_id(value)))
        self.enrolments.append((taken, by))
        if self.chance(0.5):
            self.confirm()

    def confirm(self) -> None:
        """The officer compared fingerprints and adopts an enrolment."""
        if self.enrolments:
            taken, by = self.random.choice(self.enrolments)
            who = by if self.chance(0.8) else self.any_office()
            self.say(
                who,
                ADOPT,
                [[taken.id], self.pick((4, []), (1, list(taken.header.previous))), ""],
                "confirmed",
                who.unit,
            )
