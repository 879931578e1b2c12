"""The authority that a hub holds at one time, as reading needs it: who may read what, who is who, what is defined."""

import threading
import weakref

import msgspec
from pysqlite3 import dbapi2 as sqlite

from haidang_protocol.certificates import Genesis
from haidang_protocol.entries import Redact, read
from haidang_protocol.ids import AUTHORITY, REPORTS, RESTRICTED, scope_of
from haidang_protocol.ledger import Ledger
from haidang_protocol.operations import REDACT
from haidang_server.reading.definitions import Definitions
from haidang_server.sqlite_store import SqliteStore
from haidang_server.standing import Standings
from haidang_server.tokens import TokenScope


class Person(msgspec.Struct, frozen=True):
    """A key and whom it was certified for; `confirmed` says that the certificate counts where it was asked."""

    key: bytes
    person: str = ""
    label: str = ""
    unit: bytes | None = None
    confirmed: bool = False


class Authority:
    """One state of authority. Its questions may come from any thread."""

    def __init__(self, genesis: Genesis, connection: sqlite.Connection, end: int) -> None:
        """Read all authority sets.

        Args:
            genesis: of the hub.
            connection: to the hub's tables; used by this object alone, and closed when nobody needs it any more.
            end: the sequence after the newest authority set.
        """
        self.end = end
        self.genesis = genesis
        weakref.finalize(self, connection.close)
        self._ledger = Ledger(genesis, SqliteStore(connection))
        self._standings = Standings(self._ledger)
        self._lock = threading.Lock()
        self._persons: dict[tuple[bytes, bytes], Person] = {}
        self.closures = {unit: self._ledger.closure(unit) for unit in self._ledger.units()}
        self.definitions = Definitions(self._ledger)

    def public_key(self, key: bytes) -> bytes | None:
        """The public key of a key id, None if no held certificate names it."""
        return self._ledger.public_key(key)

    def reach_of_key(self, key: bytes, now: int) -> frozenset[bytes]:
        """The scopes that a key may read now: those that it would get by an exchange (SPEC X10)."""
        with self._lock:
            return self._standings.of(key).scopes(now)

    def reach_of_token(self, scope: TokenScope) -> frozenset[bytes]:
        """The scopes that a token may read: reports of its unit and below, and the authority of these and of all above."""
        below = self.below(scope.unit)
        kinds = (REPORTS, RESTRICTED) if scope.restricted else (REPORTS,)
        reports = {scope_of(kind, unit) for unit in below for kind in kinds}
        above = {each for unit in below for each in self.closures.get(unit, {unit})}
        return frozenset(reports | {scope_of(AUTHORITY, unit) for unit in above})

    def below(self, unit: bytes) -> frozenset[bytes]:
        """A unit and all that held entries place below it."""
        return frozenset({unit, *(each for each, above in self.closures.items() if unit in above)})

    def person(self, key: bytes, unit: bytes) -> Person:
        """Who a key is, for what it says in a unit."""
        with self._lock:
            found = self._persons.get((key, unit))
            if found is None:
                found = self._persons[key, unit] = self._find_person(key, unit)
            return found

    def _find_person(self, key: bytes, unit: bytes) -> Person:
        view = self._ledger.view(unit)
        counted = [(each.certificate, True) for each in view.counted.get(key, ())]
        unconfirmed = [(each, False) for each in view.unconfirmed.get(key, ())]
        for certificate, confirmed in counted + unconfirmed:
            if view.inside(unit, certificate.unit):
                return Person(key, certificate.person, certificate.label, certificate.unit, confirmed)
        return Person(key)

    def refused(self, unit: bytes) -> frozenset[bytes]:
        """The sets of a unit about which an officer has closed the question."""
        with self._lock:
            return frozenset(self._ledger.view(unit).refused)

    def redacted_sets(self) -> frozenset[bytes]:
        """The sets that any held entry asks to redact, whether it counts or not."""
        entries = [entry for held in self._ledger.authority_sets() for entry in held.entries]
        asked = [redact for entry in entries if isinstance(redact := read(entry, REDACT), Redact)]
        return frozenset(set_id for redact in asked for set_id in redact.ids)
