"""Change sets as bytes: seal, open, verify (SPEC B2, B4, B7, O3).

Who receives a set stores, relays and verifies its exact bytes. `open_set` reads and bounds them, `verify` checks the
signature; the two are apart so that a server can open first and verify many on other threads.
"""

from collections.abc import Sequence
from hashlib import sha256
from itertools import accumulate, islice
from operator import ge
from typing import Annotated, Any, Final, Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from haidang_protocol import canonical, signatures
from haidang_protocol.body import Body, Id, Save
from haidang_protocol.columns import COMMITMENT_BYTES, REDACTED, decode_body, encode_body
from haidang_protocol.errors import (
    LimitError,
    MalformedError,
    NotCanonicalError,
    ProtocolError,
    SignatureError,
)
from haidang_protocol.ids import (
    ALGORITHM_ED25519,
    AUTHORITY,
    ID16,
    SCOPE_BYTES,
    SCOPE_KINDS,
    SET_ID_BYTES,
    TAG_BYTES,
    digest,
    next_tag,
)
from haidang_protocol.limits import INTEGER_MAX, PREDECESSORS_MAX, SET_BYTES_MAX, SET_OPERATIONS_MAX
from haidang_protocol.operations import FIRST_AUTHORITY_KIND
from haidang_protocol.signatures import SIGNATURE_BYTES

VERSION: Final = 1
_SET_DOMAIN: Final = b"haidang/set/1\x00"
_REDACTED_START: Final = canonical.encode([REDACTED, b""])[:-2]
_REDACTED_BYTES_MAX: Final = len(canonical.encode([REDACTED, bytes(COMMITMENT_BYTES * SET_OPERATIONS_MAX)]))
_LEAF_DOMAIN: Final = b"haidang/op/1\x00"
_VALUES_DOMAIN: Final = b"haidang/values/1\x00"


_Count = Annotated[int, msgspec.Meta(ge=0, le=INTEGER_MAX)]


class Header(msgspec.Struct, frozen=True, array_like=True):
    """What a set says of itself; `acting` is the certificate of an authority set, None otherwise (SPEC B4)."""

    key: bytes
    scope: bytes
    incarnation: int
    position: int
    previous: tuple[bytes, ...]
    time: int
    tag: bytes
    acting: bytes | None = None

    @property
    def log(self) -> tuple[bytes, int, bytes]:
        """The log that the set belongs to: (key, incarnation, scope)."""
        return (self.key, self.incarnation, self.scope)


class SetBytes(msgspec.Struct, frozen=True, array_like=True):
    """The four parts of a change set exactly as they were signed."""

    header: bytes
    signature: bytes
    structure: bytes
    values: bytes


class OpenedSet(msgspec.Struct, frozen=True, array_like=True):
    """A change set whose bytes are well formed; its signature is not checked by that."""

    id: bytes
    header: Header
    body: Body
    leaves: list[bytes]
    """One of 32 bytes for each operation; the first 16 are the operation's identity (SPEC O3)."""
    signed: bytes
    parts: SetBytes

    @property
    def id16(self) -> bytes:
        """The first half of the id: what references use."""
        return self.id[:ID16]

    def identity(self, index: int) -> bytes:
        """The 16-byte identity of an operation."""
        return self.leaves[index][:ID16]

    @property
    def kinds(self) -> frozenset[int]:
        """The operation kinds that the set holds."""
        return self.body.kinds

    def save_time(self, save: int) -> int:
        """The claimed time of a save in seconds, exact for the last, to the minute for the others."""
        return self.header.time - 60 * self.body.minutes_before_last[save]


def encode_header(header: Header) -> bytes:
    """The bytes of a header (SPEC B4)."""
    parts: list[Any] = [
        VERSION,
        ALGORITHM_ED25519,
        header.key,
        header.scope,
        header.incarnation,
        header.position,
        list(header.previous),
        header.time,
        header.tag,
    ]
    if header.acting is not None:
        parts.append(header.acting)
    return canonical.encode(parts)


