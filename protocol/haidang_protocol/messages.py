"""The messages of the exchange and of enrolment, typed: what goes up, what comes down (SPEC X2, X3, X5, X9, X11, E5).

A message is a canonical array that begins with its tag. `frames` turns change sets into groups and back, `stream` turns
messages into one body of bytes and back.
"""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from haidang_protocol.limits import GROUP_FRAMES_MAX, IDENTIFIER_BYTES_MAX, INTEGER_MAX, RECEIPTS_MAX
from haidang_protocol.signatures import SIGNATURE_BYTES
from haidang_protocol.statements import (
    SEALED_BYTES_MAX,
    Hash,
    Id16,
    Natural,
    Scope,
    ScopeCursor,
    SetId,
    SignatureBytes,
    VerdictCode,
    decode_array,
)

Whole = Annotated[int, Meta(ge=-INTEGER_MAX, le=INTEGER_MAX)]
Reason = Annotated[str, Meta(max_length=IDENTIFIER_BYTES_MAX)]
SealedBytes = Annotated[bytes, Meta(min_length=1, max_length=SEALED_BYTES_MAX)]
PublicKeyBytes = Annotated[bytes, Meta(min_length=32, max_length=32)]
Head = bytes | Whole | list[bytes | Whole]
"""How a frame states its header: in full, or as what the receiver cannot know (SPEC X3)."""


