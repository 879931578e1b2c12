"""Groups opened and their signatures checked, in processes of their own: `python -m haidang_server.opener`.

This is more than half of the work for a change set, and needs nothing of the hub. A group goes to an opener through a pipe as
the bytes that came; its sets come back in the form that the ledger takes, which is ten times quicker to read. An opener
keeps nothing but public keys, so any of them can take any group, and one that dies is started anew.
"""

import contextlib
import sys
from collections.abc import Sequence
from io import FileIO
from typing import BinaryIO, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from haidang_protocol.envelope import OpenedSet, verify
from haidang_protocol.errors import ProtocolError, SignatureError
from haidang_protocol.frames import Before, Frame, FrameReader
from haidang_protocol.ids import key_id
from haidang_protocol.messages import Chain, Columns, read_request_message
from haidang_protocol.statements import OwnTip
from haidang_server.collector import calm_collector

LENGTH_BYTES: Final = 4
_KEYS_MAX: Final = 100_000


class Question(msgspec.Struct, frozen=True, array_like=True):
    """A group as it came, with what its heads may refer to; `keys` are public keys that the opener may not know."""

    message: bytes
    key: bytes
    tips: tuple[OwnTip, ...]
    before: Before | None
    keys: tuple[bytes, ...] = ()


class OpenedFrame(msgspec.Struct, frozen=True, array_like=True):
    """One frame: `code` says why it is refused; `checked` that its signature fits, otherwise nobody looked yet."""

    restored: bool
    code: str
    opened: OpenedSet | None
    checked: bool


class OpenedGroup(msgspec.Struct, frozen=True, array_like=True):
    """A group; `fault` is a sentence if the message is none, `chain` says that it holds certificates."""

    fault: str
    chain: bool = False
    frames: tuple[OpenedFrame, ...] = ()
    before: Before | None = None


encode: Final = msgspec.msgpack.Encoder().encode
decode_question: Final = msgspec.msgpack.Decoder(Question).decode
decode_group: Final = msgspec.msgpack.Decoder(OpenedGroup).decode


class Opener:
    """Opens groups. It knows the keys that it was told, by id."""

    def __init__(self) -> None:
        self._keys: dict[bytes, Ed25519PublicKey] = {}

    def open(self, question: Question) -> OpenedGroup:
        """Read and check one group; it never raises for what came."""
        self._learn(question.keys)
        try:
            message = read_request_message(question.message)
        except ProtocolError as error:
            return OpenedGroup(f"{error.code}: {error}")
        if not isinstance(message, Columns):
            return OpenedGroup("a group was expected")
        reader = FrameReader(question.key, question.tips, question.before)
        frames = tuple(map(self._check, reader.read(message)))
        return OpenedGroup("", isinstance(message, Chain), frames, reader.before)

    def _learn(self, keys: Sequence[bytes]) -> None:
        if len(self._keys) + len(keys) > _KEYS_MAX:
            self._keys.clear()
        for raw in keys:
            self._keys[key_id(raw)] = Ed25519PublicKey.from_public_bytes(raw)

    def _check(self, frame: Frame) -> OpenedFrame:
        """Authority sets are left to who asked: their keys may be certified by the set before."""
        opened = frame.result
        if isinstance(opened, ProtocolError):
            return OpenedFrame(frame.restored, opened.code, None, checked=False)
        key = self._keys.get(opened.header.key) if opened.header.acting is None else None
        if key is None:
            return OpenedFrame(frame.restored, "", opened, checked=False)
        try:
            verify(opened, key)
        except SignatureError as error:
            return OpenedFrame(frame.restored, error.code, None, checked=False)
        return OpenedFrame(frame.restored, "", opened, checked=True)


def serve(incoming: BinaryIO, outgoing: FileIO) -> None:
    """Answer questions until the pipe ends.

    `outgoing` has no buffer: Python's own loses bytes when the process is stopped and goes on in the middle of a write.
    """
    opener = Opener()
    while head := incoming.read(LENGTH_BYTES):
        data = encode(opener.open(decode_question(incoming.read(int.from_bytes(head)))))
        left = memoryview(len(data).to_bytes(LENGTH_BYTES) + data)
        while left:
            left = left[outgoing.write(left) :]


if __name__ == "__main__":
    calm_collector()
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        serve(sys.stdin.buffer, FileIO(sys.stdout.fileno(), "wb", closefd=False))
