"""The authority of the benchmarks' province: three roots, one province officer, the units and the devices' certificates."""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from province import Device, named

from haidang_protocol import canonical
from haidang_protocol.body import Operation, Save
from haidang_protocol.bundle import Manifest, write_bundle
from haidang_protocol.certificates import HUB, Certificate, Genesis, Rights
from haidang_protocol.envelope import Header, OpenedSet, seal
from haidang_protocol.ids import AUTHORITY, REPORTS, key_id, next_tag, scope_of
from haidang_protocol.operations import CERTIFY, KINDS, PUT, UNIT
from haidang_server.keys import write_key

START: Final = 1_789_000_000
ENTRIES_IN_SET: Final = 500
TOP: Final = named("unit", "top")[:16]
HUB_KEY: Final = Ed25519PrivateKey.from_private_bytes(named("key", "hub"))
HUB_ID: Final = key_id(HUB_KEY.public_key().public_bytes_raw())
OFFICE: Final = Rights(frozenset(KINDS), frozenset(), frozenset({REPORTS, AUTHORITY}))
REPORTER: Final = Rights(frozenset({PUT}), frozenset(), frozenset({REPORTS}))
NOTHING: Final = Rights()

_ROOTS: Final = [Ed25519PrivateKey.from_private_bytes(named("key", "root", slot)) for slot in range(3)]
_PROVINCE: Final = Ed25519PrivateKey.from_private_bytes(named("key", "province"))

Entry = tuple[int, bytes, Any]


def genesis() -> Genesis:
    """What the deployment starts from."""
    first, second, third = (root.public_key().public_bytes_raw() for root in _ROOTS)
    return Genesis("Tỉnh", TOP, (first, second, third))


def authority(devices: Iterable[Device]) -> list[OpenedSet]:
    """The sets that certify the hub, the province officer and all devices, and name all units."""
    root = genesis().root_certificate_id(0)
    officer = _certificate(_PROVINCE, "province", TOP, OFFICE, root)
    hub = _certificate(HUB_KEY, "hub", TOP, NOTHING, root, server=HUB)
    founding = [(UNIT, TOP, [None, "Tỉnh"]), _certify(officer), _certify(hub)]
    held = list(devices)
    entries: list[Entry] = [
        (UNIT, unit, [TOP, "Huyện"]) for unit in dict.fromkeys(each.unit for each in held)
    ]
    entries += [_certify(_certificate(each.key, each.name, each.unit, REPORTER, officer.id)) for each in held]
    batches = [entries[at : at + ENTRIES_IN_SET] for at in range(0, len(entries), ENTRIES_IN_SET)]
    return [*_log(_ROOTS[0], root, [founding]), *_log(_PROVINCE, officer.id, batches)]


def make_hub(folder: Path, sets: Iterable[OpenedSet]) -> None:
    """A hub in a new folder that holds these sets, made by the operator's own commands."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    files = {name: folder.with_suffix(f".{name}") for name in ("genesis", "bundle", "key")}
    for file in files.values():
        file.unlink(missing_ok=True)
    files["genesis"].write_bytes(canonical.encode(genesis().to_value()))
    write_key(files["key"], HUB_KEY)
    held = list(sets)
    manifest = Manifest(HUB_ID, (), len(held))
    with files["bundle"].open("wb") as stream:
        stream.writelines(write_bundle(manifest, ((each.id, each.parts) for each in held)))
    subprocess.run(
        [
            *(sys.executable, "-m", "haidang_server", "init", folder, "--genesis", files["genesis"]),
            *("--chain", files["bundle"], "--key", files["key"], "--json"),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )


def _certificate(
    key: Ed25519PrivateKey, name: str, unit: bytes, rights: Rights, parent: bytes, server: int = 0
) -> Certificate:
    return Certificate(
        public_key=key.public_key().public_bytes_raw(),
        person=name,
        label=name,
        rights=rights,
        grants=rights if rights is OFFICE else None,
        unit=unit,
        parent=parent,
        server=server,
    )


def _certify(certificate: Certificate) -> Entry:
    return CERTIFY, named("entry", certificate.person)[:16], certificate.to_value()


def _log(key: Ed25519PrivateKey, acting: bytes, batches: list[list[Entry]]) -> list[OpenedSet]:
    """Authority sets at the top, one after the other."""
    author = key_id(key.public_key().public_bytes_raw())
    tag, sets = bytes(8), list[OpenedSet]()
    for position, entries in enumerate(batches):
        previous = (sets[-1].id,) if sets else ()
        header = Header(author, scope_of(AUTHORITY, TOP), 0, position, previous, START, tag, acting)
        operations = tuple(Operation(kind, record, "", value) for kind, record, value in entries)
        sets.append(seal(header, [Save(b"", START, operations)], key))
        tag = next_tag(tag, 1)
    return sets
