"""The schema of a replica's database, one step after another. A step that was released is never edited.

`sets` and `parts` hold the change sets as they were signed; `waiting`, `records` and `sums` are caches that can be made
anew from them. The other tables are what only this device knows: saves on their way to be sealed, which server said
what, and how far it has been read.
"""

from typing import Final

from sqlite_utils import Database, Migrations

replica: Final = Migrations("haidang-replica")


@replica()
def m001_change_sets(db: Database) -> None:
    """What every store of change sets holds; `sequence` and its neighbours are the hub's word on a set."""
    db.execute(
        """
        CREATE TABLE sets (
            place INTEGER PRIMARY KEY,
            id BLOB NOT NULL UNIQUE CHECK (length(id) = 32),
            scope BLOB NOT NULL,
            key BLOB NOT NULL,
            incarnation INTEGER NOT NULL,
            position INTEGER NOT NULL,
            first_tag BLOB NOT NULL,
            last_tag BLOB NOT NULL,
            saves INTEGER NOT NULL,
            verdict INTEGER NOT NULL,
            reason TEXT NOT NULL,
            whole INTEGER NOT NULL,
            epoch INTEGER,
            sequence INTEGER,
            received INTEGER,
            vouched INTEGER NOT NULL DEFAULT 0,
            carried INTEGER,
            facts BLOB NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX sets_scope ON sets (scope, key)")
    db.execute("CREATE INDEX sets_log ON sets (key, scope, incarnation, position)")
    db.execute("CREATE INDEX sets_tags ON sets (key, scope, first_tag)")
    db.execute("CREATE INDEX sets_unsent ON sets (place) WHERE sequence IS NULL")
    db.execute("CREATE INDEX sets_not_accepted ON sets (scope, place) WHERE verdict <> 0")
    db.execute(
        """
        CREATE TABLE parts (
            place INTEGER PRIMARY KEY,
            header BLOB NOT NULL,
            signature BLOB NOT NULL,
            structure BLOB NOT NULL,
            leaf_values BLOB NOT NULL
        ) STRICT
        """
    )
    db.execute(
        "CREATE TABLE waiting (parent BLOB NOT NULL, child BLOB NOT NULL, PRIMARY KEY (parent, child))"
        " STRICT, WITHOUT ROWID"
    )
    db.execute(
        "CREATE TABLE records (scope BLOB NOT NULL, id BLOB NOT NULL, state BLOB NOT NULL, UNIQUE (scope, id)) STRICT"
    )
    db.execute(
        "CREATE TABLE sums (scope BLOB PRIMARY KEY, accepted BLOB NOT NULL, live BLOB NOT NULL) STRICT, WITHOUT ROWID"
    )


@replica()
def m002_this_device(db: Database) -> None:
    """What only this device knows of its own doing."""
    db.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID")
    db.execute(
        """
        CREATE TABLE saves (
            place INTEGER PRIMARY KEY,
            scope BLOB NOT NULL,
            tag BLOB NOT NULL,
            save BLOB NOT NULL,
            UNIQUE (scope, tag)
        ) STRICT
        """
    )
    db.execute(
        "CREATE TABLE mentions (record BLOB NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (record, place))"
        " STRICT, WITHOUT ROWID"
    )


@replica()
def m003_what_servers_said(db: Database) -> None:
    """Receipts, checkpoints, proven servers, cursors, and what could not be taken yet."""
    db.execute(
        """
        CREATE TABLE receipts (
            digest BLOB PRIMARY KEY,
            server BLOB NOT NULL,
            time INTEGER NOT NULL,
            receipt BLOB NOT NULL,
            signature BLOB NOT NULL
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute(
        "CREATE TABLE receipted (id BLOB NOT NULL, digest BLOB NOT NULL, PRIMARY KEY (id, digest)) STRICT, WITHOUT ROWID"
    )
    db.execute(
        """
        CREATE TABLE checkpoints (
            epoch INTEGER NOT NULL,
            size INTEGER NOT NULL,
            root BLOB NOT NULL,
            time INTEGER NOT NULL,
            checkpoint BLOB NOT NULL,
            signature BLOB NOT NULL,
            PRIMARY KEY (size, root)
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute(
        "CREATE TABLE servers (origin TEXT NOT NULL, certificate BLOB NOT NULL, server BLOB NOT NULL,"
        " PRIMARY KEY (origin, certificate)) STRICT, WITHOUT ROWID"
    )
    db.execute(
        "CREATE TABLE catching_up (scope BLOB PRIMARY KEY, cursor INTEGER NOT NULL) STRICT, WITHOUT ROWID"
    )
    db.execute(
        """
        CREATE TABLE aside (
            place INTEGER PRIMARY KEY,
            id BLOB NOT NULL UNIQUE,
            key BLOB NOT NULL,
            epoch INTEGER,
            sequence INTEGER,
            received INTEGER,
            header BLOB NOT NULL,
            signature BLOB NOT NULL,
            structure BLOB NOT NULL,
            leaf_values BLOB NOT NULL
        ) STRICT
        """
    )
    db.execute(
        "CREATE TABLE passed_over (place INTEGER PRIMARY KEY, sequence INTEGER, code TEXT NOT NULL, detail TEXT NOT NULL)"
        " STRICT"
    )


@replica()
def m004_receipts_of_one_request(db: Database) -> None:
    """The same request can be receipted twice: again after the hub lost what it had brought."""
    db.execute("ALTER TABLE receipts RENAME TO receipts_before")
    db.execute(
        """
        CREATE TABLE receipts (
            digest BLOB NOT NULL,
            server BLOB NOT NULL,
            time INTEGER NOT NULL,
            receipt BLOB NOT NULL,
            signature BLOB NOT NULL,
            PRIMARY KEY (digest, time)
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute("INSERT INTO receipts SELECT digest, server, time, receipt, signature FROM receipts_before")
    db.execute("DROP TABLE receipts_before")
