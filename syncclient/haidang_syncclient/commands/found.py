"""`haidang found`: a new deployment. Writes root keys, genesis and the founding bundle, and makes the officer's replica."""

import json
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

from haidang_protocol import canonical
from haidang_protocol.definitions.tables import TableError, read_id
from haidang_protocol.definitions.units import read_units, units_at
from haidang_protocol.errors import ProtocolError
from haidang_protocol.ids import ID16, fingerprint, key_id
from haidang_protocol.keys import public_key
from haidang_syncclient.bundles import export_bundle
from haidang_syncclient.commands.answer import Answer, Refusal
from haidang_syncclient.commands.desk import Desk
from haidang_syncclient.commands.founding import ROOTS, Founder, found_deployment
from haidang_syncclient.commands.key_keeping import Keeping, keep_key
from haidang_syncclient.commands.role_file import find_role
from haidang_syncclient.deployment import Deployment
from haidang_syncclient.errors import ReplicaExistsError
from haidang_syncclient.files import disk_errors, write_new
from haidang_syncclient.keystore import SEED_BYTES, DeviceKey
from haidang_syncclient.replica import Replica
from haidang_syncclient.words.labels import LABELS

GENESIS: Final = "genesis"
FOUNDING: Final = "founding.bundle"


def found(  # noqa: PLR0913 - one parameter an option
    name: str,
    *,
    hub: str,
    url: str,
    out: Path,
    person: str,
    top: str | None = None,
    units: Path | None = None,
    date: str | None = None,
    role: str = "province-officer",
    no_passphrase: Annotated[bool, Parameter(negative=())] = False,
    keyring: Annotated[bool, Parameter(negative=())] = False,
    desk: Annotated[Desk, Parameter(parse=False)],
) -> Answer:
    """Found a deployment; the first officer's replica is made in `--home`."""
    if desk.database.exists() or desk.key_file.exists():
        raise ReplicaExistsError(str(desk.home))
    hub_key = _hub_key(desk, hub)
    unit = _top(desk, top, units, date)
    rights = find_role(role).rights
    _make_folder(out)
    passphrase = None if no_passphrase else desk.new_passphrase()
    seeds = [desk.random(SEED_BYTES) for _ in range(ROOTS)]
    roots = (DeviceKey(seeds[0]), DeviceKey(seeds[1]), DeviceKey(seeds[2]))
    officer = keep_key(desk, desk.key_file, desk.random(SEED_BYTES), Keeping(passphrase, keyring))
    for place, seed in enumerate(seeds, start=1):
        keep_key(desk, out / f"root-{place}.key", seed, Keeping(passphrase))
    founder = Founder(officer.public_key, person, role, rights, hub_key)
    genesis, first = found_deployment(name, unit, roots, founder, desk.now(), desk.random)
    write_new(out / GENESIS, canonical.encode(genesis.to_value()))
    deployment = Deployment(genesis, key_id(hub_key), url, unit)
    with Replica.create(
        desk.database, deployment, officer, clock=desk.now, randomness=desk.random
    ) as replica:
        with replica.writing():
            replica.hold([first])
        export_bundle(replica, out / FOUNDING)
    data = {
        "root_set_hash": genesis.root_set_hash, "genesis": out / GENESIS, "bundle": out / FOUNDING,
        "root_keys": [out / f"root-{place}.key" for place in range(1, ROOTS + 1)], "top": unit,
        "officer": officer.key, "hub": key_id(hub_key), "home": desk.home,
    }  # fmt: skip
    return Answer(data, _told(desk, name, out, officer))


def _told(desk: Desk, name: str, out: Path, officer: DeviceKey) -> list[str]:
    return [
        desk.say("founded", name=name),
        desk.say("root-keys", folder=out),
        desk.say("officer-made", home=desk.home, fingerprint=fingerprint(officer.key)),
        desk.say("hub-next", genesis=out / GENESIS, bundle=out / FOUNDING),
        desk.say("publish-next"),
    ]


def _hub_key(desk: Desk, text: str) -> bytes:
    """The hub's public key: 64 hex digits, or a file with them or with the JSON that `haidang-server key` printed."""
    written = text if len(text) == 64 else desk.read_text(Path(text))
    try:
        if written.lstrip().startswith("{"):
            written = str(json.loads(written)["public_key"])
        raw = bytes.fromhex(written.strip())
        public_key(raw)
    except (ValueError, KeyError, TypeError, ProtocolError):
        raise Refusal("hub-key-unreadable", file=text) from None
    return raw


def _top(desk: Desk, top: str | None, units: Path | None, date: str | None) -> bytes:
    """The id of the top unit: as given, else the unit without a parent on the date in a units.csv, else a new one."""
    try:
        if top is not None:
            return read_id(top)
        if units is None:
            return desk.random(ID16)
        table = read_units(desk.read_text(units))
    except TableError as error:
        raise Refusal("not-publishable", file=units or "--top", detail=error) from None
    there = units_at(table, date or desk.today())
    tops = [unit for unit, version in there.items() if version.parent is None]
    if len(tops) != 1:
        shown = ", ".join(there[unit].name for unit in tops) or "–"
        raise Refusal("ambiguous-name", kind=LABELS["unit"], text="--units", found=shown)
    return tops[0]


def _make_folder(folder: Path) -> None:
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(folder.iterdir()):
            raise Refusal("folder-not-empty", file=folder)
        folder.chmod(0o700)
