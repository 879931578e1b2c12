"""A small deployment for the tests of the client: three roots, a province, a hub, communes, officers and phones."""

from collections.abc import Callable
from hashlib import sha256
from itertools import count
from pathlib import Path

from haidang_protocol import operations as op
from haidang_protocol.body import Operation, Save
from haidang_protocol.certificates import HUB, Certificate, Genesis, Rights
from haidang_protocol.envelope import Header, OpenedSet
from haidang_protocol.ids import AUTHORITY, REPORTS, RESTRICTED, scope_of
from haidang_syncclient.deployment import Deployment
from haidang_syncclient.drafts import lay_out
from haidang_syncclient.keystore import DeviceKey
from haidang_syncclient.replica import Replica, signed

START = 1_790_000_000

EVERYTHING = Rights(op.KINDS, frozenset({"confirm", "approve"}), frozenset({REPORTS, RESTRICTED, AUTHORITY}))
REPORTER = Rights(frozenset(op.REPORT_KINDS) - {op.ATTEST}, frozenset(), frozenset({REPORTS}))
HEAD = Rights(frozenset({op.ATTEST}), frozenset({"confirm"}), frozenset({REPORTS}))


def digest(*words: object) -> bytes:
    return sha256("|".join(map(str, words)).encode()).digest()


def key(name: object) -> DeviceKey:
    return DeviceKey(digest("key", name))


def unit(name: object) -> bytes:
    return digest("unit", name)[:16]


class Clock:
    """A clock that ticks a second at each look; `ahead` is how wrong it is."""

    def __init__(self, ahead: int = 0) -> None:
        self.seconds = START + ahead

    def __call__(self) -> int:
        self.seconds += 1
        return self.seconds


def randomness(name: object) -> Callable[[int], bytes]:
    """Bytes that look random and are the same in every run."""
    turns = count()

    def draw(size: int) -> bytes:
        return b"".join(digest("random", name, next(turns)) for _ in range(size // 32 + 1))[:size]

    return draw


TOP = unit("province")
COMMUNE = unit("commune")
OTHER = unit("other commune")
REPORTS_HERE = scope_of(REPORTS, COMMUNE)
ROOTS = tuple(key(f"root {slot}") for slot in range(3))
GENESIS = Genesis("Làng thử", TOP, (ROOTS[0].public_key, ROOTS[1].public_key, ROOTS[2].public_key))
HUB_KEY = key("hub")
OFFICER = key("officer")
DEPLOYMENT = Deployment(GENESIS, HUB_KEY.key, "http://127.0.0.1:1/", COMMUNE)


def certificate(
    holder: DeviceKey,
    parent: bytes,
    rights: Rights,
    at: bytes,
    *,
    grants: Rights | None = None,
    server: int = 0,
) -> Certificate:
    return Certificate(
        public_key=holder.public_key, person=f"Người {holder.key.hex()[:4]}", label="thử", rights=rights, grants=grants,
        unit=at, parent=parent, server=server,
    )  # fmt: skip


OFFICER_CERTIFICATE = certificate(OFFICER, GENESIS.root_certificate_id(0), EVERYTHING, TOP, grants=EVERYTHING)
HUB_CERTIFICATE = certificate(HUB_KEY, GENESIS.root_certificate_id(0), Rights(), TOP, server=HUB)


class Office:
    """Someone who writes authority sets, one after the other, in one scope each."""

    def __init__(self, signer: DeviceKey, acting: bytes) -> None:
        self.signer, self.acting = signer, acting
        self._tips: dict[bytes, OpenedSet] = {}

    def write(self, at: bytes, *entries: tuple[int, bytes, object]) -> OpenedSet:
        scope = scope_of(AUTHORITY, at)
        tip = self._tips.get(scope)
        header = Header(
            self.signer.key,
            scope,
            0,
            0 if tip is None else tip.header.position + 1,
            () if tip is None else (tip.id,),
            START,
            digest("tag", self.signer.key.hex(), scope.hex(), tip and tip.id.hex())[:8].replace(
                b"\xff", b"\x00"
            ),
            self.acting,
        )
        operations = tuple(Operation(kind, record, "", value) for kind, record, value in entries)
        made = signed(lay_out(header, [Save(b"", START, operations)]), self.signer)
        self._tips[scope] = made
        return made

    def certify(self, at: bytes, granted: Certificate) -> OpenedSet:
        return self.write(at, (op.CERTIFY, granted.id, granted.to_value()))


def founding() -> tuple[list[OpenedSet], Office]:
    """The first authority sets: officer, hub, two communes; and the officer to go on with."""
    root = Office(ROOTS[0], GENESIS.root_certificate_id(0))
    officer = Office(OFFICER, OFFICER_CERTIFICATE.id)
    sets = [
        root.certify(TOP, OFFICER_CERTIFICATE),
        root.certify(TOP, HUB_CERTIFICATE),
        officer.write(
            TOP,
            (op.UNIT, COMMUNE, [TOP, "Xã Đảo"]),
            (op.UNIT, OTHER, [TOP, "Xã Bờ"]),
        ),
    ]
    return sets, officer


class Village:
    """Everything that was certified, and replicas on disk for those who were."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sets, self.officer = founding()
        self._open: list[Replica] = []

    def close(self) -> None:
        """Close every replica."""
        for replica in self._open:
            replica.close()

    def keep(self, replica: Replica) -> None:
        """Close it at the end."""
        self._open.append(replica)

    def enrol(self, name: str, *rights: Rights, at: bytes = COMMUNE) -> DeviceKey:
        """Certify a key, with one certificate for each of the rights."""
        holder = key(name)
        for each in rights or (REPORTER,):
            self.sets.append(self.officer.certify(at, certificate(holder, OFFICER_CERTIFICATE.id, each, at)))
        return holder

    def replica(self, name: str, *rights: Rights, at: bytes = COMMUNE, ahead: int = 0) -> Replica:
        """A replica of a newly certified key that holds all authority so far."""
        holder = self.enrol(name, *rights, at=at)
        made = Replica.create(
            self.folder / f"{name}.db", DEPLOYMENT, holder, clock=Clock(ahead), randomness=randomness(name)
        )
        self._open.append(made)
        give(made, self.sets)
        return made

    def reopened(self, replica: Replica, turn: object = 0) -> Replica:
        """The same replica after its process ended."""
        replica.close()
        draw = randomness((replica.path.name, turn))
        again = Replica.open(replica.path, replica.signer, clock=replica.clock, randomness=draw)
        self._open.append(again)
        return again


def give(replica: Replica, sets: list[OpenedSet]) -> None:
    """Let a replica hold sets."""
    with replica.writing():
        replica.hold(sets)
