"""What servers said: where the hub placed which set, its receipts and checkpoints, how far it has been read.

Rows, not rules. Every method that writes runs inside the caller's transaction.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from haidang_protocol.envelope import SetBytes
from haidang_protocol.statements import Checkpoint, KnownRoot, Receipt, Signed
from haidang_syncclient.database import Database

CHECKPOINTS_MAX: Final = 64
"""How many are remembered; a request after `heal` names all of them."""


class Placed(NamedTuple):
    """The hub's word on a set: its epoch, the set's place in hub order, when it came (seconds)."""

    epoch: int
    sequence: int
    received: int


class Aside(NamedTuple):
    """A set whose key is not known yet: not verified, not held, not lost."""

    id: bytes
    key: bytes
    parts: SetBytes
    placed: Placed | None


class HubTables:
    """Placement, receipts, checkpoints, servers, cursors, and what could not be taken yet."""

    def __init__(self, database: Database) -> None:
        self._db = database

    # -------------------------------------------------------------------------------------------------- placement

    def place(self, placed: Mapping[bytes, Placed]) -> None:
        """The hub holds these sets."""
        rows = [
            (where.epoch, where.sequence, where.received, where.received, set_id)
            for set_id, where in placed.items()
        ]
        self._db.many(
            "UPDATE sets SET epoch = ?, sequence = ?, received = min(coalesce(received, ?), ?) WHERE id = ?",
            rows,
        )

    def unplace(self, ids: Iterable[bytes]) -> None:
        """The hub does not hold these sets any more."""
        rows = [(set_id,) for set_id in ids]
        self._db.many("UPDATE sets SET epoch = NULL, sequence = NULL WHERE id = ?", rows)

    def vouch(self, ids: Iterable[bytes]) -> None:
        """A receipt that came another way than from the hub itself says that it holds these sets."""
        self._db.many("UPDATE sets SET vouched = 1 WHERE id = ?", [(set_id,) for set_id in ids])

    def note_received(self, ids: Iterable[bytes], received: int) -> None:
        """The hub received these sets once, whether it holds them still or not."""
        rows = [(received, received, set_id) for set_id in ids]
        self._db.many("UPDATE sets SET received = min(coalesce(received, ?), ?) WHERE id = ?", rows)

    def forget_vouching(self) -> None:
        """The hub lost some of its log: what others say of it is out of date."""
        self._db.execute("UPDATE sets SET vouched = 0 WHERE vouched")

    def vouched(self, ids: Collection[bytes]) -> set[bytes]:
        """Those of the sets that the hub holds as far as is known here."""
        rows = self._db.rows_in(
            "SELECT id FROM sets WHERE (sequence IS NOT NULL OR vouched) AND id IN (?)", ids
        )
        return {row[0] for row in rows}

    def placed(self, ids: Collection[bytes]) -> dict[bytes, Placed]:
        """Where sets stand at the hub; those that do not are left out."""
        rows = self._db.rows_in(
            "SELECT id, epoch, sequence, received FROM sets WHERE sequence IS NOT NULL AND id IN (?)", ids
        )
        return {row[0]: Placed(*row[1:]) for row in rows}

    def received_at(self, ids: Collection[bytes]) -> dict[bytes, int]:
        """The earliest known time at which the hub received sets, also if it has lost them since."""
        rows = self._db.rows_in("SELECT id, received FROM sets WHERE received IS NOT NULL AND id IN (?)", ids)
        return dict(rows)

    def placed_in(self, scope: bytes) -> list[tuple[bytes, int]]:
        """(id, sequence) of the sets of a scope that the hub holds."""
        return self._db.rows(
            "SELECT id, sequence FROM sets WHERE scope = ? AND sequence IS NOT NULL", (scope,)
        )

    def unsent(self, limit: int) -> list[tuple[bytes, int]]:
        """(id, bytes) of sets without a receipt of the hub, in the order of sending: authority, then log by log."""
        return self._db.rows(
            "SELECT id, length(header) + length(signature) + length(structure) + length(leaf_values)"
            " FROM sets JOIN parts USING (place) WHERE sequence IS NULL ORDER BY"
            " substr(scope, 1, 1) <> x'02', iif(substr(scope, 1, 1) = x'02', place, 0),"
            " key, scope, incarnation, position, place LIMIT ?",
            (limit,),
        )

    # --------------------------------------------------------------------------------------------------- receipts

    def keep_receipt(self, receipt: Receipt, signed: Signed, ids: Iterable[bytes]) -> None:
        """Keep a verified receipt and the sets that it names."""
        self._db.execute(
            "INSERT OR IGNORE INTO receipts VALUES (?,?,?,?,?)",
            (receipt.request_digest, receipt.server, receipt.time, signed.data, signed.signature),
        )
        self._db.many(
            "INSERT OR IGNORE INTO receipted VALUES (?,?)",
            [(set_id, receipt.request_digest) for set_id in ids],
        )

    def newest_time(self) -> int:
        """The latest time (seconds) of a kept receipt or checkpoint; 0 without any."""
        latest = "SELECT max(coalesce((SELECT max(time) FROM receipts), 0), coalesce((SELECT max(time) FROM checkpoints), 0))"
        return int(self._db.rows(latest)[0][0])

    def receipts(self, ids: Collection[bytes] | None = None) -> list[Signed]:
        """The kept receipts that name any of these sets, or all of them."""
        if ids is None:
            rows = self._db.rows("SELECT receipt, signature FROM receipts ORDER BY time, digest")
            return [Signed(*row) for row in rows]
        digests = {row[0] for row in self._db.rows_in("SELECT digest FROM receipted WHERE id IN (?)", ids)}
        rows = self._db.rows_in(
            "SELECT time, digest, receipt, signature FROM receipts WHERE digest IN (?)", digests
        )
        return [Signed(*row[2:]) for row in sorted(rows)]

    def receipted_ids(self) -> list[bytes]:
        """The sets that kept receipts name, held or not."""
        return [row[0] for row in self._db.rows("SELECT DISTINCT id FROM receipted ORDER BY id")]

    # ------------------------------------------------------------------------------------------------ checkpoints

    def remember(self, checkpoint: Checkpoint, signed: Signed) -> None:
        """Keep a verified checkpoint, and thin out the old ones."""
        self._db.execute(
            "INSERT OR IGNORE INTO checkpoints VALUES (?,?,?,?,?,?)",
            (
                checkpoint.epoch,
                checkpoint.size,
                checkpoint.root,
                checkpoint.time,
                signed.data,
                signed.signature,
            ),
        )
        known = self.checkpoints()
        dropped = [(known[at].size, known[at].root) for at in thinned([root.size for root in known])]
        self._db.many("DELETE FROM checkpoints WHERE size = ? AND root = ?", dropped)

    def checkpoints(self) -> list[KnownRoot]:
        """The remembered sizes and roots, smallest first."""
        return [
            KnownRoot(*row) for row in self._db.rows("SELECT size, root FROM checkpoints ORDER BY size, root")
        ]

    def signed_checkpoints(self) -> list[Signed]:
        """The remembered checkpoints as they were signed, smallest first."""
        rows = self._db.rows("SELECT checkpoint, signature FROM checkpoints ORDER BY size, root")
        return [Signed(*row) for row in rows]

    # ---------------------------------------------------------------------------------------------------- servers

    def prove(self, origin: str, certificate: bytes, server: bytes) -> None:
        """The server at an origin has proven its key over this TLS certificate."""
        self._db.execute(
            "INSERT INTO servers VALUES (?,?,?) ON CONFLICT DO UPDATE SET server = excluded.server",
            (origin, certificate, server),
        )

    def origin_proven(self, origin: str, server: bytes) -> bool:
        """Whether that server was ever proven at an origin."""
        found = "SELECT 1 FROM servers WHERE origin = ? AND server = ?"
        return bool(self._db.rows(found, (origin, server)))

    def proven(self, origin: str, certificate: bytes) -> bytes | None:
        """The server that was proven there."""
        rows = self._db.rows(
            "SELECT server FROM servers WHERE origin = ? AND certificate = ?", (origin, certificate)
        )
        return rows[0][0] if rows else None

    def set_catching_up(self, cursors: Mapping[bytes, int]) -> None:
        """Replace the scopes that lag behind the cursor."""
        self._db.execute("DELETE FROM catching_up")
        self._db.many("INSERT INTO catching_up VALUES (?,?)", cursors.items())

    def catching_up(self) -> dict[bytes, int]:
        """The scopes that lag behind the cursor, and up to where they have been read."""
        return dict(self._db.rows("SELECT scope, cursor FROM catching_up ORDER BY scope"))

    # ------------------------------------------------------------------------------------------------------ aside

    def put_aside(self, asides: Iterable[Aside]) -> None:
        """Keep sets that cannot be verified yet."""
        nowhere = (None, None, None)
        rows = [
            (aside.id, aside.key, *(aside.placed or nowhere), *msgspec.structs.astuple(aside.parts))
            for aside in asides
        ]
        self._db.many(
            "INSERT OR IGNORE INTO aside (id, key, epoch, sequence, received, header, signature, structure, leaf_values)"
            " VALUES (?,?,?,?,?,?,?,?,?)",
            rows,
        )

    def aside_keys(self) -> list[bytes]:
        """The keys of the sets that cannot be verified yet."""
        return [row[0] for row in self._db.rows("SELECT DISTINCT key FROM aside")]

    def take_aside(self, keys: Collection[bytes]) -> list[Aside]:
        """Take out the sets of keys that are known now."""
        rows = self._db.rows_in(
            "SELECT place, id, key, epoch, sequence, received, header, signature, structure, leaf_values FROM aside WHERE key IN (?)",
            keys,
        )
        self._db.many("DELETE FROM aside WHERE key = ?", [(key,) for key in keys])
        return [
            Aside(row[1], row[2], SetBytes(*row[6:]), None if row[4] is None else Placed(*row[3:6]))
            for row in sorted(rows)
        ]

    def pass_over(self, sequence: int | None, code: str, detail: str) -> None:
        """Note something that was delivered and could not be taken."""
        self._db.execute(
            "INSERT INTO passed_over (sequence, code, detail) VALUES (?,?,?)", (sequence, code, detail)
        )

    def left_out(self) -> tuple[int, int]:
        """How many sets lie aside, and how many deliveries were passed over."""
        return tuple(
            self._db.rows("SELECT (SELECT count(*) FROM aside), (SELECT count(*) FROM passed_over)")[0]
        )

    def passed_over(self) -> list[tuple[int | None, str, str]]:
        """(sequence at the hub, code, detail) of what could not be taken."""
        return self._db.rows("SELECT sequence, code, detail FROM passed_over ORDER BY place")


def thinned(sizes: Sequence[int], keep: int = CHECKPOINTS_MAX) -> list[int]:
    """Which of ascending sizes to drop so that `keep` are left: near the newest they lie close, far back wide apart."""
    left = list(enumerate(sizes))
    dropped: list[int] = []
    while len(left) > max(keep, 2):
        newest = left[-1][1]

        def closeness(at: int, newest: int = newest) -> float:
            return (left[at + 1][1] - left[at - 1][1]) / (newest - left[at][1] + 1)

        dropped.append(left.pop(min(range(1, len(left) - 1), key=closeness))[0])
    return dropped
