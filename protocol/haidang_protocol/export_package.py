"""Export packages: files for people and programs, a manifest that the hub signed, and the change sets that prove them.

A package is a folder with

- `manifest.json`: who exported what when, the SHA-256 of every other file, the state of each scope, the hub's checkpoint;
  `manifest.sig` is the hub's signature (64 bytes) over `haidang/export/1`, a zero byte, and the manifest's bytes;
- `changes.hdb`: a bundle (SPEC K1) of the change sets, authority first;
- `log.ndjson`: the hub's whole log, a line `[set id, received, verdict code]` a leaf, from which the checkpoint's root follows;
- `statements.ndjson`: every live statement of the merged records with its place in the change sets;
- whatever else the manifest lists, such as tables: these are vouched for by the hub's signature alone.

Here is what a package is made of; `package_check` checks one. Pure: whoever calls reads and writes the files.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from haidang_protocol.merge import Live, RecordState
from haidang_protocol.operations import NAMES
from haidang_protocol.reading import CELL_MARK

EXPORT_DOMAIN: Final = b"haidang/export/1\x00"
MANIFEST_FILE: Final = "manifest.json"
SIGNATURE_FILE: Final = "manifest.sig"
CHANGES_FILE: Final = "changes.hdb"
LOG_FILE: Final = "log.ndjson"
STATEMENTS_FILE: Final = "statements.ndjson"

_encode: Final = msgspec.json.Encoder().encode


class FileEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of the package; `sha256` in hexadecimal digits."""

    name: str
    bytes: int
    sha256: str


class ScopeState(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The digests of a scope (SPEC O15) in hexadecimal digits."""

    scope: str
    accepted: str
    authority: str
    state: str


class PackageManifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the hub signs.

    Attributes:
        genesis: Canonical bytes of the genesis, in hexadecimal digits, as are all bytes here.
        server, epoch: Of the hub.
        checkpoint, checkpoint_signature: The hub's signed checkpoint of its log at this state.
        made: When, in seconds.
        complete: Whether every change set that the hub held is in the package, not only those of some scopes.
        scopes: The scopes in the package.
        files: All files but the manifest and its signature.
    """

    format: Literal["haidang-export-1"] = "haidang-export-1"
    genesis: str
    server: str
    epoch: int
    checkpoint: str
    checkpoint_signature: str
    made: int
    complete: bool
    scopes: tuple[ScopeState, ...]
    files: tuple[FileEntry, ...]


def manifest_bytes(manifest: PackageManifest) -> bytes:
    """The bytes of `manifest.json`: these are signed and kept, nobody encodes them anew."""
    return msgspec.json.format(_encode(manifest), indent=2) + b"\n"


def sign_manifest(data: bytes, key: Ed25519PrivateKey) -> bytes:
    """The bytes of `manifest.sig`."""
    return key.sign(EXPORT_DOMAIN + data)


def log_line(set_id: bytes, received: int, verdict: int) -> bytes:
    """A line of `log.ndjson`: a leaf of the hub's log (SPEC H1)."""
    return _encode([set_id.hex(), received, verdict]) + b"\n"


def statement_lines(scope: bytes, records: Iterable[tuple[bytes, RecordState]]) -> Iterator[bytes]:
    """The lines of `statements.ndjson` for a scope: a function of what is live, whatever the order in which it came."""
    for record, state in sorted(records, key=lambda each: each[0]):
        start = {"scope": scope.hex(), "record": record.hex()}
        for slot, lives in sorted(state.slots.items()):
            for live in sorted(lives, key=lambda each: each.identity):
                yield _line(start, slot, _statement(live))
        for slot, tally in sorted(state.tallies.items()):
            yield _line(start, slot, {"kind": "tally", "total": tally.total, "steps": tally.steps})


def _line(start: Mapping[str, str], slot: str, said: Mapping[str, Any]) -> bytes:
    field, *cell = slot[1:].split(CELL_MARK)
    row, name = (cell[0], cell[1]) if cell else (None, "")
    return _encode({**start, "slot": slot[0], "field": field, "row": row, "cell": name, **said}) + b"\n"


def _statement(live: Live) -> dict[str, Any]:
    """A live operation; of several places where it stands, the one of the least id."""
    set16, index = min(live.places())
    return {
        "kind": NAMES.get(live.kind, live.kind),
        "value": _jsonable(live.value),
        "operation": live.identity.hex(),
        "set16": set16.hex(),
        "index": index,
    }


def _jsonable(value: Any) -> Any:
    """A value of the protocol in JSON, no two alike: bytes as an object, which no value of the protocol is."""
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, list | tuple):
        return [_jsonable(part) for part in value]
    return value
