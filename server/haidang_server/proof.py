"""Export packages as folders: every dataset as CSV and NDJSON, and with them the proof (`haidang_protocol.export_package`)."""

import os
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from haidang_protocol import canonical, logs
from haidang_protocol.bundle import Manifest, write_bundle
from haidang_protocol.envelope import SetBytes
from haidang_protocol.export_package import (
    CHANGES_FILE,
    LOG_FILE,
    MANIFEST_FILE,
    SIGNATURE_FILE,
    STATEMENTS_FILE,
    FileEntry,
    PackageManifest,
    ScopeState,
    log_line,
    manifest_bytes,
    sign_manifest,
    statement_lines,
)
from haidang_protocol.ids import AUTHORITY, key_id, scope_kind
from haidang_protocol.ledger import Ledger
from haidang_protocol.messages import ScopeTips
from haidang_protocol.package_check import PackageReport, check_package
from haidang_protocol.statements import Checkpoint, sign
from haidang_server.access_errors import NameUnknownError
from haidang_server.database import DATABASE_NAME
from haidang_server.errors import FileUnreadableError, FolderNotEmptyError, FolderReadOnlyError, NoHubError
from haidang_server.export_tables import Wish
from haidang_server.exports import MEDIA_TYPES, dataset_names, table_of, written
from haidang_server.hub_log import HubLog
from haidang_server.reading.labels import civil_date
from haidang_server.reading.room import ReadingRoom
from haidang_server.reading.snapshot import Filter, Snapshot
from haidang_server.sqlite_store import SqliteStore
from haidang_server.tokens import TokenScope

_CHUNK: Final = 1 << 16
Advance = Callable[[str, int, int], None]
"""Told of progress: the file in work, how many are done, how many there are."""


class Scope(NamedTuple):
    """What a package holds: a unit (id or code) and all below it, or everything; restricted reports or not."""

    unit: str | None = None
    restricted: bool = True


def write_package(
    folder: Path, data: Path, key: Ed25519PrivateKey, scope: Scope, now: int, advance: Advance
) -> PackageManifest:
    """Write a package of a hub, which may be running, into an empty or absent folder. The manifest is written last.

    Raises:
        NoHubError, FolderNotEmptyError, FolderReadOnlyError, NameUnknownError: there is no package then.
    """
    hub = data / DATABASE_NAME
    if not hub.exists():
        raise NoHubError(data)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise FolderNotEmptyError(folder)
        with TemporaryDirectory() as index:
            room = ReadingRoom(Path(index), hub)
            try:
                with room.snapshot() as snapshot:
                    return _Package(folder, snapshot, key, now, advance).write(scope)
            finally:
                room.close()
    except OSError as error:
        raise FolderReadOnlyError(folder) from error


def is_package(folder: Path) -> bool:
    """Whether a folder looks like an export package."""
    return (folder / MANIFEST_FILE).exists() or (folder / CHANGES_FILE).exists()


def check_folder(folder: Path, root_set_hash: bytes | None = None) -> PackageReport:
    """Check a package.

    Raises:
        FileUnreadableError: the folder, or a file in it, cannot be read.
    """
    try:
        names = [path.name for path in folder.iterdir()]
        return check_package(names, lambda name: _chunks(folder / name), root_set_hash)
    except OSError as error:
        raise FileUnreadableError(f"{folder}: {error.strerror}") from error


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


