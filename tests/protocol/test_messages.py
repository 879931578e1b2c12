"""X2, X5: the messages of requests and replies, and what they cost."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haidang_protocol import canonical, envelope
from haidang_protocol.body import Operation, Preimage, Reference, Save
from haidang_protocol.envelope import Header, OpenedSet, seal
from haidang_protocol.errors import MalformedError, NotCanonicalError, ProtocolError
from haidang_protocol.frames import FrameReader, Outgoing, write_groups
from haidang_protocol.ids import key_id
from haidang_protocol.limits import RECEIPTS_MAX
from haidang_protocol.messages import (
    Acknowledgement,
    Answer,
    Chain,
    Closing,
    Cursor,
    Greeting,
    Ground,
    GroundQuestion,
    Group,
    Heal,
    HeldScope,
    Message,
    Nonce,
    OfferDeposit,
    OfferKept,
    OfferQuestion,
    Opening,
    Outcome,
    Outcomes,
    Possession,
    Receipts,
    Refusal,
    ScopeState,
    ScopeTips,
    SealedOffer,
    ServerTips,
    SignedCheckpoint,
    SignedReceipt,
    States,
    read_enrol_message,
    read_hello_message,
    read_reply_message,
    read_request_message,
)
from haidang_protocol.operations import PUT
from haidang_protocol.statements import (
    OwnTip,
    Prelude,
    Reply,
    ScopeCursor,
    Signed,
    sign,
    verify,
)
from haidang_protocol.stream import StreamReader, reply_digest, request_digest, write_body
from tests.protocol import wire
from tests.protocol.wire import hashes, id16s, naturals, scopes

signatures = st.binary(min_size=64, max_size=64)
blobs = st.binary(max_size=80)
ids = st.lists(hashes, max_size=3)
codes = st.integers(0, 2)
reasons = st.sampled_from(("", "revoked", "chain", "thiếu chứng thư"))

(GROUP,) = write_groups(Outgoing(each.id, each.parts) for each in wire.log("a", 3))
CHAIN = Chain(*msgspec.structs.astuple(GROUP))

replies: st.SearchStrategy[Message] = st.one_of(
    st.builds(Acknowledgement, blobs, signatures),
    st.builds(
        Outcomes,
        st.lists(st.builds(Outcome, hashes, codes, reasons), max_size=3),
        st.lists(
            st.builds(Refusal, naturals, st.sampled_from(("resend", "unknown-key", "quota"))), max_size=3
        ),
    ),
    st.builds(ServerTips, st.lists(st.builds(ScopeTips, scopes, ids), max_size=3)),
    st.just(GROUP),
    st.builds(Receipts, st.lists(st.builds(SignedReceipt, blobs, signatures), max_size=3)),
    st.builds(
        Cursor,
        naturals,
        naturals,
        naturals,
        st.lists(st.builds(ScopeCursor, scopes, naturals), max_size=2),
        st.booleans(),
        ids,
    ),
    st.builds(SignedCheckpoint, blobs, signatures),
    st.builds(
        States, st.lists(st.builds(ScopeState, st.none() | scopes, hashes, hashes, hashes), max_size=3)
    ),
    st.builds(Nonce, id16s),
    st.builds(
        Heal,
        naturals,
        naturals,
        st.none() | hashes,
        st.lists(st.builds(HeldScope, scopes, ids, ids), max_size=2),
    ),
    st.builds(Closing, signatures),
)
requests: st.SearchStrategy[Message] = st.one_of(
    st.builds(Opening, blobs, signatures), st.just(CHAIN), st.just(GROUP), st.just(Receipts([]))
)
greetings: st.SearchStrategy[Message] = st.one_of(
    st.builds(Greeting, id16s), st.just(CHAIN), st.builds(Answer, blobs, signatures)
)
enrolments: st.SearchStrategy[Message] = st.one_of(
    st.builds(OfferQuestion, id16s),
    st.builds(SealedOffer, st.binary(min_size=1, max_size=80)),
    st.builds(GroundQuestion, id16s),
    st.builds(Ground, blobs, id16s),
    st.builds(OfferDeposit, blobs, signatures),
    st.builds(OfferKept, naturals),
    st.builds(Possession, hashes, id16s, signatures),
    st.just(CHAIN),
    st.builds(Acknowledgement, blobs, signatures),
)

Reader = Callable[[bytes], Message]
KINDS: list[tuple[st.SearchStrategy[Message], Reader]] = [
    (requests, read_request_message),
    (replies, read_reply_message),
    (greetings, read_hello_message),
    (enrolments, read_enrol_message),
]


@st.composite
def encoded(draw: st.DrawFn) -> tuple[bytes, Reader]:
    strategy, reader = draw(st.sampled_from(KINDS))
    return canonical.encode(draw(strategy)), reader


@given(st.data())
def test_a_message_comes_back_as_it_was(data: st.DataObject) -> None:
    strategy, reader = data.draw(st.sampled_from(KINDS))
    message = data.draw(strategy)
    back = reader(canonical.encode(message))
    assert type(back) is type(message)
    assert canonical.encode(back) == canonical.encode(message)


def test_each_kind_of_message_has_the_tag_of_the_format() -> None:
    kinds = [
        Opening, Chain, Group, Acknowledgement, Outcomes, ServerTips, Receipts, Cursor, SignedCheckpoint, States,
        Nonce, Heal, Closing, Greeting, Answer,
    ]  # fmt: skip
    assert [kind.__struct_config__.tag for kind in kinds] == list(range(15))


@given(encoded(), st.data())
def test_a_message_of_another_shape_is_refused(case: tuple[bytes, Reader], data: st.DataObject) -> None:
    message, reader = case
    fields = list(canonical.decode(message))
    cut = message[: data.draw(st.integers(0, len(message) - 1))]
    for bad in (cut, message + b"\xc0", canonical.encode(fields[:-1]), canonical.encode([*fields, None])):
        with pytest.raises(MalformedError):
            reader(bad)
    at = data.draw(st.integers(0, len(fields) - 1))
    wrong: list[Any] = [1.5, "text", {}, -1, 2**53, [[[]]], [1.5]]
    fields[at] = data.draw(st.sampled_from(wrong))
    with pytest.raises(MalformedError):
        reader(msgspec.msgpack.encode(fields))


@given(encoded())
def test_another_encoding_of_a_message_is_refused(case: tuple[bytes, Reader]) -> None:
    message, reader = case
    with pytest.raises(NotCanonicalError):
        reader(b"\xdc\x00" + bytes([message[0] & 0x0F]) + message[1:])


def test_a_message_of_the_other_direction_is_refused() -> None:
    with pytest.raises(MalformedError):
        read_request_message(canonical.encode(Nonce(bytes(16))))
    with pytest.raises(MalformedError):
        read_reply_message(canonical.encode(Opening(b"", bytes(64))))


@given(st.binary(max_size=100))
def test_garbage_is_refused(data: bytes) -> None:
    for reader in (read_request_message, read_reply_message, read_hello_message):
        with pytest.raises(ProtocolError):
            reader(data)


def test_deep_nesting_in_a_structure_is_refused_and_does_no_harm() -> None:
    group = canonical.encode([2, bytes(64), [None], [b""], [[]], None])
    for depth in (100_000, 3_000_000):
        deep = group.replace(b"\x91\xc0\x91\xc4\x00", b"\x91" + b"\x91" * depth + b"\xc0\x91\xc4\x00")
        with pytest.raises(MalformedError):
            read_request_message(deep)


# ------------------------------------------------------------------------------------------- what an exchange costs

PHONE = wire.signer("phone")
PHONE_ID = key_id(PHONE.public_key().public_bytes_raw())
HUB = wire.signer("hub")
HUB_ID = wire.key_id_of(HUB)


def prelude(tips: tuple[OwnTip, ...], groups: list[Group]) -> Prelude:
    return Prelude(
        server=HUB_ID,
        key=PHONE_ID,
        nonce=wire.digest_of("nonce")[:16],
        epoch=3,
        authority_cursor=1_204,
        changes_cursor=4_000_000,
        size=4_000_123,
        root=wire.digest_of("root"),
        newest=None,
        tips=tips,
        exceptions=(),
        budget=1_000_000,
        digest=request_digest(map(canonical.encode, groups)),
        checkpoints=(),
    )


def request(tips: tuple[OwnTip, ...], groups: list[Group]) -> bytes:
    return write_body([Opening(*sign(prelude(tips, groups), PHONE)), *groups])


TIPS = tuple(
    OwnTip(bytes([kind]) + wire.unit("commune"), 0, 321, wire.digest_of("tip", kind)) for kind in (0, 1, 2)
)


def test_a_request_without_news_takes_at_most_500_bytes() -> None:
    body = request(TIPS, [])
    assert len(body) <= 500
    (data,) = StreamReader().feed(body)
    opening = read_request_message(data)
    assert isinstance(opening, Opening)
    read_back = verify(Prelude, Signed(opening.prelude, opening.signature), PHONE.public_key())
    assert read_back == prelude(TIPS, [])


def test_a_reply_without_news_takes_at_most_500_bytes() -> None:
    said: list[Message] = [
        Cursor(3, 1_204, 4_000_000, [], more=False, proof=[]),
        Nonce(wire.digest_of("next")[:16]),
    ]
    digest = reply_digest(map(canonical.encode, said))
    reply = Reply(HUB_ID, request_digest([]), digest)
    body = write_body([*said, Closing(sign(reply, HUB).signature)])
    assert len(body) <= 500
    *before, last = StreamReader().feed(body)
    closing = read_reply_message(last)
    assert isinstance(closing, Closing)
    heard = Reply(HUB_ID, request_digest([]), reply_digest(before))
    assert verify(Reply, Signed(canonical.encode(heard), closing.signature), HUB.public_key()) == reply


def edited_fields(count: int) -> OpenedSet:
    record = Preimage("progress", None, "171/TB-VP/05", wire.PERIOD)
    values: list[object] = [
        45,
        1200,
        "chậm tiến độ",
        98_765_432,
        "2026-03-05",
        "đã nghiệm thu đợt một",
        True,
        7,
        0,
    ]
    operations = tuple(
        Operation(
            PUT, record, f"field_{at}", values[at % len(values)], (Reference(wire.digest_of(at)[:16], 0),)
        )
        for at in range(count)
    )
    header = Header(PHONE_ID, TIPS[0].scope, 0, 322, (TIPS[0].id,), wire.START, b"\0random!")
    return seal(header, [Save(wire.FORM, wire.START, operations)], PHONE)


def test_ten_edited_fields_go_up_in_less_than_a_kilobyte_and_arrive() -> None:
    sealed = edited_fields(10)
    groups = list(write_groups([Outgoing(sealed.id, sealed.parts)], PHONE_ID, TIPS))
    body = request(TIPS, groups)
    assert len(body) <= 1_000
    opening, group = map(read_request_message, StreamReader().feed(body))
    assert isinstance(opening, Opening)
    assert isinstance(group, Group)
    (frame,) = FrameReader(PHONE_ID, TIPS).read(group)
    assert isinstance(frame.result, OpenedSet)
    envelope.verify(frame.result, PHONE.public_key())
    assert frame.result.id == sealed.id


def test_a_message_of_receipts_holds_a_thousand_and_no_more() -> None:
    receipt = SignedReceipt(b"", bytes(64))
    full = canonical.encode(Receipts([receipt] * RECEIPTS_MAX))
    assert read_request_message(full) == Receipts([receipt] * RECEIPTS_MAX)
    with pytest.raises(MalformedError):
        read_request_message(canonical.encode(Receipts([receipt] * (RECEIPTS_MAX + 1))))
