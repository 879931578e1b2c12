"""The hub's part in enrolment: sealed offers kept for typed codes, the ground for a new replica, new keys (SPEC E).

The hub cannot read the offers that it keeps. What it gives out is worth nothing to who does not hold an offer: the chain of an
offer's certificate is asked for by that certificate's id, which stands in the offer alone.
"""

from typing import Final

from haidang_protocol import canonical
from haidang_protocol.certificates import Certificate
from haidang_protocol.messages import Ground, Message, OfferKept, SealedOffer
from haidang_protocol.operations import CERTIFY
from haidang_protocol.statements import Deposit
from haidang_server.errors import NotAllowedError, NotFoundError
from haidang_server.greeting import chain_of
from haidang_server.hub import Hub

GRACE_S: Final = 600
"""How long a sealed offer can be had again after it was first given: the reply may have been lost."""
KEPT_MAX_S: Final = 30 * 86_400
"""How long a sealed offer is kept at most."""


def keep_offer(hub: Hub, deposit: Deposit, now: int) -> OfferKept:
    """Keep a sealed offer of an officer, whose signature was checked. Inside a transaction.

    Raises:
        NotAllowedError: the key may not certify, or the code is taken.
    """
    if not may_certify(hub, deposit.key, now):
        raise NotAllowedError("certify")
    expiry = min(deposit.expiry, now + KEPT_MAX_S)
    hub.connection.execute("DELETE FROM offers WHERE expiry <= ?", (now,))
    row = hub.connection.execute("SELECT sealed FROM offers WHERE code_id = ?", (deposit.code_id,)).fetchone()
    if row is not None and bytes(row[0]) != deposit.sealed:
        raise NotAllowedError("code")
    hub.connection.execute(
        "INSERT OR REPLACE INTO offers VALUES (?, ?, ?)", (deposit.code_id, deposit.sealed, expiry)
    )
    return OfferKept(expiry)


def give_offer(hub: Hub, code_id: bytes, now: int) -> SealedOffer:
    """A sealed offer, once and for a little while after. Inside a transaction.

    Raises:
        NotFoundError: there is none, or its time is over.
    """
    row = hub.connection.execute(
        "SELECT sealed FROM offers WHERE code_id = ? AND expiry > ?", (code_id, now)
    ).fetchone()
    if row is None:
        raise NotFoundError
    hub.connection.execute(
        "UPDATE offers SET expiry = min(expiry, ?) WHERE code_id = ?", (now + GRACE_S, code_id)
    )
    return SealedOffer(bytes(row[0]))


def ground_for(hub: Hub, certificate_id: bytes, challenge: bytes) -> list[Message]:
    """The genesis and the chain of an offer's certificate.

    Raises:
        NotFoundError: no held entry makes such an offer.
    """
    for item in hub.ledger.authority_sets():
        for entry in item.entries:
            found = entry.meaning
            if isinstance(found, Certificate) and found.offer and found.id == certificate_id:
                genesis = canonical.encode(hub.genesis.to_value())
                return [Ground(genesis, challenge), *chain_of(hub, found.key)]
    raise NotFoundError


def may_certify(hub: Hub, key: bytes, now: int) -> bool:
    """Whether a key in good standing holds a certificate with which it may certify others."""
    if not hub.standings().of(key).scopes(now):
        return False
    return any(
        known.certificate.grants is not None
        and (known.certificate.rights.everything or CERTIFY in known.certificate.rights.kinds)
        for unit in hub.ledger.units()
        for known in hub.ledger.view(unit).counted.get(key, ())
    )