class _ReportParts(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    version: Literal[1]
    algorithm: Literal[1]
    key: Id
    scope: Annotated[bytes, msgspec.Meta(min_length=SCOPE_BYTES, max_length=SCOPE_BYTES)]
    incarnation: _Count
    position: _Count
    previous: tuple[Annotated[bytes, msgspec.Meta(min_length=SET_ID_BYTES, max_length=SET_ID_BYTES)], ...]
    time: Annotated[int, msgspec.Meta(ge=-INTEGER_MAX, le=INTEGER_MAX)]
    tag: Annotated[bytes, msgspec.Meta(min_length=TAG_BYTES, max_length=TAG_BYTES)]


class _AuthorityParts(_ReportParts, array_like=True, frozen=True, forbid_unknown_fields=True):
    acting: Id


_decode_report = msgspec.msgpack.Decoder(_ReportParts).decode
_decode_authority = msgspec.msgpack.Decoder(_AuthorityParts).decode
_TEN_PARTS: Final = b"\x9a"


def decode_header(data: bytes) -> Header:
    """Read a header. A fault of the encoding is named before a fault of the shape.

    Raises:
        MalformedError, NotCanonicalError, LimitError: it is none.
    """
    try:
        return _header(_decode_authority(data) if data[:1] == _TEN_PARTS else _decode_report(data), data)
    except (msgspec.DecodeError, RecursionError) as error:
        canonical.decode(data)
        raise MalformedError(f"header: {error}") from None
    except ProtocolError:
        canonical.decode(data)
        raise


def _header(parts: _ReportParts, data: bytes) -> Header:
    if canonical.encode(parts) != data:
        raise NotCanonicalError("header is not in its one encoding")
    kind, previous = parts.scope[0], parts.previous
    acting = parts.acting if isinstance(parts, _AuthorityParts) else None
    if kind not in SCOPE_KINDS:
        raise MalformedError("header: there is no such kind of scope")
    if (kind == AUTHORITY) != (acting is not None):
        raise MalformedError(
            "header: an authority set, and no other, names the certificate that it acts under"
        )
    if (parts.position == 0) != (not previous):
        raise MalformedError("header: a set has predecessors exactly when its position is above 0")
    if len(previous) > PREDECESSORS_MAX:
        raise LimitError(f"more than {PREDECESSORS_MAX} predecessors")
    if any(map(ge, previous, islice(previous, 1, None))):
        raise NotCanonicalError("header: predecessors stand in ascending order")
    return Header(
        parts.key, parts.scope, parts.incarnation, parts.position, previous, parts.time, parts.tag, acting
    )


def commitments_of(body: Body) -> list[bytes]:
    """What stands for the values of each save, 32 bytes: all that is left of them in a redacted set (SPEC O3, B7)."""
    if body.redacted is not None:
        flat = body.redacted
        return [flat[at : at + COMMITMENT_BYTES] for at in range(0, len(flat), COMMITMENT_BYTES)]
    salt, encode, values = body.salts.get, canonical.encode, body.values
    return [
        sha256(_VALUES_DOMAIN + encode([salt(save), *values[end - count : end]])).digest()
        for save, (count, end) in enumerate(zip(body.counts, accumulate(body.counts), strict=True))
    ]


def leaves_of(header: Header, body: Body, commitments: Sequence[bytes]) -> list[bytes]:
    """The leaf of each operation: 32 bytes that bind author, save, place, slot, kind and values (SPEC O3)."""
    start = _LEAF_DOMAIN + header.key + header.scope
    last = int.from_bytes(next_tag(header.tag, len(commitments) - 1))
    tags = range(last - len(commitments) + 1, last + 1)
    prefixes = [start + tag.to_bytes(TAG_BYTES) + each for tag, each in zip(tags, commitments, strict=True)]
    slots = map(
        canonical.encode,
        zip(body.index_in_save, body.record_ids, body.addresses, body.kind_column, strict=True),
    )
    return [sha256(prefixes[save] + slot).digest() for save, slot in zip(body.save_of, slots, strict=True)]


def signed_bytes(header: bytes, structure: bytes, leaves: Sequence[bytes]) -> bytes:
    """What is signed, and whose hash is the id (SPEC B2)."""
    body = sha256(structure).digest() + sha256(b"".join(leaves)).digest()
    return _SET_DOMAIN + header + digest("haidang/body/1", body)


def seal(header: Header, saves: Sequence[Save], key: Ed25519PrivateKey) -> OpenedSet:
    """Sign the saves of one scope as the next set of a log. The caller made them durable and split them to the limits.

    Raises:
        MalformedError, LimitError: the saves hold what the format does not allow.
    """
    structure, values = encode_body(saves)
    head = encode_header(header)
    opened = open_set(SetBytes(head, bytes(SIGNATURE_BYTES), structure, values))
    return msgspec.structs.replace(opened, parts=SetBytes(head, key.sign(opened.signed), structure, values))


def open_set(data: SetBytes) -> OpenedSet:
    """Read and bound a change set without trusting it.

    Raises:
        MalformedError, NotCanonicalError, LimitError: with a sentence saying what is wrong.
    """
    if _size(data) > SET_BYTES_MAX:
        raise LimitError(f"change set larger than {SET_BYTES_MAX} bytes")
    if len(data.signature) != SIGNATURE_BYTES:
        raise MalformedError(f"a signature has {SIGNATURE_BYTES} bytes")
    header = decode_header(data.header)
    body = decode_body(data.structure, data.values, header.scope)
    if header.acting is None and max(body.kind_column) >= FIRST_AUTHORITY_KIND:
        raise MalformedError("authority entries stand in authority scopes only")
    if header.acting is not None and min(body.kind_column) < FIRST_AUTHORITY_KIND:
        raise MalformedError("reports stand in report scopes only")
    minutes = body.minutes_before_last
    if header.time - 60 * min(minutes) > INTEGER_MAX or header.time - 60 * max(minutes) < -INTEGER_MAX:
        raise LimitError("the time of a save lies beyond ±(2^53−1) seconds")
    leaves = leaves_of(header, body, commitments_of(body))
    signed = signed_bytes(data.header, data.structure, leaves)
    return OpenedSet(
        id=sha256(signed).digest(), header=header, body=body, leaves=leaves, signed=signed, parts=data
    )


def _size(data: SetBytes) -> int:
    """Bytes that count against the limit: redacting a set never makes it too large, so what it leaves does not count."""
    redacted = data.values.startswith(_REDACTED_START) and len(data.values) <= _REDACTED_BYTES_MAX
    return len(data.header) + SIGNATURE_BYTES + len(data.structure) + (0 if redacted else len(data.values))


def verify(opened: OpenedSet, public_key: Ed25519PublicKey) -> None:
    """Check the signature of an opened set.

    Raises:
        SignatureError: it does not fit.
    """
    if not signatures.fits(public_key, opened.parts.signature, opened.signed):
        raise SignatureError("the signature does not fit the change set and its key")


def is_redacted(parts: SetBytes) -> bool:
    """Whether the values were dropped."""
    return parts.values.startswith(_REDACTED_START)


def redact(opened: OpenedSet) -> SetBytes:
    """The set without its values: structure, identities, supersedes and chain stay verifiable (SPEC B7)."""
    values = canonical.encode([REDACTED, b"".join(commitments_of(opened.body))])
    return msgspec.structs.replace(opened.parts, values=values)
