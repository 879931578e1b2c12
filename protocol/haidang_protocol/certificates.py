"""Certificates and the genesis: who a key is and what it may say (SPEC A1, A2)."""

from typing import Any

import msgspec

from haidang_protocol import canonical
from haidang_protocol.errors import MalformedError
from haidang_protocol.ids import ALGORITHM_ED25519, ID16, digest, key_id

HUB = 1
RELAY = 2


class Rights(msgspec.Struct, frozen=True):
    """What may be said: operation kinds, attest roles, scope kinds. `everything` is a root's."""

    kinds: frozenset[int] = frozenset()
    roles: frozenset[str] = frozenset()
    scopes: frozenset[int] = frozenset()
    everything: bool = False

    def within(self, other: "Rights") -> bool:
        """Whether these rights are part of the other's."""
        if other.everything or self.everything:
            return other.everything
        return self.kinds <= other.kinds and self.roles <= other.roles and self.scopes <= other.scopes

    def allow(self, scope_kind: int, kinds: tuple[int, ...], roles: tuple[str, ...]) -> bool:
        """Whether a set of these kinds and attest roles may be said in such a scope."""
        if self.everything:
            return True
        return scope_kind in self.scopes and self.kinds.issuperset(kinds) and self.roles.issuperset(roles)

    def to_value(self) -> list[object]:
        """The canonical value."""
        return [sorted(self.kinds), sorted(self.roles), sorted(self.scopes)]


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """One key, one person, one unit with all below it; `grants` None means that it may not delegate."""

    public_key: bytes
    person: str
    label: str
    rights: Rights
    grants: Rights | None
    unit: bytes
    forms: tuple[str, ...] = ()
    read_until: int | None = None
    parent: bytes | None
    offer: bool = False
    encryption_key: bytes | None = None
    server: int = 0

    @property
    def key(self) -> bytes:
        """The id of the certified key."""
        return key_id(self.public_key)

    def to_value(self) -> list[object]:
        """The canonical value: what a `certify` entry holds and the id is the hash of."""
        return [
            ALGORITHM_ED25519,
            self.public_key,
            self.person,
            self.label,
            self.rights.to_value(),
            None if self.grants is None else self.grants.to_value(),
            self.unit,
            list(self.forms),
            self.read_until,
            self.parent,
            self.offer,
            self.encryption_key,
            self.server,
        ]

    @property
    def id(self) -> bytes:
        """The 16-byte certificate id."""
        return certificate_id(self.to_value())


def certificate_id(value: object) -> bytes:
    """The id of a certificate by its value."""
    return digest("haidang/certificate/1", canonical.encode(value))[:ID16]


def certificate_from_value(value: Any) -> Certificate:
    """Read a certificate.

    Raises:
        MalformedError: the value is none.
    """
    if not isinstance(value, list) or len(value) != 13 or not _is(value[0], ALGORITHM_ED25519):
        raise MalformedError("no certificate")
    (public, person, label, rights, grants, unit, forms, until, parent, offer, encryption, server) = value[1:]
    if not (_bin(public, 32) and isinstance(person, str) and isinstance(label, str) and _bin(unit, ID16)):
        raise MalformedError("certificate: key, person, label or unit")
    if not (
        isinstance(forms, list)
        and all(isinstance(form, str) for form in forms)
        and forms == sorted(set(forms))
    ):
        raise MalformedError("certificate: forms are ascending texts")
    if not (
        (until is None or type(until) is int)
        and (parent is None or _bin(parent, ID16))
        and type(offer) is bool
    ):
        raise MalformedError("certificate: read-until, parent or offer")
    if not (
        (encryption is None or _bin(encryption, 32)) and type(server) is int and server in (0, HUB, RELAY)
    ):
        raise MalformedError("certificate: encryption key or server")
    return Certificate(
        public_key=public,
        person=person,
        label=label,
        rights=_rights(rights),
        grants=None if grants is None else _rights(grants),
        unit=unit,
        forms=tuple(forms),
        read_until=until,
        parent=parent,
        offer=offer,
        encryption_key=encryption,
        server=server,
    )


def _is(value: Any, number: int) -> bool:
    return type(value) is int and value == number


def _bin(value: Any, size: int) -> bool:
    return type(value) is bytes and len(value) == size


def _rights(value: Any) -> Rights:
    if not isinstance(value, list) or len(value) != 3 or not all(isinstance(part, list) for part in value):
        raise MalformedError("certificate: rights are kinds, roles and scope kinds")
    kinds, roles, scopes = value
    if not (_ascending(kinds, int) and _ascending(roles, str) and _ascending(scopes, int)):
        raise MalformedError("certificate: rights are ascending arrays")
    return Rights(frozenset(kinds), frozenset(roles), frozenset(scopes))


def _ascending(items: list[Any], kind: type) -> bool:
    return all(type(item) is kind for item in items) and items == sorted(set(items))


class Genesis(msgspec.Struct, frozen=True):
    """What a deployment starts from: three root keys and the top unit (SPEC A1)."""

    name: str
    top: bytes
    roots: tuple[bytes, bytes, bytes]

    def to_value(self) -> list[object]:
        """The canonical value."""
        return [1, self.name, self.top, list(self.roots)]

    @property
    def root_set_hash(self) -> bytes:
        """What QR codes carry, so that a new phone trusts nothing else: 32 bytes."""
        return digest("haidang/genesis/1", canonical.encode(self.to_value()))

    def root_certificate_id(self, slot: int) -> bytes:
        """The id of the certificate of root 0, 1 or 2."""
        return digest("haidang/root/1", self.root_set_hash + bytes([slot]))[:ID16]


def genesis_from_value(value: Any) -> Genesis:
    """Read a genesis.

    Raises:
        MalformedError: the value is none.
    """
    if not isinstance(value, list) or len(value) != 4 or not _is(value[0], 1):
        raise MalformedError("no genesis of version 1")
    _, name, top, roots = value
    if not (isinstance(name, str) and _bin(top, ID16) and isinstance(roots, list) and len(roots) == 3):
        raise MalformedError("genesis: name, top unit or roots")
    if not all(_bin(root, 32) for root in roots) or len(set(roots)) != len(roots):
        raise MalformedError("genesis: three different root keys")
    return Genesis(name, top, (roots[0], roots[1], roots[2]))
