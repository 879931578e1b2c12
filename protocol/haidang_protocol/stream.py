"""Messages to one body of bytes and back (SPEC X1): each with its length in front, all in one raw DEFLATE stream.

The writer puts what does not shrink (keys, hashes, signatures) into *stored* blocks, where a byte costs 8 bits, and gives
the structures and the values of a long group a code each. A reader knows nothing of this: any raw DEFLATE stream of the
same bytes is as good.
"""

import zlib
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Final, NamedTuple

from haidang_protocol import canonical
from haidang_protocol.errors import LimitError, MalformedError
from haidang_protocol.limits import MESSAGE_BYTES_MAX
from haidang_protocol.messages import Closing, Columns, Message, Opening

_WINDOW: Final = 32 * 1024
_STORED_MAX: Final = 0xFFFF
_STEP: Final = 64 * 1024
"""Bytes inflated at a time, so that a small chunk cannot take much memory at once."""
_LENGTH_BYTES_MAX: Final = 4
_COLUMN_MIN: Final = 1024
"""A column shorter than this is not worth a code of its own (about 70 bytes)."""
_STORED_KINDS: Final = (Opening, Closing)
LEVEL: Final = 9
"""The level of DEFLATE that a sender of few bytes over a weak link uses."""


def framed(message: bytes) -> bytes:
    """A message with its length in front: 7 bits a byte, lowest first, the high bit set on all but the last byte."""
    length, prefix = len(message), bytearray()
    while length > 0x7F:
        prefix.append(length & 0x7F | 0x80)
        length >>= 7
    prefix.append(length)
    return bytes(prefix) + message


def request_digest(messages: Iterable[bytes]) -> bytes:
    """What the prelude says of the messages behind it; they come without their lengths."""
    hasher = sha256(b"haidang/request/1\x00")
    for message in messages:
        hasher.update(framed(message))
    return hasher.digest()


def reply_digest(messages: Iterable[bytes]) -> bytes:
    """What the closing signature of a reply covers: all messages before it; they come without their lengths."""
    hasher = sha256()
    for message in messages:
        hasher.update(framed(message))
    return hasher.digest()


# ----------------------------------------------------------------------------------------------------------- write


class _Parts(NamedTuple):
    """A message with its length, cut where the compression should change: what to store, then what to pack."""

    stored: bytes
    packed: tuple[bytes, ...]


def _parts(message: Message) -> _Parts:
    encoded = framed(canonical.encode(message))
    if isinstance(message, _STORED_KINDS):
        return _Parts(encoded, ())
    if not isinstance(message, Columns):
        return _Parts(b"", (encoded,))
    rest = sum(len(canonical.encode(column)) for column in (message.heads, message.values, message.places))
    structures = rest + len(canonical.encode(message.structures))
    return _Parts(encoded[:-structures], (encoded[-structures:-rest], encoded[-rest:]))


class StreamWriter:
    """Writes messages as one raw DEFLATE stream, piece by piece."""

    def __init__(self, level: int = LEVEL) -> None:
        self._level = level
        self._packer = self._new_packer(b"")
        self._stored = b""
        self._window = b""

    def write(self, message: Message) -> bytes:
        """The next bytes of the body, possibly none yet."""
        stored, packed = _parts(message)
        self._stored += stored
        written = [self._store()] if packed else []
        for at, column in enumerate(packed):
            if at and len(column) >= _COLUMN_MIN:
                written.append(self._packer.flush(zlib.Z_BLOCK))
            written.append(self._packer.compress(column))
            self._remember(column)
        return b"".join(written)

    def finish(self) -> bytes:
        """The last bytes of the body."""
        return self._store() + self._packer.flush()

    def _store(self) -> bytes:
        """End the block that is being packed and write what waits as stored blocks."""
        if not self._stored:
            return b""
        # A sync flush is an empty stored block behind what was packed: here it gets a length and bytes.
        start = self._packer.flush(zlib.Z_SYNC_FLUSH)[:-4]
        blocks = [self._stored[at : at + _STORED_MAX] for at in range(0, len(self._stored), _STORED_MAX)]
        written = start + b"\x00".join(
            len(block).to_bytes(2, "little") + (len(block) ^ 0xFFFF).to_bytes(2, "little") + block
            for block in blocks
        )
        self._remember(self._stored)
        self._stored = b""
        self._packer = self._new_packer(self._window)
        return written

    def _new_packer(self, window: bytes) -> "zlib._Compress":
        """A compressor that goes on behind `window`: distances reach back over the stored blocks."""
        return zlib.compressobj(self._level, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=window)

    def _remember(self, data: bytes) -> None:
        self._window = (self._window + data)[-_WINDOW:]


def write_body(messages: Iterable[Message], level: int = LEVEL) -> bytes:
    """All messages as one body."""
    writer = StreamWriter(level)
    return b"".join([*map(writer.write, messages), writer.finish()])


# ------------------------------------------------------------------------------------------------------------ read


class StreamReader:
    """Inflates a body as it arrives and cuts it into messages. A body that breaks off keeps what came before.

    `message_max` bounds the messages still to come, in bytes; whoever reads may change it on the way.
    """

    def __init__(self, bytes_max: int = MESSAGE_BYTES_MAX) -> None:
        self.message_max = bytes_max
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        self._left = bytes_max
        self._waiting = bytearray()

    @property
    def complete(self) -> bool:
        """Whether the stream came to its end, between two messages."""
        return self._inflater.eof and not self._waiting

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The messages (without their lengths) that end in this chunk. To be read to its end before the next chunk.

        Raises:
            MalformedError: this is no raw DEFLATE stream of messages, or something stands behind its end.
            LimitError: it inflates to more than is allowed.
        """
        if self._inflater.eof and chunk:
            raise MalformedError("bytes behind the end of the stream")
        more = bool(chunk)
        while more:
            more = self._inflate(chunk)
            yield from self._cut()
            chunk = self._inflater.unconsumed_tail
        if self._inflater.unused_data:
            raise MalformedError("bytes behind the end of the stream")
        if self._inflater.eof and self._waiting:
            raise MalformedError("the stream ends inside a message")

    def _inflate(self, chunk: bytes) -> bool:
        """Inflate one step, and say whether there may be more to come without further bytes."""
        step = min(_STEP, self._left + 1)
        try:
            data = self._inflater.decompress(chunk, step)
        except zlib.error as error:
            raise MalformedError(f"no raw DEFLATE stream: {error}") from None
        self._left -= len(data)
        if self._left < 0:
            raise LimitError("the stream inflates to more than is allowed")
        self._waiting += data
        return len(data) == step

    def _cut(self) -> Iterator[bytes]:
        while (span := _span(self._waiting)) is not None:
            start, end = span
            if end - start > self.message_max:
                raise LimitError("a message is longer than is allowed here")
            if len(self._waiting) < end:
                return
            message = bytes(self._waiting[start:end])
            del self._waiting[:end]
            yield message


def _span(waiting: bytearray) -> tuple[int, int] | None:
    """Where the first message starts and ends, or None as long as its length has not arrived."""
    length = 0
    for at, byte in enumerate(waiting[:_LENGTH_BYTES_MAX]):
        length |= (byte & 0x7F) << 7 * at
        if byte < 0x80:
            if not byte:
                raise MalformedError("a message has bytes, and a length no byte too many")
            return at + 1, at + 1 + length
    if len(waiting) >= _LENGTH_BYTES_MAX:
        raise LimitError("the length of a message is more than is allowed")
    return None
