"""The answer to a hello: the hub proves its key over the TLS certificate in use (SPEC X11)."""

from typing import Final

import msgspec

from haidang_protocol.errors import ProtocolError
from haidang_protocol.frames import Outgoing, write_groups
from haidang_protocol.messages import Answer, Chain, Greeting, Message, read_hello_message
from haidang_protocol.statements import Hello, sign
from haidang_protocol.stream import StreamReader, write_body
from haidang_server.errors import RequestMalformedError
from haidang_server.hub import Hub

_LEVEL: Final = 6


def answer_hello(hub: Hub, body: bytes, certificate: bytes, nonce: bytes) -> bytes:
    """The answer to a hello. On the writer's thread.

    Args:
        hub: whose key is proven.
        body: of the request.
        certificate: SHA-256 of the TLS certificate that the caller sees, empty without TLS.
        nonce: random.

    Raises:
        RequestMalformedError: this is no hello.
    """
    try:
        (message,) = map(read_hello_message, StreamReader().feed(body))
    except (ProtocolError, ValueError) as error:
        raise RequestMalformedError(error) from None
    if not isinstance(message, Greeting):
        raise RequestMalformedError("a greeting was expected")
    hello = Hello(hub.server, message.nonce, certificate, nonce, hub.epoch, hub.log.size, hub.log.root)
    return write_body([*chain_of(hub, hub.server), Answer(*sign(hello, hub.key))], _LEVEL)


def chain_of(hub: Hub, key: bytes) -> list[Message]:
    """The authority sets that certify a key, as groups."""
    ids = sorted(hub.standings().chain(key), key=hub.authority_order.__getitem__)
    parts = hub.store.parts(ids)
    return [
        Chain(*msgspec.structs.astuple(group))
        for group in write_groups(Outgoing(set_id, parts[set_id]) for set_id in ids)
    ]
