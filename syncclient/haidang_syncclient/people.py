"""Who a key is: its certificates as they count where something was said."""

from typing import NamedTuple

import msgspec

from haidang_protocol.certificates import Certificate
from haidang_protocol.ids import scope_kind, scope_unit
from haidang_protocol.ledger import Ledger


class Person(msgspec.Struct, frozen=True):
    """A key and the person it was certified for; empty texts if it is certified for nobody yet."""

    key: bytes
    name: str = ""
    label: str = ""
    unit: bytes = b""
    confirmed: bool = False


class Standing(NamedTuple):
    """A certificate of a key, its id, and whether it counts or waits for an officer's word."""

    id: bytes
    certificate: Certificate
    confirmed: bool
    depth: int
    """Distance from the root; 0 for roots, and for those that wait."""


class People:
    """Answers from the ledger's views; made anew when authority may have moved."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._standings: dict[tuple[bytes, bytes], list[Standing]] = {}
        self._allowing: dict[tuple[bytes, bytes, int, str | None], frozenset[bytes]] = {}

    def standings(self, key: bytes, unit: bytes) -> list[Standing]:
        """The certificates of a key that cover a unit, those that count first."""
        found = self._standings.get((key, unit))
        if found is None:
            view = self._ledger.view(unit)
            found = [
                Standing(known.id, known.certificate, True, known.depth)
                for known in view.counted.get(key, ())
            ]
            found += [
                Standing(each.id, each, confirmed=False, depth=0) for each in view.unconfirmed.get(key, ())
            ]
            found = [each for each in found if view.inside(unit, each.certificate.unit)]
            self._standings[key, unit] = found
        return found

    def person(self, key: bytes, unit: bytes) -> Person:
        """Who a key is, for what it says in a unit."""
        found = self.standings(key, unit)
        if not found:
            return Person(key)
        certificate = found[0].certificate
        return Person(key, certificate.person, certificate.label, certificate.unit, found[0].confirmed)

    def allowing(self, key: bytes, scope: bytes, kind: int, role: str | None) -> frozenset[bytes]:
        """The ids of the certificates of a key under which it may say an operation of a kind (and role) in a scope."""
        asked = (key, scope, kind, role)
        found = self._allowing.get(asked)
        if found is None:
            roles = () if role is None else (role,)
            found = self._allowing[asked] = frozenset(
                standing.id
                for standing in self.standings(key, scope_unit(scope))
                if standing.certificate.rights.allow(scope_kind(scope), (kind,), roles)
            )
        return found
