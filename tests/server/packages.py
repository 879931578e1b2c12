"""Export packages for tests: a whole one, made once, and what may be done to it."""

import shutil
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp

import msgspec

from haidang_protocol.body import Operation
from haidang_protocol.bundle import BundleReader
from haidang_protocol.envelope import OpenedSet
from haidang_protocol.export_package import (
    CHANGES_FILE,
    MANIFEST_FILE,
    SIGNATURE_FILE,
    FileEntry,
    PackageManifest,
    manifest_bytes,
    sign_manifest,
)
from haidang_protocol.ids import RESTRICTED, scope_of
from haidang_protocol.operations import ADD, COUNT, REDACT
from haidang_protocol.package_check import PackageReport, check_package
from haidang_server.proof import Scope, write_package
from tests.server.shelf import Shelf, Stand
from tests.server.world import START, raw

Files = dict[str, bytes]
WHOLE = Scope()


def filled(folder: Path) -> Stand:
    """A hub with a bit of everything: conflicts, a tally, restricted, quarantined, parked and redacted sets."""
    stand = Stand(folder)
    shelf = stand.shelf
    redacted = shelf.put(shelf.phone, "remark", "thông tin cá nhân")
    stand.take(shelf.full(shelf.head), redacted, shelf.put(shelf.other, "visits", 7))
    stand.take(shelf.say(shelf.phone, Operation(COUNT, shelf.monthly, "taps", 5)))
    stand.take(shelf.say(shelf.phone, Operation(ADD, shelf.monthly, "services", "NET")))
    stand.take(shelf.put(shelf.head, "incidents", 2, scope=scope_of(RESTRICTED, shelf.an)))
    shelf.put(shelf.far, "visits", 1)
    stand.take(shelf.put(shelf.far, "visits", 2))
    for officer in (shelf.province, shelf.district):
        stand.take(officer.enter((REDACT, raw("redact", officer.name), [[redacted.id], "thông tin cá nhân"])))
    return stand


def written(data: Path, folder: Path, shelf: Shelf, scope: Scope = WHOLE) -> PackageManifest:
    return write_package(folder, data, shelf.hub_key, scope, START + 900, lambda *_: None)


@cache
def package() -> tuple[Files, Shelf]:
    """The files of a whole package, made once."""
    folder = Path(mkdtemp())
    stand = filled(folder / "hub")
    written(stand.folder, folder / "out", stand.shelf)
    stand.close()
    files = {path.name: path.read_bytes() for path in (folder / "out").iterdir()}
    shutil.rmtree(folder)
    return files, stand.shelf


def check(files: Files, root_set_hash: bytes | None = None) -> PackageReport:
    return check_package(files, lambda name: [files[name]], root_set_hash)


def codes(report: PackageReport) -> set[tuple[str, str]]:
    return {(finding.file, finding.code) for finding in report.findings}


def sets_of(files: Files) -> list[OpenedSet]:
    reader = BundleReader()
    found = [*reader.feed(files[CHANGES_FILE]), *reader.finish()]
    return [each for each in found if isinstance(each, OpenedSet)]


def signed_again(files: Files, **changed: bytes) -> Files:
    """The package of a hub that lies: files changed, and the manifest made to fit."""
    _, shelf = package()
    files = files | changed
    manifest = msgspec.json.decode(files[MANIFEST_FILE], type=PackageManifest)
    entries = tuple(
        FileEntry(entry.name, len(files[entry.name]), sha256(files[entry.name]).hexdigest())
        for entry in manifest.files
    )
    data = manifest_bytes(msgspec.structs.replace(manifest, files=entries))
    return files | {MANIFEST_FILE: data, SIGNATURE_FILE: sign_manifest(data, shelf.hub_key)}
