"""The reply of one exchange: messages packed as they are added, the signature over all of them last (SPEC X5, H2)."""

from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from haidang_protocol import canonical
from haidang_protocol.messages import Closing, Message
from haidang_protocol.statements import Reply, sign
from haidang_protocol.stream import StreamWriter, framed

LEVEL: Final = 6
"""Of DEFLATE: the server's time is shorter than the caller's link, but not by as much as level 9 takes."""


class ReplyWriter:
    """Collects the messages of a reply."""

    def __init__(self) -> None:
        self._stream = StreamWriter(LEVEL)
        self._hasher = sha256()
        self._packed: list[bytes] = []
        self.inflated_bytes = 0
        self.packed_bytes = 0
        """What is packed so far; the last message may not have come out yet."""
        self.last_bytes = 0
        """Of the last message, before it was packed."""

    def add(self, message: Message) -> None:
        """The next message."""
        data = framed(canonical.encode(message))
        self._hasher.update(data)
        self.inflated_bytes += len(data)
        self.last_bytes = len(data)
        packed = self._stream.write(message)
        self._packed.append(packed)
        self.packed_bytes += len(packed)

    def close(self, server: bytes, request_digest: bytes, key: Ed25519PrivateKey) -> bytes:
        """The whole body, signed."""
        reply = Reply(server, request_digest, self._hasher.digest())
        self._packed += (self._stream.write(Closing(sign(reply, key).signature)), self._stream.finish())
        return b"".join(self._packed)
