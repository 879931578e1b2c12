"""The beginning of a deployment: three root keys, the genesis, and the set by which a root certifies officer and hub. Pure."""

from typing import NamedTuple

from haidang_protocol import operations as op
from haidang_protocol.body import Operation, Save
from haidang_protocol.certificates import HUB, Certificate, Genesis, Rights
from haidang_protocol.envelope import Header, OpenedSet
from haidang_protocol.ids import AUTHORITY, scope_of
from haidang_syncclient.drafts import NO_FORM, lay_out
from haidang_syncclient.keystore import DeviceKey, Randomness
from haidang_syncclient.replica import drawn_tag, signed

ROOTS = 3


class Founder(NamedTuple):
    """Who shall be certified first: the officer's public key, name and rights, and the hub's public key."""

    officer: bytes
    person: str
    label: str
    rights: Rights
    hub: bytes


def found_deployment(
    name: str,
    top: bytes,
    roots: tuple[DeviceKey, DeviceKey, DeviceKey],
    founder: Founder,
    now: int,
    randomness: Randomness,
) -> tuple[Genesis, OpenedSet]:
    """The genesis, and the first set, signed by the first root: its entries certify the officer and the hub.

    Args:
        name: of the deployment.
        top: id of its top unit.
        roots: the three root keys; only the first signs here.
        founder: whom to certify.
        now: seconds, the claimed time of the set.
        randomness: for the tag.
    """
    genesis = Genesis(name, top, (roots[0].public_key, roots[1].public_key, roots[2].public_key))
    acting = genesis.root_certificate_id(0)
    certificates = (
        Certificate(
            public_key=founder.officer, person=founder.person, label=founder.label, rights=founder.rights,
            grants=founder.rights, unit=top, parent=acting,
        ),
        Certificate(
            public_key=founder.hub, person=name, label="hub", rights=Rights(), grants=None, unit=top, parent=acting,
            server=HUB,
        ),
    )  # fmt: skip
    entries = tuple(Operation(op.CERTIFY, each.id, "", each.to_value()) for each in certificates)
    header = Header(
        key=roots[0].key, scope=scope_of(AUTHORITY, top), incarnation=0, position=0, previous=(), time=now,
        tag=drawn_tag(randomness), acting=acting,
    )  # fmt: skip
    return genesis, signed(lay_out(header, [Save(NO_FORM, now, entries)]), roots[0])
