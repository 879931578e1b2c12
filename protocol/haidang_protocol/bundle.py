"""Bundles: change sets and receipts in one file, for USB sticks and share sheets (SPEC K1).

A bundle is read with doubt: what is damaged is named as far as its bytes allow, and everything else still comes out. A
block states what is in it and how long it is, the reader finds the next one by its marker, and what comes out of a block is
believed for its own sake only: a set has its id and its signature.
"""

import zlib
from collections.abc import Iterable, Iterator
from enum import IntEnum
from hashlib import sha256
from typing import Final, NamedTuple

import msgspec

from haidang_protocol import canonical
from haidang_protocol.envelope import OpenedSet, SetBytes, open_set
from haidang_protocol.errors import MalformedError, ProtocolError
from haidang_protocol.limits import BUNDLE_BLOCK_BYTES_MAX
from haidang_protocol.messages import ScopeTips, SignedReceipt
from haidang_protocol.statements import Id16, Natural, Receipt, Signed, decode, decode_array

MAGIC: Final = b"HAIDANG-BUNDLE-1\n"
MARKER: Final = b"\xabHD\xba"
NO_NAME: Final = bytes(32)

_HEAD_BYTES: Final = 53
"""marker 4 ‖ kind 1 ‖ length 4 ‖ check of these 4 ‖ name 32 ‖ check of the content 8."""
_NAMED_BYTES: Final = 45
_INFLATED_MAX: Final = BUNDLE_BLOCK_BYTES_MAX


class Kind(IntEnum):
    """What a block holds."""

    MANIFEST = 1
    SET = 2
    RECEIPT = 3
    END = 4


