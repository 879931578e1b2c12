"""A replica: everything that one device holds, reads, says and has not sent yet. The library's front door.

What is saved is on the disk before `save` returns, and what is sealed before its first byte is sent (SPEC L5). One process
writes a replica at a time. `reading` shows it to people, `editing.Form` writes into it, `officer.Officer` makes authority
entries, `client.SyncClient` speaks with servers, `bundles` with files.
"""

from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

import msgspec

from haidang_protocol.envelope import OpenedSet, open_set
from haidang_protocol.errors import ProtocolError
from haidang_protocol.ids import ID16, TAG_BYTES, key_id, next_tag
from haidang_protocol.ledger import Committed, Ledger
from haidang_protocol.logs import facts_of
from haidang_protocol.merge import RecordState
from haidang_syncclient.database import Database
from haidang_syncclient.deployment import Deployment, deployment_from_bytes
from haidang_syncclient.device_tables import DeviceTables
from haidang_syncclient.drafts import NO_FORM, Draft, PendingSave, Target
from haidang_syncclient.errors import DamagedDatabaseError, NoKeyError, NoReplicaError, ReplicaExistsError
from haidang_syncclient.hub_tables import HubTables
from haidang_syncclient.keystore import Randomness, Signer
from haidang_syncclient.lock import WriterLock
from haidang_syncclient.overlay import Overlay, waiting_to_count
from haidang_syncclient.own_logs import OwnLogs
from haidang_syncclient.people import People
from haidang_syncclient.sealing import Allowing, Author, Place, compose, place_in, plan
from haidang_syncclient.sqlite_store import SqliteStore
from haidang_syncclient.system_clock import Clock
from haidang_syncclient.words import Both

_DEPLOYMENT: Final = "deployment"
_KEY: Final = "key"
_SALT_BYTES: Final = 16


class Saved(NamedTuple):
    """What a press of "save" became: usually one save, more if its parts need different rights or do not fit together."""

    scope: bytes
    saves: tuple[PendingSave, ...]

    @property
    def tags(self) -> tuple[bytes, ...]:
        """The tags of the saves: what names them from now on, sealed or not."""
        return tuple(save.tag for save in self.saves)


