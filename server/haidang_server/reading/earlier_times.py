"""When sets were first received, by receipts of the hub from before it lost a part of its log (SPEC O14, X9).

A receipt names a set and how many of its predecessors in line. Such an entry says nothing before all of these are held
again, and is kept until then.
"""

from collections.abc import Iterator

from pysqlite3 import dbapi2 as sqlite

from haidang_protocol.errors import ProtocolError
from haidang_protocol.statements import Receipt, decode
from haidang_server.sqlite_store import decode_facts

Entry = tuple[bytes, int, int]
"""The id of a tip, how many sets in line up to it, when they were received (seconds)."""


def newest_receipt(connection: sqlite.Connection) -> int:
    """The number of the newest receipt that was given back, 0 if there is none."""
    (found,) = connection.execute("SELECT coalesce(max(rowid), 0) FROM hub.earlier_receipts").fetchone()
    return int(found)


def take_receipts(connection: sqlite.Connection, after: int) -> set[int]:
    """Note what receipts say that came after one, and earlier ones whose sets are held now.

    Returns:
        The sequences of the sets that were first received earlier than was known.
    """
    moved: set[int] = set()
    entries = [
        *connection.execute("SELECT tip, sets, received FROM unresolved"),
        *_entries(connection, after),
    ]
    connection.execute("DELETE FROM unresolved")
    for entry in entries:
        line = _line(connection, entry)
        if line is None:
            connection.execute("INSERT OR IGNORE INTO unresolved VALUES (?, ?, ?)", entry)
            continue
        for set_id, sequence in line:
            moved.add(sequence)
            connection.execute(
                "INSERT INTO earlier VALUES (?, ?)"
                " ON CONFLICT (set_id) DO UPDATE SET received = min(received, excluded.received)",
                (set_id, entry[2]),
            )
    return moved


def _entries(connection: sqlite.Connection, after: int) -> Iterator[Entry]:
    rows = connection.execute("SELECT receipt FROM hub.earlier_receipts WHERE rowid > ?", (after,))
    for (data,) in rows.fetchall():
        try:
            receipt = decode(Receipt, data)
        except ProtocolError:  # it was read when it was taken: only a damaged database holds another
            continue
        for entry in receipt.entries:
            yield entry.tip, entry.sets, receipt.time


def _line(connection: sqlite.Connection, entry: Entry) -> list[tuple[bytes, int]] | None:
    """The (id, sequence) of a tip and its predecessors in line; None while one of them is not held."""
    set_id, count, _ = entry
    found: list[tuple[bytes, int]] = []
    while len(found) < count:
        row = connection.execute("SELECT sequence, facts FROM hub.sets WHERE id = ?", (set_id,)).fetchone()
        if row is None:
            return None
        found.append((set_id, row[0]))
        previous = decode_facts(row[1]).previous
        if len(found) < count and len(previous) != 1:
            break
        set_id = previous[0] if previous else b""
    return found
