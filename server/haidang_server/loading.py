"""Taking change sets from a bundle file straight into a hub that is not running: its own chain, or what came by hand."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from haidang_protocol.bundle import BundleReader, Damage, Found
from haidang_protocol.certificates import HUB
from haidang_protocol.envelope import OpenedSet
from haidang_protocol.errors import ProtocolError
from haidang_server.database import DATABASE_NAME, damage_told, open_for_writing
from haidang_server.door import KeyRing, Keys
from haidang_server.errors import FileUnreadableError, NoHubError
from haidang_server.hub import Hub
from haidang_server.keys import KEY_NAME, read_key

_CHUNK: Final = 1 << 16


class Loaded(NamedTuple):
    """What became of a bundle: new sets, sets that were held, sets not taken (id, code), damage."""

    fresh: int
    held: int
    refused: list[tuple[bytes, str]]
    damage: list[Damage]


def open_hub(folder: Path) -> Hub:
    """The hub of a folder, for a command that holds its lock.

    Raises:
        NoHubError, FileUnreadableError, DatabaseNewerError, DatabaseUnreadableError: with a sentence for the operator.
    """
    if not (folder / DATABASE_NAME).exists():
        raise NoHubError(folder)
    file, key = folder / DATABASE_NAME, read_key(folder / KEY_NAME)
    with damage_told(file):
        return Hub(open_for_writing(file), key)


def load_bundle(hub: Hub, file: Path, now: int) -> Loaded:
    """Store what a bundle holds, as if it had been pushed; what is damaged or unknown is named, the rest is taken.

    Raises:
        FileUnreadableError: there is no such file.
    """
    found = read_bundle(file)
    sets = [each for each in found if isinstance(each, OpenedSet)]
    damage = [each for each in found if isinstance(each, Damage)]
    taken, refused = checked(Keys(KeyRing(hub.public_key)), sets)
    with hub.transaction(now):
        committed = hub.take(taken)
    fresh = sum(each.fresh for each in committed)
    return Loaded(fresh, len(committed) - fresh, sorted(refused.items()), damage)


def checked(keys: Keys, sets: Sequence[OpenedSet]) -> tuple[list[OpenedSet], dict[bytes, str]]:
    """The sets that may be stored, and why the others may not; a set may stand before the one that certifies its key."""
    taken: list[OpenedSet] = []
    left, refused = list(sets), dict[bytes, str]()
    while True:
        refused = {}
        for opened in left:
            try:
                keys.check(opened)
                taken.append(opened)
            except ProtocolError as error:
                refused[opened.id] = error.code
        if len(refused) == len(left):
            return taken, refused
        left = [opened for opened in left if opened.id in refused]


def is_certified(hub: Hub) -> bool:
    """Whether a certificate that counts makes the hub's key a hub's (SPEC H3)."""
    return any(
        known.certificate.server == HUB
        for unit in hub.ledger.units()
        for known in hub.ledger.view(unit).counted.get(hub.server, ())
    )


def read_bundle(file: Path) -> list[Found]:
    """Everything that comes out of a bundle, damage included.

    Raises:
        FileUnreadableError: there is no such file.
    """
    reader = BundleReader()
    found: list[Found] = []
    try:
        with file.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                found += reader.feed(chunk)
    except OSError as error:
        raise FileUnreadableError(f"{file}: {error.strerror}") from error
    return [*found, *reader.finish()]
