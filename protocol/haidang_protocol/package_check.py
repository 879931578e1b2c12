"""Checking an export package: nothing in it is believed that does not follow from the change sets or the hub's signature.

Each finding names the file, and the change set if it is about one. A package that was damaged is read as far as it goes.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from hashlib import sha256
from itertools import zip_longest
from typing import Final, Literal, NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from haidang_protocol import canonical, merkle, signatures, statements
from haidang_protocol.bundle import BundleReader, Damage
from haidang_protocol.certificates import HUB, Genesis, genesis_from_value
from haidang_protocol.envelope import OpenedSet, verify
from haidang_protocol.errors import ProtocolError
from haidang_protocol.export_package import (
    CHANGES_FILE,
    EXPORT_DOMAIN,
    LOG_FILE,
    MANIFEST_FILE,
    SIGNATURE_FILE,
    STATEMENTS_FILE,
    PackageManifest,
    statement_lines,
)
from haidang_protocol.ids import ID16, SCOPE_BYTES
from haidang_protocol.ledger import Ledger
from haidang_protocol.memory_store import MemoryStore
from haidang_protocol.statements import Checkpoint, LogLeaf, Signed, log_leaf

Read = Callable[[str], Iterable[bytes]]
"""Gives the chunks of a file of the package."""
_BATCH: Final = 500
_NAMED_MAX: Final = 100
"""Findings of one kind that are named one by one."""


class PackageFinding(NamedTuple):
    """Something that is not as it should be.

    `code` is stable: manifest, signature, server, other-deployment, missing-file, unlisted-file, file, set, set-signature,
    unknown-key, missing-set, foreign-set, checkpoint, log, state, statement.
    """

    file: str
    set_id: bytes | None
    code: str
    sentence: str


class PackageReport(msgspec.Struct, frozen=True):
    """What a check found. `manifest` is None if there is no readable one; `sets` were verified."""

    findings: tuple[PackageFinding, ...]
    manifest: PackageManifest | None
    root_set_hash: bytes | None
    sets: int
    statements: int

    @property
    def sound(self) -> bool:
        """Whether everything is as it should be."""
        return not self.findings


def check_package(names: Collection[str], read: Read, root_set_hash: bytes | None = None) -> PackageReport:
    """Check a package.

    Args:
        names: the files that there are.
        read: reads one of them.
        root_set_hash: of the deployment that it should be of; without it, the report says which it is of.
    """
    check = _Check(names, read)
    try:
        manifest, genesis = check.manifest()
    except (ProtocolError, ValueError) as error:
        finding = PackageFinding(MANIFEST_FILE, None, "manifest", f"the manifest cannot be read: {error}")
        return PackageReport((finding,), None, None, 0, 0)
    if root_set_hash not in (None, genesis.root_set_hash):
        check.find(MANIFEST_FILE, "other-deployment", "the package is of another deployment")
    check.files(manifest)
    ledger = Ledger(genesis, MemoryStore())
    check.changes(ledger)
    check.signatures(manifest, ledger)
    check.log(manifest, ledger)
    check.scopes(manifest, ledger)
    count = check.statements(manifest, ledger)
    return PackageReport(tuple(check.findings), manifest, genesis.root_set_hash, check.verified, count)


class _Check:
    """One check, in steps that each note what they find."""

    def __init__(self, names: Collection[str], read: Read) -> None:
        self._names = set(names)
        self._read = read
        self.findings: list[PackageFinding] = []
        self.verified = 0
        self._damaged: set[bytes] = set()

    def find(self, file: str, code: str, sentence: str, set_id: bytes | None = None) -> None:
        self.findings.append(PackageFinding(file, set_id, code, sentence))

    def _bytes(self, name: str) -> bytes:
        return b"".join(self._read(name)) if name in self._names else b""

    # ----------------------------------------------------------------------------------------- manifest and files

    def manifest(self) -> tuple[PackageManifest, Genesis]:
        """Read the manifest."""
        manifest = msgspec.json.decode(self._bytes(MANIFEST_FILE), type=PackageManifest)
        bytes.fromhex(manifest.checkpoint + manifest.checkpoint_signature)
        if len(bytes.fromhex(manifest.server)) != ID16:
            raise ValueError("the server id")
        if any(len(bytes.fromhex(state.scope)) != SCOPE_BYTES for state in manifest.scopes):
            raise ValueError("a scope")
        return manifest, genesis_from_value(canonical.decode(bytes.fromhex(manifest.genesis)))

    def files(self, manifest: PackageManifest) -> None:
        """Compare what is there with what the manifest lists."""
        listed = {entry.name: entry for entry in manifest.files}
        for name in sorted(self._names - listed.keys() - {MANIFEST_FILE, SIGNATURE_FILE}):
            self.find(name, "unlisted-file", "the manifest does not list this file")
        for name, entry in sorted(listed.items()):
            if name not in self._names:
                self.find(name, "missing-file", "the file is missing")
                continue
            hashed, size = sha256(), 0
            for chunk in self._read(name):
                hashed.update(chunk)
                size += len(chunk)
            if (hashed.hexdigest(), size) != (entry.sha256, entry.bytes):
                self.find(name, "file", "the file is not what the manifest says")

    def signatures(self, manifest: PackageManifest, ledger: Ledger) -> None:
        """Check that the hub signed, and that it is one (SPEC H3)."""
        server = bytes.fromhex(manifest.server)
        counted = ledger.view(ledger.genesis.top).counted.get(server, ())
        certificates = [each.certificate for each in counted if each.certificate.server == HUB]
        if not certificates:
            self.find(MANIFEST_FILE, "server", "no certificate makes the exporting key a hub's")
            return
        key = Ed25519PublicKey.from_public_bytes(certificates[0].public_key)
        if not signatures.fits(key, self._bytes(SIGNATURE_FILE), EXPORT_DOMAIN + self._bytes(MANIFEST_FILE)):
            self.find(SIGNATURE_FILE, "signature", "the signature fits neither this manifest nor this hub")
        signed = Signed(bytes.fromhex(manifest.checkpoint), bytes.fromhex(manifest.checkpoint_signature))
        try:
            checkpoint = statements.verify(Checkpoint, signed, key)
        except ProtocolError as error:
            self.find(MANIFEST_FILE, "checkpoint", f"the checkpoint does not hold: {error}")
            return
        if (checkpoint.server, checkpoint.epoch) != (server, manifest.epoch):
            self.find(MANIFEST_FILE, "checkpoint", "the checkpoint is of another server or epoch")

    # -------------------------------------------------------------------------------------------------- change sets

    def changes(self, ledger: Ledger) -> None:
        """Verify every change set and merge it anew."""
        waiting: list[OpenedSet] = []
        batch: list[OpenedSet] = []
        for opened in self._opened():
            match self._judge(opened, ledger):
                case "unknown":
                    waiting.append(opened)
                case "good" if opened.header.acting is not None:
                    ledger.commit([opened])
                case "good":
                    batch.append(opened)
            if len(batch) >= _BATCH:
                ledger.commit(batch)
                batch = []
        ledger.commit(batch)
        self._settle(waiting, ledger)

    def _settle(self, waiting: list[OpenedSet], ledger: Ledger) -> None:
        """Take sets that stood before the one that names their key; name those of keys that nothing names."""
        while waiting:
            judged = [(opened, self._judge(opened, ledger)) for opened in waiting]
            ledger.commit([opened for opened, word in judged if word == "good"])
            left = [opened for opened, word in judged if word == "unknown"]
            if len(left) == len(waiting):
                break
            waiting = left
        for opened in waiting:
            self._damaged.add(opened.id)
            self.find(
                CHANGES_FILE, "unknown-key", "no certificate names the key of this change set", opened.id
            )

    def _opened(self) -> Iterator[OpenedSet]:
        """The sets of the bundle; damage is noted on the way."""
        reader = BundleReader()
        if CHANGES_FILE not in self._names:
            return
        for chunk in (*self._read(CHANGES_FILE), None):
            for found in reader.finish() if chunk is None else reader.feed(chunk):
                if isinstance(found, OpenedSet):
                    yield found
                elif isinstance(found, Damage):
                    if found.set_id is not None:
                        self._damaged.add(found.set_id)
                    self.find(CHANGES_FILE, "set", f"{found.code}: {found.sentence}", found.set_id)

    def _judge(self, opened: OpenedSet, ledger: Ledger) -> Literal["good", "bad", "unknown"]:
        """Check a signature; a set whose signature does not fit is named and left out."""
        public = ledger.public_key(opened.header.key)
        if public is None:
            return "unknown"
        try:
            verify(opened, Ed25519PublicKey.from_public_bytes(public))
        except ProtocolError as error:
            self._damaged.add(opened.id)
            self.find(CHANGES_FILE, "set-signature", str(error), opened.id)
            return "bad"
        self.verified += 1
        return "good"

    # --------------------------------------------------------------------------------------- log, states, statements

    def log(self, manifest: PackageManifest, ledger: Ledger) -> None:
        """Compute the root of the hub's log anew, and compare the log with the sets that are there."""
        leaves = list(self._leaves())
        try:
            checkpoint = statements.decode(Checkpoint, bytes.fromhex(manifest.checkpoint))
        except ProtocolError:
            return
        _, edge = merkle.append(0, (), (merkle.leaf_hash(log_leaf(leaf)) for leaf in leaves))
        if (len(leaves), merkle.edge_root(edge)) != (checkpoint.size, checkpoint.root):
            self.find(LOG_FILE, "log", "the log is not the one that the checkpoint was signed for")
        logged = {leaf.set_id for leaf in leaves}
        held = {
            item.facts.id: item.facts for scope in ledger.scopes() for item in ledger.store.in_scope(scope)
        }
        needed = {previous for facts in held.values() for previous in facts.previous} & logged
        wanted = logged if manifest.complete else needed
        self._name(wanted - held.keys() - self._damaged, "missing-set", "the change set is missing")
        self._name(held.keys() - logged, "foreign-set", "the hub's log does not hold this change set")

    def _leaves(self) -> Iterator[LogLeaf]:
        for number, line in enumerate(self._lines(LOG_FILE), start=1):
            try:
                set_id, received, verdict = msgspec.json.decode(line, type=tuple[str, int, int])
                yield msgspec.convert([bytes.fromhex(set_id), received, verdict], LogLeaf)
            except ValueError as error:
                self.find(LOG_FILE, "log", f"line {number} cannot be read: {error}")
                return

    def _name(self, ids: Collection[bytes], code: str, sentence: str) -> None:
        for set_id in sorted(ids)[:_NAMED_MAX]:
            self.find(CHANGES_FILE, code, sentence, set_id)
        if len(ids) > _NAMED_MAX:
            self.find(CHANGES_FILE, code, f"and {len(ids) - _NAMED_MAX} more: {sentence}")

    def scopes(self, manifest: PackageManifest, ledger: Ledger) -> None:
        """Compare the state of each scope, as merged anew, with the manifest."""
        for state in manifest.scopes:
            scope = bytes.fromhex(state.scope)
            digests = ledger.scope_digests(scope)
            said = (digests.accepted.hex(), digests.authority.hex(), digests.state.hex())
            if said != (state.accepted, state.authority, state.state):
                self.find(
                    MANIFEST_FILE, "state", f"the change sets make another state of scope {state.scope}"
                )
        for scope in ledger.scopes() - {bytes.fromhex(state.scope) for state in manifest.scopes}:
            self.find(CHANGES_FILE, "state", f"the manifest does not name scope {scope.hex()}")

    def statements(self, manifest: PackageManifest, ledger: Ledger) -> int:
        """Compare the statements with what follows from the change sets, line by line; returns how many there are."""
        made = (
            line
            for state in manifest.scopes
            for line in statement_lines(
                bytes.fromhex(state.scope), ledger.store.all_records(bytes.fromhex(state.scope))
            )
        )
        count = 0
        for expected, found in zip_longest(made, self._lines(STATEMENTS_FILE)):
            count += 1
            if expected != found:
                self.find(STATEMENTS_FILE, "statement", f"line {count} does not follow from the change sets")
                break
        return count

    def _lines(self, name: str) -> Iterator[bytes]:
        """The lines of a file, each with its end."""
        rest = b""
        for chunk in self._read(name) if name in self._names else ():
            *lines, rest = (rest + chunk).split(b"\n")
            yield from (line + b"\n" for line in lines)
        if rest:
            yield rest
