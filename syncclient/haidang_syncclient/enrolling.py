"""How a device gets its certificate: an officer's offer, the device's request under it, the officer's word (SPEC E).

The device makes its own key and lets the offer's key certify it; then the offer's seed is forgotten. Until the officer has
compared the fingerprint and confirmed, everything that the device says waits.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from haidang_protocol import operations as op
from haidang_protocol.certificates import Certificate, Genesis, Rights
from haidang_protocol.enrolment import CODE_BYTES, NONCE_BYTES, Offer, check_expiry, offer_to_text, seal_offer
from haidang_protocol.entries import read
from haidang_protocol.envelope import OpenedSet
from haidang_protocol.errors import ProtocolError
from haidang_syncclient.deployment import Deployment
from haidang_syncclient.drafts import Draft
from haidang_syncclient.errors import BadOfferError
from haidang_syncclient.intake import Arrival, take
from haidang_syncclient.keystore import SEED_BYTES, DeviceKey, Randomness, Signer
from haidang_syncclient.officer import Grant, Officer
from haidang_syncclient.reasons import of_protocol
from haidang_syncclient.replica import Replica
from haidang_syncclient.system_clock import Clock
from haidang_syncclient.words import Both


class Invitation(NamedTuple):
    """An offer that is certified: `text` for the QR code, `certificate` what it may give."""

    offer: Offer
    certificate: Certificate

    @property
    def text(self) -> str:
        """The text of the QR code."""
        return offer_to_text(self.offer)


class Ground(NamedTuple):
    """What a new replica stands on: `chain` are the authority sets that lead to the offer's certificate.

    The genesis is believed only if it is the one that the offer names. `challenge` is what the hub wants signed by the new
    key, None if it was not the hub that gave the ground.
    """

    genesis: Genesis
    chain: Sequence[OpenedSet]
    challenge: bytes | None = None


class TypedOffer(NamedTuple):
    """An offer for a typed code: what the person types (10 bytes), and what the hub keeps without being able to read it."""

    code: bytes
    sealed: bytes


def invite(replica: Replica, grant: Grant, expiry: int) -> Invitation:
    """Make an offer for one device and certify it.

    Args:
        replica: the officer's, open with the officer's key.
        grant: what the device gets.
        expiry: until when the offer may be used, in seconds.

    Raises:
        NotAllowedError: the officer may not grant that there.
    """
    seed = replica.randomness(SEED_BYTES)
    certificate = Officer(replica).offer(DeviceKey(seed).public_key, grant)
    deployment = replica.deployment
    offer = Offer(
        root_set_hash=deployment.genesis.root_set_hash,
        hub=deployment.hub,
        url=deployment.url,
        seed=seed,
        certificate=certificate.id,
        unit=grant.unit,
        expiry=expiry,
    )
    return Invitation(offer, certificate)


def for_typing(offer: Offer, randomness: Randomness) -> TypedOffer:
    """Seal an offer under a new code: the hub keeps it, the code never leaves the two devices (SPEC E4)."""
    code = randomness(CODE_BYTES)
    return TypedOffer(code, seal_offer(code, offer, randomness(NONCE_BYTES)))


def device_certificate(offered: Certificate, public_key: bytes) -> Certificate:
    """The certificate that a device asks for under an offer: all that the offer grants, to be granted on by who may certify."""
    rights = offered.grants or Rights()
    return Certificate(
        public_key=public_key,
        person=offered.person,
        label=offered.label,
        rights=rights,
        grants=rights if op.CERTIFY in rights.kinds else None,
        unit=offered.unit,
        forms=offered.forms,
        read_until=offered.read_until,
        parent=offered.id,
    )


def enrol(
    path: Path, offer: Offer, ground: Ground, signer: Signer, *, clock: Clock, randomness: Randomness
) -> Replica:
    """Make a new replica from an offer: certify the device's key by the offer's, and forget the offer's seed.

    Args:
        path: of the new database.
        offer: as it was scanned or typed.
        ground: from the hub or a bundle.
        signer: the device's new key.
        clock: the device's clock.
        randomness: for tags.

    Raises:
        BadOfferError: it has expired, is of another deployment, or its certificate is not in the chain.
        OursError: the replica cannot be made; see `errors`.
    """
    try:
        check_expiry(offer, clock())
    except ProtocolError as error:
        raise BadOfferError(of_protocol(error)) from error
    if ground.genesis.root_set_hash != offer.root_set_hash:
        raise BadOfferError(Both("nó thuộc hệ thống khác", "it belongs to another deployment"))
    deployment = Deployment(ground.genesis, offer.hub, offer.url, offer.unit)
    replica = Replica.create(path, deployment, signer, clock=clock, randomness=randomness)
    try:
        with replica.writing():
            take(replica, [Arrival(opened) for opened in ground.chain])
        request_certificate(replica, offer)
    except BaseException:
        replica.close()
        path.unlink(missing_ok=True)
        raise
    return replica


def request_certificate(replica: Replica, offer: Offer) -> OpenedSet:
    """Let the offer's key certify the replica's own.

    Raises:
        BadOfferError: the offer's certificate is not held, or is of another key.
    """
    holder = DeviceKey(offer.seed)
    offered = certificate_by_id(replica, offer.certificate)
    if offered is None or not offered.offer or offered.public_key != holder.public_key:
        raise BadOfferError(Both("thiếu giấy chứng nhận của nó", "its certificate is not here"))
    certificate = device_certificate(offered, replica.public_key)
    entry = Draft(op.CERTIFY, certificate.id, "", certificate.to_value())
    return Officer(replica, holder).write(offer.unit, [entry], acting=offer.certificate)[0]


def certificate_by_id(replica: Replica, certificate_id: bytes) -> Certificate | None:
    """A certificate that a held entry names."""
    for item in replica.ledger.authority_sets():
        for entry in item.entries:
            certificate = read(entry, op.CERTIFY)
            if isinstance(certificate, Certificate) and certificate.id == certificate_id:
                return certificate
    return None
