"""Signed statements other than change sets: what servers and callers vouch for (SPEC H2, X2, X11).

Each kind has a domain of its own, so that a signature of one never passes for another, nor for a change set. A statement
travels as the bytes that were signed and is never encoded anew.
"""

from typing import Annotated, Any, Final, NamedTuple, TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Meta

from haidang_protocol import canonical, signatures
from haidang_protocol.errors import MalformedError, NotCanonicalError, SignatureError
from haidang_protocol.ids import ID16, SCOPE_BYTES, SET_ID_BYTES
from haidang_protocol.limits import CHECKPOINTS_MAX, INTEGER_MAX, OWN_TIPS_MAX

Id16 = Annotated[bytes, Meta(min_length=ID16, max_length=ID16)]
Hash = Annotated[bytes, Meta(min_length=SET_ID_BYTES, max_length=SET_ID_BYTES)]
SetId = Hash
Scope = Annotated[bytes, Meta(min_length=SCOPE_BYTES, max_length=SCOPE_BYTES)]
SignatureBytes = Annotated[bytes, Meta(min_length=64, max_length=64)]
Natural = Annotated[int, Meta(ge=0, le=INTEGER_MAX)]
Positive = Annotated[int, Meta(ge=1, le=INTEGER_MAX)]
VerdictCode = Annotated[int, Meta(ge=0, le=2)]

SEALED_BYTES_MAX: Final = 2 * 1024
"""Bytes of a sealed offer."""

ACCEPTED: Final = 0
QUARANTINED: Final = 1
PARKED: Final = 2


class LogLeaf(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The data of one leaf of a server's log (SPEC H1); `received` in seconds by the server's clock."""

    set_id: SetId
    received: Natural
    verdict: VerdictCode


class Statement(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What is signed: a canonical array of the fields below, in their order."""


class Checkpoint(Statement, frozen=True):
    """A server's word for its whole log at one size; `time` in seconds."""

    server: Id16
    epoch: Natural
    size: Natural
    root: Hash
    time: Natural


class ReceiptEntry(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """`tip` and its `sets` − 1 predecessors in line stand at consecutive sequences from `first_sequence` on."""

    tip: SetId
    sets: Positive
    first_sequence: Natural
    verdict: VerdictCode


class Receipt(Statement, frozen=True):
    """A server's word that it stored what a request brought: from the hub it means *received*, else *carried*."""

    server: Id16
    epoch: Natural
    request_digest: Hash
    time: Natural
    size: Natural
    root: Hash
    entries: tuple[ReceiptEntry, ...]


class Reply(Statement, frozen=True):
    """A server's word for everything that it said in one reply: `messages_digest` is over all messages before it."""

    server: Id16
    request_digest: Hash
    messages_digest: Hash


class Hello(Statement, frozen=True):
    """A server's proof of its key over the TLS certificate in use (`certificate_digest`, empty without TLS)."""

    server: Id16
    caller_nonce: Id16
    certificate_digest: Annotated[bytes, Meta(max_length=SET_ID_BYTES)]
    server_nonce: Id16
    epoch: Natural
    size: Natural
    root: Hash

    def __post_init__(self) -> None:
        """Refuse a digest of another size."""
        if len(self.certificate_digest) not in (0, SET_ID_BYTES):
            raise ValueError("the digest of a TLS certificate has 32 bytes, or none without TLS")


class OwnTip(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A tip of one of the caller's own logs."""

    scope: Scope
    incarnation: Natural
    position: Natural
    id: SetId


class ScopeCursor(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A scope that is still catching up, and the sequence up to which it has."""

    scope: Scope
    cursor: Natural


class KnownRoot(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The root that a server once vouched for at a size."""

    size: Natural
    root: Hash


class Prelude(Statement, frozen=True):
    """What a caller says first: whom it talks to, what it has seen, what it brings (SPEC X2).

    `nonce` is None if the caller has none yet. `root` is None at size 0. `newest` is the newest (size, root) seen in any
    statement of this server, None if that is (`size`, `root`). `budget` is how many bytes may come down. `digest` covers
    everything after the prelude. `checkpoints` are older ones, offered after `heal` only.
    """

    server: Id16
    key: Id16
    nonce: Id16 | None
    epoch: Natural
    authority_cursor: Natural
    changes_cursor: Natural
    size: Natural
    root: Hash | None
    newest: KnownRoot | None
    tips: Annotated[tuple[OwnTip, ...], Meta(max_length=OWN_TIPS_MAX)]
    exceptions: tuple[ScopeCursor, ...]
    budget: Natural
    digest: Hash
    checkpoints: Annotated[tuple[KnownRoot, ...], Meta(max_length=CHECKPOINTS_MAX)]

    def __post_init__(self) -> None:
        """Refuse a root without a size, or a size without its root."""
        if (self.root is None) != (self.size == 0):
            raise ValueError("a log has a root unless its size is 0")


class Deposit(Statement, frozen=True):
    """An officer's word that a server may keep a sealed offer for a typed code until `expiry` (seconds; SPEC E4)."""

    server: Id16
    key: Id16
    code_id: Id16
    sealed: Annotated[bytes, Meta(min_length=1, max_length=SEALED_BYTES_MAX)]
    expiry: Natural


DOMAINS: Final[dict[type[Statement], bytes]] = {
    Checkpoint: b"haidang/checkpoint/1\x00",
    Receipt: b"haidang/receipt/1\x00",
    Reply: b"haidang/reply/1\x00",
    Hello: b"haidang/hello/1\x00",
    Prelude: b"haidang/prelude/1\x00",
    Deposit: b"haidang/deposit/1\x00",
}

S = TypeVar("S", bound=Statement)
A = TypeVar("A")


class Signed(NamedTuple):
    """A statement as it was signed, and its signature (64 bytes)."""

    data: bytes
    signature: bytes


def sign(statement: Statement, key: Ed25519PrivateKey) -> Signed:
    """Sign a statement in the domain of its kind."""
    data = canonical.encode(statement)
    return Signed(data, key.sign(DOMAINS[type(statement)] + data))


def decode(kind: type[S], data: bytes) -> S:
    """Read the bytes of a statement without checking its signature.

    Raises:
        MalformedError, NotCanonicalError: they are no statement of this kind.
    """
    decoder: msgspec.msgpack.Decoder[S] = _DECODERS[kind]
    return decode_array(decoder, data, kind.__name__.lower())


def verify(kind: type[S], signed: Signed, key: Ed25519PublicKey) -> S:
    """Check a signature as one over a statement of this kind, and read the statement.

    Raises:
        SignatureError: it does not fit.
        MalformedError, NotCanonicalError: what was signed is no statement of this kind.
    """
    if not signatures.fits(key, signed.signature, DOMAINS[kind] + signed.data):
        raise SignatureError(f"the signature does not fit the {kind.__name__.lower()} and its key")
    return decode(kind, signed.data)


def log_leaf(leaf: LogLeaf) -> bytes:
    """The bytes of a leaf that `merkle.leaf_hash` takes."""
    return canonical.encode(leaf)


def decode_array(decoder: "msgspec.msgpack.Decoder[A]", data: bytes, name: str) -> A:
    """Read a typed canonical array.

    Raises:
        MalformedError, NotCanonicalError: with the name of what was expected.
    """
    try:
        value = decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError) as error:
        raise MalformedError(f"{name}: {error}") from None
    if canonical.encode(value) != data:
        raise NotCanonicalError(f"{name}: not in its one encoding")
    return value


_DECODERS: Final[dict[type[Statement], Any]] = {kind: msgspec.msgpack.Decoder(kind) for kind in DOMAINS}
