"""The authority that a hub holds at one time, as reading needs it: who may read what, who is who, what is defined."""

import threading
import weakref
from collections.abc import Sequence

import msgspec
from pysqlite3 import dbapi2 as sqlite

from haidang_protocol.definitions.book import Book
from haidang_protocol.entries import Redact, read
from haidang_protocol.envelope import open_set
from haidang_protocol.ids import AUTHORITY, REPORTS, RESTRICTED, scope_of
from haidang_protocol.ledger import Ledger
from haidang_protocol.operations import REDACT
from haidang_server.hub import read_genesis
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


class AuthorityLedger(Ledger):
    """The authority sets of a hub, read as they arrive; what was concluded from those before is kept where it still holds."""

    def __init__(self, connection: sqlite.Connection) -> None:
        """Read all of them.

        Args:
            connection: to the hub's tables; used by this object alone, and closed when nobody needs it any more.
        """
        weakref.finalize(self, connection.close)
        self._rows = SqliteStore(connection)
        super().__init__(read_genesis(connection), self._rows)
        self.lock = threading.Lock()
        self._missing = self._gaps()

    def extend(self, ids: Sequence[bytes]) -> bool:
        """Take in authority sets that were stored since.

        Returns:
            False if they bear on what was concluded from others: then the ledger is to be made anew.
        """
        with self.lock:
            awaited = self._missing.union(*(view.awaited for view in self.book.views.values()))
            if not awaited.isdisjoint(ids):
                return False
            self._cache.clear()
            self._rows.forget()
            for parts in self._rows.parts(ids).values():
                self.book.learn(open_set(parts))
            self._missing = self._gaps()
            return True

    def _gaps(self) -> frozenset[bytes]:
        """The predecessors of authority sets that are not held."""
        known = {held.facts.id for held in self.authority_sets()}
        named = {previous for held in self.authority_sets() for previous in held.facts.previous}
        return frozenset(named - known)


class Authority:
    """What follows from the authority sets up to one. Its questions may come from any thread.

    `end` is the sequence after the newest authority set. A later state may share the ledger; then who is who is answered
    by the later one.
    """

    def __init__(self, ledger: AuthorityLedger, end: int) -> None:
        self.end = end
        self.genesis = ledger.genesis
        self._ledger = ledger
        self._lock = ledger.lock
        with self._lock:
            self._standings = Standings(ledger)
            self._persons: dict[tuple[bytes, bytes], Person] = {}
            self.closures = {unit: ledger.closure(unit) for unit in ledger.units()}
            self.book = Book(ledger)
            self.redacted_sets = _redacted_sets(ledger)

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


def _redacted_sets(ledger: Ledger) -> frozenset[bytes]:
    """The sets that any held entry asks to redact, whether it counts or not."""
    if not ledger.book.redacting:
        return frozenset()
    entries = [entry for held in ledger.authority_sets() for entry in held.entries]
    asked = [redact for entry in entries if isinstance(redact := read(entry, REDACT), Redact)]
    return frozenset(set_id for redact in asked for set_id in redact.ids)
