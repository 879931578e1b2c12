"""Change sets from elsewhere, from a server or a bundle: verified, then held; nothing of them is lost, nothing stops at one.

A set whose key no held certificate names lies *aside* until one does. A set whose signature does not fit is not taken.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from haidang_protocol.envelope import OpenedSet, open_set, verify
from haidang_protocol.errors import ProtocolError, SignatureError
from haidang_protocol.ledger import Ledger
from haidang_syncclient.hub_tables import Aside, Placed
from haidang_syncclient.replica import Replica


class Arrival(NamedTuple):
    """A well-formed set, not verified, and the hub's word on it if that came with it."""

    opened: OpenedSet
    placed: Placed | None = None


class Taken(NamedTuple):
    """What became of arrivals: ids newly held, ids held already, ids set aside, ids with a bad signature."""

    fresh: list[bytes]
    known: list[bytes]
    aside: list[bytes]
    refused: list[bytes]


def take(replica: Replica, arrivals: Iterable[Arrival]) -> Taken:
    """Verify and hold sets, inside `Replica.writing`.

    Authority sets go one by one, since each may certify the key of the next; reports behind them, as they came.
    """
    taken = Taken([], [], [], [])
    listed = list(arrivals)
    reports = [arrival for arrival in listed if arrival.opened.header.acting is None]
    for arrival in listed:
        if arrival.opened.header.acting is not None:
            _take_some(replica, [arrival], taken)
    _take_some(replica, reports, taken)
    _take_those_aside(replica, taken)
    return taken


def _take_some(replica: Replica, arrivals: Sequence[Arrival], taken: Taken) -> None:
    right: list[Arrival] = []
    aside: list[Aside] = []
    for arrival in arrivals:
        opened = arrival.opened
        public_key = replica.ledger.public_key(opened.header.key)
        if public_key is None:
            aside.append(Aside(opened.id, opened.header.key, opened.parts, arrival.placed))
        elif signature_holds(opened, public_key):
            right.append(arrival)
        else:
            taken.refused.append(opened.id)
    replica.hub.put_aside(aside)
    taken.aside.extend(each.id for each in aside)
    _hold(replica, right, taken)


def _hold(replica: Replica, arrivals: Sequence[Arrival], taken: Taken) -> None:
    if not arrivals:
        return
    for committed in replica.hold([arrival.opened for arrival in arrivals]):
        (taken.fresh if committed.fresh else taken.known).append(committed.id)
    replica.hub.place(
        {arrival.opened.id: arrival.placed for arrival in arrivals if arrival.placed is not None}
    )


def _take_those_aside(replica: Replica, taken: Taken) -> None:
    """Try again what waited for a certificate, until nothing more is known."""
    while keys := [key for key in replica.hub.aside_keys() if replica.ledger.public_key(key) is not None]:
        waited = replica.hub.take_aside(keys)
        arrivals = [Arrival(opened, each.placed) for each in waited if (opened := _opened(each)) is not None]
        for arrival in arrivals:
            _take_some(replica, [arrival], taken)


def _opened(aside: Aside) -> OpenedSet | None:
    try:
        return open_set(aside.parts)
    except ProtocolError:
        return None


def signature_holds(opened: OpenedSet, public_key: bytes) -> bool:
    """Whether a set was signed with the key."""
    try:
        verify(opened, Ed25519PublicKey.from_public_bytes(public_key))
    except SignatureError:
        return False
    return True


def public_key_of(ledger: Ledger, key: bytes) -> Ed25519PublicKey | None:
    """The public key of a key id, None if no held certificate names it."""
    raw = ledger.public_key(key)
    return None if raw is None else Ed25519PublicKey.from_public_bytes(raw)
