"""A server proves who it is, before anything is pushed to it (SPEC H3, X11)."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from haidang_protocol import keys
from haidang_protocol.certificates import HUB, RELAY
from haidang_protocol.errors import ProtocolError
from haidang_protocol.frames import FrameReader
from haidang_protocol.ledger import Ledger
from haidang_protocol.messages import Answer, Chain, Greeting, read_hello_message
from haidang_protocol.statements import Hello, Signed, decode, verify
from haidang_protocol.stream import StreamReader, write_body
from haidang_syncclient.errors import WrongServerError
from haidang_syncclient.intake import Arrival, take
from haidang_syncclient.reasons import of_protocol, within
from haidang_syncclient.replica import Replica
from haidang_syncclient.words import Both


def greeting(nonce: bytes) -> bytes:
    """The body of a hello."""
    return write_body([Greeting(nonce)])


def believe(replica: Replica, reply: bytes, nonce: bytes, certificate: bytes, origin: str) -> Hello:
    """Check the answer to a hello and remember that the server was proven over this TLS certificate.

    Args:
        replica: keeps the server's certificates.
        reply: the body of the answer.
        nonce: of the hello.
        certificate: SHA-256 of the TLS certificate in use, empty without TLS.
        origin: where the server is.

    Raises:
        WrongServerError: it is not the hub of this deployment; it is not remembered.
    """
    try:
        signed = _read(replica, reply)
        hello = decode(Hello, signed.data)
        key = server_key(replica.ledger, replica.deployment.hub)
        if key is None or hello.server != replica.deployment.hub:
            raise WrongServerError(origin)
        verify(Hello, signed, key)
    except ProtocolError as error:
        raise WrongServerError(within(origin, of_protocol(error))) from error
    if (hello.caller_nonce, hello.certificate_digest) != (nonce, certificate):
        raise WrongServerError(within(origin, Both("có máy khác đứng giữa", "somebody stands in between")))
    with replica.writing():
        replica.hub.prove(origin, certificate, hello.server)
    return hello


def _read(replica: Replica, reply: bytes) -> Signed:
    stream, frames = StreamReader(), FrameReader()
    answer: Signed | None = None
    for data in stream.feed(reply):
        message = read_hello_message(data)
        if isinstance(message, Chain):
            sets = [frame.result for frame in frames.read(message)]
            arrivals = [Arrival(opened) for opened in sets if not isinstance(opened, ProtocolError)]
            with replica.writing():
                take(replica, arrivals)
        elif isinstance(message, Answer):
            answer = Signed(message.hello, message.signature)
    if answer is None or not stream.complete:
        raise WrongServerError(Both("không có trả lời", "no answer"))
    return answer


def server_key(ledger: Ledger, server: bytes) -> Ed25519PublicKey | None:
    """The key of a server, if a certificate for a server counts for it (SPEC H3)."""
    raw = ledger.public_key(server)
    if raw is None or not any(
        _serves(ledger, server, unit) for unit in {ledger.genesis.top, *ledger.units()}
    ):
        return None
    return keys.public_key(raw)


def _serves(ledger: Ledger, server: bytes, unit: bytes) -> bool:
    counted = ledger.view(unit).counted.get(server, ())
    return any(known.certificate.server in (HUB, RELAY) for known in counted)
