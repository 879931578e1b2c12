"""What the protocol can refuse, each error with a stable code.

ProtocolError
├── MalformedError        bytes that are no value of the format
│   └── NotCanonicalError bytes that are a value, but not in its one encoding
├── LimitError            more than a limit of the format allows
├── SignatureError        a signature that does not fit its bytes and key
├── KeyRefusedError       a public key that must not be enrolled
├── OfferError            no offer of enrolment, or a damaged one
│   └── OfferExpiredError an offer whose time is over
├── CodeError             no typed code, or one that does not open the offer
└── ProofError            a checkpoint, inclusion or consistency proof that does not hold
"""

from typing import ClassVar


class ProtocolError(Exception):
    """Base of all refusals; `code` is stable and goes over the wire."""

    code: ClassVar[str] = "protocol"


class MalformedError(ProtocolError):
    """The bytes are no value of the format."""

    code = "malformed"


class NotCanonicalError(MalformedError):
    """The bytes decode, but encoding the result gives other bytes (SPEC B3)."""

    code = "not-canonical"


class LimitError(ProtocolError):
    """A limit of the format is passed (SPEC Z)."""

    code = "over-limit"


class SignatureError(ProtocolError):
    """The signature does not verify."""

    code = "bad-signature"


class KeyRefusedError(ProtocolError):
    """The public key is not canonical, or of small or mixed order (SPEC B1)."""

    code = "bad-key"


class OfferError(ProtocolError):
    """The text or bytes are no offer of enrolment (SPEC E1)."""

    code = "bad-offer"


class OfferExpiredError(OfferError):
    """The offer was good once."""

    code = "offer-expired"


class CodeError(ProtocolError):
    """The typed code is none, or does not open the offer (SPEC E4)."""

    code = "bad-code"


class ProofError(ProtocolError):
    """A Merkle proof or a signed statement about the hub's log does not hold."""

    code = "bad-proof"
