"""Change sets to groups and back: on the wire a header leaves out what the receiver knows (SPEC X3).

A head is the whole header (bin), or one of three shorter forms:

- `d`: follows the frame before: the same log, position + 1, that frame's id as predecessor, `d` seconds later, the tag
  after that frame's last one;
- `[d, tag]`: the same, with another tag (another opening);
- `[j, tag, time]`: follows tip j that the prelude names, by the prelude's key, outside authority scopes.

What does not restore bit for bit is sent whole: the writer tries before it leaves anything out. A restoration that turns
out wrong at the receiver means "send it again in full", never blame.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Final, NamedTuple

import msgspec

from haidang_protocol.envelope import (
    Header,
    OpenedSet,
    SetBytes,
    decode_header,
    encode_header,
    open_set,
)
from haidang_protocol.errors import MalformedError, ProtocolError
from haidang_protocol.ids import AUTHORITY, next_tag, scope_kind
from haidang_protocol.limits import GROUP_FRAMES_MAX, INTEGER_MAX
from haidang_protocol.messages import Columns, Group, Head, Places
from haidang_protocol.signatures import SIGNATURE_BYTES
from haidang_protocol.statements import OwnTip

GROUP_BYTES: Final = 64 * 1024
"""A writer closes a group at this size, so that a cut connection costs little: a receiver commits whole groups."""


class Place(NamedTuple):
    """Where a set stands in the server's log: its sequence, when it was received (seconds), its verdict code."""

    sequence: int
    received: int
    verdict: int


class Outgoing(NamedTuple):
    """A set to be written; `place` in replies only."""

    id: bytes
    parts: SetBytes
    place: Place | None = None


class Frame(NamedTuple):
    """What came of one frame: a well-formed set whose signature is not checked yet, or the error.

    If `restored` and anything is wrong, the signature included, the sender is asked for the set in full.
    """

    number: int
    """Counted from 0 over all groups of the request or reply."""
    restored: bool
    result: OpenedSet | ProtocolError
    place: Place | None


class Before(NamedTuple):
    """The frame before, as far as the next one needs it."""

    header: Header
    id: bytes
    saves: int


class _Named(NamedTuple):
    """The key and the tips of the prelude."""

    key: bytes | None
    tips: Sequence[OwnTip]


def _restore(head: Head, before: Before | None, named: _Named) -> bytes:
    """The header that a head stands for.

    Raises:
        MalformedError, LimitError: it stands for none here.
    """
    match head:
        case bytes():
            return head
        case int(delta) if before:
            return _following(before, delta, next_tag(before.header.tag, before.saves))
        case [int(delta), bytes(tag)] if before:
            return _following(before, delta, tag)
        case [int(at), bytes(tag), int(time)] if named.key and 0 <= at < len(named.tips):
            tip = named.tips[at]
            if scope_kind(tip.scope) != AUTHORITY:
                return encode_header(
                    Header(named.key, tip.scope, tip.incarnation, tip.position + 1, (tip.id,), time, tag)
                )
    raise MalformedError("the head of a frame stands for no header here")


def _following(before: Before, delta: int, tag: bytes) -> bytes:
    header = before.header
    return encode_header(
        msgspec.structs.replace(
            header, position=header.position + 1, previous=(before.id,), time=header.time + delta, tag=tag
        )
    )


# ----------------------------------------------------------------------------------------------------------- write


def write_groups(
    sets: Iterable[Outgoing], key: bytes | None = None, tips: Sequence[OwnTip] = ()
) -> Iterator[Group]:
    """Write sets as groups, each header in its shortest form.

    Args:
        sets: in the order in which they shall arrive; either all have a place or none has.
        key: the key of the prelude, for a request.
        tips: the tips of the prelude, for a request.
    """
    writer = FrameWriter(key, tips)
    batch: list[Outgoing] = []
    size = 0
    for outgoing in sets:
        batch.append(outgoing)
        size += sum(map(len, msgspec.structs.astuple(outgoing.parts)))
        if len(batch) == GROUP_FRAMES_MAX or size >= GROUP_BYTES:
            yield writer.group(batch)
            batch, size = [], 0
    if batch:
        yield writer.group(batch)


