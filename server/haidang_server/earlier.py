"""Receipts that clients give back after a heal: the hub's own word from before it lost a part of its log (SPEC X9).

They name places that the log does not have any more, so they serve times only: when a set was first received.
"""

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from haidang_protocol import statements
from haidang_protocol.errors import ProtocolError
from haidang_protocol.messages import Receipts, SignedReceipt, read_request_message
from haidang_protocol.statements import Receipt, Signed
from haidang_server.hub import Hub

_MARK = bytes([0x92, 6])
"""How the bytes of a message of receipts begin: an array of two, and its tag."""


def is_receipts(message: bytes) -> bool:
    """Whether a request message is one of receipts."""
    return message.startswith(_MARK)


def read_receipts(message: bytes) -> list[SignedReceipt]:
    """The receipts of a message.

    Raises:
        MalformedError: it is none.
    """
    found = read_request_message(message)
    return found.receipts if isinstance(found, Receipts) else []


def take_back(hub: Hub, receipts: Sequence[SignedReceipt]) -> int:
    """Keep those that this hub signed and does not have; what it did not sign says nothing. Inside a transaction."""
    own = hub.key.public_key()
    kept = 0
    for given in receipts:
        receipt = _own(given, own)
        if receipt is not None and receipt.server == hub.server:
            kept += hub.connection.execute(
                "INSERT OR IGNORE INTO earlier_receipts VALUES (?, ?, ?, ?)",
                (receipt.request_digest, receipt.epoch, given.receipt, given.signature),
            ).rowcount
    return kept


def _own(given: SignedReceipt, key: Ed25519PublicKey) -> Receipt | None:
    try:
        return statements.verify(Receipt, Signed(given.receipt, given.signature), key)
    except ProtocolError:
        return None
