"""Receipts that clients give back after a heal: the hub's own word from before it lost a part of its log (SPEC X9).

They name places that the log does not have any more, so they serve times only: when a set was first received.
"""

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from haidang_protocol import statements
from haidang_protocol.errors import ProtocolError
from haidang_protocol.messages import Receipts, read_request_message
from haidang_protocol.statements import Receipt, Signed
from haidang_server.hub import Hub

_MARK = bytes([0x92, 6])
"""How the bytes of a message of receipts begin: an array of two, and its tag."""


def is_receipts(message: bytes) -> bool:
    """Whether a request message is one of receipts."""
    return message.startswith(_MARK)


def own_receipts(message: bytes, server: bytes, key: Ed25519PublicKey) -> list[tuple[Receipt, Signed]]:
    """The receipts of a message that this server signed; what it did not sign says nothing.

    Raises:
        MalformedError: it is none.
    """
    found = read_request_message(message)
    given = found.receipts if isinstance(found, Receipts) else []
    signed = [Signed(each.receipt, each.signature) for each in given]
    return [(receipt, each) for each in signed if (receipt := _own(each, server, key)) is not None]


def keep(hub: Hub, receipts: Sequence[tuple[Receipt, Signed]]) -> int:
    """Keep those that the hub does not have; how many. Inside a transaction."""
    return sum(
        hub.connection.execute(
            "INSERT OR IGNORE INTO earlier_receipts VALUES (?, ?, ?, ?)",
            (receipt.request_digest, receipt.epoch, signed.data, signed.signature),
        ).rowcount
        for receipt, signed in receipts
    )


def _own(signed: Signed, server: bytes, key: Ed25519PublicKey) -> Receipt | None:
    try:
        if statements.decode(Receipt, signed.data).server != server:
            return None
        return statements.verify(Receipt, signed, key)
    except ProtocolError:
        return None
