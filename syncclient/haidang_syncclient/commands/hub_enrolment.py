"""What a new device asks of the hub, and what an officer leaves there for it (SPEC E)."""

from haidang_protocol.enrolment import Offer
from haidang_syncclient.commands.desk import Desk
from haidang_syncclient.commands.sync import run_sync
from haidang_syncclient.enrol_exchange import ask_ground, ask_offer, leave_offer
from haidang_syncclient.enrolling import Ground
from haidang_syncclient.errors import NetworkError, TheirsError
from haidang_syncclient.http_transport import HttpTransport


def ground_of_hub(offer: Offer) -> Ground:
    """The genesis and the authority that leads to an offer, from the hub that it names.

    Raises:
        BadOfferError: the hub does not know the offer.
        NetworkError, TheirsError: the hub cannot be reached, or does not answer in order.
    """
    with HttpTransport(offer.url) as transport:
        return ask_ground(transport, offer)


def offer_of_code(code: str, url: str) -> Offer:
    """The offer that a typed code opens.

    Raises:
        BadOfferError: the code is none, is not known, or was used.
        NetworkError, TheirsError: as `ground_of_hub`.
    """
    with HttpTransport(url) as transport:
        return ask_offer(transport, code)


def leave_at_hub(desk: Desk, offer: Offer) -> str | None:
    """Bring the hub an offer, and leave it there for a typed code: the code, or None if the hub cannot be reached now."""
    replica = desk.replica(signing=True)
    try:
        if run_sync(desk, 1).error is not None:
            return None
        with HttpTransport(replica.deployment.url) as transport:
            return leave_offer(replica, transport, offer).text
    except (NetworkError, TheirsError) as error:
        desk.tell(error.sentence(desk.language))
        return None
