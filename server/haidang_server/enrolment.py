"""The hub's part in enrolment: sealed offers kept for typed codes, the ground for a new replica, new keys (SPEC E).

The hub cannot read the offers that it keeps. What it gives out is worth nothing to who does not hold an offer: the chain of an
offer's certificate is asked for by that certificate's id, which stands in the offer alone.
"""

from typing import Final

from haidang_protocol import canonical
from haidang_protocol.certificates import Certificate
from haidang_protocol.ledger import Ledger
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

    The same deposit again opens nothing again: a code that was used is known until the deposit itself expires.

    Raises:
        NotAllowedError: the key may not certify, or the code is taken.
    """
    if not may_certify(hub, deposit.key, now):
        raise NotAllowedError("certify")
    expiry = min(deposit.expiry, now + KEPT_MAX_S)
    hub.connection.execute("DELETE FROM offers WHERE forgotten <= ?", (now,))
    row = hub.connection.execute(
        "SELECT sealed, expiry FROM offers WHERE code_id = ?", (deposit.code_id,)
    ).fetchone()
    if row is not None:
        if bytes(row[0]) != deposit.sealed:
            raise NotAllowedError("code")
        return OfferKept(min(row[1], expiry))
    hub.connection.execute(
        "INSERT INTO offers VALUES (?, ?, ?, ?)",
        (deposit.code_id, deposit.sealed, expiry, max(expiry, deposit.expiry)),
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


class GroundBook:
    """Finds the ground of an offer's certificate. Anybody may ask in vain, so finding nothing costs nothing."""

    def __init__(self) -> None:
        self._ledger: Ledger | None = None
        self._end = -1
        self._offers: dict[bytes, Certificate] = {}

    def of(self, hub: Hub, certificate_id: bytes, challenge: bytes) -> list[Message]:
        """The genesis and the chain of an offer's certificate.

        Raises:
            NotFoundError: no held entry makes such an offer, or it does not count, or was closed.
        """
        if self._ledger is not hub.ledger or self._end != hub.authority_end:
            self._ledger, self._end, self._offers = hub.ledger, hub.authority_end, _offers(hub.ledger)
        offer = self._offers.get(certificate_id)
        if offer is None or not _counts(hub.ledger, offer):
            raise NotFoundError
        genesis = canonical.encode(hub.genesis.to_value())
        return [Ground(genesis, challenge), *chain_of(hub, offer.key)]


def _offers(ledger: Ledger) -> dict[bytes, Certificate]:
    found = [entry.meaning for item in ledger.authority_sets() for entry in item.entries]
    return {each.id: each for each in found if isinstance(each, Certificate) and each.offer}


def _counts(ledger: Ledger, offer: Certificate) -> bool:
    """Whether an offer's certificate counts where it is for, and its key is not cut there."""
    view = ledger.view(offer.unit)
    counted = [each for each in view.counted.get(offer.key, ()) if each.id == offer.id]
    cuts = view.cuts.get(offer.key, ())
    return any(not any(view.touches(cut.depth, cut.unit, each) for cut in cuts) for each in counted)


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
