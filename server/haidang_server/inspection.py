"""Is every byte of a hub as it was signed, and is nothing missing? For `verify` and `scrub` (SPEC B2, L1, H1, H2).

Every set is opened, its id and signature computed anew; then the log's tree is built anew from them and held against the nodes,
the receipts and the epochs. The hub may be running meanwhile: sets that come later are not looked at.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Final, NamedTuple

from pysqlite3 import dbapi2 as sqlite

from haidang_protocol import merkle, statements
from haidang_protocol.certificates import Certificate
from haidang_protocol.entries import Entry
from haidang_protocol.envelope import SetBytes, open_set
from haidang_protocol.errors import ProtocolError
from haidang_protocol.ids import AUTHORITY, key_id
from haidang_protocol.statements import Receipt, Signed
from haidang_server.database import DATABASE_NAME, damage_told, open_for_reading
from haidang_server.errors import NoHubError
from haidang_server.hub import read_genesis
from haidang_server.hub_log import leaves_of, node_place
from haidang_server.keys import KEY_NAME, read_key
from haidang_server.set_checks import Finding, Looked, look_at

PROCESSES: Final = 2
_SHARE: Final = 1_000
"""Sets that a process looks at in one go."""
_NODES: Final = 4_096
"""Nodes of the tree read at a time."""
_PAGES_MAX: Final = 100
"""Damaged pages that are named."""

Progress = Callable[[int, int], None]
"""(sets so far, sets in all)."""


class Inspection(NamedTuple):
    """What was looked at and what was found; `waiting` are predecessors that never arrived, which is no damage."""

    sets: int
    operations: int
    receipts: int
    waiting: int
    findings: list[Finding]


def inspect(
    folder: Path, progress: Progress, *, pages: bool = False, processes: int = PROCESSES
) -> Inspection:
    """Look at everything that a hub holds.

    Args:
        folder: of the hub.
        progress: told after each share.
        pages: whether SQLite also looks at every page and index.
        processes: how many look at sets; with 0 it is done here.

    Raises:
        NoHubError, DatabaseUnreadableError, DatabaseNewerError: nothing can be looked at.
    """
    file = folder / DATABASE_NAME
    if not file.exists():
        raise NoHubError(folder)
    connection = open_for_reading(file)
    try:
        with damage_told(file):
            check = _Inspection(connection, folder)
            if pages:
                check.pages()
            size = check.size()
            for looked in _looked(file, _keys(connection), size, progress, processes):
                check.take(looked)
            check.whole_log()
            check.receipts()
            check.epochs()
            return check.result()
    finally:
        connection.close()


def _looked(
    file: Path, keys: dict[bytes, bytes], size: int, progress: Progress, processes: int
) -> Iterator[Looked]:
    """Every set in order; the next shares are looked at while this one is taken."""
    starts = range(0, size, _SHARE)
    shares = [(str(file), keys, start, min(start + _SHARE, size)) for start in starts]
    if not processes or len(shares) < 2:
        for share in shares:
            yield from look_at(*share)
            progress(share[3], size)
        return
    # A process made by fork would take over the connection.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for share, found in zip(shares, pool.map(look_at, *zip(*shares, strict=True)), strict=True):
            yield from found
            progress(share[3], size)


class _Inspection:
    def __init__(self, connection: sqlite.Connection, folder: Path) -> None:
        self._connection = connection
        self._server_key = read_key(folder / KEY_NAME).public_key()
        self._server = key_id(self._server_key.public_bytes_raw())
        self._findings: list[Finding] = []
        self._ids: dict[bytes, int] = {}
        self._follows: list[tuple[bytes, Looked]] = []
        self._edge: list[bytes] = []
        self._roots: dict[int, bytes] = {0: merkle.EMPTY_ROOT}
        self._wanted = self._wanted_sizes()
        self._next = 0
        self._first_node = 0
        self._nodes = self._read_nodes(0, _NODES)
        self._broken = False
        self._operations = 0
        self._receipts = 0
        self._sets = 0
        self._waiting = 0

    def pages(self) -> None:
        """Let SQLite look at its pages and indexes."""
        try:
            rows = self._connection.execute(f"PRAGMA integrity_check({_PAGES_MAX})").fetchall()
        except sqlite.DatabaseError as error:
            rows = [(str(error),)]
        for (text,) in rows:
            if text != "ok":
                self._find("page", None, None, str(text))

    def size(self) -> int:
        """How many places there are, by whichever table says more."""
        (sets,) = self._connection.execute("SELECT coalesce(max(sequence), -1) + 1 FROM sets").fetchone()
        (nodes,) = self._connection.execute("SELECT coalesce(max(place), -1) + 1 FROM nodes").fetchone()
        return max(int(sets), leaves_of(nodes))

    def take(self, looked: Looked) -> None:
        """The next set in order."""
        self._findings += looked.findings
        self._operations += looked.operations
        if looked.id is not None:
            self._ids[looked.id] = looked.sequence
            self._follows += [(previous, looked) for previous in looked.previous]
        while self._next < looked.sequence:
            self._leaf(None)
        self._leaf(looked.leaf)

    def _leaf(self, leaf: bytes | None) -> None:
        """The next leaf of the tree. It is built from the stored leaves, so that one damage is not found again above it."""
        sequence = self._next
        stored = self._node(0, sequence)
        if leaf is None:
            self._find("gap", None, sequence, "there is no set at this place, or it cannot be read")
        elif stored != leaf:
            self._find("log", self._named(sequence), sequence, "the log does not have it as it stands here")
        taken = stored or leaf
        self._broken = self._broken or taken is None
        nodes, self._edge = merkle.append(sequence, self._edge, [taken or bytes(merkle.HASH_BYTES)])
        for node in nodes[1:]:
            if self._node(node.level, node.place) != node.hash:
                self._find("log", None, sequence, f"node {node.place} of level {node.level} is damaged")
        self._next = sequence + 1
        if self._next in self._wanted:
            self._roots[self._next] = merkle.edge_root(self._edge)

    def whole_log(self) -> None:
        """After the last set: is anything missing, does anything stand behind the end?"""
        (sets,) = self._connection.execute("SELECT count(*) FROM sets").fetchone()
        (last,) = self._connection.execute("SELECT coalesce(max(place), -1) + 1 FROM nodes").fetchone()
        while self._next < leaves_of(last):
            self._leaf(None)
        waiting = {
            bytes(parent) for (parent,) in self._connection.execute("SELECT DISTINCT parent FROM waiting")
        }
        missing = dict[bytes, Looked]()
        for previous, looked in self._follows:
            if previous not in self._ids and (looked.whole or previous not in waiting):
                missing.setdefault(previous, looked)
        for set_id, looked in missing.items():
            follower = (looked.id or b"").hex()[:16]
            self._find("missing", set_id, None, f"is missing; {follower}… follows it")
        self._waiting = len({previous for previous, _ in self._follows} - self._ids.keys() - missing.keys())
        self._sets = int(sets)

    def receipts(self) -> None:
        """Every receipt: its signature, its root, its sets at their places."""
        for digest, data, signature in self._connection.execute(
            "SELECT request_digest, receipt, signature FROM receipts ORDER BY size"
        ):
            self._receipts += 1
            try:
                receipt = statements.verify(Receipt, Signed(data, signature), self._server_key)
            except ProtocolError as error:
                self._find("receipt", None, None, f"the receipt of {digest.hex()[:16]}… is damaged: {error}")
                continue
            self._receipt(receipt)

    def _receipt(self, receipt: Receipt) -> None:
        if receipt.size > self._next:
            for entry in receipt.entries:
                if entry.tip not in self._ids:
                    self._find(
                        "tail",
                        entry.tip,
                        entry.first_sequence + entry.sets - 1,
                        "is missing at the end of the log",
                    )
            self._find(
                "tail",
                None,
                receipt.size - 1,
                f"the log ends at {self._next}, a receipt knows {receipt.size}",
            )
        elif self._roots.get(receipt.size) != receipt.root and not self._broken:
            self._find(
                "receipt", None, receipt.size, f"the log of {receipt.size} is not the one that was receipted"
            )
        for entry in receipt.entries:
            place = entry.first_sequence + entry.sets - 1
            if self._ids.get(entry.tip, place) != place:
                self._find("receipt", entry.tip, place, "does not stand where its receipt says")

    def epochs(self) -> None:
        """Every epoch: the log that it began with."""
        for epoch, size, root in self._connection.execute("SELECT epoch, size, root FROM epochs"):
            if size <= self._next and self._roots.get(size) != root and not self._broken:
                self._find("epoch", None, size, f"epoch {epoch} did not begin with this log")

    def result(self) -> Inspection:
        """What was found."""
        return Inspection(self._sets, self._operations, self._receipts, self._waiting, self._findings)

    def _find(self, code: str, set_id: bytes | None, sequence: int | None, sentence: str) -> None:
        self._findings.append(Finding(code, set_id, sequence, sentence))

    def _named(self, sequence: int) -> bytes | None:
        return next((set_id for set_id, place in self._ids.items() if place == sequence), None)

    def _node(self, level: int, place: int) -> bytes | None:
        """A stored node. They are asked for in the order of their numbers, so many are read at a time."""
        number = node_place(level, place)
        if number not in range(self._first_node, self._first_node + _NODES):
            self._first_node = number
            self._nodes = self._read_nodes(number, number + _NODES)
        return self._nodes.get(number)

    def _read_nodes(self, start: int, end: int) -> dict[int, bytes]:
        try:
            rows = self._connection.execute(
                "SELECT * FROM nodes WHERE place >= ? AND place < ?", (start, end)
            )
            return dict(rows.fetchall())
        except sqlite.DatabaseError:
            if end - start == 1:
                return {}
            middle = (start + end) // 2
            return self._read_nodes(start, middle) | self._read_nodes(middle, end)

    def _wanted_sizes(self) -> set[int]:
        rows = self._connection.execute("SELECT size FROM receipts UNION SELECT size FROM epochs")
        return {size for (size,) in rows}


def known_keys(folder: Path) -> dict[bytes, bytes]:
    """The public keys, by id, that a hub's authority sets name.

    Raises:
        DatabaseUnreadableError, DatabaseNewerError: nothing can be read.
    """
    connection = open_for_reading(folder / DATABASE_NAME)
    try:
        return _keys(connection)
    finally:
        connection.close()


def _keys(connection: sqlite.Connection) -> dict[bytes, bytes]:
    """A set that cannot be read names none."""
    found = {key_id(root): root for root in read_genesis(connection).roots}
    for scope, name in connection.execute("SELECT scope, name FROM scopes").fetchall():
        if name[0] == AUTHORITY:
            for row in _authority_rows(connection, scope):
                found.update(_certified(SetBytes(*row)))
    return found


def _authority_rows(connection: sqlite.Connection, scope: int) -> Iterator[tuple[bytes, bytes, bytes, bytes]]:
    query = "SELECT header, signature, structure, content FROM parts WHERE sequence = ?"
    for (sequence,) in connection.execute("SELECT sequence FROM sets WHERE scope = ?", (scope,)).fetchall():
        try:
            row = connection.execute(query, (sequence,)).fetchone()
        except sqlite.DatabaseError:
            continue
        if row is not None:
            yield row


def _certified(parts: SetBytes) -> Iterator[tuple[bytes, bytes]]:
    """(key id, public key) of every certificate in an authority set that can be read."""
    try:
        opened = open_set(parts)
    except ProtocolError:
        return
    for operation in opened.body.operations:
        certificate = Entry(operation.kind, b"", operation.value, b"").meaning
        if isinstance(certificate, Certificate):
            yield certificate.key, certificate.public_key