class Replica:
    """One device's replica. Made by `create` or `open`; closes itself as a context manager."""

    def __init__(self, path: Path, signer: Signer | None, clock: Clock, randomness: Randomness) -> None:
        """Use `create` or `open`."""
        self.path = path
        self.signer = signer
        self.clock = clock
        self.randomness = randomness
        self._lock = WriterLock(path.with_name(path.name + ".lock"))
        with ExitStack() as stack:
            stack.callback(self._lock.release)
            self.database = Database(path)
            stack.pop_all()
        self.store = SqliteStore(self.database)
        self.device = DeviceTables(self.database)
        self.hub = HubTables(self.database)
        self.under_way: frozenset[bytes] = frozenset()
        """The sets in the request that is being sent right now."""
        self._opening = randomness(ID16)
        self._tags: dict[bytes, bytes] = {}
        self._forget()

    @classmethod
    def create(
        cls, path: Path, deployment: Deployment, signer: Signer, *, clock: Clock, randomness: Randomness
    ) -> Self:
        """Make a new replica in a database file of its own.

        Raises:
            ReplicaExistsError: there is one already.
            OursError: the file cannot be made; see `errors`.
        """
        replica = cls(path, signer, clock, randomness)
        with _closed_if_it_fails(replica):
            if replica.device.meta(_DEPLOYMENT) is not None:
                raise ReplicaExistsError(str(path))
            with replica.writing():
                replica.device.put_meta(_DEPLOYMENT, deployment.to_bytes())
                replica.device.put_meta(_KEY, signer.public_key)
            replica._load()
        return replica

    @classmethod
    def open(cls, path: Path, signer: Signer | None = None, *, clock: Clock, randomness: Randomness) -> Self:
        """Open a replica; without a signer it reads, carries and verifies, but says nothing.

        Raises:
            NoReplicaError: there is none.
            NoKeyError: the signer is not the person's key.
            InUseError, NewerDatabaseError, DamagedDatabaseError, ReadOnlyError, OldSqliteError: see `errors`.
        """
        if not path.is_file():
            raise NoReplicaError(str(path))
        replica = cls(path, signer, clock, randomness)
        with _closed_if_it_fails(replica):
            replica._load()
            if signer is not None and signer.key != replica.key:
                raise NoKeyError(Both("khóa của người khác", "another key than the one of this replica"))
        return replica

    def _load(self) -> None:
        deployment, public_key = self.device.meta(_DEPLOYMENT), self.device.meta(_KEY)
        if deployment is None or public_key is None:
            raise NoReplicaError(str(self.path))
        self.deployment = deployment_from_bytes(deployment)
        self.public_key = public_key
        self.key = key_id(public_key)

    def close(self) -> None:
        """Close the database and give the lock back. Nothing is sealed or sent by that."""
        self.database.close()
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ------------------------------------------------------------------------------------------------ what follows

    def _forget(self) -> None:
        self._ledger: Ledger | None = None
        self._people: People | None = None
        self._logs: OwnLogs | None = None
        self._overlays: dict[bytes, Overlay] = {}

    @property
    def ledger(self) -> Ledger:
        """The held sets and what follows from them.

        Raises:
            DamagedDatabaseError: an authority set cannot be read any more.
        """
        if self._ledger is None:
            try:
                self._ledger = Ledger(self.deployment.genesis, self.store)
            except ProtocolError as error:
                raise DamagedDatabaseError(
                    Both("một gói về quyền hạn", f"an authority set: {error}")
                ) from error
        return self._ledger

    @property
    def people(self) -> People:
        """Who keys are."""
        if self._people is None:
            self._people = People(self.ledger)
        return self._people

    @property
    def logs(self) -> OwnLogs:
        """The ends of logs that are signed here."""
        if self._logs is None:
            self._logs = OwnLogs(self.ledger)
        return self._logs

    @contextmanager
    def writing(self) -> Generator[None]:
        """One durable step. What was computed is forgotten if it fails, and computed anew.

        Raises:
            DiskFullError, ReadOnlyError, StorageError, DamagedDatabaseError: and nothing was written.
        """
        try:
            with self.database.transaction():
                yield
        except BaseException:
            self._forget()
            raise

    # ------------------------------------------------------------------------------------------------------- read

    def overlay(self, scope: bytes) -> Overlay:
        """What lies on top of the merged records of a scope."""
        found = self._overlays.get(scope)
        if found is None:
            waiting = waiting_to_count(self.ledger, self.key, self.device.not_accepted(scope))
            line = self.logs.line(self.key, scope)
            found = self._overlays[scope] = Overlay(self.ledger, scope, waiting, self._plan(scope), line)
        return found

    def state(self, scope: bytes, record: bytes) -> RecordState:
        """The state of a record as this device's person sees it; an empty one if there is none. It is the caller's own."""
        on_top = self.overlay(scope).states.get(record)
        if on_top is not None:
            return copied(on_top)
        return self.store.records(scope, [record]).get(record) or RecordState()

    def states(self, scope: bytes) -> dict[bytes, RecordState]:
        """The states of all records of a scope as this device's person sees them. They are the caller's own."""
        on_top = {record: copied(state) for record, state in self.overlay(scope).states.items()}
        return dict(self.store.all_records(scope)) | on_top

    def scopes(self) -> list[bytes]:
        """The scopes in which anything is held or saved."""
        return sorted(self.store.scopes() | set(self.device.pending_scopes()))

    # ------------------------------------------------------------------------------------------------------- save

    def save(
        self, scope: bytes, drafts: Sequence[Draft], *, form: bytes = NO_FORM, personal: bool = False
    ) -> Saved:
        """Make what a form states durable. Usually called by `editing.Form`.

        Args:
            scope: of all the drafts, reports or restricted reports.
            drafts: in order; their targets may name each other.
            form: the form's id (16 bytes), or nothing.
            personal: a field of it is marked personal, so its values get a salt.

        Raises:
            InvalidSaveError: nothing to save, or a value that the format does not have.
            DiskFullError, ReadOnlyError, StorageError: it was not saved.
        """
        salt = self.randomness(_SALT_BYTES) if personal else None
        blank = PendingSave(scope, self._next_tag(scope), self._opening, form, self.clock(), salt, None, ())
        saves = compose(blank, drafts, self._allowing(self.key, scope), self.key)
        with self.writing():
            self.device.add_saves(saves)
        self._tags[scope] = next_tag(saves[-1].tag, 1)
        self._overlays.pop(scope, None)
        return Saved(scope, tuple(saves))

    def _next_tag(self, scope: bytes) -> bytes:
        """The tag of the next save: drawn at random at each opening, counted up from there (SPEC B4)."""
        found = self._tags.get(scope)
        if found is None:
            found = self._tags[scope] = drawn_tag(self.randomness)
        return found

    # ------------------------------------------------------------------------------------------------------- seal

    def seal(self) -> list[OpenedSet]:
        """Seal and sign everything that is saved: durable when this returns, to be sent from then on.

        Raises:
            NoKeyError: the replica was opened without its key.
            DiskFullError, ReadOnlyError, StorageError: nothing was sealed, nothing is lost.
        """
        scopes = self.device.pending_scopes()
        if not scopes:
            return []
        signer = self.the_signer()
        sealed: list[OpenedSet] = []
        with self.writing():
            for scope in scopes:
                tags = [save.tag for save in self.device.pending(scope)]
                sets = [signed(opened, signer) for opened in self._plan(scope)]
                self.hold(sets)
                self.device.drop_saves(scope, tags)
                sealed += sets
        return sealed

    def the_signer(self) -> Signer:
        """The person's key.

        Raises:
            NoKeyError: the replica was opened without it.
        """
        if self.signer is None:
            raise NoKeyError
        return self.signer

    def hold(self, sets: Sequence[OpenedSet]) -> list[Committed]:
        """Commit sets whose signatures are right, inside `writing`; pending saves that they hold are dropped.

        A restored phone gets back what it had sealed after its backup: sealing the same saves again would be harmless,
        not doing so is better.
        """
        committed = self.ledger.commit(sets)
        fresh = [opened for opened, found in zip(sets, committed, strict=True) if found.fresh]
        self.device.mention(fresh)
        for opened in fresh:
            self._overlays.pop(opened.header.scope, None)
            if opened.header.key == self.key:
                self._drop_held(opened)
            self.logs.extend(facts_of(opened))
        if any(opened.header.acting is not None for opened in fresh):
            self._people = self._logs = None
            self._overlays.clear()
        return committed

    def _drop_held(self, opened: OpenedSet) -> None:
        held = {leaf[:ID16] for leaf in opened.leaves}
        scope = opened.header.scope
        tags = [save.tag for save in self.device.pending(scope) if held.issuperset(save.identities)]
        self.device.drop_saves(scope, tags)

    def _plan(self, scope: bytes) -> list[OpenedSet]:
        """The pending saves of a scope, laid out as the next sets of the own log."""
        pending = self.device.pending(scope)
        if not pending:
            return []
        return plan(scope, pending, self.logs.line(self.key, scope).end, self.author(self.key, scope))

    def author(self, key: bytes, scope: bytes) -> Author:
        """What planning sets of a key in a scope needs to know."""
        line = self.logs.line(key, scope)

        def place_of(target: Target) -> Place | None:
            return self._place_of(key, scope, target)

        return Author(key, self._allowing(key, scope), place_of, line.position_by_id16.get)

    def _allowing(self, key: bytes, scope: bytes) -> Allowing:
        return lambda draft: self.people.allowing(key, scope, draft.kind, draft.role)

    def _place_of(self, key: bytes, scope: bytes, target: Target) -> Place | None:
        """Where an operation of a save that is sealed by now stands."""
        for parts in self.store.parts(self.device.with_tag(key, scope, target.source)).values():
            opened = open_set(parts)
            save = int.from_bytes(target.source) - int.from_bytes(opened.header.tag)
            at = sum(opened.body.counts[:save]) + target.at
            if at < len(opened.leaves) and opened.identity(at) == target.identity:
                return place_in(opened, at)
        return None


def copied(state: RecordState) -> RecordState:
    """A state that can be changed without changing the other."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=RecordState)


def drawn_tag(randomness: Randomness) -> bytes:
    """A tag to begin with: far enough from the end that no opening counts up to it."""
    drawn = randomness(TAG_BYTES)
    return bytes([drawn[0] & 0x7F, *drawn[1:]])


@contextmanager
def _closed_if_it_fails(replica: Replica) -> Generator[None]:
    try:
        yield
    except BaseException:
        replica.close()
        raise


def signed(opened: OpenedSet, signer: Signer) -> OpenedSet:
    """A set that was laid out, with its signature."""
    parts = msgspec.structs.replace(opened.parts, signature=signer.sign(opened.signed))
    return msgspec.structs.replace(opened, parts=parts)
