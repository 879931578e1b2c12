"""The hub as its writer sees it: ledger, order and receipts in one database, changed in one transaction at a time.

Everything here runs on the writer's thread. What others need of it they ask the writer for.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pysqlite3 import dbapi2 as sqlite

from haidang_protocol import canonical
from haidang_protocol.certificates import Genesis, genesis_from_value
from haidang_protocol.envelope import OpenedSet
from haidang_protocol.errors import MalformedError
from haidang_protocol.ids import key_id
from haidang_protocol.ledger import Committed, Ledger
from haidang_protocol.logs import Facts
from haidang_protocol.statements import Checkpoint, LogLeaf, Signed, sign
from haidang_server.hub_log import HubLog
from haidang_server.own_tips import OwnTips
from haidang_server.sqlite_store import Placed, SqliteStore
from haidang_server.standing import Standings

GENESIS: Final = "genesis"


class Newest(NamedTuple):
    """The newest set of a scope: the sequence after it, its key, and the sequence after the newest of any other key."""

    end: int
    author: bytes
    others: int


class Hub:
    """One hub: `ledger`, `store` and `log` agree after every transaction.

    `newest` is kept for each scope; `authority_order` the sequence of each authority
    set, `authority_end` the one after the last of them; `pasts` standings at earlier sizes, for `gained`.
    """

    def __init__(self, connection: sqlite.Connection, key: Ed25519PrivateKey) -> None:
        self.connection = connection
        self.key = key
        self.server = key_id(key.public_key().public_bytes_raw())
        self.genesis = read_genesis(connection)
        self.epoch: int = connection.execute("SELECT max(epoch) FROM epochs").fetchone()[0]
        self.store = SqliteStore(connection)
        self.log = HubLog(connection)
        self.ledger = Ledger(self.genesis, self.store)
        self.own_tips = OwnTips(self.ledger, connection)
        self._standings: Standings | None = None
        self.pasts: dict[int, Standings] = {}
        self._placed: dict[bytes, Placed] = {}
        self._read_places()

    @contextmanager
    def transaction(self, now: int) -> Iterator[None]:
        """Everything in the block is stored, durably, or nothing is."""
        self.connection.execute("BEGIN IMMEDIATE")
        self.store.begin(now)
        self._placed.clear()
        try:
            yield
            self.store.flush()
            self.connection.execute("COMMIT")
        except BaseException:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            self._forget()
            raise

    def take(self, sets: Sequence[OpenedSet]) -> list[Committed]:
        """Store and judge sets with verified signatures and give the new ones their places in hub order."""
        before = len(self.store.fresh)
        committed = self.ledger.commit(sets)
        fresh = [item.held.facts for item in self.store.fresh[before:]]
        self._place(fresh)
        self.own_tips.follow(fresh, self.store.moved)
        return committed

    def public_key(self, key: bytes) -> bytes | None:
        """The public key of a key id, None if no held certificate names it. From any thread."""
        return self.ledger.public_key(key)

    def placed(self, ids: Collection[bytes]) -> list[Placed]:
        """The places of held sets, in no order; those of this transaction are still at hand."""
        fresh = [self._placed[set_id] for set_id in ids if set_id in self._placed]
        return fresh + self.store.placed([set_id for set_id in ids if set_id not in self._placed])

    def standings(self) -> Standings:
        """What everybody may read now."""
        if self._standings is None:
            self._standings = Standings(self.ledger)
        return self._standings

    def checkpoint(self, now: int) -> Signed:
        """The signed word for the whole log as it is."""
        return sign(Checkpoint(self.server, self.epoch, self.log.size, self.log.root, now), self.key)

    def _place(self, fresh: Sequence[Facts]) -> None:
        """Append sets to the log with the verdicts that they have at the end of this transaction's commit."""
        first = self.log.size
        leaves, moved = [], []
        for sequence, facts in enumerate(fresh, start=first):
            verdict = self.ledger.verdict(facts.id)
            code = verdict.code if verdict is not None else 0
            leaves.append(LogLeaf(facts.id, self.store.received, code))
            self._placed[facts.id] = Placed(sequence, facts.id, code, facts.previous)
            if facts.id in self.store.moved:
                moved.append((code, sequence))
            last = self.newest.get(facts.scope, Newest(0, facts.key, 0))
            others = last.others if last.author == facts.key else last.end
            self.newest[facts.scope] = Newest(sequence + 1, facts.key, others)
            if facts.acting is not None:
                self._standings = None
                self.authority_order[facts.id] = sequence
                self.authority_end = sequence + 1
        self.connection.executemany("UPDATE sets SET logged = ? WHERE sequence = ?", moved)
        self.log.append(leaves)

    def _forget(self) -> None:
        self.store.forget()
        self.log.forget()
        self.ledger = Ledger(self.genesis, self.store)
        self.own_tips = OwnTips(self.ledger, self.connection)
        self._standings = None
        self.pasts.clear()
        self._read_places()

    def _read_places(self) -> None:
        self.newest: dict[bytes, Newest] = {}
        for scope, key, end in self.connection.execute(
            "SELECT name, key, (SELECT max(sequence) + 1 FROM sets WHERE sets.author = authors.author) AS last"
            " FROM authors JOIN scopes USING (scope) ORDER BY last"
        ):
            others = self.newest[scope].end if scope in self.newest else 0
            self.newest[scope] = Newest(end, key, others)
        ids = [item.facts.id for item in self.ledger.authority_sets()]
        self.authority_order = {place.id: place.sequence for place in self.store.placed(ids)}
        self.authority_end = max(self.authority_order.values(), default=-1) + 1


def read_genesis(connection: sqlite.Connection) -> Genesis:
    """The genesis that the database was made with.

    Raises:
        MalformedError: it is not there, or none.
    """
    row = connection.execute("SELECT value FROM meta WHERE name = ?", (GENESIS,)).fetchone()
    if row is None:
        raise MalformedError("the genesis is gone")
    return genesis_from_value(canonical.decode(row[0]))
