"""What only this device knows of its own doing: saves on their way, which record is spoken of where, what was sent.

Rows, not rules. Every method that writes runs inside the caller's transaction.
"""

from collections.abc import Collection, Iterable
from typing import NamedTuple

import msgspec

from haidang_protocol.envelope import OpenedSet
from haidang_syncclient.database import Database
from haidang_syncclient.drafts import PendingSave

_encode_save = msgspec.msgpack.Encoder().encode
_decode_save = msgspec.msgpack.Decoder(PendingSave).decode


class SaveCounts(NamedTuple):
    """Saves in sealed sets by how far they are: at the hub, with somebody else, only here."""

    received: int
    carried: int
    here: int


class DeviceTables:
    """Pending saves, which record is spoken of where, how far one's own sets are on their way."""

    def __init__(self, database: Database) -> None:
        self._db = database

    # ------------------------------------------------------------------------------------------------------ meta

    def meta(self, name: str) -> bytes | None:
        """A value by name."""
        rows = self._db.rows("SELECT value FROM meta WHERE name = ?", (name,))
        return rows[0][0] if rows else None

    def put_meta(self, name: str, value: bytes) -> None:
        """Replace a value."""
        self._db.execute(
            "INSERT INTO meta VALUES (?,?) ON CONFLICT DO UPDATE SET value = excluded.value", (name, value)
        )

    # ----------------------------------------------------------------------------------------------------- saves

    def pending(self, scope: bytes) -> list[PendingSave]:
        """The saves of a scope that are not sealed, oldest first."""
        rows = self._db.rows("SELECT save FROM saves WHERE scope = ? ORDER BY place", (scope,))
        return [_decode_save(row[0]) for row in rows]

    def pending_scopes(self) -> list[bytes]:
        """The scopes with saves that are not sealed."""
        return [row[0] for row in self._db.rows("SELECT DISTINCT scope FROM saves ORDER BY scope")]

    def add_saves(self, saves: Iterable[PendingSave]) -> None:
        """Keep saves."""
        rows = [(save.scope, save.tag, _encode_save(save)) for save in saves]
        self._db.many("INSERT INTO saves (scope, tag, save) VALUES (?,?,?)", rows)

    def drop_saves(self, scope: bytes, tags: Collection[bytes]) -> None:
        """Forget saves: they are sealed, or were before."""
        self._db.many("DELETE FROM saves WHERE scope = ? AND tag = ?", [(scope, tag) for tag in tags])

    # ---------------------------------------------------------------------------------------------- sets, records

    def mention(self, sets: Iterable[OpenedSet]) -> None:
        """Remember which records held sets speak of."""
        rows = [
            (record, opened.id) for opened in sets for record in dict.fromkeys(opened.body.record_id_table)
        ]
        self._db.many("INSERT OR IGNORE INTO mentions SELECT ?, place FROM sets WHERE id = ?", rows)

    def mentioning(self, scope: bytes, record: bytes) -> list[bytes]:
        """The ids of the held sets of a scope that speak of a record, in the order of their arrival."""
        rows = self._db.rows(
            "SELECT id FROM mentions JOIN sets USING (place) WHERE record = ? AND scope = ? ORDER BY place",
            (record, scope),
        )
        return [row[0] for row in rows]

    def as_stored(self, ids: Collection[bytes]) -> list[bytes]:
        """Ids in the order in which the sets were stored: keys before what they signed."""
        return [row[1] for row in sorted(self._db.rows_in("SELECT place, id FROM sets WHERE id IN (?)", ids))]

    def scopes_of(self, key: bytes) -> list[bytes]:
        """The scopes in which sets of a key are held."""
        rows = self._db.rows("SELECT DISTINCT scope FROM sets WHERE key = ? ORDER BY scope", (key,))
        return [row[0] for row in rows]

    def with_tag(self, key: bytes, scope: bytes, tag: bytes) -> list[bytes]:
        """The ids of the sets of a key and scope in which a save has this tag."""
        rows = self._db.rows(
            "SELECT id FROM sets WHERE key = ? AND scope = ? AND first_tag <= ? AND last_tag >= ? ORDER BY place",
            (key, scope, tag, tag),
        )
        return [row[0] for row in rows]

    def not_accepted(self, scope: bytes | None = None) -> list[bytes]:
        """The ids of the sets that are quarantined or parked, in the order of their arrival."""
        rows = self._db.rows(
            "SELECT id FROM sets WHERE verdict <> 0 AND scope = coalesce(?, scope) ORDER BY place", (scope,)
        )
        return [row[0] for row in rows]

    def saves_in_sets(self, key: bytes) -> SaveCounts:
        """How many saves in sealed sets of a key are how far."""
        rows = self._db.rows(
            "SELECT coalesce(sum(saves) FILTER (WHERE sequence IS NOT NULL OR vouched), 0),"
            " coalesce(sum(saves) FILTER (WHERE sequence IS NULL AND NOT vouched AND carried IS NOT NULL), 0),"
            " coalesce(sum(saves) FILTER (WHERE sequence IS NULL AND NOT vouched AND carried IS NULL), 0)"
            " FROM sets WHERE key = ?",
            (key,),
        )
        return SaveCounts(*rows[0])

    def carried_at(self, ids: Collection[bytes]) -> dict[bytes, int]:
        """When it was first known that somebody else holds sets, in seconds; those of which it is not are left out."""
        return dict(
            self._db.rows_in("SELECT id, carried FROM sets WHERE carried IS NOT NULL AND id IN (?)", ids)
        )

    def mark_carried(self, ids: Iterable[bytes], time: int) -> None:
        """Somebody else holds these sets."""
        self._db.many(
            "UPDATE sets SET carried = ? WHERE id = ? AND carried IS NULL", [(time, set_id) for set_id in ids]
        )