class Item(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A canonical array inside a message."""


class Message(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A canonical array that begins with the tag of its kind."""


class Places(Item, frozen=True):
    """Where the sets of a group stand in the server's log, column by column.

    `sequences` and `received` (seconds) hold the first value and then the difference of each from the one before.
    """

    sequences: list[Whole]
    received: list[Whole]
    verdicts: list[VerdictCode]

    @property
    def columns(self) -> tuple[list[int], list[int], list[int]]:
        """The three columns."""
        return self.sequences, self.received, self.verdicts


class Columns(Message, frozen=True):
    """Up to 64 change sets, column by column: 64 bytes of signature each, then structures, heads and values.

    Structures and values are not looked at: they are the bytes that were signed.
    """

    signatures: bytes
    structures: list[msgspec.Raw]
    heads: Annotated[list[Head], Meta(min_length=1, max_length=GROUP_FRAMES_MAX)]
    values: list[msgspec.Raw]
    places: Places | None

    def __post_init__(self) -> None:
        """Refuse columns of different length."""
        frames = len(self.heads)
        if {len(self.structures), len(self.values)} != {frames}:
            raise ValueError("columns of different length")
        if len(self.signatures) != SIGNATURE_BYTES * frames:
            raise ValueError(f"a signature has {SIGNATURE_BYTES} bytes")
        if self.places is not None and set(map(len, self.places.columns)) != {frames}:
            raise ValueError("places and sets do not fit together")


class Opening(Message, frozen=True, tag=0):
    """The first message up: the prelude as it was signed."""

    prelude: bytes
    signature: SignatureBytes


class Chain(Columns, frozen=True, tag=1):
    """The sets that certify a key, for a receiver that may not know it; up it follows the prelude."""


class Group(Columns, frozen=True, tag=2):
    """Change sets, up or down."""


class Acknowledgement(Message, frozen=True, tag=3):
    """The receipt for what this request brought."""

    receipt: bytes
    signature: SignatureBytes


class Outcome(Item, frozen=True):
    """The verdict on one set of the caller, with a reason code such as `revoked`."""

    set_id: SetId
    verdict: VerdictCode
    reason: Reason


class Refusal(Item, frozen=True):
    """A frame (counted from 0 over the request) that was not stored, so the caller keeps it and its code says why.

    `resend`: send it again in full; `unknown-key`: send its certificates first; `quota`: try later; or the code of the
    `ProtocolError`.
    """

    frame: Natural
    code: Reason


class Outcomes(Message, frozen=True, tag=4):
    """Of what the request brought: the sets that are stored and not accepted, the frames that are not stored."""

    outcomes: list[Outcome]
    refused: list[Refusal]


class ScopeTips(Item, frozen=True):
    """The tips of the caller's logs in one scope."""

    scope: Scope
    tips: list[SetId]


class ServerTips(Message, frozen=True, tag=5):
    """The server's tips of the caller's logs where they differ from those that the caller named."""

    scopes: list[ScopeTips]


class SignedReceipt(Item, frozen=True):
    """A receipt that was given to somebody else, as it was signed."""

    receipt: bytes
    signature: SignatureBytes


class Receipts(Message, frozen=True, tag=6):
    """Down: receipts of sets that others brought. Up, once and last, after a heal: earlier ones than the server can have (SPEC X9)."""

    receipts: Annotated[list[SignedReceipt], Meta(max_length=RECEIPTS_MAX)]


class Cursor(Message, frozen=True, tag=7):
    """How far the caller now is; `proof` joins the size that it remembered to the checkpoint that follows."""

    epoch: Natural
    authority_cursor: Natural
    changes_cursor: Natural
    exceptions: list[ScopeCursor]
    more: bool
    proof: Annotated[list[Hash], Meta(max_length=128)]


class SignedCheckpoint(Message, frozen=True, tag=8):
    """The checkpoint that the new cursor stands on."""

    checkpoint: bytes
    signature: SignatureBytes


class ScopeState(Item, frozen=True):
    """Digests of one scope; scope None is everything that the caller receives (SPEC O15, X8)."""

    scope: Scope | None
    accepted: Hash
    authority: Hash
    state: Hash


class States(Message, frozen=True, tag=9):
    """The server's digests, for comparison."""

    states: list[ScopeState]


class Nonce(Message, frozen=True, tag=10):
    """What the next prelude must name."""

    nonce: Id16


class HeldScope(Item, frozen=True):
    """What a server that lost some of its log still has in one scope."""

    scope: Scope
    tips: list[SetId]
    parked: list[SetId]


class Heal(Message, frozen=True, tag=11):
    """The server cannot reproduce what the caller saw: give back what is lacking (SPEC X9)."""

    epoch: Natural
    size: Natural
    root: Hash | None
    scopes: list[HeldScope]


class Closing(Message, frozen=True, tag=12):
    """The last message down: the signature over the `statements.Reply` about all messages before it."""

    signature: SignatureBytes


class Greeting(Message, frozen=True, tag=13):
    """The body of `POST /v1/hello`: the caller's nonce."""

    nonce: Id16


class Answer(Message, frozen=True, tag=14):
    """The server's `statements.Hello` as it was signed; its certificate chain stands before it as a `Chain`."""

    hello: bytes
    signature: SignatureBytes


class OfferQuestion(Message, frozen=True, tag=15):
    """Enrolment, up: the sealed offer that is kept for a typed code, by what the code derives (SPEC E4)."""

    code_id: Id16


class SealedOffer(Message, frozen=True, tag=16):
    """Enrolment, down: the offer as an officer sealed it."""

    sealed: SealedBytes


class GroundQuestion(Message, frozen=True, tag=17):
    """Enrolment, up: what a new replica stands on, asked by who holds an offer, with the id of the offer's certificate."""

    certificate: Id16


class Ground(Message, frozen=True, tag=18):
    """Enrolment, down: the genesis, and what to prove possession of a key with; the certificate's chain follows in `Chain`s."""

    genesis: bytes
    challenge: Id16


class OfferDeposit(Message, frozen=True, tag=19):
    """Enrolment, up: a `statements.Deposit` as the officer signed it."""

    deposit: bytes
    signature: SignatureBytes


class OfferKept(Message, frozen=True, tag=20):
    """Enrolment, down: the sealed offer is kept until then (seconds)."""

    expiry: Natural


class Possession(Message, frozen=True, tag=21):
    """Enrolment, up: the proof (`keys.prove_possession`, over server id and challenge) that the sender holds a new key.

    A `Chain` with the set that certifies the key follows; the answer is an `Acknowledgement`.
    """

    public_key: PublicKeyBytes
    challenge: Id16
    proof: SignatureBytes


RequestMessage = Opening | Chain | Group | Receipts
ReplyMessage = (
    Acknowledgement
    | Outcomes
    | ServerTips
    | Group
    | Receipts
    | Cursor
    | SignedCheckpoint
    | States
    | Nonce
    | Heal
    | Closing
)
HelloMessage = Greeting | Chain | Answer
EnrolMessage = (
    OfferQuestion
    | SealedOffer
    | GroundQuestion
    | Ground
    | OfferDeposit
    | OfferKept
    | Possession
    | Chain
    | Acknowledgement
)

_request: Final[msgspec.msgpack.Decoder[RequestMessage]] = msgspec.msgpack.Decoder(RequestMessage)
_reply: Final[msgspec.msgpack.Decoder[ReplyMessage]] = msgspec.msgpack.Decoder(ReplyMessage)
_enrol: Final[msgspec.msgpack.Decoder[EnrolMessage]] = msgspec.msgpack.Decoder(EnrolMessage)
_hello: Final[msgspec.msgpack.Decoder[HelloMessage]] = msgspec.msgpack.Decoder(HelloMessage)


def read_request_message(data: bytes) -> RequestMessage:
    """Read one message of a request.

    Raises:
        MalformedError, NotCanonicalError: it is none.
    """
    return decode_array(_request, data, "request")


def read_reply_message(data: bytes) -> ReplyMessage:
    """Read one message of a reply; raises as `read_request_message`."""
    return decode_array(_reply, data, "reply")


def read_hello_message(data: bytes) -> HelloMessage:
    """Read one message of a hello or of the answer to it; raises as `read_request_message`."""
    return decode_array(_hello, data, "hello")


def read_enrol_message(data: bytes) -> EnrolMessage:
    """Read one message of an enrolment or of the answer to it; raises as `read_request_message`."""
    return decode_array(_enrol, data, "enrolment")
