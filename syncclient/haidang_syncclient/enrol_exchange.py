"""What enrolment asks of the hub: the offer behind a typed code, the ground of a new replica, a code for an offer (SPEC E5).

The hub needs to be believed in nothing of this: an offer opens with its code alone, a genesis is checked against the hash
that the offer names, and the sets of a chain carry their own signatures.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol, TypeVar

from haidang_protocol import canonical
from haidang_protocol.certificates import genesis_from_value
from haidang_protocol.enrolment import Offer, code_from_text, code_id, code_to_text, open_offer
from haidang_protocol.envelope import OpenedSet
from haidang_protocol.errors import ProtocolError
from haidang_protocol.frames import FrameReader, FrameWriter, Outgoing
from haidang_protocol.keys import possession_bytes
from haidang_protocol.messages import (
    Acknowledgement,
    Chain,
    EnrolMessage,
    GroundQuestion,
    Message,
    OfferDeposit,
    OfferKept,
    OfferQuestion,
    Possession,
    SealedOffer,
    read_enrol_message,
)
from haidang_protocol.messages import Ground as GroundAnswer
from haidang_protocol.statements import DOMAINS, Deposit
from haidang_protocol.stream import StreamReader, write_body
from haidang_syncclient.enrolling import Ground, for_typing
from haidang_syncclient.errors import BadOfferError, BrokenReplyError, RefusedError
from haidang_syncclient.reasons import of_protocol, within
from haidang_syncclient.replica import Replica
from haidang_syncclient.requests import certificate_chain
from haidang_syncclient.words import Both

NOT_FOUND = "not-found"
M = TypeVar("M", bound=Message)


class EnrolTransport(Protocol):
    """A way to a hub that need not be proven."""

    def enrol(self, body: bytes) -> bytes:
        """Send a question of enrolment; the answer."""


class TypedCode(NamedTuple):
    """A code to be typed (16 letters in groups of four), and until when the hub keeps its offer (seconds)."""

    text: str
    expiry: int


def ask_offer(transport: EnrolTransport, code_text: str) -> Offer:
    """The offer that a typed code opens. One use: ten minutes after it was first asked for it is gone.

    Raises:
        BadOfferError: no such code, or it was used or has expired.
        NetworkError, TheirsError: see `errors`.
    """
    try:
        code = code_from_text(code_text)
        answer = _ask(transport, [OfferQuestion(code_id(code))])
        return open_offer(code, _one(answer, SealedOffer).sealed)
    except ProtocolError as error:
        raise BadOfferError(of_protocol(error)) from error
    except RefusedError as error:
        raise _unknown(error) from error


def ask_ground(transport: EnrolTransport, offer: Offer) -> Ground:
    """The genesis and the authority that leads to an offer's certificate.

    Raises:
        BadOfferError: the hub does not know the offer (yet): its officer has to sync first.
        NetworkError, TheirsError: see `errors`.
    """
    try:
        answer = _ask(transport, [GroundQuestion(offer.certificate)])
    except RefusedError as error:
        raise _unknown(error) from error
    ground = _one(answer, GroundAnswer)
    try:
        genesis = genesis_from_value(canonical.decode(ground.genesis))
    except ProtocolError as error:
        raise BrokenReplyError(of_protocol(error)) from error
    return Ground(genesis, _sets(answer), ground.challenge)


def leave_offer(replica: Replica, transport: EnrolTransport, offer: Offer) -> TypedCode:
    """Leave an offer at the hub, sealed under a new code that never gets there.

    Args:
        replica: the officer's, open with the officer's key; the hub has to know the officer already.
        transport: to the hub.
        offer: as `enrolling.invite` made it.

    Raises:
        NoKeyError: the replica was opened without its key.
        RefusedError: the hub does not take it, such as from a key that may not certify.
        NetworkError, TheirsError: see `errors`.
    """
    signer = replica.the_signer()
    code, sealed = for_typing(offer, replica.randomness)
    deposit = Deposit(replica.deployment.hub, replica.key, code_id(code), sealed, offer.expiry)
    data = canonical.encode(deposit)
    answer = _ask(transport, [OfferDeposit(data, signer.sign(DOMAINS[Deposit] + data))])
    return TypedCode(code_to_text(code), _one(answer, OfferKept).expiry)


def present_key(replica: Replica, transport: EnrolTransport, challenge: bytes) -> None:
    """Bring the hub the request for one's certificate, with the proof that one holds the key.

    The next sync would bring it too; the receipt comes with that one.

    Args:
        replica: newly enrolled, open with its key.
        transport: to its hub, which has been proven.
        challenge: of the ground.

    Raises:
        NoKeyError: the replica was opened without its key.
        NetworkError, TheirsError: see `errors`.
    """
    proof = replica.the_signer().sign(possession_bytes(replica.deployment.hub + challenge))
    ids = certificate_chain(replica, all_of_it=False)
    outgoing = [Outgoing(set_id, parts) for set_id, parts in replica.store.parts(ids).items()]
    group = FrameWriter().group(outgoing)
    chain = Chain(group.signatures, group.structures, group.heads, group.values, group.places)
    _one(_ask(transport, [Possession(replica.public_key, challenge, proof), chain]), Acknowledgement)


def _ask(transport: EnrolTransport, question: Sequence[Message]) -> list[EnrolMessage]:
    """The messages of an answer.

    Raises:
        BrokenReplyError: it is none.
        NetworkError, TheirsError: see `errors`.
    """
    stream = StreamReader()
    try:
        messages = [read_enrol_message(data) for data in stream.feed(transport.enrol(write_body(question)))]
    except ProtocolError as error:
        raise BrokenReplyError(within(error.code, of_protocol(error))) from error
    if not stream.complete:
        raise BrokenReplyError(Both("trả lời chưa trọn", "the answer ends too early"))
    return messages


def _one(answer: Sequence[EnrolMessage], kind: type[M]) -> M:
    found = [message for message in answer if isinstance(message, kind)]
    if len(found) != 1:
        raise BrokenReplyError(Both("trả lời không đúng câu hỏi", "it answers something else"))
    return found[0]


def _sets(answer: Sequence[EnrolMessage]) -> list[OpenedSet]:
    frames = FrameReader()
    results = [frame.result for each in answer if isinstance(each, Chain) for frame in frames.read(each)]
    return [result for result in results if isinstance(result, OpenedSet)]


def _unknown(error: RefusedError) -> Exception:
    """What a refusal means to who holds an invitation."""
    if error.problem != NOT_FOUND:
        return error
    return BadOfferError(
        Both("máy chủ không biết, hoặc lời mời đã dùng", "the hub does not know it, or it was used")
    )