class Manifest(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What the exporter says is in the bundle: its key id, the tips of each scope, the number of sets."""

    exporter: Id16
    scopes: tuple[ScopeTips, ...]
    sets: Natural


class BundledReceipt(NamedTuple):
    """A receipt as it was signed, not verified."""

    receipt: Receipt
    signed: Signed


class Damage(NamedTuple):
    """Something that is not as it was written.

    `position` is in bytes from the start. `set_id` names the set that is lost; if it is None, nothing is, or its name is
    lost too. `code` is stable: not-a-bundle, block, set, label, cut-short, missing-sets or trailing.
    """

    position: int
    code: str
    set_id: bytes | None
    sentence: str


Found = Manifest | OpenedSet | BundledReceipt | Damage

_decode_manifest: Final[msgspec.msgpack.Decoder[Manifest]] = msgspec.msgpack.Decoder(Manifest)
_decode_parts: Final = msgspec.msgpack.Decoder(tuple[bytes, bytes, bytes, bytes])
_decode_receipt: Final[msgspec.msgpack.Decoder[SignedReceipt]] = msgspec.msgpack.Decoder(SignedReceipt)


# ----------------------------------------------------------------------------------------------------------- write


def write_bundle(
    manifest: Manifest, sets: Iterable[tuple[bytes, SetBytes]], receipts: Iterable[Signed] = ()
) -> Iterator[bytes]:
    """The pieces of a bundle, to be written one after the other.

    Args:
        manifest: it says how many sets there are.
        sets: (id, bytes), predecessors first.
        receipts: as they were signed.
    """
    yield MAGIC
    yield _block(Kind.MANIFEST, canonical.encode(manifest))
    for set_id, parts in sets:
        yield _block(Kind.SET, _deflated(canonical.encode(msgspec.structs.astuple(parts))), set_id)
    for receipt in receipts:
        yield _block(Kind.RECEIPT, canonical.encode(receipt))
    yield _block(Kind.END, b"")


def _block(kind: int, content: bytes, name: bytes = NO_NAME) -> bytes:
    head = bytes([kind]) + len(content).to_bytes(4)
    return MARKER + head + _check(head, 4) + name + _check(content, 8) + content


def _check(data: bytes, size: int) -> bytes:
    return sha256(data).digest()[:size]


def _deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


# ------------------------------------------------------------------------------------------------------------ read


class _Block(NamedTuple):
    """A block whose head holds: its kind and its length can be believed."""

    kind: int
    length: int
    name: bytes
    check: bytes

    @property
    def end(self) -> int:
        return _HEAD_BYTES + self.length


def _read_head(data: bytes) -> _Block | None:
    head, head_check = data[4:9], data[9:13]
    length = int.from_bytes(head[1:])
    if len(data) < _HEAD_BYTES or _check(head, 4) != head_check or length > BUNDLE_BLOCK_BYTES_MAX:
        return None
    return _Block(head[0], length, data[13:_NAMED_BYTES], data[_NAMED_BYTES:_HEAD_BYTES])


class BundleReader:
    """Reads a bundle as it arrives. It never raises: what is wrong comes out as `Damage`.

    It holds one block at most, besides the chunk that it is fed.
    """

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._position = 0
        self._last = False
        self._begun = False
        self._ended = False
        self._trailing = False
        self._lost = False
        self._checked = 0
        self._missing = 0

    def feed(self, chunk: bytes) -> Iterator[Found]:
        """What can be read now. To be read to its end before the next chunk."""
        self._waiting += chunk
        while (found := self._step()) is not None:
            yield from found

    def finish(self) -> Iterator[Found]:
        """What can be read only when no more bytes will come."""
        self._last = True
        yield from self.feed(b"")
        if not self._ended:
            yield self._damage("cut-short", "the bundle breaks off before its end")
        if self._missing > 0:
            yield self._damage(
                "missing-sets", f"{self._missing} change sets are missing, and their names with them"
            )

    def _step(self) -> list[Found] | None:
        """Read what stands first; None when that needs more bytes, or there are none."""
        if not self._begun:
            return self._begin()
        if self._lost:
            self._seek()
        have = len(self._waiting)
        if have and self._ended:
            return self._trail()
        if self._lost or not have or (have < _HEAD_BYTES and not self._last):
            return None
        block = _read_head(bytes(self._waiting[:_HEAD_BYTES]))
        if block is None:
            return self._lose()
        return self._read(block) if have >= block.end or self._last else None

    def _begin(self) -> list[Found] | None:
        if len(self._waiting) < len(MAGIC) + len(MARKER) and not self._last:
            return None
        self._begun = True
        if self._waiting.startswith(MAGIC):
            self._drop(len(MAGIC))
            return []
        damage = self._damage("not-a-bundle", "this does not begin like a bundle")
        self._lost = True
        return [damage]

    def _trail(self) -> list[Found]:
        found: list[Found] = []
        if not self._trailing:
            found.append(self._damage("trailing", "bytes stand behind the end of the bundle"))
        self._trailing = True
        self._drop(len(self._waiting))
        return found

    def _seek(self) -> None:
        """Go to the next marker, if there is one; what cannot be the start of one is left behind."""
        at = self._waiting.find(MARKER)
        self._lost = at < 0
        self._drop(max(0, len(self._waiting) - len(MARKER) + 1) if self._lost else at)

    def _lose(self) -> list[Found]:
        """Leave a block whose head does not hold."""
        name = NO_NAME
        if self._waiting.startswith(MARKER) and len(self._waiting) >= _NAMED_BYTES:
            name = bytes(self._waiting[13:_NAMED_BYTES])
        damage = self._named_damage("block", name, "a block cannot be read")
        self._lost = True
        self._drop(1)
        return [damage]

    def _read(self, block: _Block) -> list[Found] | None:
        content = bytes(self._waiting[_HEAD_BYTES : block.end])
        if _check(content, 8) != block.check:
            return self._skip(block)
        found: list[Found] = []
        if not self._waiting.startswith(MARKER):
            found.append(self._damage("label", "the marker of a block is damaged; nothing is lost by that"))
        try:
            found += self._content(block, content)
        except ProtocolError as error:
            found.append(self._named_damage("set", block.name, f"a block holds nothing of use: {error}"))
        self._drop(block.end)
        return found

    def _skip(self, block: _Block) -> list[Found] | None:
        """Leave a block whose content does not hold: behind it, or at the next marker if bytes were dropped."""
        behind = bytes(self._waiting[block.end : block.end + len(MARKER)])
        if len(behind) < len(MARKER) and not self._last:
            return None
        damage = self._named_damage("set", block.name, "the content of a block is damaged")
        self._checked += block.length
        # Blocks inside blocks could make a small file take long: no byte is checked more than a few times.
        tired = self._checked > 4 * (self._position + len(self._waiting))
        self._lost = behind not in (MARKER, b"") and not tired
        self._drop(1 if self._lost else block.end)
        return [damage]

    def _content(self, block: _Block, content: bytes) -> list[Found]:
        found: list[Found] = []
        name = NO_NAME
        match block.kind:
            case Kind.MANIFEST:
                manifest = decode_array(_decode_manifest, content, "manifest")
                self._missing += manifest.sets
                found.append(manifest)
            case Kind.SET:
                opened = _open(content)
                name = opened.id
                self._missing -= 1
                found.append(opened)
            case Kind.RECEIPT:
                receipt = decode_array(_decode_receipt, content, "receipt")
                signed = Signed(receipt.receipt, receipt.signature)
                found.append(BundledReceipt(decode(Receipt, signed.data), signed))
            case Kind.END:
                self._ended = True
            case _:
                found.append(self._damage("block", "a block is of a kind that this version does not know"))
        if block.name != name:
            found.append(self._damage("label", "the name of a block is damaged; nothing is lost by that"))
        return found

    def _damage(self, code: str, sentence: str) -> Damage:
        return Damage(self._position, code, None, sentence)

    def _named_damage(self, code: str, name: bytes, sentence: str) -> Damage:
        if name == NO_NAME:
            return Damage(self._position, "block", None, sentence)
        self._missing -= 1
        return Damage(self._position, code, name, sentence)

    def _drop(self, count: int) -> None:
        del self._waiting[:count]
        self._position += count


def _open(content: bytes) -> OpenedSet:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        data = inflater.decompress(content, _INFLATED_MAX)
    except zlib.error as error:
        raise MalformedError(f"no raw DEFLATE stream: {error}") from None
    if not inflater.eof or inflater.unused_data:
        raise MalformedError("not the deflated parts of one change set")
    return open_set(SetBytes(*decode_array(_decode_parts, data, "set")))
