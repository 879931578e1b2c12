"""X1: a body is one raw DEFLATE stream of messages, each with its length in front, and is read as it arrives."""

import tracemalloc
import zlib
from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from haidang_protocol import canonical
from haidang_protocol.errors import LimitError, MalformedError, ProtocolError
from haidang_protocol.frames import Outgoing, write_groups
from haidang_protocol.limits import MESSAGE_BYTES_MAX
from haidang_protocol.messages import Closing, Group, Message, Nonce, Opening
from haidang_protocol.stream import StreamReader, framed, reply_digest, request_digest, write_body
from tests.protocol import wire


def group_of(name: str, sets: int, saves: int = 2) -> Group:
    (group,) = write_groups(Outgoing(each.id, each.parts) for each in wire.log(name, sets, saves=saves))
    return group


MESSAGES: list[Message] = [
    Opening(wire.digest_of("prelude") * 5, wire.digest_of("signature") * 2),
    group_of("a", 30),
    Nonce(wire.digest_of("nonce")[:16]),
    group_of("b", 2),
    group_of("c", 60, saves=3),
    Closing(wire.digest_of("closing") * 2),
]
ENCODED = [canonical.encode(message) for message in MESSAGES]


def read(body: bytes, chunk: int = 1 << 20, reader: StreamReader | None = None) -> list[bytes]:
    reader = reader or StreamReader()
    return [each for at in range(0, len(body), chunk) for each in reader.feed(body[at : at + chunk])]


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@given(st.lists(st.sampled_from(MESSAGES), max_size=8), st.integers(1, 9), st.integers(1, 3000))
@example(MESSAGES, 9, 1)
def test_messages_come_back_in_whatever_chunks_they_arrive(
    messages: list[Message], level: int, chunk: int
) -> None:
    body = write_body(messages, level)
    reader = StreamReader()
    assert read(body, chunk, reader) == [canonical.encode(message) for message in messages]
    assert reader.complete


@given(st.lists(st.sampled_from(MESSAGES), max_size=8))
def test_a_body_is_an_ordinary_raw_deflate_stream(messages: list[Message]) -> None:
    expected = b"".join(framed(canonical.encode(message)) for message in messages)
    inflater = zlib.decompressobj(-15)
    assert inflater.decompress(write_body(messages)) == expected
    assert inflater.eof
    assert not inflater.unused_data


@given(st.integers(0, len(write_body(MESSAGES)) - 1), st.integers(1, 500))
def test_a_body_that_breaks_off_keeps_the_messages_that_came(length: int, chunk: int) -> None:
    reader = StreamReader()
    came = read(write_body(MESSAGES)[:length], chunk, reader)
    assert came == ENCODED[: len(came)]
    assert not reader.complete


def test_a_message_comes_out_as_soon_as_its_bytes_are_there() -> None:
    body, reader = write_body(MESSAGES), StreamReader()
    first = next(at for at in range(len(body)) if list(reader.feed(body[at : at + 1])))
    assert first < 16 + len(ENCODED[0])


def test_signatures_cost_their_own_bytes_and_little_more() -> None:
    group = group_of("a", 60)
    rest = canonical.encode([group.structures, group.heads, group.values])
    assert len(write_body([group])) <= len(group.signatures) + len(deflated(rest)) + 24


def test_later_groups_still_profit_from_earlier_ones() -> None:
    first, second = group_of("a", 40), group_of("b", 40)
    alone = len(write_body([first])) + len(write_body([second]))
    assert len(write_body([first, second])) < alone - 100


@given(st.binary(max_size=300).map(lambda data: data + b"\x00"))
def test_bytes_behind_the_end_are_refused(trailing: bytes) -> None:
    body = write_body(MESSAGES)
    reader = StreamReader()
    came: list[bytes] = []
    with pytest.raises(MalformedError, match="behind"):
        came.extend(reader.feed(body + trailing))
    assert came == ENCODED
    reader = StreamReader()
    assert read(body, 1 << 20, reader) == ENCODED
    with pytest.raises(MalformedError, match="behind"):
        list(reader.feed(trailing))


