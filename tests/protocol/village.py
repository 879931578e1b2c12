"""A fixed small deployment for tests that tell one case."""

from collections.abc import Iterable, Sequence
from random import Random
from typing import Any

from haidang_protocol.body import Address, Reference
from haidang_protocol.envelope import OpenedSet
from haidang_protocol.ids import REPORTS, scope_of
from haidang_protocol.operations import ADOPT, CERTIFY, PUT, REVOKE, UNIT
from tests.protocol.actors import Device, Draft, DraftSave, certificate_id
from tests.protocol.engines import Engine, Judged
from tests.protocol.offices import HEAD, OFFICE, Deployment, Rights, certificate

RECORD = b"\x01" * 16
FIELD = "so_ho"


class Village(Deployment):
    """A province; districts east and west; commune An (east) with devices a and b, commune Tân (west) with c."""

    def __init__(self) -> None:
        super().__init__(Random(0), Random(0))

    def raise_offices(self) -> None:
        self.paper: dict[str, list[Any]] = {}
        self.top, self.east, self.west, self.an, self.tan = self.units = [self.unit(at) for at in range(5)]
        self.reports, self.reports_tan = scope_of(REPORTS, self.an), scope_of(REPORTS, self.tan)
        self.province = self.person("province", self.roots[0], self.top)
        self.certify(self.roots[0], [self.province], (UNIT, self.top, [None]))
        self.district = self.person("district", self.province, self.east)
        self.other_district = self.person("other district", self.province, self.west)
        places = ((self.east, self.top), (self.west, self.top), (self.an, self.east), (self.tan, self.west))
        edges = [(UNIT, unit, [parent]) for unit, parent in places]
        self.certify(self.province, [self.district, self.other_district], *edges)
        self.a = self.person("a", self.district, self.an, HEAD)
        self.b = self.person("b", self.district, self.an, HEAD)
        self.c = self.person("c", self.other_district, self.tan, HEAD)
        self.certify(self.district, [self.a, self.b])
        self.certify(self.other_district, [self.c])

    def person(self, name: str, by: Device, unit: bytes, rights: Rights = OFFICE, **other: Any) -> Device:
        """Somebody new, with a certificate by somebody that nobody has seen yet."""
        grants = other.pop("grants", OFFICE if rights is OFFICE else None)
        self.paper[name] = certificate(number := self.number(), unit, by.acting, rights, grants, **other)
        return Device(name, number, unit, certificate_id(self.paper[name]))

    def certify(
        self, by: Device, people: Iterable[Device], *entries: tuple[int, bytes, Any], at: bytes | None = None
    ) -> OpenedSet:
        """Publish the certificates of people, and further entries."""
        papers = [(CERTIFY, self.raw(16), self.paper[person.name]) for person in people]
        return self.enter(by, at or by.unit, [*entries, *papers], "certify")

    def put(
        self,
        by: Device,
        value: Any,
        *seen: OpenedSet,
        scope: bytes | None = None,
        address: Address = FIELD,
        **other: Any,
    ) -> OpenedSet:
        """One put on the one record, superseding the operations of the sets seen."""
        return self.state(by, [Draft(PUT, RECORD, address, value, self.all_of(seen))], scope=scope, **other)

    def puts(self, by: Device, length: int) -> list[OpenedSet]:
        """So many puts of a device, one after the other."""
        return [self.put(by, at) for at in range(length)]

    def state(self, by: Device, drafts: list[Draft], scope: bytes | None = None, **other: Any) -> OpenedSet:
        """One save of these operations as a set, in An's reports if no other scope is named."""
        return self.seal(by, scope or self.reports, [DraftSave(drafts)], "state", **other)

    def all_of(self, sets: Iterable[OpenedSet]) -> list[Draft | Reference]:
        """References to every operation of the sets."""
        return [
            d for s in sets for d, places in self.places.items() if any(at[0].id == s.id for at in places)
        ]

    def cut(
        self,
        by: Device,
        whom: Device,
        *tips: OpenedSet,
        at: bytes | None = None,
        listed: list[Any] | None = None,
        **other: Any,
    ) -> OpenedSet:
        """A revoke that lists the logs of the tips, and keeps these; or what is `listed`."""
        logs = [[tip.header.incarnation, tip.header.scope, [tip.id]] for tip in tips]
        value = [whom.key, logs if listed is None else listed, "mất máy"]
        return self.enter(by, at or by.unit, [(REVOKE, self.raw(16), value)], "cut", **other)

    def take(
        self, by: Device, *tips: OpenedSet, after: Sequence[OpenedSet] = (), at: bytes | None = None
    ) -> OpenedSet:
        """An adopt of the run to the tips."""
        value = [[tip.id for tip in tips], [base.id for base in after], "đã hỏi"]
        return self.enter(by, at or by.unit, [(ADOPT, self.raw(16), value)], "adopt")

    def ask(self, engine: Engine, *lost: OpenedSet) -> Judged:
        """What the engine says when all sets but the lost ones are held."""
        return engine(self.genesis, [s for s in self.sets if s not in lost])

    def shown(self, judged: Judged, slot: str = "v" + FIELD, scope: bytes | None = None) -> list[Any]:
        """The values of the live operations of a slot of the one record, in order of sealing."""
        live = judged.live.get(scope or self.reports, {}).get((RECORD, slot), frozenset())
        said = {s.identity(at): o.value for s in self.sets for at, o in enumerate(s.body.operations)}
        return [value for identity, value in said.items() if identity in live]