class FrameWriter:
    """Writes the groups of one message, one after the other."""

    def __init__(self, key: bytes | None = None, tips: Sequence[OwnTip] = ()) -> None:
        self._named = _Named(key, tips)
        self._before: Before | None = None
        self._tip_at = {tip.id: at for at, tip in enumerate(tips)}

    def group(self, sets: Sequence[Outgoing]) -> Group:
        """Write 1 to 64 sets as one group."""
        parts = [outgoing.parts for outgoing in sets]
        return Group(
            signatures=b"".join(part.signature for part in parts),
            structures=[msgspec.Raw(part.structure) for part in parts],
            heads=[self._head(outgoing) for outgoing in sets],
            values=[msgspec.Raw(part.values) for part in parts],
            places=_write_places([outgoing.place for outgoing in sets if outgoing.place is not None]),
        )

    def _head(self, outgoing: Outgoing) -> Head:
        whole = outgoing.parts.header
        header = decode_header(whole)
        head = next((head for head in self._shorter(header) if self._restores(head, whole)), whole)
        self._before = Before(header, outgoing.id, _saves(outgoing.parts.structure))
        return head

    def _shorter(self, header: Header) -> Iterator[Head]:
        """Heads that might do, shortest first."""
        before = self._before
        if len(header.previous) != 1:
            return
        if before is not None and header.previous[0] == before.id:
            delta = header.time - before.header.time
            if abs(delta) <= INTEGER_MAX:
                yield delta
                yield [delta, header.tag]
        elif header.previous[0] in self._tip_at:
            yield [self._tip_at[header.previous[0]], header.tag, header.time]

    def _restores(self, head: Head, whole: bytes) -> bool:
        try:
            return _restore(head, self._before, self._named) == whole
        except ProtocolError:
            return False


class _Saves(msgspec.Struct, array_like=True, frozen=True):
    forms: msgspec.Raw
    records: msgspec.Raw
    fields: msgspec.Raw
    saves: tuple[list[int], list[int], list[int]]


_decode_saves = msgspec.msgpack.Decoder(_Saves).decode


def _saves(structure: bytes) -> int:
    """How many saves a well-formed structure holds, without reading the rest of it."""
    return len(_decode_saves(structure).saves[2]) + 1


def _write_places(places: list[Place]) -> Places | None:
    if not places:
        return None
    return Places(
        sequences=_differences([place.sequence for place in places]),
        received=_differences([place.received for place in places]),
        verdicts=[place.verdict for place in places],
    )


def _differences(column: list[int]) -> list[int]:
    return [column[0], *(later - earlier for earlier, later in pairwise(column))]


# ------------------------------------------------------------------------------------------------------------ read


class FrameReader:
    """Reads the groups of one message, one after the other."""

    def __init__(
        self, key: bytes | None = None, tips: Sequence[OwnTip] = (), before: Before | None = None
    ) -> None:
        """`key` and `tips` are those of the prelude; for a reply they are left out.

        `before` is that of the reader that read the group before, if it was another one.
        """
        self._named = _Named(key, tips)
        self.before = before
        """The last frame that was read, None if nothing can follow it."""
        self._number = 0

    def read(self, group: Columns) -> Iterator[Frame]:
        """Each frame of a group, in order. To be read to its end before the next group."""
        places = _read_places(group.places) if group.places else [None] * len(group.heads)
        for at, (head, structure, values, place) in enumerate(
            zip(group.heads, group.structures, group.values, places, strict=True)
        ):
            signature = group.signatures[at * SIGNATURE_BYTES : (at + 1) * SIGNATURE_BYTES]
            result = self._open(head, signature, bytes(structure), bytes(values))
            yield Frame(self._number, not isinstance(head, bytes), result, place)
            self._number += 1

    def _open(
        self, head: Head, signature: bytes, structure: bytes, values: bytes
    ) -> OpenedSet | ProtocolError:
        before, self.before = self.before, None
        try:
            header = _restore(head, before, self._named)
            opened = open_set(SetBytes(header, signature, structure, values))
        except ProtocolError as error:
            return error
        self.before = Before(opened.header, opened.id, len(opened.body.forms))
        return opened


def _read_places(places: Places) -> list[Place]:
    return [
        Place(sequence, received, verdict)
        for sequence, received, verdict in zip(
            accumulate(places.sequences), accumulate(places.received), places.verdicts, strict=True
        )
    ]
