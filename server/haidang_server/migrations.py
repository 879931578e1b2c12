"""The schema of the hub's database, step by step. Steps are appended, never changed.

`sets` holds what verdicts and the order need, `parts` the bytes as they were signed: judging a scope anew does not read
them. A set's `sequence` is its place in hub order; `logged` is the verdict code with which it stands there.
"""

from typing import TYPE_CHECKING

from sqlite_utils import Migrations

if TYPE_CHECKING:
    from sqlite_utils import Database

schema = Migrations("hub")


@schema()
def ledger(database: "Database") -> None:
    """Change sets, what waits for what, merged records. Numbers stand for scopes and for (key, scope) pairs."""
    database.executescript("""
        CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
        CREATE TABLE scopes (scope INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE) STRICT;
        CREATE TABLE authors (
            author INTEGER PRIMARY KEY, key BLOB NOT NULL, scope INTEGER NOT NULL, UNIQUE (key, scope)
        ) STRICT;
        CREATE TABLE sets (
            sequence INTEGER PRIMARY KEY, id BLOB NOT NULL, scope INTEGER NOT NULL, author INTEGER NOT NULL,
            tag INTEGER NOT NULL, facts BLOB NOT NULL, verdict INTEGER NOT NULL, reason TEXT NOT NULL,
            whole INTEGER NOT NULL, received INTEGER NOT NULL, logged INTEGER NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX sets_by_id ON sets (id);
        CREATE INDEX sets_by_scope ON sets (scope);
        CREATE INDEX sets_by_author ON sets (author, tag);
        CREATE TABLE parts (
            sequence INTEGER PRIMARY KEY, header BLOB NOT NULL, signature BLOB NOT NULL,
            structure BLOB NOT NULL, content BLOB NOT NULL
        ) STRICT;
        CREATE VIEW stored AS
            SELECT sequence, id, received, logged, sets.scope AS scope, key, header, signature, structure, content
            FROM sets JOIN parts USING (sequence) JOIN authors USING (author);
        CREATE TABLE waiting (
            parent BLOB NOT NULL, child BLOB NOT NULL, PRIMARY KEY (parent, child)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE records (
            number INTEGER PRIMARY KEY, scope INTEGER NOT NULL, record BLOB NOT NULL, state BLOB NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX records_by_scope ON records (scope, record);
        CREATE TABLE sums (scope INTEGER PRIMARY KEY, accepted BLOB NOT NULL, live BLOB NOT NULL) STRICT;
    """)


@schema()
def log(database: "Database") -> None:
    """The Merkle tree over hub order, the receipts given, the epochs begun, the offers held for typed codes."""
    database.executescript("""
        CREATE TABLE nodes (place INTEGER PRIMARY KEY, hash BLOB NOT NULL) STRICT;
        CREATE TABLE receipts (
            request_digest BLOB PRIMARY KEY, size INTEGER NOT NULL, receipt BLOB NOT NULL, signature BLOB NOT NULL
        ) STRICT;
        CREATE TABLE epochs (
            epoch INTEGER PRIMARY KEY, begun INTEGER NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL,
            reason TEXT NOT NULL
        ) STRICT;
        CREATE TABLE offers (code_id BLOB PRIMARY KEY, sealed BLOB NOT NULL, expiry INTEGER NOT NULL) STRICT;
    """)


@schema()
def astray(database: "Database") -> None:
    """Finds the sets that are not accepted, which are few, without reading those that are."""
    database.executescript("CREATE INDEX sets_astray ON sets (sequence) WHERE verdict != 0")


@schema()
def earlier(database: "Database") -> None:
    """Receipts of sequences that were lost with a restore, given back by clients."""
    database.executescript("""
        CREATE TABLE earlier_receipts (
            request_digest BLOB NOT NULL, epoch INTEGER NOT NULL, receipt BLOB NOT NULL, signature BLOB NOT NULL,
            PRIMARY KEY (request_digest, epoch)
        ) STRICT;
    """)


@schema()
def used_codes(database: "Database") -> None:
    """A used code is known until the deposit that it came with expires, so that no second one opens it again."""
    database.executescript("""
        ALTER TABLE offers ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0;
        UPDATE offers SET forgotten = expiry;
    """)


STEPS = frozenset({"ledger", "log", "astray", "earlier", "used_codes"})
"""The names of all steps: a database with another one was changed by a newer version."""
