"""What a hub and its clients compare: three digests of each scope (SPEC O15)."""

from pathlib import Path

import msgspec

from haidang_protocol.ids import scope_unit
from haidang_protocol.ledger import Ledger
from haidang_server.database import DATABASE_NAME, open_for_reading
from haidang_server.hub import read_genesis
from haidang_server.sqlite_store import SqliteStore


class ScopeState(msgspec.Struct, frozen=True):
    """A scope, its unit, and its digests, all in hex."""

    scope: str
    unit: str
    accepted: str
    authority: str
    state: str


def scope_states(folder: Path) -> list[ScopeState]:
    """The scopes of a hub that hold anything, in their order; the hub may be running."""
    connection = open_for_reading(folder / DATABASE_NAME)
    try:
        ledger = Ledger(read_genesis(connection), SqliteStore(connection))
        names = [name for (name,) in connection.execute("SELECT name FROM scopes ORDER BY name")]
        found = []
        for scope in names:
            digests = ledger.scope_digests(scope)
            found.append(
                ScopeState(
                    scope.hex(),
                    scope_unit(scope).hex(),
                    digests.accepted.hex(),
                    digests.authority.hex(),
                    digests.state.hex(),
                )
            )
        return found
    finally:
        connection.close()
