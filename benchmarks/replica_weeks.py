"""A replica that holds many small change sets: what an office's computer has after a quarter of a year.

The workload's 160 devices repeat their week of 250 edits, sealed in sets of five, until there are as many as are asked for.
All goes into a replica the way it would come from a hub: `Replica.hold`, in steps of some thousand sets.
"""

import os
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from deployment import HUB_ID, TOP, authority, genesis
from province import Edit, Province, named, province

from haidang_protocol.envelope import OpenedSet
from haidang_syncclient.deployment import Deployment
from haidang_syncclient.keystore import DeviceKey
from haidang_syncclient.replica import Replica

EDITS_IN_SET: Final = 5
WEEK_MS: Final = 7 * 86_400_000
HELD_TOGETHER: Final = 5_000


def prepare_replica(folder: Path, sets: int) -> Path:
    """The database of a replica that holds so many sets of five edits, made unless it was before."""
    path = folder / f"{sets}.db"
    if not path.exists():
        for left in folder.glob(f"{sets}.making.db*"):
            left.unlink()
        making = folder / f"{sets}.making.db"
        _fill(making, sets)
        making.rename(path)
    return path


def open_replica(path: Path) -> Replica:
    """The replica, to be read."""
    return Replica.open(path, clock=_now, randomness=os.urandom)


def _fill(path: Path, sets: int) -> None:
    deployment = Deployment(genesis(), HUB_ID, "http://127.0.0.1/", TOP)
    signer = DeviceKey(named("key", "office"))
    held = province()
    everything = _weeks(held, sets)
    with Replica.create(path, deployment, signer, clock=_now, randomness=os.urandom) as replica:
        with replica.writing():
            replica.hold([*authority(held.devices.values()), *held.filled.values()])
        while batch := list(islice(everything, HELD_TOGETHER)):
            with replica.writing():
                replica.hold(batch)
        replica.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _weeks(held: Province, sets: int) -> Iterator[OpenedSet]:
    """So many sets, device after device, each with its share of them."""
    shares = [sets // len(held.edits) + (at < sets % len(held.edits)) for at in range(len(held.edits))]
    for share, (name, week) in zip(shares, held.edits.items(), strict=True):
        edits = list(islice(_repeated(week), share * EDITS_IN_SET))
        yield from held.devices[name].week(edits, EDITS_IN_SET, held.filled)


def _repeated(week: list[Edit]) -> Iterator[Edit]:
    number = 0
    while True:
        yield from ({**edit, "t": edit["t"] + number * WEEK_MS} for edit in week)
        number += 1


def _now() -> int:
    return int(time.time())
