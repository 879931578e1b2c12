"""Change sets as bytes: seal, open, verify (SPEC B2, B4, B7, O3).

Who receives a set stores, relays and verifies its exact bytes. `open_set` reads and bounds them, `verify` checks the
signature; the two are apart so that a server can open first and verify many on other threads.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from haidang_protocol import canonical
from haidang_protocol.body import Body, Save, address_value, decode_body, encode_body
from haidang_protocol.errors import LimitError, MalformedError, SignatureError
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
from haidang_protocol.limits import INTEGER_MAX, PREDECESSORS_MAX, SET_BYTES_MAX
from haidang_protocol.operations import FIRST_AUTHORITY_KIND

VERSION: Final = 1
SIGNATURE_BYTES: Final = 64
LEAF_BYTES: Final = 32
_SET_DOMAIN: Final = b"haidang/set/1\x00"
_LEAF_DOMAIN: Final = b"haidang/op/1\x00"


class Header(msgspec.Struct, frozen=True):
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


class SetBytes(msgspec.Struct, frozen=True):
    """The four parts of a change set exactly as they were signed."""

    header: bytes
    signature: bytes
    structure: bytes
    values: bytes


class OpenedSet(msgspec.Struct, frozen=True):
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
        return frozenset(operation.kind for operation in self.body.operations)

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


def decode_header(data: bytes) -> Header:
    """Read a header.

    Raises:
        MalformedError, NotCanonicalError, LimitError: it is none.
    """
    parts = canonical.decode(data)
    if not isinstance(parts, list) or len(parts) < 9 or parts[:2] != [VERSION, ALGORITHM_ED25519]:
        raise MalformedError("no header of version 1 with Ed25519")
    key, scope, incarnation, position, previous, time, tag = parts[2:9]
    _expect(_bin(key, ID16) and _bin(scope, SCOPE_BYTES) and _bin(tag, TAG_BYTES), "key, scope or tag")
    _expect(scope[0] in SCOPE_KINDS, "scope kind")
    _expect(type(incarnation) is int and type(position) is int and type(time) is int, "numbers")
    _expect(incarnation >= 0 and position >= 0 and abs(time) <= INTEGER_MAX, "numbers")
    _expect(isinstance(previous, list) and all(_bin(item, SET_ID_BYTES) for item in previous), "predecessors")
    _expect(previous == sorted(set(previous)) and (position == 0) == (not previous), "predecessors")
    if len(previous) > PREDECESSORS_MAX:
        raise LimitError(f"more than {PREDECESSORS_MAX} predecessors")
    authority = scope[0] == AUTHORITY
    _expect(len(parts) == (10 if authority else 9), "certificate of an authority set, and only of one")
    acting = parts[9] if authority else None
    _expect(acting is None or _bin(acting, ID16), "acting certificate")
    return Header(key, scope, incarnation, position, tuple(previous), time, tag, acting)


def _bin(value: Any, size: int) -> bool:
    return type(value) is bytes and len(value) == size


def _expect(holds: bool, what: str) -> None:  # noqa: FBT001 - reads as an assertion
    if not holds:
        raise MalformedError(f"header: {what}")


def leaves_of(header: Header, body: Body) -> list[bytes]:
    """The leaf of each operation: 32 bytes that bind author, save, place, slot, kind and value (SPEC O3)."""
    if body.redacted is not None:
        flat = body.redacted
        return [flat[at : at + LEAF_BYTES] for at in range(0, len(flat), LEAF_BYTES)]
    start = _LEAF_DOMAIN + header.key
    prefixes = [
        (start + next_tag(header.tag, save), header.scope + body.salts.get(save, b""))
        for save in range(len(body.forms))
    ]
    encode = canonical.encode
    addresses: dict[Any, object] = {}
    leaves = []
    for operation, record, save, index in zip(
        body.operations, body.record_ids, body.save_of, body.index_in_save, strict=True
    ):
        named = operation.address
        address = named if type(named) is str else addresses.setdefault(named, address_value(named))
        before, after = prefixes[save]
        content = encode([record, address, operation.kind, operation.value])
        leaves.append(sha256(before + index.to_bytes(2) + after + content).digest())
    return leaves


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
    if len(data.header) + len(data.structure) + len(data.values) + SIGNATURE_BYTES > SET_BYTES_MAX:
        raise LimitError(f"change set larger than {SET_BYTES_MAX} bytes")
    if len(data.signature) != SIGNATURE_BYTES:
        raise MalformedError(f"a signature has {SIGNATURE_BYTES} bytes")
    header = decode_header(data.header)
    body = decode_body(data.structure, data.values, header.scope)
    if header.acting is None:
        if any(operation.kind >= FIRST_AUTHORITY_KIND for operation in body.operations):
            raise MalformedError("authority entries stand in authority scopes only")
    elif any(operation.kind < FIRST_AUTHORITY_KIND for operation in body.operations):
        raise MalformedError("reports stand in report scopes only")
    leaves = leaves_of(header, body)
    signed = signed_bytes(data.header, data.structure, leaves)
    return OpenedSet(
        id=sha256(signed).digest(), header=header, body=body, leaves=leaves, signed=signed, parts=data
    )


def verify(opened: OpenedSet, public_key: Ed25519PublicKey) -> None:
    """Check the signature of an opened set.

    Raises:
        SignatureError: it does not fit.
    """
    try:
        public_key.verify(opened.parts.signature, opened.signed)
    except InvalidSignature:
        raise SignatureError("the signature does not fit the change set and its key") from None


def redact(opened: OpenedSet) -> SetBytes:
    """The set without its values: structure, identities, supersedes and chain stay verifiable (SPEC B7)."""
    values = canonical.encode(["redacted", b"".join(opened.leaves)])
    return msgspec.structs.replace(opened.parts, values=values)