class _Package:
    """One package in the making."""

    def __init__(
        self, folder: Path, snapshot: Snapshot, key: Ed25519PrivateKey, now: int, advance: Advance
    ) -> None:
        self._folder = folder
        self._snapshot = snapshot
        self._connection = snapshot.connection
        self._key = key
        self._now = now
        self._advance = advance
        self._ledger = Ledger(snapshot.authority.genesis, SqliteStore(self._connection))
        self._files: list[FileEntry] = []

    def write(self, scope: Scope) -> PackageManifest:
        """Write everything."""
        scopes = self._scopes(scope)
        wish = Wish(self._snapshot, frozenset(scopes), Filter(), civil_date(self._now))
        datasets = dataset_names(wish)
        total = len(datasets) + 3
        for done, dataset in enumerate(datasets):
            self._advance(dataset, done, total)
            for kind in MEDIA_TYPES:
                table = table_of(dataset, wish)
                if table is not None:
                    self._write(f"{dataset}.{kind}", written(table, kind))
        proofs = {
            CHANGES_FILE: self._changes(scopes),
            LOG_FILE: self._log(),
            STATEMENTS_FILE: self._statements(scopes),
        }
        for done, (name, pieces) in enumerate(proofs.items(), start=len(datasets)):
            self._advance(name, done, total)
            self._write(name, pieces)
        manifest = self._manifest(scopes)
        data = manifest_bytes(manifest)
        self._keep(SIGNATURE_FILE, [sign_manifest(data, self._key)])
        self._keep(MANIFEST_FILE, [data])
        self._advance(MANIFEST_FILE, total, total)
        return manifest

    def _scopes(self, wanted: Scope) -> list[bytes]:
        """The held scopes of a package: authority first, so that a reader knows every key before it is used."""
        held = self._ledger.scopes()
        authority = self._snapshot.authority
        unit = authority.genesis.top
        if wanted.unit is not None:
            named = authority.book.unit_named(wanted.unit)
            if named is None:
                raise NameUnknownError(f"--unit {wanted.unit}")
            unit = named
        if wanted.unit is not None or not wanted.restricted:
            held = held & authority.reach_of_token(TokenScope(unit, (), wanted.restricted))
        return sorted(held, key=lambda scope: (scope_kind(scope) != AUTHORITY, scope))

    # ------------------------------------------------------------------------------------------------------ contents

    def _changes(self, scopes: list[bytes]) -> Iterator[bytes]:
        tips, count = [], 0
        for scope in scopes:
            held = {item.facts.id: item.facts for item in self._ledger.store.in_scope(scope)}
            count += len(held)
            tips.append(ScopeTips(scope, logs.tips(held, self._ledger.complete)))
        server = key_id(self._key.public_key().public_bytes_raw())
        yield from write_bundle(Manifest(server, tuple(tips), count), self._sets(scopes))

    def _sets(self, scopes: list[bytes]) -> Iterator[tuple[bytes, SetBytes]]:
        """Every set of the scopes, merged or not, in the order in which the hub received those of a scope."""
        for scope in scopes:
            rows = self._connection.execute(
                "SELECT id, header, signature, structure, content FROM hub.sets JOIN hub.parts USING (sequence)"
                " WHERE scope = (SELECT scope FROM hub.scopes WHERE name = ?) ORDER BY sequence",
                (scope,),
            )
            for set_id, *parts in rows:
                yield set_id, SetBytes(*parts)

    def _log(self) -> Iterator[bytes]:
        rows = self._connection.execute("SELECT id, received, logged FROM hub.sets ORDER BY sequence")
        return (log_line(*row) for row in rows)

    def _statements(self, scopes: list[bytes]) -> Iterator[bytes]:
        for scope in sorted(scopes):
            yield from statement_lines(scope, self._ledger.store.all_records(scope))

    def _manifest(self, scopes: list[bytes]) -> PackageManifest:
        log = HubLog(self._connection)
        (epoch,) = self._connection.execute("SELECT max(epoch) FROM hub.epochs").fetchone()
        server = key_id(self._key.public_key().public_bytes_raw())
        checkpoint = sign(Checkpoint(server, epoch, log.size, log.root, self._now), self._key)
        genesis = canonical.encode(self._snapshot.authority.genesis.to_value())
        return PackageManifest(
            genesis=genesis.hex(),
            server=server.hex(),
            epoch=epoch,
            checkpoint=checkpoint.data.hex(),
            checkpoint_signature=checkpoint.signature.hex(),
            made=self._now,
            complete=set(scopes) == self._ledger.scopes(),
            scopes=tuple(self._state(scope) for scope in sorted(scopes)),
            files=tuple(self._files),
        )

    def _state(self, scope: bytes) -> ScopeState:
        digests = self._ledger.scope_digests(scope)
        return ScopeState(scope.hex(), digests.accepted.hex(), digests.authority.hex(), digests.state.hex())

    # --------------------------------------------------------------------------------------------------------- files

    def _write(self, name: str, pieces: Iterable[bytes]) -> None:
        """Write a file that the manifest lists."""
        size, digest = self._keep(name, pieces)
        self._files.append(FileEntry(name, size, digest))

    def _keep(self, name: str, pieces: Iterable[bytes]) -> tuple[int, str]:
        """Write a file, durably; returns its size and SHA-256."""
        hashed, size = sha256(), 0
        with (self._folder / name).open("xb") as stream:
            for piece in pieces:
                stream.write(piece)
                hashed.update(piece)
                size += len(piece)
            stream.flush()
            os.fsync(stream.fileno())
        return size, hashed.hexdigest()