def test_a_stream_that_ends_inside_a_message_is_refused() -> None:
    with pytest.raises(MalformedError, match="inside"):
        read(deflated(framed(ENCODED[0])[:-1]))
    with pytest.raises(MalformedError, match="inside"):
        read(deflated(b"\x80"))


@pytest.mark.parametrize("prefix", [b"\x00", b"\x81\x00", b"\x80\x80\x00"])
def test_a_length_of_nothing_or_with_a_byte_too_many_is_refused(prefix: bytes) -> None:
    with pytest.raises(MalformedError, match="length"):
        read(deflated(prefix + bytes(200)))


def test_a_length_beyond_all_limits_is_refused_before_its_bytes_come() -> None:
    with pytest.raises(LimitError):
        list(StreamReader().feed(deflated(b"\xff\xff\xff\xff\x01")[:-1]))


@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 20))
def test_a_message_longer_than_is_allowed_just_then_is_refused_before_its_bytes_come(
    first: int, second: int, chunk: int
) -> None:
    """Who reads allows more from one message to the next, as from a caller that has proven itself."""
    body = deflated(framed(bytes(first)) + framed(bytes(second)))
    reader = StreamReader()
    reader.message_max = 150
    came: list[int] = []
    try:
        for at in range(0, len(body), chunk):
            for message in reader.feed(body[at : at + chunk]):
                came.append(len(message))
                reader.message_max = 250
    except LimitError:
        assert came == ([first] if first <= 150 else [])
        assert first > 150 or second > 250
    else:
        assert came == [first, second]
        assert first <= 150
        assert second <= 250


@given(st.integers(1, 400), st.integers(1, 7))
def test_what_inflates_to_more_than_is_allowed_is_refused_and_no_more(limit: int, chunk: int) -> None:
    messages = b"".join(framed(bytes(10)) for _ in range(40))
    body = deflated(messages)
    if limit >= len(messages):
        assert len(read(body, chunk, StreamReader(limit))) == 40
        return
    came: list[bytes] = []
    reader = StreamReader(limit)
    with pytest.raises(LimitError):
        came.extend(each for at in range(0, len(body), chunk) for each in reader.feed(body[at : at + chunk]))
    assert len(came) <= limit // 11


def test_a_bomb_costs_no_more_memory_than_a_request_may() -> None:
    bomb = deflated(bytes([0xFF, 0xFF, 0xFF, 0x7F]) + bytes(300_000_000))
    tracemalloc.start()
    with pytest.raises(LimitError):
        read(bomb)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 4 * MESSAGE_BYTES_MAX


@given(st.binary(max_size=300), st.integers(1, 50))
def test_garbage_is_refused_or_stays_incomplete(data: bytes, chunk: int) -> None:
    reader = StreamReader()
    try:
        read(data, chunk, reader)
    except ProtocolError:
        return
    assert not reader.complete or zlib.decompressobj(-15).decompress(data) == b"" or read(data)


def test_digests_cover_the_messages_with_their_lengths() -> None:
    whole = b"".join(framed(message) for message in ENCODED)
    assert request_digest(ENCODED) == sha256(b"haidang/request/1\x00" + whole).digest()
    assert reply_digest(ENCODED) == sha256(whole).digest()


@given(
    st.lists(st.binary(min_size=1, max_size=300), max_size=5),
    st.lists(st.binary(min_size=1, max_size=300), max_size=5),
)
def test_no_two_requests_share_a_digest(one: Sequence[bytes], other: Sequence[bytes]) -> None:
    assert (request_digest(one) == request_digest(other)) == (one == other)


@given(st.integers(1, 2**21))
def test_a_length_takes_at_most_two_bytes_below_16_kib(length: int) -> None:
    prefix = len(framed(bytes(length))) - length
    assert prefix == (1 if length < 2**7 else 2 if length < 2**14 else 3 if length < 2**21 else 4)
