"""Deterministic keys, change sets and statements for the tests of the wire, and strategies that draw them."""

from collections.abc import Iterator
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import strategies as st

from haidang_protocol.body import Operation, Preimage, Reference, Save
from haidang_protocol.envelope import Header, OpenedSet, seal
from haidang_protocol.errors import ProtocolError
from haidang_protocol.ids import AUTHORITY, REPORTS, key_id, next_tag, scope_of
from haidang_protocol.operations import PUT, UNIT
from haidang_protocol.statements import (
    Checkpoint,
    Deposit,
    Hello,
    KnownRoot,
    OwnTip,
    Prelude,
    Receipt,
    ReceiptEntry,
    Reply,
    ScopeCursor,
    Statement,
)

START = 1_790_000_000


def digest_of(*words: object) -> bytes:
    """32 bytes that look random and are always the same for the same words."""
    return sha256("|".join(map(str, words)).encode()).digest()


def signer(name: object) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(digest_of("key", name))


def key_id_of(key: Ed25519PrivateKey) -> bytes:
    return key_id(key.public_key().public_bytes_raw())


def unit(name: object) -> bytes:
    return digest_of("unit", name)[:16]


SCOPE = scope_of(REPORTS, unit("commune"))
PERIOD = digest_of("period")[:16]
FORM = digest_of("form")[:16]


def save(number: int, values: int = 1, time: int | None = None) -> Save:
    """A save of a few numbers and texts into one report."""
    record = Preimage("progress", None, f"171/{number % 7:02}", PERIOD)
    operations = tuple(
        Operation(
            PUT,
            record,
            f"field{at}",
            number * 31 + at if at % 2 == 0 else f"đợt {number}",
            (Reference(1, 0),) if number else (),
        )
        for at in range(values)
    )
    return Save(FORM, START + 600 * number if time is None else time, operations)


def log(
    name: object, sets: int, *, scope: bytes = SCOPE, saves: int = 2, opening: int = 10**6
) -> list[OpenedSet]:
    """The first sets of one log; every `opening` sets the tag is drawn anew."""
    return list(log_from(name, None, sets, scope=scope, saves=saves, opening=opening))


def log_from(
    name: object,
    tip: OpenedSet | None,
    sets: int,
    *,
    scope: bytes = SCOPE,
    saves: int = 2,
    opening: int = 10**6,
) -> Iterator[OpenedSet]:
    """The sets of one log that follow `tip`."""
    key = signer(name)
    position = 0 if tip is None else tip.header.position + 1
    previous = () if tip is None else (tip.id,)
    tag = b""
    for turn in range(sets):
        if turn % opening == 0:
            tag = bytes([0, *digest_of("tag", name, position)[:7]])
        first = position * saves
        if scope[0] == AUTHORITY:
            operations = (Operation(UNIT, unit(position), "", [None, f"Xã {position}"]),)
            content = [Save(b"", START + 600 * (first + at), operations) for at in range(saves)]
        else:
            content = [save(first + at, 1 + at % 3) for at in range(saves)]
        header = Header(
            key_id_of(key),
            scope,
            0,
            position,
            previous,
            content[-1].time,
            tag,
            digest_of("certificate")[:16] if scope[0] == AUTHORITY else None,
        )
        sealed = seal(header, content, key)
        yield sealed
        position, previous, tag = position + 1, (sealed.id,), next_tag(tag, saves)


def refused(error: ProtocolError | None) -> str:
    return "" if error is None else error.code


def large_set(number: int) -> OpenedSet:
    """A set of about 30 KB by an author of its own."""
    key = signer(("large", number))
    note = Operation(PUT, Preimage("progress", None, "171", PERIOD), "note", "đ" * 7500)
    other = Operation(PUT, Preimage("progress", None, "172", PERIOD), "note", "Đ" * 7500)
    header = Header(key_id_of(key), SCOPE, 0, 0, (), START, bytes(8))
    return seal(header, [Save(FORM, START, (note, other))], key)


hashes = st.binary(min_size=32, max_size=32)
id16s = st.binary(min_size=16, max_size=16)
scopes = st.binary(min_size=17, max_size=17)
naturals = st.integers(0, 2**53 - 1)
known_roots = st.builds(KnownRoot, naturals, hashes)

checkpoints = st.builds(Checkpoint, id16s, naturals, naturals, hashes, naturals)
receipts = st.builds(
    Receipt,
    id16s,
    naturals,
    hashes,
    naturals,
    naturals,
    hashes,
    st.lists(
        st.builds(ReceiptEntry, hashes, st.integers(1, 10**6), naturals, st.integers(0, 2)), max_size=4
    ).map(tuple),
)
replies = st.builds(Reply, id16s, hashes, hashes)
deposits = st.builds(Deposit, id16s, id16s, id16s, st.binary(min_size=1, max_size=80), naturals)
hellos = st.builds(Hello, id16s, id16s, st.one_of(st.just(b""), hashes), id16s, naturals, naturals, hashes)


@st.composite
def preludes(draw: st.DrawFn) -> Prelude:
    size = draw(naturals)
    return Prelude(
        server=draw(id16s),
        key=draw(id16s),
        nonce=draw(st.none() | id16s),
        epoch=draw(naturals),
        authority_cursor=draw(naturals),
        changes_cursor=draw(naturals),
        size=size,
        root=draw(hashes) if size else None,
        newest=draw(st.none() | known_roots),
        tips=tuple(draw(st.lists(st.builds(OwnTip, scopes, naturals, naturals, hashes), max_size=3))),
        exceptions=tuple(draw(st.lists(st.builds(ScopeCursor, scopes, naturals), max_size=3))),
        budget=draw(naturals),
        digest=draw(hashes),
        checkpoints=tuple(draw(st.lists(known_roots, max_size=3))),
    )


statements: st.SearchStrategy[Statement] = st.one_of(
    checkpoints, receipts, replies, hellos, preludes(), deposits
)
