"""The reply of one exchange: messages packed as they are added, the signature over all of them last (SPEC X5, H2)."""

from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from haidang_protocol import canonical
from haidang_protocol.messages import Closing, Columns, Message
from haidang_protocol.statements import Reply, sign
from haidang_protocol.stream import StreamWriter, framed

LEVEL: Final = 6
"""Of DEFLATE: the server's time is shorter than the caller's link, but not by as much as level 9 takes."""


SMALL_BYTES: Final = 2_048
"""A reply of so few bytes, without groups, is nothing but hashes and signatures: it goes as it is, in one stored block."""


class ReplyWriter:
    """Collects the messages of a reply."""

    def __init__(self) -> None:
        self._stream: StreamWriter | None = None
        self._waiting: list[Message] = []
        self._hasher = sha256()
        self._data: list[bytes] = []
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
        self._data.append(data)
        self.inflated_bytes += len(data)
        self.last_bytes = len(data)
        self._waiting.append(message)
        if self._stream is not None or isinstance(message, Columns) or self.inflated_bytes > SMALL_BYTES:
            self._pack()

    def close(self, server: bytes, request_digest: bytes, key: Ed25519PrivateKey) -> bytes:
        """The whole body, signed."""
        reply = Reply(server, request_digest, self._hasher.digest())
        closing = Closing(sign(reply, key).signature)
        if self._stream is None:
            return _stored(b"".join([*self._data, framed(canonical.encode(closing))]))
        return b"".join([*self._packed, self._stream.write(closing), self._stream.finish()])

    def _pack(self) -> None:
        """Pack what waits."""
        if self._stream is None:
            self._stream = StreamWriter(LEVEL)
        packed = [self._stream.write(message) for message in self._waiting]
        self._packed += packed
        self.packed_bytes += sum(map(len, packed))
        self._waiting.clear()
        self._data.clear()


def _stored(data: bytes) -> bytes:
    """A raw DEFLATE stream of one stored block."""
    size = len(data)
    return b"\x01" + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little") + data
